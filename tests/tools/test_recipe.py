"""Recipes say what they mean: what is stale and why, and one line for each mistake."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.kitchen.stages import STAGES as KITCHEN
from tools.errors import UserError
from tools.make import run
from tools.recipe import Step, load, plan, until

STAGES = {stage.name: stage for stage in KITCHEN.values()}
RECIPE = """
title = "test"
report = "{0}/report"

[kitchen.serve]                 # the order of tables does not matter
input = "{0}/cooked"
output = "{0}/served"

[kitchen.gather]
output = "{0}/gathered"

[kitchen.cook]
input = ["{0}/gathered"]
output = "{0}/cooked"
"""


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    path = tmp_path / "recipe.toml"
    path.write_text(RECIPE.format(tmp_path / "k"))
    return path


def steps(recipe: Path, *overrides: str) -> list[Step]:
    return plan(load(recipe, STAGES, overrides))


def stale(recipe: Path, *overrides: str) -> list[str]:
    return [step.job.table for step in steps(recipe, *overrides) if step.state != "up to date"]


def build(recipe: Path, *overrides: str) -> None:
    run(load(recipe, STAGES, overrides), steps(recipe, *overrides), replace=False)


def test_stages_run_in_the_order_of_their_paths(recipe: Path) -> None:
    assert [step.job.table for step in steps(recipe)] == ["kitchen.gather", "kitchen.cook", "kitchen.serve"]


def test_a_changed_option_makes_stale_exactly_what_depends_on_it(recipe: Path) -> None:
    build(recipe)
    assert stale(recipe) == []
    assert stale(recipe, "kitchen.serve.rate=2.0") == ["kitchen.serve"]
    assert stale(recipe, "kitchen.cook.salt=sea") == ["kitchen.cook", "kitchen.serve"]
    assert stale(recipe, "kitchen.gather.count=3") == ["kitchen.gather", "kitchen.cook", "kitchen.serve"]
    assert stale(recipe, "kitchen.cook.workers=7") == []
    assert steps(recipe, "kitchen.cook.salt=sea")[1].why == "salt '' -> 'sea'"


def test_the_planned_fingerprint_is_the_one_that_is_written(recipe: Path) -> None:
    predicted = [step.order.fingerprint for step in steps(recipe)]
    build(recipe)
    assert [step.order.fingerprint for step in steps(recipe)] == predicted
    assert stale(recipe) == []


def test_only_what_is_stale_runs(recipe: Path, capsys: pytest.CaptureFixture[str]) -> None:
    build(recipe)
    capsys.readouterr()
    build(recipe, "kitchen.serve.rate=2.0")
    said = capsys.readouterr().out
    assert "[1/3] kitchen.gather: up to date" in said
    assert "[2/3] kitchen.cook: up to date" in said
    assert "[3/3] kitchen.serve: rate 1.0 -> 2.0" in said
    assert "1 of 3 stages run" in said


def test_a_file_from_outside_counts_by_its_content(recipe: Path, tmp_path: Path) -> None:
    sauce = tmp_path / "sauce.txt"
    sauce.write_text("hot")
    override = f"kitchen.serve.sauce={str(sauce)!r}"
    build(recipe, override)
    sauce.touch()
    assert stale(recipe, override) == []
    sauce.write_text("mild")
    assert stale(recipe, override) == ["kitchen.serve"]


def test_until_stops_after_a_stage(recipe: Path) -> None:
    assert [s.job.table for s in until(steps(recipe), "kitchen.cook")] == ["kitchen.gather", "kitchen.cook"]
    assert len(until(steps(recipe), "kitchen")) == 3
    with pytest.raises(UserError, match=r"did you mean 'kitchen\.cook'"):
        until(steps(recipe), "kitchen.cok")


MISTAKES = {
    "unknown key": (["kitchen.cook.slat='x'"], r"\[kitchen\.cook\]: no option 'slat'; did you mean 'salt'\?"),
    "renamed key": (["kitchen.cook.salting='x'"], r"salting is now called salt"),
    "number as text": (["kitchen.gather.count='8'"], r"count: '8' is a text, but it must be a whole number"),
    "true as number": (["kitchen.gather.count=true"], r"count: True is true or false, but"),
    "path for a list": (["kitchen.cook.input='x'"], r"input: 'x' must be a list; write \['x'\]"),
    "wrong choice": (["kitchen.cook.heat='lo'"], r"heat: 'lo' is not one of them; did you mean 'low'\?"),
    "missing file": (["kitchen.serve.sauce='nowhere/sauce'"], r"sauce: nowhere/sauce does not exist and no stage"),
    "one output twice": (
        ["kitchen.serve.output={0}/cooked"],
        r"\[kitchen\.serve\] and \[kitchen\.cook\] write into one",
    ),
    "output in another": (["kitchen.serve.output={0}/cooked/served"], r"write into one output"),
    "circle": (["kitchen.cook.input=['{0}/served']"], r"in a circle: kitchen\.serve, kitchen\.cook"),
    "override of nothing": (["kitchen.bake.salt=1"], r"no table \[kitchen\.bake\]"),
    "no override": (["salt"], r"an override is written"),
}


@pytest.mark.parametrize("overrides, expected", MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_one_line_naming_the_key(recipe: Path, overrides: list[str], expected: str) -> None:
    home = recipe.parent / "k"
    with pytest.raises(UserError, match=expected) as caught:
        steps(recipe, *[override.format(home) for override in overrides])
    assert "\n" not in str(caught.value)


CONTENTS = {
    "not TOML": ("[kitchen.cook\n", r"not TOML"),
    "unknown stage": ("[kitchen.cok]\noutput = 'x'\n", r"no stage 'kitchen\.cok'; did you mean 'kitchen\.cook'\?"),
    "unknown package": ("[kichen.cook]\noutput = 'x'\n", r"'kichen' at the top; did you mean 'kitchen'\?"),
    "unknown top key": ("titel = 'x'\n", r"'titel' at the top; did you mean 'title'\?"),
    "missing options": ("[kitchen.cook]\n", r"\[kitchen\.cook\]: input, output must be given"),
    "not a table": ("kitchen.cook = 3\n", r"kitchen\.cook must be a table"),
}


@pytest.mark.parametrize("content, expected", CONTENTS.values(), ids=CONTENTS)
def test_a_wrong_recipe_is_one_line(tmp_path: Path, content: str, expected: str) -> None:
    path = tmp_path / "wrong.toml"
    path.write_text(content)
    with pytest.raises(UserError, match=expected) as caught:
        steps(path)
    assert "\n" not in str(caught.value)


def test_repeated_tables_are_a_grid(tmp_path: Path) -> None:
    path = tmp_path / "grid.toml"
    tables = [f"[[kitchen.gather]]\noutput = '{tmp_path}/g{n}'\ncount = {n}\n" for n in (2, 3)]
    path.write_text("".join(tables))
    assert [s.job.table for s in steps(path)] == ["kitchen.gather.1", "kitchen.gather.2"]


def test_the_command_line_gives_the_line_and_exit_code_2(recipe: Path) -> None:
    command = [sys.executable, "-m", "tests.kitchen", "plan", str(recipe), "kitchen.cook.slat=1"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("malmoi: ")
    assert len(done.stderr.splitlines()) == 1

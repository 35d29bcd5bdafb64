"""Stages that a recipe runs more than once stand beside each other, by what differs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kitchen.stages import STAGES as KITCHEN
from tools.contrasts import Contrast, contrasts
from tools.make import run
from tools.recipe import Recipe, load, plan

GATHER = "[[kitchen.gather]]\noutput = '{home}/{name}'\ncount = {count}\n"
SERVE = "[[kitchen.serve]]\ninput = '{home}/few'\noutput = '{home}/plate-{rate}'\nrate = {rate}\n"


def recipe(home: Path, *tables: str) -> Recipe:
    path = home / "recipe.toml"
    path.write_text(f"title = 'two'\nreport = '{home}/report'\n" + "".join(tables))
    return load(path, {stage.name: stage for stage in KITCHEN.values()})


def made(home: Path, *tables: str) -> Recipe:
    loaded = recipe(home, *tables)
    run(loaded, plan(loaded), replace=False)
    return loaded


def test_the_options_and_the_figures_that_differ_are_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tables = [GATHER.format(home=tmp_path, name=name, count=count) for name, count in (("few", 3), ("many", 9))]
    loaded = made(tmp_path, *tables)
    assert contrasts(loaded.jobs) == [
        Contrast("kitchen.gather", ("", "count", "shards"), (("few", "3", "3"), ("many", "9", "9")))
    ]
    assert "kitchen.gather\n      count  shards\nfew       3       3\nmany      9       9\n" in capsys.readouterr().out
    assert "kitchen.gather: 나란히 side by side" in (tmp_path / "report" / "index.html").read_text()


def test_what_is_alone_or_not_made_is_left_out(tmp_path: Path) -> None:
    few = GATHER.format(home=tmp_path, name="few", count=3)
    assert contrasts(made(tmp_path, few, SERVE.format(home=tmp_path, rate=1.0)).jobs) == []
    not_made = GATHER.format(home=tmp_path, name="many", count=9)
    assert contrasts(recipe(tmp_path, few, not_made).jobs) == []

"""The commands in README and docs are run, in order, in an empty folder, as a reader would type them.

Those of README.ko.md are not run: they are the same as those of README.md, and that is tested.
"""

from __future__ import annotations

import importlib
import os
import re
import shlex
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tools.__main__ import PACKAGES
from tools.command import parse
from tools.workbench import VERBS

CHECKOUT = Path(__file__).resolve().parent.parent
PAGES = [CHECKOUT / "README.md", *sorted((CHECKOUT / "docs").glob("*.md"))]
TRANSLATION = CHECKOUT / "README.ko.md"
BLOCK = re.compile(r"^```sh *(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def commands(page: Path, kind: str) -> list[str]:
    """The lines of the blocks marked ```sh KIND; unmarked ones are run, others only checked."""
    blocks = BLOCK.findall(page.read_text(encoding="utf-8"))
    return [line for found, text in blocks if found == kind for line in text.splitlines() if line.strip()]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder from which the checkout's packages and recipes are seen."""
    (tmp_path / "recipes").symlink_to(CHECKOUT / "recipes")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").symlink_to(sys.executable)
    return tmp_path


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_run(page: Path, folder: Path) -> None:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    for line in commands(page, ""):
        environment = {**os.environ, "PYTHONPATH": str(CHECKOUT), "PATH": path}
        done = subprocess.run(["bash", "-ec", line], cwd=folder, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_that_need_more_than_a_test_has_are_at_least_well_formed(page: Path) -> None:
    kinds = {kind for kind, _ in BLOCK.findall(page.read_text(encoding="utf-8"))} - {""}
    for line in [line for kind in sorted(kinds) for line in commands(page, kind)]:
        typed = re.sub(r"^torchrun (--\S+ )*\S+ -m", "python -m", line.split(" #")[0])
        python, m, package, verb, *rest = shlex.split(typed)
        assert (python, m) == ("python", "-m"), line
        if package == "tools":
            import tyro

            tyro.cli(VERBS[verb][0], args=rest, use_underscores=True)
        else:
            verbs = importlib.import_module(f"{package}.stages").VERBS
            if rest and f"{verb}-{rest[0]}" in verbs:
                verb, rest = f"{verb}-{rest[0]}", rest[1:]
            parse(verbs[verb], rest, None)


def test_make_targets_that_are_named_exist() -> None:
    text = "\n".join(page.read_text(encoding="utf-8") for page in [*PAGES, TRANSLATION])
    targets = set(re.findall(r"^make ?([a-z]*)", text, re.MULTILINE)) | set(re.findall(r"`make ([a-z]+)`", text))
    for target in sorted(targets):
        done = subprocess.run(["make", "-n", *filter(None, [target])], cwd=CHECKOUT, capture_output=True, text=True)
        assert done.returncode == 0, f"make {target}: {done.stderr}"


def test_links_between_pages_lead_somewhere() -> None:
    for page in [*PAGES, TRANSLATION]:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def both_readmes() -> tuple[str, str]:
    """README.md and README.ko.md."""
    return (CHECKOUT / "README.md").read_text(encoding="utf-8"), TRANSLATION.read_text(encoding="utf-8")


def test_the_korean_readme_has_the_blocks_of_the_english_one_but_a_drawing_of_its_own() -> None:
    fenced = re.compile(r"^```([^\n]*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
    english, korean = ([found for found in fenced.findall(text) if "──>" not in found[1]] for text in both_readmes())
    assert korean == english


def test_the_korean_readme_has_the_links_and_figures_of_the_english_one() -> None:
    english, korean = both_readmes()
    link = re.compile(r"\]\(([^)]+)\)")
    there, back = link.findall(english), link.findall(korean)
    assert (there[0], back[0]) == (TRANSLATION.name, "README.md")
    assert sorted(back[1:]) == sorted(there[1:])
    figure = re.compile(r"\d(?:[\d,.]*\d)?")  # Korean writes some that English spells out: a third is 3분의 1
    missing = Counter(figure.findall(english)) - Counter(figure.findall(korean))
    assert not missing, f"in README.md but not in README.ko.md: {sorted(missing)}"


def test_verbs_and_files_that_the_pages_name_exist() -> None:
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for package, verb in re.findall(r"`python -m (\w+) ([a-z][\w-]*)", text):
            known = VERBS if package == "tools" else importlib.import_module(f"{package}.stages").VERBS
            assert verb in known, f"{page.name}: python -m {package} {verb}"
        ours = rf"`((?:{'|'.join(PACKAGES)}|recipes|docs|tests)/[\w./-]+)`"
        for name in re.findall(ours, text):
            assert (CHECKOUT / name).exists(), f"{page.name}: {name}"


def test_every_verb_is_in_the_docs() -> None:
    text = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    for package in PACKAGES:
        if importlib.util.find_spec(package):
            for verb in importlib.import_module(f"{package}.stages").VERBS:
                assert re.search(rf"\b{verb.replace('-', '[- ]')}\b", text), f"{package} {verb} is nowhere explained"

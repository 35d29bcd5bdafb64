"""Every recipe of the repository can be planned: its options are known and its stages feed each other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tools.recipe import load, plan
from tools.workbench import stages_of

ROOT = Path(__file__).parents[1]
RECIPES = sorted((ROOT / "recipes").glob("*.toml"))
FETCHED = re.compile(r'"(data/[^"]+)"')


@pytest.mark.parametrize("path", RECIPES, ids=[path.stem for path in RECIPES])
def test_a_recipe_needs_only_what_a_person_fetches(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in FETCHED.findall(path.read_text()):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("what was fetched")
    steps = plan(load(path, stages_of(("corpus", "vocab", "pretrain", "finetune"))))
    assert [step.state for step in steps] == ["to make"] * len(steps)
    assert len(steps) > 5

"""The search for a recipe: every run is scored alike, and what fails costs only itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from finetune import bench_recipes as module
from finetune.bench_recipes import BASE, BITS, RECIPES, Recipe, kitchen, tried
from pretrain.options_instances import Instances
from pretrain.options_training import Train

SHORT = {**BASE, "size": "tiny", "steps": 2, "minutes": 0.0, "batch": 4, "device": "cpu", "precision": "float32"}


def test_recipes_are_scored_and_failures_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in {"PIECES": 1200, "LEARNED": 8, "ASKED": 4, "SCORED": 8, "CHARACTERS": 400}.items():
        monkeypatch.setattr(module, name, value)
    monkeypatch.setattr(module, "HELD_OUT", 0.2)
    chosen = [
        RECIPES[0],
        Recipe("too long", {"phases": ("4096:1",)}),
        Recipe("rtd", {"objective": "rtd"}, {"nsp": "none"}),
        Recipe("questions", {}, {}, 0.5),
    ]
    rows = tried(chosen, kitchen(tmp_path, None, SHORT, articles=60))
    assert [row["recipe"] for row in rows] == [recipe.name for recipe in chosen]
    base, failed, replaced, exercised = rows
    assert base["updates"] == replaced["updates"] == exercised["updates"] == 2
    assert 2 < base[BITS] < 20 and 0 <= base["masked accuracy"] < 0.5
    assert replaced[BITS] == "" and {"EM", "F1"} <= replaced.keys() & base.keys()
    assert exercised[BITS] == base[BITS] and exercised["seconds"] > base["seconds"]
    assert set(failed) == {"recipe", "note"} and "4096" in failed["note"]
    assert capsys.readouterr().err.count("UserError") == 1


def test_each_recipe_changes_options_that_there_are(tmp_path: Path) -> None:
    names = [recipe.name for recipe in RECIPES]
    assert len(set(names)) == len(names)
    for recipe in RECIPES:
        Train(instances=tmp_path, output=tmp_path, **{**BASE, **recipe.train})
        Instances(store=tmp_path, output=tmp_path, **recipe.instances)
    # 75 seconds each, and 25 for all that does not count, are twenty minutes.
    assert len(RECIPES) * (75 + 25) <= 20 * 60

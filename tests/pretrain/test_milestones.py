"""Milestones are passed once each, are models like any other, and never of updates that a run has gone back behind."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from pretrain import milestones
from pretrain.architectures import build
from pretrain.folder import load_model
from pretrain.milestones import MILESTONES, SHARES, forget_after, keep, kept, passed
from pretrain.shape import shape
from tests.pretrain.stores import tiny_tokenizer


@given(st.lists(st.floats(0, 1), max_size=40).map(sorted))
def test_on_any_way_there_are_as_many_as_fit(way: list[float]) -> None:
    moments = [0.0, *way, 1.0]
    found = [passed(before, now) for before, now in itertools.pairwise(moments)]
    assert sum(found) <= len(SHARES)
    assert found[-1] == any(moments[-2] < share for share in SHARES)
    assert any(found)


def test_small_updates_pass_all_of_them() -> None:
    assert [step + 1 for step in range(64) if passed(step / 64, (step + 1) / 64)] == [2, 4, 8, 16, 32]


def test_a_milestone_is_a_model_and_stays_as_it_was(tmp_path: Path) -> None:
    tokenizer = tiny_tokenizer()
    first, second = (build(shape("tiny", "bert", len(tokenizer)), seed) for seed in (1, 2))
    folder = keep(tmp_path, 12, first, tokenizer)
    assert keep(tmp_path, 12, second, tokenizer) == folder
    loaded, pieces = load_model(folder)
    assert pieces.pieces == tokenizer.pieces
    for left, right in zip(first.parameters(), loaded.parameters(), strict=True):
        assert torch.equal(left, right)


def test_those_ahead_of_where_a_run_goes_on_are_forgotten_and_so_are_halves(tmp_path: Path) -> None:
    assert kept(tmp_path) == {}
    forget_after(tmp_path, 0)
    for step in (2, 4, 8):
        (tmp_path / MILESTONES / f"step-{step:08d}").mkdir(parents=True)
    (tmp_path / MILESTONES / "step-00000016.part").mkdir()
    assert list(kept(tmp_path)) == [2, 4, 8]
    forget_after(tmp_path, 4)
    assert list(kept(tmp_path)) == [2, 4]
    assert [path.name for path in kept(tmp_path).values()] == sorted(p.name for p in (tmp_path / MILESTONES).iterdir())


def test_a_milestone_that_cannot_be_written_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_model: object, _tokenizer: object, folder: Path) -> None:
        folder.mkdir(parents=True)
        (folder / "model.safetensors").write_bytes(b"half")
        raise OSError("No space left on device")

    monkeypatch.setattr(milestones, "save_model", full)
    tokenizer = tiny_tokenizer()
    with pytest.raises(OSError, match="No space left"):
        keep(tmp_path, 12, build(shape("tiny", "bert", len(tokenizer)), 1), tokenizer)
    assert list((tmp_path / "milestones").iterdir()) == []

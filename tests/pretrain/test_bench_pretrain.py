"""The suites of training compare models that compute the same; on a GPU nothing else runs than runs here."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from pretrain import bench_gpu
from pretrain.bench_gpu import OURS, Case, cards
from pretrain.bench_pretrain import PEER, compared
from pretrain.breakdown import OTHER, part_of
from pretrain.peers import theirs
from pretrain.shape import shape
from pretrain.trial import first_loss, guesses_of, made_up, made_up_packed, ours, steps

pytest.importorskip("transformers")
CPU = torch.device("cpu")
BERT, MODERN = (shape("tiny", kind, 200, positions=16) for kind in ("bert", "modern"))
TINY: dict[str, Any] = {"compiled": False, "most": 2, "span": 0.01, "edge": 64}


def test_every_way_has_the_same_first_loss() -> None:
    rows = compared(BERT, MODERN, rows=2, length=16, guesses=3, turns=2)
    assert len(rows) == 6 and rows[0]["way"] == PEER
    assert rows[0]["x transformers"] == 1
    losses = {row["way"]: row["first loss"] for row in rows}
    assert losses["malmoi, float32"] == pytest.approx(losses[PEER], rel=1e-5)
    assert losses["malmoi modern, float32"] != pytest.approx(losses[PEER], rel=1e-5)


def test_without_dropout_the_steps_are_theirs_too() -> None:
    """Clipping and AdamW do the same to the same weights; only constants of AdamW differ, and are made equal here."""
    plain = shape("tiny", "bert", 200, positions=16, dropout=0.0)
    trials = [make(plain, CPU, half=False) for make in (theirs, ours)]
    for trial in trials:
        for group in (group for optimizer in trial.optimizers for group in optimizer.param_groups):
            group |= {"betas": (0.9, 0.98), "eps": 1e-6, "weight_decay": 0.0, "lr": 1e-3}
    batch = made_up(plain, 2, 16, 3)
    losses = []
    for trial in trials:
        taken = trial.taken(batch)
        steps(trial, taken, 3)
        losses.append(first_loss(trial, taken))
    assert losses[0] == pytest.approx(losses[1], rel=1e-4)
    assert losses[0] < 5  # of about ln 200 + ln 2


def test_the_suite_of_a_gpu(capsys: pytest.CaptureFixture[str]) -> None:
    rows = cards([Case("tiny", BERT, 16), Case("tiny", MODERN, 16), Case("tiny", MODERN, 16, packed=True)], CPU, **TINY)
    assert not [row for row in rows if "note" in row]
    whole = [(row["model"], row["way"]) for row in rows if "tokens/s" in row]
    peers = [("tiny bert", "transformers"), ("tiny bert", "transformers, compiled")]
    assert whole == [("tiny bert", OURS), ("tiny modern", OURS), ("tiny modern, packed", OURS), *peers]
    assert max(row["x transformers"] for row in rows[-2:]) == 1
    parts = {row["part of a step"]: row for row in rows if "ms" in row}
    named = {"attention", "feed-forward", "matrices of attention", "head", "optimizer", "waiting for the loader", OTHER}
    assert named <= set(parts)
    assert sum(row["share"] for row in parts.values()) == pytest.approx(1, abs=0.01)
    assert capsys.readouterr().err.count("tokens/s") == len(whole)


def test_what_fails_says_so_and_costs_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    def large(*_: object, **__: object) -> Any:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setitem(bench_gpu.WAYS, "transformers", (large, False))
    rows = cards([Case("tiny", BERT, 16)], CPU, **TINY)
    assert [row["note"] for row in rows if "note" in row] == ["out of memory"]
    assert rows[-1]["way"] == "transformers, compiled" and "tokens/s" in rows[-1]


def test_a_device_that_is_left_broken_ends_no_suite(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> Any:
        raise RuntimeError("CUDA error: an illegal memory access was encountered\nfor debugging ...")

    monkeypatch.setattr(bench_gpu, "WAYS", dict.fromkeys(bench_gpu.WAYS, (broken, False)))
    monkeypatch.setattr("gc.collect", broken)
    rows = cards([Case("tiny", BERT, 16)], CPU, **TINY)
    assert [row.get("note") for row in rows] == [
        None, *["RuntimeError: CUDA error: an illegal memory access was encountered"] * 3,
    ]  # fmt: skip


def test_packed_rows_fill_a_made_up_pass() -> None:
    batch = made_up_packed(MODERN, 256, 16)
    used = int(batch.lengths.sum())
    assert 240 < used <= 256 == len(batch.tokens) and batch.longest == batch.lengths.max() == 16
    assert (batch.lengths == 16).sum() >= 6 and (batch.lengths[:-1] < 16).sum() > 0
    assert batch.picks.max() < used and len(batch.picks.unique()) == len(batch.picks) == guesses_of(used)
    assert torch.equal(batch.tokens[batch.picks], batch.labels)


def test_no_time_is_no_measurement() -> None:
    rows = cards([Case("tiny", BERT, 16)], CPU, **TINY, patience=-1.0)
    assert [row.get("note") for row in rows] == [None, *["no time was left"] * 3]


@pytest.mark.parametrize(
    "name, shapes, part",
    [
        ("aten::mm", [[4096, 768], [768, 3072]], "feed-forward"),
        ("aten::addmm", [[2304], [4096, 768], [768, 2304]], "matrices of attention"),
        ("aten::mm", [[640, 768], [768, 32000]], "head"),
        ("aten::_scaled_dot_product_flash_attention_backward", [[32, 12, 128, 64]], "attention"),
        ("aten::bmm", [[384, 128, 64], [384, 64, 128]], "attention"),
        ("aten::_fused_adamw_", [[[768]], []], "optimizer"),
        ("triton_per_fused_addmm_native_layer_norm_3", [], OTHER),
        ("aten::copy_", [[768, 768], [768, 768], []], "casts and copies"),
        ("aten::gelu", [[4096, 3072]], OTHER),
    ],
)
def test_operations_are_known_by_names_and_edges(name: str, shapes: list[Any], part: str) -> None:
    assert part_of(name, shapes, shape("base", "bert", 32_000)) == part

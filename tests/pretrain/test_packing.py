"""Packed passes against rectangles: the same rows, the same masks, the same losses and gradients, and less filler."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import Tensor

from pretrain import attending
from pretrain.architectures import build
from pretrain.batch import Batch, firsts, moved, real
from pretrain.gather import NOT_ASKED, gather, masks
from pretrain.loader import batch_of
from pretrain.losses import Losses, Objective
from pretrain.order import order, widths
from pretrain.packing import Room, blank, deal, packs, room
from pretrain.passes import Layout, Pass, layout, passes
from pretrain.rows import Rows
from pretrain.shape import Shape
from tests.pretrain.batches import packed, random_batch
from tests.pretrain.stores import PAD, PIECES, rows_of

VOCABULARY, LENGTH, ROWS = len(PIECES), 40, 90
PLAIN = Shape(
    architecture="modern", vocabulary=VOCABULARY, layers=2, hidden=32, heads=2, inner=48, positions=64, pairs=False
)
SHAPES = {
    "pieces": PLAIN,
    "pieces and pairs": dataclasses.replace(PLAIN, pairs=True),
    "a window": dataclasses.replace(PLAIN, window=6, pairs=True),
}
ONCE = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
RANKS, MICRO = st.integers(1, 4), st.integers(1, 9)


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Rows:
    return rows_of(tmp_path_factory.mktemp("rows"), ROWS, length=LENGTH, full=0.5)


@pytest.fixture(scope="module")
def masked(tmp_path_factory: pytest.TempPathFactory) -> Rows:
    """Rows with their masks on disk."""
    return rows_of(tmp_path_factory.mktemp("masked"), ROWS, length=LENGTH, full=0.5, masking="static")


def trained(objective: torch.nn.Module, batch: Batch) -> list[Tensor]:
    """All losses and gradients of a batch."""
    losses: Losses = objective(batch)
    (losses.pieces + losses.other).backward()
    found = [losses.pieces, losses.other, losses.right, losses.other_right]
    found += [each.grad for each in objective.parameters() if each.grad is not None]
    objective.zero_grad()
    return [each.detach().clone() for each in found]


@pytest.fixture(params=["runs", "blocks"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Attention as a processor does it, and as a model that is compiled."""
    if request.param == "blocks":
        monkeypatch.setattr(attending, "_in_runs", attending._in_blocks)


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("name", SHAPES)
def test_packed_rows_train_as_rows_with_padding(name: str) -> None:
    """Filler and empty rows included."""
    objective = Objective(build(dataclasses.replace(SHAPES[name], dropout=0.0), 1))
    batch = random_batch(7, 20, VOCABULARY)
    expected = trained(objective, batch)
    for spare, empty in ((0, 0), (33, 2)):
        found = trained(objective, packed(batch, spare, empty))
        torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-5)


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("name", SHAPES)
def test_a_neighbour_changes_nothing(name: str) -> None:
    model = build(SHAPES[name], 1).eval()
    before = packed(random_batch(5, 16, VOCABULARY), 9, 1)
    at = torch.arange(len(before.tokens))
    here = (at >= before.lengths[0]) & (at < before.lengths[:2].sum())
    after = dataclasses.replace(before, tokens=before.tokens.where(~here, 9))
    one, other = model(before), model(after)
    touched = here[before.picks]
    assert torch.equal(one.pieces[~touched], other.pieces[~touched])
    assert not torch.allclose(one.pieces[touched], other.pieces[touched])
    if one.order is not None:
        assert torch.equal(one.order[[0, 2, 3, 4]], other.order[[0, 2, 3, 4]])


def test_rows_begin_where_the_one_before_ends() -> None:
    batch = packed(random_batch(4, 10, VOCABULARY), 5, 2)
    begin = firsts(batch).tolist()
    ends = batch.lengths.cumsum(0).tolist()
    assert begin[:4] == [0, *ends[:3]] and max(begin) < len(batch.tokens)
    assert real(batch).sum() == ends[-1] and real(batch)[: ends[-1]].all()
    rectangle = random_batch(3, 6, VOCABULARY)
    assert firsts(rectangle).tolist() == [0, 6, 12]
    assert real(rectangle).sum(1).tolist() == rectangle.lengths.tolist()


@settings(max_examples=200)
@given(st.lists(st.integers(1, 32), min_size=1, max_size=60), st.integers(32, 100), st.integers(5, 12), RANKS)
def test_rows_are_dealt_once_and_evenly(lengths: list[int], tokens: int, most: int, ranks: int) -> None:
    array = np.sort(np.array(lengths))[::-1]
    dealt = deal(array, Room(tokens, most, 8, 32), ranks)
    assert sorted(row for part in dealt for row in part) == list(range(len(lengths)))
    assert len(dealt) % ranks == 0
    sums = [int(array[part].sum()) for part in dealt]
    assert max(sums) <= tokens
    assert all(len(part) + -(-(tokens - used) // 32) <= most for part, used in zip(dealt, sums, strict=True))
    assert max(sums) - min(sums) <= array[0]
    needed = max(-(-sum(lengths) // tokens), -(-len(lengths) // (most - 4)))
    assert len(dealt) <= ranks * -(-2 * needed // ranks) + 2 * ranks


@ONCE
@given(
    numbers=st.lists(st.integers(0, ROWS - 1), min_size=1, max_size=60, unique=True).map(np.array),
    ranks=RANKS, micro=MICRO, epoch=st.integers(0, 3), static=st.booleans(),
)  # fmt: skip
def test_packed_passes_hold_the_rows_and_masks_of_rectangles(
    rows: Rows, masked: Rows, numbers: np.ndarray, ranks: int, micro: int, epoch: int, static: bool
) -> None:
    rows = masked if static else rows
    plans = [layout(rows, bins=8, micro=micro, seed=5, rank=rank, ranks=ranks, fixed=True) for rank in range(ranks)]
    space = room(rows, plans[0])
    dealt = [packs(rows, numbers, epoch, plan, space) for plan in plans]
    assert len({len(each) for each in dealt}) == 1
    found = [row for each in dealt for made in each for row in taken_apart(made, space)]
    if not any(made.dropped for each in dealt for made in each):
        assert sorted(found) == sorted(alone(rows, numbers, epoch, plans[0]))


def taken_apart(made: Pass, space: Room) -> list[tuple[Any, ...]]:
    """What is in a pass of each row: tokens, guesses, bound, label."""
    assert made.tokens.shape == (space.tokens,) and made.longest == space.longest and not made.full
    assert len(made.picks) == len(made.labels) == space.guesses
    assert len(made.lengths) == len(made.bounds) == len(made.random) == space.rows
    count, whole = int(np.count_nonzero(made.lengths)), int(made.lengths.sum())
    assert whole + (space.rows - count) * space.longest >= space.tokens  # empty rows enough to take up the filler
    assert (made.lengths[:count] > 0).all() and (made.tokens[whole:] == PAD).all()
    asked = made.labels != NOT_ASKED
    assert made.guesses == asked.sum() and (np.diff(made.picks[asked]) > 0).all()
    assert made.pairs == (made.random != NOT_ASKED).sum()
    assert (made.random[count:] == NOT_ASKED).all()
    found, begin = [], 0
    for number, length in enumerate(made.lengths[:count].tolist()):
        mine = asked & (made.picks >= begin) & (made.picks < begin + length)
        places, labels = (made.picks[mine] - begin).tolist(), made.labels[mine].tolist()
        tokens = made.tokens[begin : begin + length].tolist()
        found.append((tokens, places, labels, int(made.bounds[number]), int(made.random[number])))
        begin += length
    return found


def alone(rows: Rows, numbers: np.ndarray, epoch: int, plan: Layout) -> list[tuple[Any, ...]]:
    """The same of rows gathered one by one."""
    found = []
    for number in numbers:
        block = gather(rows, np.array([number]))
        drawn = masks(block, plan.rule, epoch)
        tokens = block.tokens[0].copy()
        tokens[drawn.picks] = drawn.put
        guesses = drawn.picks.tolist(), drawn.labels.tolist()
        found.append((tokens.tolist(), *guesses, int(block.bounds[0]), int(block.random[0])))
    return found


def test_a_packed_update_trains_as_the_same_rows_in_rectangles(rows: Rows) -> None:
    numbers, plan = np.arange(50), layout(rows, bins=8, micro=7, seed=5)
    objective = Objective(build(dataclasses.replace(SHAPES["pieces and pairs"], dropout=0.0), 1))
    sums = []
    for made in (packs(rows, numbers, 1, plan, room(rows, plan)), passes(rows, numbers, 1, plan)):
        parts = [trained(objective, batch_of(each)) for each in made]
        sums.append([torch.stack(each).sum(0) for each in zip(*parts, strict=True)])
    torch.testing.assert_close(*sums, atol=1e-4, rtol=1e-5)


def test_guesses_without_room_are_counted(tmp_path: Path) -> None:
    """Static masks of a seventh in instances that claim to have one of a hundredth."""
    few = rows_of(tmp_path, 64, length=45, masking="static", mask_rate=0.01)
    plan = layout(few, bins=8, micro=8, seed=1)
    asked = sum(made.guesses for made in passes(few, np.arange(64), 0, plan))
    found = packs(few, np.arange(64), 0, plan, room(few, plan))
    assert sum(made.dropped for made in found) > 0
    assert sum(made.guesses + made.dropped for made in found) == asked


def test_a_blank_pass_counts_for_nothing() -> None:
    made = blank(Room(48, 4, 8, 16), PAD)
    losses = Objective(build(SHAPES["pieces and pairs"], 1))(batch_of(made))
    assert losses.pieces == losses.other == losses.right == losses.other_right == 0


def test_there_is_less_filler_than_padding(tmp_path: Path) -> None:
    """Passes of 64 rows of which a half are short: what a compiled model computes for nothing."""
    many = rows_of(tmp_path, 2000, length=64, full=0.5, nsp="none", unit="token")
    plan = layout(many, bins=8, micro=64, seed=1, fixed=True)
    numbers = order(widths(many, 8), 1, 0)
    tokens = packed_up = rectangles = 0
    for start in range(0, 1500, 150):
        some = numbers[start : start + 150]
        tokens += int(many.lengths[some].sum())
        packed_up += sum(len(made.tokens) for made in packs(many, some, 0, plan, room(many, plan)))
        rectangles += sum(made.tokens.size for made in passes(many, some, 0, plan))
    assert tokens <= packed_up < rectangles


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("compiled", [False, True])
def test_packed_rows_on_a_gpu_are_near_the_processor(name: str, compiled: bool) -> None:
    torch.compiler.reset()
    model = build(dataclasses.replace(SHAPES[name], dropout=0.0), 1)
    batch = packed(random_batch(6, 24, VOCABULARY), 40, 3)
    expected = trained(Objective(model), batch)
    objective: Any = Objective(model).to("cuda")
    if compiled:
        objective = torch.compile(objective, fullgraph=True, dynamic=False)
    with torch.autocast("cuda", torch.bfloat16):
        found = trained(objective, moved(batch, torch.device("cuda")))
    for one, other in zip(expected, found, strict=True):
        assert (one.double() - other.cpu().double()).norm() <= 0.03 * one.double().norm() + 1e-6

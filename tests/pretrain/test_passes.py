"""Passes taken apart again: the rows in them, their masks, and that every rank makes the same."""

from __future__ import annotations

import dataclasses
from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pretrain.gather import NOT_ASKED, gather, masks
from pretrain.masking import MaskRule, mask
from pretrain.passes import WIDTHS as FEW
from pretrain.passes import Form, Pass, blank, cuts, forms, layout, passes, room
from pretrain.rows import Rows
from tests.pretrain.stores import CLS, PAD, SEP, rows_of

Row = tuple[int, ...]
WIDTHS = st.lists(st.sampled_from([8, 16, 24, 64]), min_size=1, max_size=60).map(lambda found: sorted(found)[::-1])
ONCE = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
UPDATE = st.lists(st.integers(0, 119), min_size=1, max_size=60, unique=True).map(np.array)
RULE = MaskRule(rate=0.15, cap=999, mask=4, untouchable=np.arange(5), candidates=np.arange(5, 99), seed=1)
RANKS, MICRO, BINS = st.integers(1, 5), st.integers(1, 9), st.sampled_from([1, 8, 16, 48])


@pytest.fixture(scope="module", params=["dynamic", "static", "all of one length"])
def rows(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Rows:
    masking: Any = "static" if request.param == "static" else "dynamic"
    full = 1.0 if request.param == "all of one length" else 0.5
    return rows_of(tmp_path_factory.mktemp("rows"), 120, length=45, full=full, masking=masking)


def number_of(rows: Rows) -> dict[Row, int]:
    """Which row these tokens are."""
    block = gather(rows, np.arange(len(rows)))
    found = {
        tuple(tokens[:length]): n for n, (tokens, length) in enumerate(zip(block.tokens, block.lengths, strict=True))
    }
    assert len(found) == len(rows)
    return found


def form_of(made: Pass) -> Form:
    rows, width = made.tokens.shape
    return Form(rows, width, len(made.picks), made.full)


def unmasked(made: Pass) -> list[Row]:
    """The real rows of a pass as they were before masking."""
    tokens, real = made.tokens.copy(), made.labels != NOT_ASKED
    tokens.reshape(-1)[made.picks[real]] = made.labels[real]
    return [
        tuple(row[:length])
        for row, length in zip(tokens.tolist(), made.lengths, strict=True)
        if row[:3] != [CLS, SEP, PAD]
    ]


@settings(max_examples=300)
@given(WIDTHS, MICRO, RANKS, st.booleans())
def test_cuts_deal_every_row_to_one_rank(widths: list[int], micro: int, ranks: int, fixed: bool) -> None:
    found = cuts(np.array(widths), micro, ranks, fixed=fixed)
    assert [at for cut in found for at in range(cut.start, cut.stop)] == list(range(len(widths)))
    for rank in range(ranks):
        own = list(range(len(widths)))[rank::ranks]
        dealt = [own[cut.of(rank, ranks)] for cut in found]
        assert [at for part in dealt for at in part] == own
        assert all(len(part) <= micro for part in dealt)
        assert all(cut.start <= at < cut.stop for cut, part in zip(found, dealt, strict=True) for at in part)
    for cut in found:
        assert cut.width == max(widths[cut.start : cut.stop])
        assert fixed or cut.width == min(widths[cut.start : cut.stop])


@settings(max_examples=200)
@given(WIDTHS, MICRO, RANKS)
def test_there_are_no_more_passes_than_needed(widths: list[int], micro: int, ranks: int) -> None:
    needed = sum(-(-count // (micro * ranks)) for count in Counter(widths).values())
    assert len(cuts(np.array(widths), micro, ranks, fixed=False)) == needed
    assert len(cuts(np.array(widths), micro, ranks, fixed=True)) == -(-len(widths) // (micro * ranks))


@ONCE
@given(numbers=UPDATE, ranks=RANKS, micro=MICRO, bins=BINS, fixed=st.booleans(), epoch=st.integers(0, 3))
def test_passes_hold_the_rows_of_the_update(
    rows: Rows, numbers: np.ndarray, ranks: int, micro: int, bins: int, fixed: bool, epoch: int
) -> None:
    plans = [layout(rows, bins=bins, micro=micro, seed=5, rank=r, ranks=ranks, fixed=fixed) for r in range(ranks)]
    dealt = [passes(rows, numbers, epoch, plan) for plan in plans]
    known = number_of(rows)
    if not any(made.dropped for each in dealt for made in each):
        assert sorted(known[row] for each in dealt for made in each for row in unmasked(made)) == sorted(numbers)
    assert len({tuple(made.tokens.shape[1] for made in each) for each in dealt}) == 1
    for plan, each in zip(plans, dealt, strict=True):
        for made in each:
            sound(made, plan.micro)
            assert not fixed or form_of(made) in forms(plan, rows.lengths)


def sound(made: Pass, micro: int) -> None:
    """What holds of every pass, whatever is in it."""
    count, width = made.tokens.shape
    assert 1 <= count <= micro
    assert ((made.lengths >= 2) & (made.lengths <= width) & (made.bounds <= made.lengths)).all()
    behind = np.arange(width) >= made.lengths[:, None]
    assert (made.tokens[behind] == PAD).all()
    assert not (made.tokens[~behind] == PAD).any()
    assert not behind.reshape(-1)[made.picks].any()
    assert made.full == (made.lengths == width).all()
    real = made.labels != NOT_ASKED
    assert len(made.picks) == len(made.labels) >= 1
    assert (made.labels[real] > SEP).all()
    assert (np.diff(made.picks[real]) > 0).all()
    assert made.guesses == real.sum()
    assert made.pairs == (made.random >= 0).sum() == (made.bounds < made.lengths).sum()


@ONCE
@given(numbers=UPDATE, ranks=RANKS, micro=MICRO, epoch=st.integers(0, 3))
def test_the_masks_of_a_row_are_its_own(rows: Rows, numbers: np.ndarray, ranks: int, micro: int, epoch: int) -> None:
    """Beside whichever rows, on whichever rank: what is put and asked is what the row would have alone."""
    known = number_of(rows)
    for rank in range(ranks):
        plan = layout(rows, bins=8, micro=micro, seed=5, rank=rank, ranks=ranks)
        for made in passes(rows, numbers, epoch, plan):
            width = made.tokens.shape[1]
            for at, row in enumerate(unmasked(made)):
                alone = gather(rows, np.array([known[row]]))
                drawn = masks(alone, plan.rule, epoch)
                own = (made.picks // width == at) & (made.labels != NOT_ASKED)
                assert (made.picks[own] - at * width).tolist() == drawn.picks.tolist()
                assert made.labels[own].tolist() == drawn.labels.tolist()
                assert made.tokens[at, drawn.picks].tolist() == drawn.put.tolist()
                assert made.random[at] == alone.random[0]
                assert made.bounds[at] == alone.bounds[0]


def test_a_rank_without_rows_makes_passes_of_filler(rows: Rows) -> None:
    plan = layout(rows, bins=8, micro=4, seed=5, rank=1, ranks=2)
    (made,) = passes(rows, np.array([7]), 0, plan)
    assert (made.guesses, made.pairs, made.dropped) == (0, 0, 0)
    assert made.tokens[0, :3].tolist() == [CLS, SEP, PAD]
    assert set(made.labels.tolist()) == {NOT_ASKED} and made.random.tolist() == [NOT_ASKED]


def test_what_finds_no_room_is_counted(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Static masks of a seventh in instances that claim to have one of a hundredth."""
    rows = rows_of(tmp_path_factory.mktemp("rows"), 64, length=45, masking="static", mask_rate=0.01)
    free, fixed = (layout(rows, bins=8, micro=8, seed=1, fixed=fixed) for fixed in (False, True))
    asked = sum(made.guesses for made in passes(rows, np.arange(64), 0, free))
    found = passes(rows, np.arange(64), 0, fixed)
    assert sum(made.dropped for made in found) > 0
    assert sum(made.guesses + made.dropped for made in found) == asked
    assert all(made.guesses == len(made.picks) for made in found if made.dropped)


@pytest.mark.parametrize("width", [16, 128, 512])
def test_guesses_nearly_always_find_room(width: int) -> None:
    """Words of one to five pieces and rows without padding: the fullest of 100 passes of 32 rows."""
    chance = np.random.default_rng(1)
    tokens = chance.integers(5, 99, (3200, width))
    starts = np.repeat(np.arange(3200 * width), chance.integers(1, 6, 3200 * width))[: 3200 * width]
    begins = np.diff(starts, prepend=-1).astype(bool).reshape(3200, width)
    picks = mask(tokens, np.full(3200, width), begins, np.arange(3200), RULE, 0).picks
    counts = np.bincount(picks // (32 * width), minlength=100)
    assert counts.max() <= room(RULE, 32, width) <= counts.mean() * 1.8
    assert room(dataclasses.replace(RULE, cap=2), 32, width) == 64


def test_a_form_without_padding_needs_rows_enough(rows: Rows) -> None:
    longest = int(np.count_nonzero(rows.lengths == 45))
    for micro, full in ((longest, True), (longest + 1, False)):
        found = forms(layout(rows, bins=48, micro=micro, seed=1, fixed=True), rows.lengths)
        assert [(form.rows, form.width, form.full) for form in found] == [(micro, 45, True)] * full + [
            (micro, 45, False)
        ]


def test_there_are_few_forms_to_compile(rows: Rows) -> None:
    found = forms(layout(rows, bins=1, micro=2, seed=1, fixed=True), rows.lengths)
    assert len({form.width for form in found}) <= FEW
    assert len(found) <= FEW + 1


def test_a_blank_pass_has_its_form() -> None:
    for form in (Form(3, 8, 5), Form(3, 8, 5, True)):
        made = blank(form, (PAD, CLS, SEP))
        assert form_of(made) == form
        assert made.full == (made.lengths == 8).all()
        assert set(made.labels) == set(made.random) == {NOT_ASKED}

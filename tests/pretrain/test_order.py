"""The order of rows: every row once, slices of one width, mixed to the end, whatever the batches."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pretrain.draws import draws
from pretrain.order import (
    SLICE,
    LoaderState,
    after,
    describe,
    epochs,
    from_json,
    order,
    to_json,
    updates_in_epoch,
    widths,
)
from pretrain.rows import Rows
from tests.pretrain.stores import rows_of
from tools.errors import UserError

WIDTHS = st.lists(st.sampled_from([8, 16, 40, 128]), min_size=1, max_size=200)


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Rows:
    return rows_of(tmp_path_factory.mktemp("rows"), 100, length=50)


def by_lists(widths: list[int], seed: int, epoch: int) -> list[int]:
    """The order of an epoch, as one would say it."""

    def shuffled(count: int, purpose: str) -> list[int]:
        return sorted(range(count), key=lambda i: int(draws(seed, purpose, epoch, i)))

    slices = []
    for width in sorted(set(widths)):
        group = [row for row in shuffled(len(widths), "rows") if widths[row] == width]
        slices += [group[start : start + SLICE] for start in range(0, len(group), SLICE)]
    return [row for number in shuffled(len(slices), "slices") for row in slices[number]]


@settings(max_examples=100)
@given(WIDTHS, st.integers(0, 2**31), st.integers(0, 9))
def test_an_epoch_is_slices_of_one_width_in_random_order(widths: list[int], seed: int, epoch: int) -> None:
    found = order(np.array(widths, np.uint16), seed, epoch).tolist()
    assert found == by_lists(widths, seed, epoch)
    assert sorted(found) == list(range(len(widths)))


@settings(max_examples=100)
@given(
    st.integers(1, 300), st.lists(st.integers(1, 50), min_size=1, max_size=8), st.integers(0, 299), st.integers(0, 3)
)
def test_updates_of_any_size_take_every_row_once_an_epoch(
    rows: int, batches: list[int], taken: int, epoch: int
) -> None:
    state, seen, sizes = LoaderState(epoch, taken % rows), Counter[tuple[int, int]](), itertools.cycle(batches)
    while state.epoch < epoch + 3:
        before, batch = from_json(json.loads(json.dumps(to_json(state)))), next(sizes)
        seen.update((before.epoch, at) for at in range(rows)[before.taken : before.taken + batch])
        state = after(before, batch, rows)
    assert seen == Counter((e, at) for e in range(epoch, epoch + 3) for at in range(taken % rows * (e == epoch), rows))
    assert state.taken == 0


def test_each_row_comes_anywhere_in_an_epoch() -> None:
    """In which quarters a row stands in 2,000 epochs: chi-square against an even spread, for each of 64 rows."""
    kinds = np.repeat(np.array([8, 16], np.uint16), 32)
    counts = np.zeros((64, 4))
    for epoch in range(2000):
        counts[order(kinds, 1, epoch), np.arange(64) // 16] += 1
    assert ((counts - 500) ** 2 / 500).sum(axis=1).max() < 25  # 3 degrees of freedom: one row in 60,000 is above


def test_the_end_of_an_epoch_is_mixed_like_the_whole() -> None:
    kinds = np.array([128] * 8000 + [64] * 2000, np.uint16)
    for seed in range(20):
        last = kinds[order(kinds, seed, 0)[-1600:]]
        assert 0.05 < np.mean(last == 64) < 0.35  # of 100 slices, 20 +- 4


def test_another_seed_or_epoch_is_another_order() -> None:
    kinds = np.full(100, 128, np.uint16)
    found = {tuple(order(kinds, seed, epoch)) for seed in range(5) for epoch in range(5)}
    assert len(found) == 25


def test_the_order_stays_what_it_was() -> None:
    """A checkpoint of last year goes on with the rows it had not seen: this list may never change."""
    kinds = np.array([8, 16] * 4, np.uint16)
    assert order(kinds, 1, 0).tolist() == [0, 4, 6, 2, 5, 3, 1, 7]


def test_widths_are_multiples_within_the_length(rows: Rows) -> None:
    for bins in (1, 8, 16, 50, 64):
        found = widths(rows, bins)
        assert set(found[found < 50] % bins) <= {0}
        assert ((found >= rows.lengths) & (found < rows.lengths + bins) & (found <= 50)).all()


def test_what_bins_cost(rows: Rows) -> None:
    found = describe(rows, 8)
    assert found["rows"] == sum(found["widths"].values()) == 100
    assert found["tokens"] == sum(rows.lengths.tolist())
    places = sum(width * count for width, count in found["widths"].items())
    assert found["padding"] == pytest.approx((places - found["tokens"]) / places)
    assert describe(rows, 1)["padding"] == 0
    assert json.dumps(found)


def test_how_far_one_is(rows: Rows) -> None:
    assert [epochs(rows, state) for state in (LoaderState(), LoaderState(2, 25))] == [0, 2.25]
    assert [updates_in_epoch(rows, batch) for batch in (1, 32, 50, 99, 100, 101)] == [100, 4, 2, 2, 1, 1]


def test_rows_that_are_too_long_are_refused(rows: Rows) -> None:
    wrong = Rows(rows.folder, rows.shards, {**rows.about, "length": 49})
    with pytest.raises(UserError, match="a row has 50 tokens, but these are instances of 49"):
        widths(wrong, 8)


def test_bins_of_nothing_are_refused(rows: Rows) -> None:
    with pytest.raises(UserError, match="bins 0"):
        widths(rows, 0)


def test_the_numbers_need_no_torch() -> None:
    script = "import sys, pretrain.passes; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], cwd=Path(__file__).parents[2]).returncode == 0

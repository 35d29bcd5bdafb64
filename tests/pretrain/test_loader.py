"""The loader as training uses it: stopped anywhere, gone on with anyhow, every row once an epoch."""

from __future__ import annotations

import itertools
import json
import threading
from collections import Counter
from contextlib import closing
from itertools import islice
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from pretrain import loader
from pretrain.batch import Batch
from pretrain.gather import gather
from pretrain.loader import Update, updates
from pretrain.order import LoaderState, from_json, to_json
from pretrain.passes import Pass, passes
from pretrain.rows import Rows
from tests.pretrain.stores import CLS, PAD, SEP, rows_of
from tools.errors import UserError

LEG = st.fixed_dictionaries(
    {
        "ranks": st.integers(1, 4),
        "batch": st.integers(1, 70),
        "micro": st.integers(1, 20),
        "fixed": st.booleans(),
        "updates": st.integers(1, 4),
    }
)


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Rows:
    return rows_of(tmp_path_factory.mktemp("rows"), 90, length=40, full=0.5)


def some(rows: Rows, state: LoaderState, count: int, **options: Any) -> list[Update]:
    options = {"batch": 20, "micro": 8, "seed": 3, "bins": 8, **options}
    with closing(updates(rows, state, **options)) as source:
        return list(islice(source, count))


def seen(rows: Rows, batches: tuple[Batch, ...]) -> list[int]:
    """The numbers of the real rows in some batches."""
    whole = gather(rows, np.arange(len(rows)))
    known = {
        tuple(row[:length]): number
        for number, (row, length) in enumerate(zip(whole.tokens, whole.lengths, strict=True))
    }
    found = []
    for batch in batches:
        tokens, real = batch.tokens.clone(), batch.labels >= 0
        tokens.view(-1)[batch.picks[real]] = batch.labels[real]
        for row, length in zip(tokens.tolist(), batch.lengths.tolist(), strict=True):
            if row[:3] != [CLS, SEP, PAD]:
                found.append(known[tuple(row[:length])])
    return found


@settings(max_examples=40)
@given(legs=st.lists(LEG, min_size=1, max_size=5), bins=st.sampled_from([1, 8, 16]))
def test_every_row_once_an_epoch_however_often_ranks_and_batches_change(
    rows: Rows, legs: list[dict[str, Any]], bins: int
) -> None:
    state, counts = LoaderState(), Counter[tuple[int, int]]()
    for leg in legs:
        count, ranks = leg.pop("updates"), leg["ranks"]
        each = [some(rows, state, count, bins=bins, rank=rank, **leg) for rank in range(ranks)]
        for together in zip(*each, strict=True):
            numbers = [number for update in together for number in seen(rows, update.batches)]
            counts.update((state.epoch, number) for number in numbers)
            assert len({(update.state, update.rows, update.tokens) for update in together}) == 1
            assert together[0].rows == len(numbers)
            assert together[0].tokens == rows.lengths[numbers].sum()
            assert len({tuple(batch.tokens.shape[1] for batch in update.batches) for update in together}) == 1
            state = from_json(json.loads(json.dumps(to_json(together[0].state))))
    whole = {(epoch, number): 1 for epoch in range(state.epoch) for number in range(90)}
    rest = {key: count for key, count in counts.items() if key[0] == state.epoch}
    assert {key: count for key, count in counts.items() if key[0] < state.epoch} == whole
    assert len(rest) == sum(rest.values()) == state.taken


@pytest.mark.parametrize("fixed", [False, True])
def test_the_same_state_is_the_same_bits(rows: Rows, fixed: bool) -> None:
    undisturbed = some(rows, LoaderState(), 12, fixed=fixed)
    for at in (0, 3, 4, 8):  # an epoch has five updates
        resumed = some(rows, undisturbed[at].state, 11 - at, fixed=fixed)
        for mine, other in zip(undisturbed[at + 1 :], resumed, strict=True):
            same(mine, other)


def same(one: Update, other: Update) -> None:
    assert (one.guesses, one.pairs, one.rows, one.state) == (other.guesses, other.pairs, other.rows, other.state)
    for mine, theirs in zip(one.batches, other.batches, strict=True):
        for name in ("tokens", "lengths", "bounds", "picks", "labels", "random"):
            assert torch.equal(getattr(mine, name), getattr(theirs, name))
            assert getattr(mine, name).dtype == torch.int64
            assert getattr(mine, name).is_contiguous()
        assert mine.full == theirs.full


def test_counts_are_of_what_is_in_the_batches(rows: Rows) -> None:
    for rank in range(3):
        for update in some(rows, LoaderState(), 6, ranks=3, rank=rank):
            assert update.guesses == sum(int((batch.labels >= 0).sum()) for batch in update.batches)
            assert update.pairs == sum(int((batch.random >= 0).sum()) for batch in update.batches)
            assert update.dropped == 0


def test_masks_are_drawn_anew_in_each_epoch_and_for_each_seed(rows: Rows) -> None:
    def labels(epoch: int, seed: int) -> tuple[int, ...]:
        (update,) = some(rows, LoaderState(epoch), 1, batch=90, micro=90, seed=seed, bins=40)
        return tuple(sorted(update.batches[0].labels.tolist()))

    assert len({labels(epoch, seed) for epoch in range(3) for seed in range(3)}) == 9


def test_an_epoch_ends_with_a_smaller_update(rows: Rows) -> None:
    found = some(rows, LoaderState(), 6, batch=40)
    assert [update.rows for update in found] == [40, 40, 10] * 2
    assert [update.state for update in found][2::3] == [LoaderState(1), LoaderState(2)]


def test_one_row_is_an_epoch(tmp_path_factory: pytest.TempPathFactory) -> None:
    alone = rows_of(tmp_path_factory.mktemp("rows"), 1)
    found = some(alone, LoaderState(), 3)
    assert [seen(alone, update.batches) for update in found] == [[0]] * 3
    assert found[-1].state == LoaderState(3)


def test_a_rank_may_be_idle_in_the_last_update_but_not_absent(rows: Rows) -> None:
    """90 rows in updates of 89: the last has one row for three ranks."""
    each = [some(rows, LoaderState(), 2, batch=89, ranks=3, rank=rank)[1] for rank in range(3)]
    assert [len(seen(rows, update.batches)) for update in each] == [1, 0, 0]
    assert {update.batches[0].tokens.shape for update in each} == {each[0].batches[0].tokens.shape}
    assert [update.guesses for update in each[1:]] == [0, 0]


def test_more_ranks_than_rows_are_refused_at_once(rows: Rows) -> None:
    with pytest.raises(UserError, match=r"91 ranks but only 90 instances.*start at most 90"):
        updates(rows, LoaderState(), batch=1, micro=1, seed=1, bins=8, ranks=91)


def test_the_state_of_other_instances_is_refused(rows: Rows) -> None:
    with pytest.raises(UserError, match=r"has seen 90 rows .* there are only 90"):
        updates(rows, LoaderState(0, 90), batch=1, micro=1, seed=1, bins=8)


def test_what_goes_wrong_in_the_thread_is_raised_here(rows: Rows, monkeypatch: pytest.MonkeyPatch) -> None:
    made = itertools.count()

    def torn(*arguments: Any) -> list[Pass]:
        if next(made) == 2:
            raise UserError("no more")
        return passes(*arguments)

    monkeypatch.setattr(loader, "passes", torn)
    source = updates(rows, LoaderState(), batch=8, micro=8, seed=1, bins=8)
    assert [next(source).rows, next(source).rows] == [8, 8]
    with pytest.raises(UserError, match="no more"):
        next(source)
    assert not threads()
    assert list(source) == []


def test_closing_ends_the_thread(rows: Rows) -> None:
    source = updates(rows, LoaderState(), batch=8, micro=8, seed=1, bins=8)
    assert not threads()
    next(source)
    assert threads()
    source.close()
    assert not threads()


def test_no_more_is_made_ahead_than_is_wanted(rows: Rows, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = threading.Semaphore(0)

    def counted(*arguments: Any) -> list[Pass]:
        asked.release()
        return passes(*arguments)

    monkeypatch.setattr(loader, "passes", counted)
    with closing(updates(rows, LoaderState(), batch=8, micro=8, seed=1, bins=8)) as source:
        for _ in range(3):
            next(source)
        for _ in range(3 + loader.AHEAD):
            assert asked.acquire(timeout=5)
        assert not asked.acquire(timeout=0.05)


def threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith("loader")]

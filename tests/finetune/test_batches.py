"""Batches of rows, and their order in an epoch."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finetune.batches import PARCEL, Row, batch_of, order, padded, parcels
from tools.errors import UserError

LENGTHS = st.lists(st.integers(1, 60), max_size=60)


def row(*tokens: int, bound: int = 0) -> Row:
    return Row(np.array(tokens, np.uint16), bound or len(tokens), 0)


def test_a_batch_by_hand() -> None:
    batch = batch_of([row(2, 7, 3), row(2, 7, 3, 8, 9, 3, bound=3)], pad=0, width_multiple=4)
    assert batch.tokens.tolist() == [[2, 7, 3, 0, 0, 0, 0, 0], [2, 7, 3, 8, 9, 3, 0, 0]]
    assert batch.lengths.tolist() == [3, 6]
    assert batch.bounds.tolist() == [3, 3]
    assert batch.random.tolist() == [-100, -100]
    assert (len(batch.picks), len(batch.labels)) == (0, 0)
    assert not batch.full
    assert batch_of([row(2, 7, 8, 3)], pad=0, width_multiple=4).full


def test_no_batch_is_wider_than_the_model() -> None:
    batch = batch_of([row(2, 7, 8, 9, 3)], pad=0, positions=6)
    assert batch.tokens.shape == (1, 6)
    with pytest.raises(UserError, match="a row has 5 tokens, but the model has 4 positions; give a smaller --length"):
        batch_of([row(2, 7, 8, 9, 3)], pad=0, positions=4)


@settings(max_examples=50)
@given(LENGTHS, st.integers(0, 9), st.integers(1, 9))
def test_every_row_once_within_the_limit(lengths: list[int], epoch: int, rows: int) -> None:
    batches = order(lengths, 3, epoch, rows)
    assert sorted(itertools.chain.from_iterable(batches)) == list(range(len(lengths)))
    assert all(len(batch) <= rows for batch in batches)
    assert [batch.tolist() for batch in order(lengths, 3, epoch, rows)] == [batch.tolist() for batch in batches]


@settings(max_examples=50)
@given(LENGTHS, st.sampled_from([1, 100, 1000]))
def test_parcels_hold_every_row_once_within_the_limit(lengths: list[int], tokens: int) -> None:
    found = parcels(lengths, tokens)
    assert sorted(itertools.chain.from_iterable(found)) == list(range(len(lengths)))
    widths = [int(padded(np.array(lengths)[parcel], PARCEL).max()) for parcel in found]
    assert widths == sorted(widths, reverse=True)
    for parcel, width in zip(found, widths, strict=True):
        assert len(parcel) == 1 or len(parcel) * width <= tokens
        assert len(parcel).bit_count() == 1


def test_any_number_of_rows_comes_in_few_forms() -> None:
    """A form is the height of the matrices; 60 portions of examples have hardly more of them than 10."""
    draw, forms = np.random.default_rng(0), set[int]()
    counts = list[int]()
    for _ in range(60):
        lengths = draw.integers(4, 385, 600)
        forms |= {len(parcel) * int(padded(lengths[parcel], PARCEL).max()) for parcel in parcels(lengths, 4096)}
        counts.append(len(forms))
    assert counts[-1] < 1.2 * counts[9] < 40
    assert [parcel.tolist() for parcel in parcels([4, 300, 5, 6, 290], 640)] == [[1, 4], [0, 2], [3]]


@settings(max_examples=50)
@given(LENGTHS, st.integers(1, 7))
def test_batches_of_a_number_of_rows_are_even(lengths: list[int], rows: int) -> None:
    sizes = {len(batch) for batch in order(lengths, 1, 0, rows_in_batch=rows)}
    assert not sizes or max(sizes) - min(sizes) <= 1


@settings(max_examples=50)
@given(st.lists(st.integers(1, 5), min_size=1, max_size=20), st.integers(1, 12))
def test_the_rows_of_an_example_stay_together(choices: list[int], rows: int) -> None:
    together = [number for number, count in enumerate(choices) for _ in range(count)]
    batches = order([7 * (number % 3 + 1) for number in together], 1, 0, rows_in_batch=rows, together=together)
    of = [[together[number] for number in batch] for batch in batches]
    assert sorted(itertools.chain.from_iterable(map(set, of))) == list(range(len(choices)))
    assert sorted(itertools.chain.from_iterable(batches)) == list(range(len(together)))
    assert all(len(list(itertools.groupby(batch))) == len(set(batch)) for batch in of)
    assert all(len(batch) <= rows or len(set(batch)) == 1 for batch in of)


def test_like_lengths_share_a_batch_and_epochs_differ() -> None:
    lengths = np.random.default_rng(0).integers(4, 385, 2000)
    batches = order(lengths, 1, 0, rows_in_batch=32)
    padding = sum(len(batch) * padded(lengths[batch]).max() for batch in batches) / lengths.sum()
    assert padding < 1.05  # padding to the longest of a batch of any rows: almost 2
    other = order(lengths, 1, 1, rows_in_batch=32)
    assert {frozenset(batch.tolist()) for batch in batches} != {frozenset(batch.tolist()) for batch in other}
    widest = [int(lengths[batch].max()) for batch in batches]
    assert widest != sorted(widest) and widest != sorted(widest, reverse=True)
    assert order([], 1, 0, rows_in_batch=8) == []

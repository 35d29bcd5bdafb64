"""Cutting documents into rows: every token in one row, every row as the rule says, whatever the documents are."""

from __future__ import annotations

import dataclasses
import itertools
import random
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pretrain.cuts import LEAST, CutRule, Cuts, cut, held_out, held_out_threshold
from pretrain.store import StoreShard
from tests.pretrain.stores import Text, random_documents, store_arrays

RULE = CutRule(40, True, 0.1, 1, (43, 0))


def shard_of(documents: Sequence[Text]) -> StoreShard:
    return StoreShard(**store_arrays(documents))


def documents_of(sizes: Sequence[Sequence[int]], longest: int) -> list[Text]:
    """Documents of sentences of so many tokens, in words of up to `longest`."""
    return [
        [[[9] * min(longest, size - start) for start in range(0, size, longest)] for size in sentences]
        for sentences in sizes
    ]


SIZES = st.lists(
    st.lists(st.one_of(st.integers(1, 4), st.integers(1, 90)), min_size=1, max_size=5), min_size=1, max_size=8
)


def texts_of(sizes: Sequence[Sequence[int]], least: int) -> list[tuple[int, int, int]]:
    """Document number, begin and end of what is cut as one: a document with what is too small behind it."""
    totals = list(map(sum, sizes))
    ends = list(itertools.accumulate(totals))
    leaders = [number for number, total in enumerate(totals) if total >= least] or [0]
    begins = [0, *(ends[number - 1] for number in leaders[1:])]
    return list(zip(leaders, begins, [*begins[1:], ends[-1]], strict=True))


@settings(max_examples=150)
@given(SIZES, st.integers(13, 50), st.booleans(), st.sampled_from([0, 0.1, 0.9]), st.sampled_from([1, 3, 99]))
@example([[1], [1], [1, 1]], 13, True, 0.1, 1)
@example([[1], [27, 1], [1]], 13, True, 0.1, 99)
def test_rows_partition_the_text_as_the_rule_says(
    sizes: list[list[int]], size: int, pairs: bool, short_rate: float, longest: int
) -> None:
    shard = shard_of(documents_of(sizes, longest))
    rule = CutRule(size, pairs, short_rate, 1, (size, 0))
    found = cut(shard, 7, rule)
    texts = texts_of(sizes, 2 if pairs else 1)
    total = sum(map(sum, sizes))
    if total < (2 if pairs else 1):
        assert not len(found)
        return
    ends = found["start"] + found["a"] + found["b"]
    assert found["start"].tolist() == [0, *ends[:-1]]
    assert ends[-1] == total
    assert (found["a"] >= 1).all()
    assert (found["b"] >= 1).all() if pairs else not found["b"].any()
    row = 0
    for number, begin, end in texts:
        mine = []
        while row < len(found) and ends[row] <= end:
            assert found["document"][row] == 7 + number
            mine.append(int(ends[row] - found["start"][row]))
            row += 1
        assert sum(mine) == end - begin
        assert max(mine) <= size
        assert min(mine) >= min(LEAST, end - begin)
        if not short_rate:
            assert len(mine) == -(-(end - begin) // size)
            assert sum(n < size for n in mine) <= 2
    if pairs:
        check_splits(shard, found, longest)


def check_splits(shard: StoreShard, found: Cuts, longest: int) -> None:
    sentences = set(shard.sentences.tolist())
    words = set(np.flatnonzero(np.unpackbits(shard.words)).tolist())
    for start, a, b, _, split in found.tolist():
        inside = range(start + 1, start + a + b)
        kinds = [start + a in sentences, start + a in words, True]
        assert kinds[split]
        assert split == 0 or not sentences & set(inside)
        assert split < 2 or not words & set(inside)
    assert longest > 1 or not (found["split"] == 2).any()


def test_the_share_of_short_rows_is_as_asked_and_their_sizes_are_spread() -> None:
    shard = shard_of(documents_of([[4000] * 60], 9))
    found = cut(shard, 0, dataclasses.replace(RULE, short_rate=0.3, seed=2))
    sizes = found["a"] + found["b"]
    assert np.mean(sizes < 40) == pytest.approx(0.3, abs=0.02)
    counts = np.bincount(sizes[sizes < 40], minlength=40)[LEAST : 40 - LEAST + 1]
    assert counts.min() > 0.5 * counts.mean()


def test_every_place_between_sentences_is_as_likely() -> None:
    shard = shard_of(documents_of([[10] * 20_000], 10))
    found = cut(shard, 0, dataclasses.replace(RULE, short_rate=0))
    counts = np.bincount(found["a"])
    assert np.flatnonzero(counts).tolist() == [10, 20, 30]
    assert counts[[10, 20, 30]] / len(found) == pytest.approx(np.full(3, 1 / 3), abs=0.03)


def test_another_pass_cuts_elsewhere_and_the_same_the_same() -> None:
    shard = shard_of(random_documents(1, 50, sentences=40))
    first, again = cut(shard, 0, RULE), cut(shard, 0, RULE)
    other = cut(shard, 0, dataclasses.replace(RULE, counters=(43, 1)))
    assert (first == again).all()
    boundaries = [set(cuts["start"].tolist()) for cuts in (first, other)]
    assert len(boundaries[0] & boundaries[1]) < 0.7 * len(boundaries[0])


def test_what_is_cut_does_not_depend_on_the_other_documents_of_the_shard() -> None:
    documents = random_documents(1, 9, sentences=40)
    whole = cut(shard_of(documents), 0, dataclasses.replace(RULE, short_rate=0))
    alone = cut(shard_of(documents[5:6]), 5, dataclasses.replace(RULE, short_rate=0))
    mine = whole[whole["document"] == 5]
    assert (mine["a"] + mine["b"]).tolist() == (alone["a"] + alone["b"]).tolist()


@pytest.mark.parametrize(
    "documents, share, expected",
    [(19, 0.01, (0, 0)), (20, 0.01, (4, 4)), (10_000, 0.01, (60, 140)), (30, 0.5, (8, 22))],
)
def test_a_small_corpus_holds_out_a_few_documents_or_none(
    documents: int, share: float, expected: tuple[int, int]
) -> None:
    threshold = held_out_threshold(documents, share)
    least, most = expected
    assert least <= held_out(np.arange(documents), threshold).sum() <= most
    assert held_out_threshold(documents, 0) == 0


def test_what_is_held_out_stays_so_when_the_corpus_grows() -> None:
    numbers = np.arange(100_000)
    small, large = (held_out(numbers, held_out_threshold(n, 0.005)) for n in (50_000, 100_000))
    assert (small == large).all()
    assert small.mean() == pytest.approx(0.005, abs=0.001)


def test_no_document_twice_and_none_missing() -> None:
    chance = random.Random(1)
    sizes = [[chance.randint(1, 30) for _ in range(chance.randint(1, 9))] for _ in range(300)]
    found = cut(shard_of(documents_of(sizes, 3)), 0, RULE)
    large = [number for number, size in enumerate(map(sum, sizes)) if size > 1]
    assert [number for number, _ in itertools.groupby(found["document"].tolist())] == large

"""Bags of n-grams: against a slow twin that knows no hashes."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from finetune.examples import Labelled
from finetune.grams import ALL, BOTH, FIRST, RARE, SECOND, SHARES, SIZES, TENTHS, Bags, counted, weighed, weighing

TEXTS = st.lists(st.text("가나다라 a\0🙂", max_size=12), min_size=1, max_size=6)


def one(text: str, second: str | None = None) -> Labelled:
    return Labelled("1", text, second)


def row(bags: Bags, number: int) -> dict[int, float]:
    """The columns of a row and how much of each it has."""
    part = slice(bags.ends[number], bags.ends[number + 1])
    return dict(zip(bags.columns[part].tolist(), bags.amounts[part].tolist(), strict=True))


def grams(text: str) -> Counter[str]:
    """The n-grams of a text, one after another."""
    around = " " + text.replace("\0", " ") + " "
    return Counter(around[at : at + size] for size in SIZES for at in range(len(around) - size + 1))


@given(TEXTS)
def test_every_gram_of_every_text_is_counted(texts: list[str]) -> None:
    bags = counted([one(text) for text in texts])
    for number, text in enumerate(texts):
        assert sorted(row(bags, number).values()) == sorted(grams(text).values())
        assert row(bags, number) == row(counted([one(text)]), 0), "what stands beside a text must not matter"


def test_equal_grams_have_equal_columns_and_others_do_not() -> None:
    bags = counted([one("가나"), one("다 가나"), one("다라")])
    first, second, third = (set(row(bags, number)) for number in range(3))
    assert len(first & second) == len(set(grams("가나")) & set(grams("다 가나")))
    assert len(first & third) == len({" "} & set(grams("다라")))


@given(st.lists(st.text("가나다라 ", max_size=8), min_size=3, max_size=8))
def test_weights_are_those_of_the_formula(texts: list[str]) -> None:
    bags = counted([one(text) for text in texts])
    every = [grams(text) for text in texts]
    assume(len(set(bags.columns.tolist())) == len({gram for bag in every for gram in bag}))  # no two share a column
    got = weighed(bags, weighing(bags))
    found = Counter(gram for bag in every for gram in bag)
    for number, bag in enumerate(every):
        weights = {
            gram: (1 + math.log(count)) * (1 + math.log((1 + len(texts)) / (1 + found[gram])))
            for gram, count in bag.items()
            if found[gram] >= RARE
        }
        length = math.sqrt(sum(weight**2 for weight in weights.values()))
        wanted = sorted(weight / length for weight in weights.values())
        assert sorted(row(got, number).values()) == pytest.approx(wanted, rel=1e-5)


def test_what_training_has_not_seen_twice_is_not_looked_at() -> None:
    taught = weighing(counted([one("가나"), one("가나"), one("라")]))
    [seen, unseen] = [row(weighed(counted([one(text)]), taught), 0) for text in ("가나", "바사아")]
    assert len(seen) == len(grams("가나"))
    assert list(unseen.values()) == [1.0], "only the space"
    assert row(weighed(counted([one("")]), taught), 0) == pytest.approx({next(iter(unseen)): 1.0})


def test_a_pair_is_three_bags_and_its_shares() -> None:
    bags = counted([one("가나", "가나"), one("가나", "다")])
    same, other, single = row(bags, 0), row(bags, 1), row(counted([one("가나")]), 0)

    def bag(found: dict[int, float], start: int) -> set[int]:
        return {column - start for column in found if start <= column < start + SECOND}

    assert bag(same, FIRST) == bag(same, SECOND) == bag(same, BOTH) == bag(single, FIRST)
    assert len(bag(other, BOTH)) == 1
    assert max(single) < SECOND
    shares = sorted(column - SHARES for column in same if column >= SHARES)
    assert shares == [side * TENTHS + 10 for side in range(2 * len(SIZES))], "ten tenths of both, of every size"
    # " 가나 " has three characters, one of them twice, and " 다 " two: the space is a third and a half.
    assert {column - SHARES for column in other if SHARES <= column < SHARES + 2 * TENTHS} == {3, TENTHS + 5}
    assert max(same) < ALL


def test_shares_count_as_one_beside_the_weights() -> None:
    bags = counted([one("가나", "가나")] * 3)
    got = weighed(bags, weighing(bags))
    amounts = row(got, 0)
    shares = [amount for amount in amounts.values() if amount == 1.0]
    assert len(shares) == 2 * len(SIZES)
    assert math.fsum(amount**2 for amount in amounts.values()) == pytest.approx(1 + len(shares), rel=1e-5)
    assert got.amounts.dtype == np.float32

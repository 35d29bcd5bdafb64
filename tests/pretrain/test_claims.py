"""Intervals against published values and against how often they hold the truth; verdicts against what they must say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from pretrain.claims import BROKEN, CHANCE, FEW, HOLDS, drawn, moments, never, over_rows, wilson


@pytest.mark.parametrize(
    "cases, of, low, high",
    [  # Brown, Cai and DasGupta 2001 for 0 of 10; Newcombe 1998, table I, method 3, for the others
        (0, 10, 0.0, 0.2775),
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_as_published(cases: int, of: int, low: float, high: float) -> None:
    assert wilson(cases, of, 1.96) == pytest.approx((low, high), abs=6e-5)


@given(st.integers(0, 500), st.integers(0, 500), st.floats(0.5, 4))
def test_wilson_is_about_the_share(cases: int, more: int, deviations: float) -> None:
    of = cases + more
    low, high = wilson(cases, of, deviations)
    assert 0 <= low <= high <= 1
    assert low - 1e-12 <= (cases / of if of else 0.5) <= high + 1e-12
    assert wilson(more, of, deviations) == pytest.approx((1 - high, 1 - low), abs=1e-12)


def rows(
    chance: np.random.Generator, count: int, rate: float, words: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows of words of six tokens that are hit as a whole."""
    of = chance.integers(1, words, count)
    return chance.binomial(of, rate) * 6, of * 6


def test_the_interval_over_rows_holds_the_truth_where_words_are_hit_as_a_whole() -> None:
    chance = np.random.default_rng(1)
    held = naive = 0
    for _ in range(600):
        cases, of = rows(chance, 400, 0.15, 9)
        claim = over_rows("", 0.15, 0.0, moments(cases, of))
        held += claim.low <= 0.15 <= claim.high
        low, high = wilson(int(cases.sum()), int(of.sum()), 1.96)
        naive += low <= 0.15 <= high
    assert 0.93 <= held / 600 <= 0.97  # three standard deviations around 95 %
    assert naive / 600 < 0.75  # tokens of a word are no cases of their own


def test_the_interval_over_rows_is_narrow_where_rows_hardly_differ() -> None:
    cases, of = np.full(1000, 15), np.full(1000, 100)
    claim = over_rows("", 0.15, 0.0, moments(cases, of))
    assert claim.high - claim.low < 1e-6 and claim.verdict == HOLDS
    assert over_rows("", 0.1501, 0.0, moments(cases, of)).verdict == BROKEN
    assert over_rows("", 0.1501, 0.001, moments(cases, of)).verdict == HOLDS


def test_moments_add_up() -> None:
    cases, of = rows(np.random.default_rng(2), 300, 0.3, 20)
    np.testing.assert_array_equal(moments(cases[:100], of[:100]) + moments(cases[100:], of[100:]), moments(cases, of))
    both = moments(np.stack([cases, of - cases], 1), np.stack([of, of], 1))
    np.testing.assert_array_equal(both[0], moments(cases, of))


@pytest.mark.parametrize(
    "cases, verdict", [(800, HOLDS), (776, HOLDS), (770, CHANCE), (835, CHANCE), (750, BROKEN), (850, BROKEN)]
)
def test_verdicts_on_cases_drawn_by_themselves(cases: int, verdict: str) -> None:
    assert drawn("", 0.8, 0.0, cases, 1000).verdict == verdict


def test_little_says_little_and_never_means_never() -> None:
    assert drawn("", 0.8, 0.0, 0, 20).verdict == FEW
    assert over_rows("", 0.15, 0.0, moments(np.full(20, 100), np.full(20, 100))).verdict == FEW
    assert over_rows("", 0.15, 0.0, moments(np.zeros((50, 2), int), np.zeros((50, 2), int))[0]).verdict == FEW
    assert never("", 0, 5).verdict == never("", 0, 0).verdict == HOLDS
    assert never("", 1, 10**9).verdict == BROKEN

"""Randomness by counters: against splitmix64 in plain integers, its published numbers, and chance."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pretrain.draws import below, draws, further

COUNTER = st.integers(0, 2**63 - 1)
WORD = (1 << 64) - 1
PUBLISHED = (6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821)


def splitmix(state: int, step: int) -> int:
    """The number after `step` others, by the definition."""
    z = (state + (step + 1) * 0x9E3779B97F4A7C15) & WORD
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 & WORD
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB & WORD
    return z ^ (z >> 31)


def chi_square(counts: np.ndarray[tuple[int], np.dtype[np.int64]]) -> float:
    """How many standard deviations the statistic for equal chances is from its mean."""
    expected = counts.sum() / len(counts)
    free = len(counts) - 1
    return float((((counts - expected) ** 2 / expected).sum() - free) / np.sqrt(2 * free))


def test_further_gives_the_published_numbers_of_splitmix64() -> None:
    assert tuple(further(np.array(1234567, np.uint64), np.arange(5)).tolist()) == PUBLISHED


@settings(max_examples=50)
@given(st.lists(COUNTER, min_size=1, max_size=4), st.integers(-5, 5), st.text(max_size=5))
def test_every_counter_is_one_more_step_of_mixing(counters: list[int], seed: int, purpose: str) -> None:
    state = int(draws(seed, purpose))
    for counter in counters:
        state = splitmix(state, counter)
    assert int(draws(seed, purpose, *counters)) == state


def test_counters_broadcast_and_nothing_depends_on_who_else_is_asked_for() -> None:
    rows, places = np.arange(7)[:, None], np.arange(5)
    whole = draws(1, "a", 3, rows, places)
    assert whole.shape == (7, 5)
    for row in range(7):
        for place in range(5):
            assert whole[row, place] == draws(1, "a", 3, row, place)
    assert (further(draws(1, "a", 3, rows), places) == whole).all()
    assert draws(1, "a", np.zeros(0, np.int64)).shape == (0,)


def test_seed_purpose_and_the_order_of_counters_matter() -> None:
    same = np.arange(1000)
    found = [draws(1, "a", 0, same), draws(2, "a", 0, same), draws(1, "b", 0, same), draws(1, "a", same, 0)]
    assert len(np.unique(np.concatenate(found))) == 4000 - 1  # (0, 0) is in two of them


@pytest.mark.parametrize("limit", [2, 10, 1000, 32_000])
def test_whole_numbers_are_equally_likely_in_both_halves_of_the_bits(limit: int) -> None:
    bits = draws(1, "uniform", np.arange(400)[:, None], np.arange(1000)).reshape(-1)
    for half in (bits, bits << np.uint64(32)):
        found = below(half, limit)
        assert found.min() >= 0
        assert found.max() < limit
        assert abs(chi_square(np.bincount(found, minlength=limit))) < 4
    # What one half says tells nothing about the other.
    both = below(bits, 16) * 16 + below(bits << np.uint64(32), 16)
    assert abs(chi_square(np.bincount(both, minlength=256))) < 4


def test_below_takes_a_limit_for_each() -> None:
    limits = np.array([1, 2, 3, 2**32])
    found = below(np.full(4, WORD, np.uint64), limits)
    assert found.tolist() == [0, 1, 2, 2**32 - 1]

"""What was promised of a share, what was found, and whether chance alone could explain the difference.

Intervals are Wilson's where each case is drawn by itself. Cases that come in rows, as masked tokens do, are not: there
the rows are what varies, and the interval is that of a ratio of two sums over them. Masks drawn at even steps differ so
little from row to row that such an interval is very narrow, and an interval over tokens would hide it.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

SHOWN, CERTAIN = (
    1.96,
    3.29,
)  # standard deviations: the 95 % that is printed, and the 99.9 % beyond which it is no chance
ENOUGH = 30  # cases or rows; of fewer nothing is said
HOLDS, CHANCE, BROKEN, FEW = "지켜짐 holds", "우연? chance?", "어긋남 BROKEN", "적음 too few"


@dataclasses.dataclass(frozen=True, slots=True)
class Claim:
    """A promise and what became of it."""

    name: str
    promise: float
    found: float
    low: float
    high: float
    """The interval that holds the truth in 95 of 100 samples such as this."""
    of: int
    """How many cases there were."""
    verdict: str


def drawn(name: str, promise: float, tolerance: float, cases: int, of: int) -> Claim:
    """A claim about cases that are each drawn by themselves."""

    def interval(deviations: float) -> tuple[float, float]:
        return wilson(cases, of, deviations)

    return _judged(name, promise, tolerance, cases / max(of, 1), of, of, interval)


def over_rows(name: str, promise: float, tolerance: float, sums: NDArray[np.int64]) -> Claim:
    """A claim about cases that come in rows, from their `moments`."""
    cases, of, cases_squared, product, of_squared, rows = map(int, sums)
    found = cases / max(of, 1)
    squares = cases_squared - 2 * found * product + found**2 * of_squared
    error = math.sqrt(max(squares, 0.0) * rows / max(rows - 1, 1)) / max(of, 1)

    def interval(deviations: float) -> tuple[float, float]:
        return max(0.0, found - deviations * error), min(1.0, found + deviations * error)

    return _judged(name, promise, tolerance, found, of, rows, interval)


def never(name: str, cases: int, of: int) -> Claim:
    """A claim that something does not occur at all; a single case breaks it."""
    low, high = wilson(cases, of, SHOWN)
    return Claim(name, 0.0, cases / max(of, 1), low, high, of, BROKEN if cases else HOLDS)


def moments(cases: NDArray[np.int64], of: NDArray[np.int64]) -> NDArray[np.int64]:
    """The sums over rows, by row (first axis) so many cases of so many, from which an interval follows; they add up."""
    each = (cases, of, cases * cases, cases * of, of * of, of > 0)
    return np.stack([values.sum(0, dtype=np.int64) for values in each], -1)


def wilson(cases: int, of: int, deviations: float) -> tuple[float, float]:
    """Wilson's interval for a share."""
    if not of:
        return 0.0, 1.0
    found, spread = cases / of, deviations**2 / of
    middle = (found + spread / 2) / (1 + spread)
    reach = math.sqrt(found * (1 - found) * spread + spread**2 / 4) / (1 + spread)
    return max(0.0, middle - reach), min(1.0, middle + reach)


def _judged(
    name: str,
    promise: float,
    tolerance: float,
    found: float,
    of: int,
    independent: int,
    interval: Callable[[float], tuple[float, float]],
) -> Claim:
    """The claim with its verdict. A difference up to the tolerance matters to nobody, however certain it is."""
    low, high = interval(SHOWN)
    widest = interval(CERTAIN)
    if independent < ENOUGH:
        verdict = FEW
    elif abs(found - promise) <= tolerance or low <= promise <= high:
        verdict = HOLDS
    else:
        verdict = CHANCE if widest[0] <= promise <= widest[1] else BROKEN
    return Claim(name, promise, found, low, high, of, verdict)

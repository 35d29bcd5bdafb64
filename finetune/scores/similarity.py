"""How numbers agree with the right ones: Pearson's and Spearman's correlation, and F1 of what is similar at all.

A correlation with something that never changes is not defined; it is given as 0.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

SIMILAR = 3.0
"""From here on two sentences mean the same, on KLUE's scale from 0 to 5."""
Numbers = Sequence[float] | NDArray[np.float64]


def pearson(gold: Numbers, predicted: Numbers) -> float:
    """The linear correlation, in percent."""
    ones, others = (np.asarray(values, dtype=np.float64) for values in (gold, predicted))
    if len(ones) == 0 or np.ptp(ones) == 0 or np.ptp(others) == 0:
        return 0.0
    ones, others = ones - ones.mean(), others - others.mean()
    return 100.0 * float(np.clip((ones / np.linalg.norm(ones)) @ (others / np.linalg.norm(others)), -1, 1))


def spearman(gold: Numbers, predicted: Numbers) -> float:
    """The correlation of the ranks, in percent; equal values share their mean rank."""
    return pearson(ranks(gold), ranks(predicted))


def ranks(values: Numbers) -> NDArray[np.float64]:
    """The place of each value in order, from 1; equal values have the mean of their places."""
    _, inverse, counts = np.unique(np.asarray(values, dtype=np.float64), return_inverse=True, return_counts=True)
    means: NDArray[np.float64] = np.cumsum(counts) - (counts - 1) / 2
    return means[inverse]


def similar_f1(gold: Numbers, predicted: Numbers) -> float:
    """F1 of the pairs that are similar, in percent."""
    wanted, found = (np.asarray(values, dtype=np.float64) >= SIMILAR for values in (gold, predicted))
    right, total = int((wanted & found).sum()), int(wanted.sum() + found.sum())
    return 100.0 * 2 * right / total if total else 0.0

"""Whether a model is right as often as it says: the expected calibration error and the bins it is made of."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

BINS = 15  # of Guo et al. 2017


@dataclasses.dataclass(frozen=True, slots=True)
class Bin:
    """Predictions of about the same confidence: how many, how sure on average, and how often right."""

    count: int
    confidence: float
    right: float


def bins(confidences: Sequence[float], right: Sequence[bool], number: int = BINS) -> tuple[Bin, ...]:
    """Predictions in bins of equal width, each without its lower bound and with its upper one; empty ones left out."""
    sure, hits = np.asarray(confidences, dtype=np.float64), np.asarray(right, dtype=np.float64)
    places = np.clip(np.ceil(sure * number).astype(np.int64) - 1, 0, number - 1)
    found = ((places == place).nonzero()[0] for place in range(number))
    return tuple(Bin(len(one), float(sure[one].mean()), float(hits[one].mean())) for one in found if len(one))


def calibration_error(confidences: Sequence[float], right: Sequence[bool], number: int = BINS) -> float:
    """The mean distance of confidence and accuracy over the bins, each by its count; from 0 to 1."""
    found = bins(confidences, right, number)
    return sum(one.count * abs(one.confidence - one.right) for one in found) / max(len(confidences), 1)

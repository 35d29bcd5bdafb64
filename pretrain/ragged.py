"""Runs of different lengths in flat arrays, taken all at once by index arithmetic instead of one after another."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.integer[Any]]
Bools = NDArray[np.bool_]


def runs(starts: Ints, sizes: Ints) -> NDArray[np.int64]:
    """The indices start, start + 1, ... of each run, one run after another."""
    ends = np.cumsum(sizes, dtype=np.int64)
    indices = np.repeat(starts - (ends - sizes), sizes)
    indices += np.arange(len(indices))
    return indices


def bits(packed: NDArray[np.uint8], indices: NDArray[np.int64]) -> Bools:
    """The bits at some indices of an array made by np.packbits, without unpacking the rest; beyond its end, any."""
    found = packed.take(indices >> 3, mode="clip")
    found <<= (indices & 7).astype(np.uint8)
    return found >= 128

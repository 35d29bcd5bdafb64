"""Randomness that depends on nothing but what it is for: a number is a hash of (seed, purpose, counters).

Who asks, in which order, with how many workers or beside which other rows, changes nothing. The mixing is that of
splitmix64: an array of counters costs some ten passes over it, and nothing is kept between calls.
"""

from __future__ import annotations

import functools
import hashlib
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Draws = NDArray[np.uint64]
GOLDEN = np.uint64(0x9E3779B97F4A7C15)
ONE = np.uint64(1)


def draws(seed: int, purpose: str, *counters: ArrayLike) -> Draws:
    """64 random bits for each combination of the counters, which are whole numbers and broadcast as arrays do.

    Counters that change slowly come first: `draws(seed, "put", rows[:, None], places)` mixes each row only once.
    """
    return further(np.array(_key(seed, purpose), np.uint64), *counters)


def further(bits: Draws, *counters: ArrayLike) -> Draws:
    """What `draws` gives with some more counters than those that gave `bits`."""
    for counter in counters:
        steps = np.asarray(counter).astype(np.uint64)
        # Zero-dimensional arrays become numpy scalars, which complain of an overflow that is meant.
        mixed = _mixed(np.atleast_1d(bits) + (np.atleast_1d(steps) + ONE) * GOLDEN)
        bits = mixed.reshape(np.broadcast_shapes(bits.shape, steps.shape))
    return bits


def below(bits: Draws, limit: Any) -> NDArray[np.int64]:
    """A whole number in [0, limit) from the upper half of each draw; `limit` may be an array and at most 2**32."""
    return ((bits >> np.uint64(32)) * np.asarray(limit).astype(np.uint64) >> np.uint64(32)).astype(np.int64)


def _mixed(state: Draws) -> Draws:
    """The finaliser of splitmix64, in place."""
    other = np.empty_like(state)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        np.right_shift(state, np.uint64(shift), out=other)
        state ^= other
        state *= np.uint64(factor)
    np.right_shift(state, np.uint64(31), out=other)
    state ^= other
    return state


@functools.cache
def _key(seed: int, purpose: str) -> int:
    return int.from_bytes(hashlib.blake2b(f"{seed}\0{purpose}".encode(), digest_size=8).digest(), "little")

"""Choices out of a seeded stream: the same on every Python version, for every hash seed and number of workers.

Python promises a stable stream only for `Random.random()` seeded with a string; `choice`, `shuffle` and `sample` have
changed between versions. So everything here is made of `random()` alone.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


def stream(*key: object) -> random.Random:
    """The stream of a key, such as `stream(seed, "town", 12)`: one part of the world does not disturb another."""
    return random.Random("/".join(str(part) for part in key))


def happens(rng: random.Random, probability: float) -> bool:
    """True with this probability."""
    return rng.random() < probability


def between(rng: random.Random, low: int, high: int) -> int:
    """A whole number from `low` to `high`, both included."""
    return low + int(rng.random() * (high - low + 1))


def pick(rng: random.Random, items: Sequence[T]) -> T:
    """One of the items, each as likely as the next."""
    return items[int(rng.random() * len(items))]


def shuffle(rng: random.Random, items: list[T]) -> None:
    """Put the list in random order, in place."""
    for last in range(len(items) - 1, 0, -1):
        other = int(rng.random() * (last + 1))
        items[last], items[other] = items[other], items[last]


def some(rng: random.Random, items: Sequence[T], count: int) -> list[T]:
    """`count` different items in random order (all of them if there are fewer)."""
    pool = list(items)
    for place in range(min(count, len(pool))):
        other = place + int(rng.random() * (len(pool) - place))
        pool[place], pool[other] = pool[other], pool[place]
    return pool[:count]

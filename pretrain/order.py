"""The order in which training sees rows: a pure function of (seed, epoch), and two numbers that say where one stands.

An epoch is one list of all rows. Rows that are padded to the same width are shuffled and cut into slices of 16, and the
slices of all widths are shuffled, so that neighbours in the list are of one width while any longer stretch of it, the
end too, is mixed like the whole. An update takes the next rows of the list, as many as it likes, or as have a number of
tokens: ranks, forward passes and batch sizes may change at any moment, and what has not been seen is what is left.

Not here: how the rows of an update are laid out in forward passes (pretrain/passes.py).
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pretrain.draws import draws
from pretrain.ragged import runs
from pretrain.rows import Rows
from tools.errors import UserError

SLICE = 16


@dataclasses.dataclass(frozen=True, slots=True)
class LoaderState:
    """Where training stands in its rows; `LoaderState()` is the start."""

    epoch: int = 0
    taken: int = 0
    """How many rows of this epoch have been seen; all of them is the start of the next epoch."""


def to_json(state: LoaderState) -> dict[str, int]:
    """A state as JSON."""
    return dataclasses.asdict(state)


def from_json(value: Mapping[str, int]) -> LoaderState:
    """A state from JSON."""
    return LoaderState(**value)


def widths(rows: Rows, bins: int) -> NDArray[np.uint16]:
    """How wide each row is with its padding: its length rounded up to a multiple of `bins`, but no more than it may."""
    limit = int(rows.about["length"])
    longest = int(rows.lengths.max())
    if longest > limit:
        raise UserError(
            f"{rows.folder}: a row has {longest} tokens, but these are instances of {limit}; make them again"
        )
    if bins < 1:
        raise UserError(f"bins {bins}: rows are padded to a multiple of it, so it must be at least 1 (8 is usual)")
    rounded = -(-rows.lengths.astype(np.int32) // bins) * bins
    return np.minimum(rounded, limit).astype(np.uint16)


def order(widths: NDArray[np.uint16], seed: int, epoch: int) -> NDArray[np.uint32]:
    """The list of an epoch: the numbers of all rows."""
    shuffled = np.argsort(draws(seed, "rows", epoch, np.arange(len(widths))), kind="stable")
    grouped = shuffled[np.argsort(widths[shuffled], kind="stable")].astype(np.uint32)
    edges = np.cumsum([0, *np.bincount(widths)])
    bounds = np.concatenate([np.arange(start, end, SLICE) for start, end in itertools.pairwise(edges)])
    sizes = np.diff(bounds, append=len(widths))
    slices = np.argsort(draws(seed, "slices", epoch, np.arange(len(bounds))), kind="stable")
    return grouped[runs(bounds[slices], sizes[slices])]


def after(state: LoaderState, batch: int, rows: int) -> LoaderState:
    """Where training stands after an update of at most `batch` rows; an update ends with its epoch."""
    taken = state.taken + batch
    return LoaderState(state.epoch, taken) if taken < rows else LoaderState(state.epoch + 1)


def within(ends: NDArray[np.int64], taken: int, tokens: int) -> int:
    """How many of the next rows of a list have together no more tokens, but one row at least.

    `ends` says how many tokens the list has up to the end of each row.
    """
    before = int(ends[taken - 1]) if taken else 0
    return max(1, int(np.searchsorted(ends, before + tokens, side="right")) - taken)


def epochs(rows: Rows, state: LoaderState) -> float:
    """How often the rows have been seen."""
    return state.epoch + state.taken / len(rows)


def updates_in_epoch(rows: Rows, batch: int) -> int:
    """How many updates an epoch has; the last may be smaller."""
    return -(-len(rows) // batch)


def packed_updates_in_epoch(rows: Rows, batch: int, bins: int, seed: int, epoch: int) -> int:
    """The same of updates of as many tokens as `batch` full rows have."""
    ends = np.cumsum(rows.lengths[order(widths(rows, bins), seed, epoch)], dtype=np.int64)
    taken = updates = 0
    while taken < len(ends):
        taken, updates = taken + within(ends, taken, batch * int(rows.about["length"])), updates + 1
    return updates


def describe(rows: Rows, bins: int) -> dict[str, Any]:
    """What these bins make of the rows: how many of each width, and the share of padding in these widths."""
    found, counts = np.unique(widths(rows, bins), return_counts=True)
    tokens = int(rows.lengths.sum(dtype=np.int64))
    return {
        "rows": len(rows),
        "tokens": tokens,
        "padding": 1 - tokens / int(found.astype(np.int64) @ counts),
        "widths": {int(width): int(count) for width, count in zip(found, counts, strict=True)},
    }

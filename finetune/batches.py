"""Rows of tokens with what is asked of each, the order in which training sees them, and a batch of some of them.

A row is what every task comes down to. The order is a pure function of (seed, epoch); rows of like length share a
batch, so that little is padded. Where nothing is learned there is no order, but parcels of few forms. How examples
become rows stands in encode_*.py; what a head makes of targets, in heads.py.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from pretrain.batch import Batch
from pretrain.draws import draws
from tools.errors import UserError

NOT_ASKED = -100  # a label that torch's losses leave out
PARCEL = 16
Ints = NDArray[np.integer[Any]]
Target = int | float | tuple[int, int] | Ints | None
"""The number of a class or choice; a number; the first and last token of an answer; a tag for each token, NOT_ASKED
where there is none; or None where it is not known, so that the row can be predicted but not trained on."""


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Row:
    """`[CLS] A [SEP]` or `[CLS] A [SEP] B [SEP]` as ids."""

    tokens: Ints
    bound: int
    """Where B begins; the length of the row if there is none."""
    example: int
    """The place of the example among those that were encoded; several rows may be of one."""
    target: Target = None

    def __len__(self) -> int:
        return len(self.tokens)


def batch_of(rows: Sequence[Row], pad: int, width_multiple: int = 8, positions: int = 0) -> Batch:
    """Some rows under each other; `positions` is the widest that the model can take, if that is known."""
    lengths = np.array([len(row) for row in rows], np.int64)
    width = int(padded(lengths, width_multiple).max())
    if positions:
        if lengths.max() > positions:
            longest = f"a row has {lengths.max()} tokens, but the model has {positions} positions"
            raise UserError(f"{longest}; give a smaller --length")
        width = min(width, positions)
    tokens = np.full((len(rows), width), pad, np.int64)
    tokens[np.arange(width) < lengths[:, None]] = np.concatenate([row.tokens for row in rows])
    none = torch.zeros(0, dtype=torch.int64)
    return Batch(
        tokens=torch.from_numpy(tokens),
        lengths=torch.from_numpy(lengths),
        bounds=torch.tensor([row.bound for row in rows]),
        picks=none,
        labels=none.clone(),
        random=torch.full((len(rows),), NOT_ASKED),
        full=bool((lengths == width).all()),
    )


def padded(lengths: Ints, multiple: int = 8) -> NDArray[np.int64]:
    """How wide rows are with their padding."""
    return -(-np.asarray(lengths, np.int64) // multiple) * multiple


def order(
    lengths: Sequence[int] | Ints,
    seed: int,
    epoch: int,
    rows_in_batch: int,
    together: Sequence[int] | Ints | None = None,
) -> list[NDArray[np.int64]]:
    """The batches of an epoch as numbers of rows: every row once, like lengths together, the batches shuffled.

    Their sizes are as even as the limit allows: a last batch of one row would count as much as all others. `together`
    are the examples of the rows, ascending; the rows of one, as the choices of a question, are then never parted, even
    where they alone are above the limit.
    """
    assert rows_in_batch > 0
    widths = padded(np.asarray(lengths, np.int64))
    if not len(widths):
        return []
    edges = np.arange(len(widths)) if together is None else _edges(np.asarray(together))
    sizes = np.diff(edges, append=len(widths))
    widths, limit = np.maximum.reduceat(widths, edges), max(rows_in_batch // int(sizes.max()), 1)
    shuffled = np.argsort(draws(seed, "rows", epoch, np.arange(len(edges))), kind="stable")
    ordered = shuffled[np.argsort(-widths[shuffled], kind="stable")]
    found, at = list[NDArray[np.int64]](), 0
    while at < len(ordered):
        left = len(ordered) - at
        some = ordered[at : at + -(-left // -(-left // limit))]
        found.append(np.concatenate([np.arange(edges[unit], edges[unit] + sizes[unit]) for unit in some]))
        at += len(some)
    shuffled = np.argsort(draws(seed, "batches", epoch, np.arange(len(found))), kind="stable")
    return [found[number] for number in shuffled]


def parcels(lengths: Sequence[int] | Ints, tokens: int) -> list[NDArray[np.int64]]:
    """The batches of rows that are only looked at, as numbers of rows: like lengths together, the widest first.

    A batch has at most so many tokens with its padding, unless it is a single row. A processor keeps what it prepares
    for matrices of each height, as much as a MB for each of a model's, so that any number of rows must come in few
    forms: padded to multiples of PARCEL, and a power of two of them.
    """
    widths = padded(np.asarray(lengths, np.int64), PARCEL)
    ordered = np.argsort(-widths, kind="stable")
    found, at = list[NDArray[np.int64]](), 0
    while at < len(ordered):
        most = min(max(1, tokens // int(widths[ordered[at]])), len(ordered) - at)
        found.append(ordered[at : at + (1 << most.bit_length() - 1)])
        at += len(found[-1])
    return found


def _edges(examples: Ints) -> NDArray[np.int64]:
    """Where the rows of each example begin."""
    return np.flatnonzero(np.diff(examples, prepend=examples[:1] - 1))

"""Updates without end: what one rank computes in each, made by a thread while the model is busy.

What is in an update is decided in pretrain/order.py, how it is cut in pretrain/passes.py or packed in packing.py; here
it becomes tensors. The state that comes with an update is all that is needed to go on behind it, with any number of
ranks and any batch size.
"""

from __future__ import annotations

import dataclasses
from collections import deque
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from pretrain.batch import Batch
from pretrain.order import LoaderState, after, order, within
from pretrain.packing import packs, room
from pretrain.passes import Layout, Pass, layout, passes
from pretrain.rows import Rows
from tools.errors import UserError

AHEAD = 2  # updates
Value = TypeVar("Value")


@dataclasses.dataclass(frozen=True, slots=True)
class Update:
    """The rows between two steps of the optimizer."""

    batches: tuple[Batch, ...]
    """This rank's forward passes."""
    guesses: int
    """How many pieces this rank is to guess."""
    dropped: int
    """How many more were masked but are not asked, for want of room in a pass of fixed form."""
    pairs: int
    """How many of this rank's rows are asked about the order of their segments."""
    rows: int
    """Of all ranks."""
    tokens: int
    """Of all ranks, without padding."""
    state: LoaderState
    """Where training stands after it."""


def updates(
    rows: Rows,
    state: LoaderState,
    *,
    batch: int,
    micro: int,
    seed: int,
    bins: int,
    rank: int = 0,
    ranks: int = 1,
    fixed: bool = False,
    packed: bool = False,
    pin: bool = False,
) -> Generator[Update, None, None]:
    """One update after the other, through as many epochs as are asked for.

    An update has `batch` rows or, packed, as many tokens as so many full rows have. Close what this returns
    (`contextlib.closing`): the thread ends with it.
    """
    check_ranks(rows, ranks)
    if state.taken >= len(rows):
        raise UserError(
            f"{rows.folder}: the checkpoint has seen {state.taken:,} rows of this epoch, but there are only "
            f"{len(rows):,}; go on with the instances that training began with"
        )
    plan = layout(rows, bins=bins, micro=micro, seed=seed, rank=rank, ranks=ranks, fixed=fixed)
    return _ahead(_updates(rows, state, plan, batch, seed, packed, pin))


def check_ranks(rows: Rows, ranks: int) -> None:
    """An error if there are fewer instances than processes."""
    if ranks > len(rows):
        raise UserError(
            f"{rows.folder}: {ranks} ranks but only {len(rows)} instances, so some would have nothing to do; "
            f"start at most {len(rows)} processes, or make more instances"
        )


def batch_of(made: Pass, pin: bool = False) -> Batch:
    """A pass as tensors: over the same memory, or over a pinned copy that a GPU can fetch by itself."""

    def tensor(array: NDArray[np.int64]) -> Tensor:
        return torch.from_numpy(array).pin_memory() if pin else torch.from_numpy(array)

    return Batch(
        tokens=tensor(made.tokens),
        lengths=tensor(made.lengths),
        bounds=tensor(made.bounds),
        picks=tensor(made.picks),
        labels=tensor(made.labels),
        random=tensor(made.random),
        full=made.full,
        longest=made.longest,
    )


def _updates(
    rows: Rows, state: LoaderState, plan: Layout, batch: int, seed: int, packed: bool, pin: bool
) -> Iterator[Update]:
    space = room(rows, plan) if packed and plan.fixed else None
    tokens = batch * int(rows.about["length"])
    while True:
        epoch, numbers = state.epoch, order(plan.widths, seed, state.epoch)
        ends = np.cumsum(rows.lengths[numbers], dtype=np.int64) if packed else None
        while state.epoch == epoch:
            count = batch if ends is None else within(ends, state.taken, tokens)
            taken = numbers[state.taken : state.taken + count]
            assert len(taken), "a batch has at least one row"
            state = after(state, len(taken), len(rows))
            made = packs(rows, taken, epoch, plan, space) if space else passes(rows, taken, epoch, plan)
            yield Update(
                batches=tuple(batch_of(each, pin) for each in made),
                guesses=sum(each.guesses for each in made),
                dropped=sum(each.dropped for each in made),
                pairs=sum(each.pairs for each in made),
                rows=len(taken),
                tokens=int(rows.lengths[taken].sum(dtype=np.int64)),
                state=state,
            )


def _ahead(source: Iterator[Value]) -> Generator[Value, None, None]:
    """The same values, made in a thread a little before they are asked for; what it raises is raised here."""
    thread = ThreadPoolExecutor(1, "loader")
    try:
        coming = deque(thread.submit(next, source) for _ in range(AHEAD))
        while True:
            value = coming.popleft().result()
            coming.append(thread.submit(next, source))
            yield value
    finally:
        thread.shutdown(cancel_futures=True)

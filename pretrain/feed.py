"""The updates of a run whose rows may change their length and their number as it goes on."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager

from pretrain.checkpoint import RunState
from pretrain.loader import Update, updates
from pretrain.order import LoaderState, from_json
from pretrain.setting import Setting


class Feed:
    """The loader of the length and the size of updates whose turn it is; a run changes them a few times at most."""

    def __init__(self, plan: Setting) -> None:
        self.plan, self.length, self.batch = plan, 0, 0
        self.source: Generator[Update, None, None] | None = None

    def next(self, length: int, batch: int, state: RunState) -> tuple[Update, float]:
        """The next update, of `batch` rows of this length, and how many seconds it was waited for."""
        start = time.monotonic()
        if self.source is None or (length, batch) != (self.length, self.batch):
            self.close()
            self.length, self.batch, self.source = length, batch, self._open(length, batch, state)
        return next(self.source), time.monotonic() - start

    def close(self) -> None:
        """End the thread that makes updates ahead."""
        if self.source is not None:
            self.source.close()

    def _open(self, length: int, batch: int, state: RunState) -> Generator[Update, None, None]:
        plan = self.plan
        return updates(
            plan.rows[length],
            from_json(state.loaders[str(length)]) if str(length) in state.loaders else LoaderState(),
            batch=batch,
            micro=plan.micro(length),
            seed=plan.config.seed,
            bins=plan.config.bins,
            rank=plan.ranks.rank,
            ranks=plan.ranks.ranks,
            fixed=plan.compiled,
            packed=plan.config.pack,
            pin=plan.ranks.device.type == "cuda",
        )


@contextmanager
def feeding(plan: Setting) -> Iterator[Feed]:
    """A feed whose thread ends with the block."""
    feed = Feed(plan)
    try:
        yield feed
    finally:
        feed.close()

"""How long work shows itself: a tqdm bar on a terminal, a plain line now and then in a log."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from tqdm import tqdm

SECONDS_BETWEEN_LINES = 10.0


class Progress(Protocol):
    """What a worker loop needs of a bar."""

    def update(self, n: int = 1) -> object:
        """Count `n` more units as done."""


class _Lines:
    """The bar for places that are not a terminal: few lines, each complete in itself."""

    def __init__(self, label: str, total: int | None, unit: str) -> None:
        self.label, self.total, self.unit = label, total, unit
        self.done = 0
        self.start = self.last = time.monotonic()

    def update(self, n: int = 1) -> None:
        self.done += n
        now = time.monotonic()
        if now - self.last >= SECONDS_BETWEEN_LINES:
            self.last = now
            self.line(now)

    def line(self, now: float) -> None:
        rate = self.done / max(now - self.start, 1e-9)
        of = f"/{self.total:,}" if self.total else ""
        left = f", {(self.total - self.done) / rate:,.0f} s left" if self.total and rate else ""
        print(f"{self.label}: {self.done:,}{of} {self.unit}, {rate:,.1f}/s{left}", file=sys.stderr, flush=True)


@contextmanager
def progress(label: str, total: int | None = None, unit: str = "tasks") -> Iterator[Progress]:
    """A bar named `label` that lives as long as the block; what it shows goes to standard error."""
    if sys.stderr.isatty():
        with tqdm(total=total, desc=label, unit=f" {unit}", dynamic_ncols=True, leave=False) as bar:
            yield bar
    else:
        yield _Lines(label, total, unit)

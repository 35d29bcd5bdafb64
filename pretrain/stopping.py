"""Ending between two updates when asked to: SIGTERM and Ctrl-C set a flag, and the loop looks at it.

The first signal means: finish this update, save, leave. A second one means: now, from wherever the program is; unless
it comes at once, from a launcher that passes on what the whole job has been told already.
"""

from __future__ import annotations

import dataclasses
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGTERM, signal.SIGINT)
ECHO = 2.0  # seconds after the first in which a signal means the same


@dataclasses.dataclass(slots=True)
class Stopping:
    """Whether someone has asked."""

    asked: bool = False


@contextmanager
def stopping() -> Iterator[Stopping]:
    """Take the signals while the block runs; afterwards they do what they did before. For the main thread."""
    flag, first = Stopping(), 0.0

    def ask(_signal: int, _frame: FrameType | None) -> None:
        nonlocal first
        if not flag.asked:
            flag.asked, first = True, time.monotonic()
        elif time.monotonic() - first > ECHO:
            raise KeyboardInterrupt

    before = {number: signal.signal(number, ask) for number in SIGNALS}
    try:
        yield flag
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

"""What happens to a page that takes too long or kills its process: a simpler cleaner takes it, and no page is lost.

Too long is noticed by a timer in the worker. A page that brings its whole process down (memory, a bug in native code)
is known by the mark that stood when the process died at every attempt.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from corpus.normalize import normalize

_MARKUP_LINES = ("{|", "|", "!", "{{", "}}", "==", "[[파일:", "[[File:", "[[분류:", "[[Category:")


class TooSlow(Exception):
    """A page ran over its time."""


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise TooSlow in the block when its time is up; outside the main thread, where no signal comes, do nothing."""
    if seconds <= 0 or threading.current_thread() is not threading.main_thread():
        yield
        return

    def ring(_signal: int, _frame: FrameType | None) -> None:
        raise TooSlow

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def simple_text(text: str) -> str:
    """Prose lines without their markup characters: what can be had in one plain pass over any page."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith(_MARKUP_LINES)]
    prose = "\n".join(line.lstrip("*#:; ") for line in lines)
    for mark in ("'''", "''", "[[", "]]", "{{", "}}", "<br>", "<br />"):
        prose = prose.replace(mark, " " if mark.startswith("<") else "")
    return normalize(prose)


@contextmanager
def marked(path: Path) -> Iterator[int]:
    """A file that holds the number of the document being worked on, for as long as its process lives."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def mark(descriptor: int, number: int) -> None:
    """Note that document `number` is being worked on."""
    os.pwrite(descriptor, number.to_bytes(8, "little"), 0)


def marked_number(path: Path) -> int | None:
    """The document that was being worked on, None if the work had not begun."""
    try:
        data = path.read_bytes()
    except OSError:
        return None
    return int.from_bytes(data, "little") if data else None

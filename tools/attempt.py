"""One attempt at one task, as it runs inside a worker process of any engine.

Its result is recorded on disk by the worker itself, so that a run whose parent is killed loses only the tasks that were
running; a failure comes back as a value, because an exception may not survive the way between processes.
"""

from __future__ import annotations

import ctypes
import dataclasses
import errno
import os
import resource
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson

from tools.errors import UserError
from tools.shards import atomic


@dataclasses.dataclass(frozen=True, slots=True)
class Failure:
    """Why an attempt failed. `final` ones are the user's to mend: trying again would fail again."""

    reason: str
    trace: str = ""
    final: bool = False


def attempt(function: Callable[[Any], Any], task: Any, record: Path | None, memory: int) -> Any:
    """Run `function(task)` with at most `memory` bytes more than now, and record its JSON result at `record`."""
    try:
        with _memory_limit(memory):
            result = function(task)
        if record is not None:
            with atomic(record) as file:
                file.write(orjson.dumps(result))
    except UserError as error:
        return Failure(str(error), final=True)
    except MemoryError:
        return Failure(f"needs more than its limit of {memory / 2**20:,.0f} MiB of memory", traceback.format_exc())
    except OSError as error:
        return Failure(f"{type(error).__name__}: {error}", traceback.format_exc(), final=error.errno in FINAL)
    except Exception as error:
        return Failure(f"{type(error).__name__}: {error}", traceback.format_exc())
    return result


def die_with_parent(parent: int) -> None:
    """Ask the kernel to end this process with its parent, even if it is deep in a loop then (Linux only)."""
    if sys.platform == "linux":
        set_parent_death_signal = 1
        ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGKILL)
        if os.getppid() != parent:  # it died before we asked
            os._exit(1)


@contextmanager
def _memory_limit(memory: int) -> Iterator[None]:
    # RLIMIT_DATA counts what a process allocates, but not the files it maps for reading (token stores are mapped).
    now = _allocated() if memory else None
    if now is None:
        yield
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (now + memory, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


def _allocated() -> int | None:
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        return None  # not Linux: no limit is better than a wrong one
    return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmData:"))


# A full disk will be as full at the next attempt.
FINAL = {errno.ENOSPC, errno.EROFS, errno.EDQUOT, errno.EFBIG}

"""Errors that a user can cause, and how they leave the program: one line, exit code 2, no traceback.

Anything else that is raised is a fault of ours and keeps its traceback.
"""

from __future__ import annotations

import difflib
import errno
import os
import signal
import sys
from collections.abc import Callable, Iterable
from types import FrameType
from typing import NoReturn


class UserError(Exception):
    """One line for the user: the value, the rule it breaks, and what to do next."""


class Paused(Exception):
    """Work was asked to stop and has saved what it had: one line that names the way on, exit code 0."""


def nearest(word: str, known: Iterable[str]) -> str:
    """The end of an error about an unknown name: the nearest right one, or all of them."""
    names = sorted(known)
    close = difflib.get_close_matches(word, names, n=1, cutoff=0.5)
    return f"did you mean {close[0]!r}?" if close else "known: " + (", ".join(names) or "none")


def guarded(main: Callable[[], object]) -> NoReturn:
    """Run a command line: user errors become one line, Ctrl-C and SIGTERM end quietly and name the way on."""

    def terminate(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, terminate)
    try:
        main()
    except UserError as error:
        _complain(str(error), 2)
        _never_again()
        sys.exit(2)
    except Paused as pause:
        print(pause)
    except BrokenPipeError:  # `... | head` closed its end; that is no fault
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except OSError as error:
        if error.errno not in EXPLAINED:
            raise
        sys.exit(_complain(f"{error.filename or 'output'}: {EXPLAINED[error.errno]}", 2))
    except KeyboardInterrupt:
        sys.exit(_complain("interrupted; run the same command again to continue", 130))
    sys.exit(0)


def _never_again() -> None:
    """Tell a torchrun that would start this again not to: the same mistake would end it again."""
    if os.environ.get("TORCHELASTIC_MAX_RESTARTS", "0") != "0":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        os.kill(os.getppid(), signal.SIGTERM)


def _complain(line: str, code: int) -> int:
    print(f"malmoi: {line}", file=sys.stderr)
    return code


EXPLAINED = {
    errno.ENOSPC: "the disk is full; free some space (nothing half-written was left) and run the same command again",
    errno.EDQUOT: "the disk quota is used up; free some space and run the same command again",
    errno.EROFS: "the file system is read-only; choose another --output",
    errno.EACCES: "permission denied; choose another path or change its permissions",
    errno.EFBIG: "the file would be larger than this file system or ulimit allows; choose another --output",
}

"""Who works on an output folder, and how long it took: one small file beside the output, locked while work goes on.

It stands beside the folder and not in it (`<parent>/.runs/<name>.json`), because times and process ids differ from run
to run and the bytes of an output must not.
"""

from __future__ import annotations

import dataclasses
import datetime
import fcntl
import os
import platform
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import orjson

from tools.errors import UserError


@dataclasses.dataclass(slots=True)
class Record:
    """The content of the file while it is held."""

    file: IO[bytes]
    content: dict[str, Any]

    @property
    def seconds(self) -> float:
        """How long the finished output took to make, over all its interrupted runs."""
        return float(self.content.get("seconds", 0.0))

    def begin(self, fingerprint: str, options: dict[str, Any]) -> None:
        """Note that work on a fingerprint begins, or goes on where an interrupted run of the same one stopped."""
        spent = self.content.get("spent", 0.0) if self.content.get("making") == fingerprint else 0.0
        self._write({**self.content, **_self(), "making": fingerprint, "options": options, "spent": spent})

    def pause(self, seconds: float) -> None:
        """Note that work stopped before its end."""
        self._write({**self.content, "spent": self.content.get("spent", 0.0) + seconds})

    def end(self, seconds: float) -> None:
        """Note that the output is finished."""
        content = {key: self.content[key] for key in self.content if key not in ("making", "spent")}
        self._write({**content, "seconds": round(self.content.get("spent", 0.0) + seconds, 3)})

    def _write(self, content: dict[str, Any]) -> None:
        self.content = content
        self.file.seek(0)
        self.file.truncate()
        self.file.write(orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE, default=str))
        self.file.flush()


@contextmanager
def hold(output: Path) -> Iterator[Record]:
    """Keep an output folder to this process; a second process is told who holds it."""
    path = record_path(output)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            who = _read(file)
            raise UserError(
                f"{output}: held by process {who.get('pid', '?')} on {who.get('host', '?')} "
                f"since {who.get('since', '?')} ({who.get('command', '?')}); wait for it or stop it"
            ) from None
        record = Record(file, _read(file))
        record._write({**record.content, **_self()})
        yield record


def holder(output: Path) -> int | None:
    """The process that holds an output folder now, None if none does."""
    path = record_path(output)
    if not path.exists():
        return None
    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return _read(file).get("pid")
    return None


def record_path(output: Path) -> Path:
    """Where the record of an output folder is."""
    return output.parent / ".runs" / f"{output.name}.json"


def seconds_taken(output: Path) -> float | None:
    """How long a finished output took to make, None if that is not known."""
    try:
        value = orjson.loads(record_path(output).read_bytes()).get("seconds")
    except (OSError, orjson.JSONDecodeError):
        return None
    return None if value is None else float(value)


def _self() -> dict[str, Any]:
    return {
        "pid": os.getpid(),
        "host": platform.node(),
        "since": datetime.datetime.now().isoformat(sep=" ", timespec="seconds"),
        "command": typed(),
    }


def typed() -> str:
    """The command that started this process, as a person would type it again."""
    main = sys.modules["__main__"].__spec__
    words = ["python", "-m", main.name.removesuffix(".__main__")] if main else [Path(sys.argv[0]).name]
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        words[:1] = ["torchrun", f"--nproc_per_node={os.environ['LOCAL_WORLD_SIZE']}"]
    return shlex.join([*words, *sys.argv[1:]])


def _read(file: IO[bytes]) -> dict[str, Any]:
    file.seek(0)
    try:
        value = orjson.loads(file.read())
    except orjson.JSONDecodeError:
        return {}
    return value if isinstance(value, dict) else {}

"""What a stage is, and how one is run so that its output folder appears whole or not at all.

A stage is a row: a config dataclass and the function that fills a folder from it. The runner gives the function
`<output>.part` to write into, puts `stage.json` there last, and renames. So a folder under its final name is always
finished, and its stage.json says exactly what made it. A run that is killed at any instant is mended by the next one.
"""

from __future__ import annotations

import dataclasses
import importlib
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson

from tools.errors import UserError
from tools.holding import Record, hold
from tools.shards import write_json

Summary = dict[str, Any]
RECORD = "stage.json"
UNFINISHED = "stage.json.part"
LEDGER = ".ledger"  # where a resumable stage lets the engine record its tasks; it does not outlive the work
HOURS = 3600.0  # an output that took longer is not thrown away without being asked
MINUTE = 60.0  # nor is unfinished work that took longer
LAST = 3.0  # seconds in which torchrun ends the other processes when the first has failed


@dataclasses.dataclass(frozen=True, slots=True)
class Stage:
    """A row of a package's STAGES. The config has a field `output`; `inputs` name its fields that hold paths."""

    name: str
    config: type[Any]
    run: str
    """Where the function is, as "module:function"; imported only when the stage runs."""
    inputs: tuple[str, ...] = ()
    neutral: tuple[str, ...] = ()
    """Fields that change how the work is done but not one byte of the output: workers, engine."""
    version: int = 1
    """Raised by hand when the same config gives other output than before."""
    resumable: bool = False
    """The function can go on from a `.part` folder that an earlier run of the same fingerprint left."""
    renamed: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """Old option names, for people with old recipes."""
    ranks: bool = False
    """torchrun may start it as several processes at once: the first makes the folder, the others join in its work."""
    next: str = ""
    """A command that a person would type next; {output} is filled in."""


@dataclasses.dataclass(frozen=True, slots=True)
class Command:
    """A verb that makes no folder: it prints, and nothing depends on it."""

    name: str
    config: type[Any]
    run: str


Verb = Stage | Command


@dataclasses.dataclass(frozen=True, slots=True)
class Order:
    """A stage with everything decided: what to make, where, and the fingerprint it will carry."""

    stage: Stage
    config: Any
    fingerprint: str
    options: Mapping[str, Any]
    """The options that decided the result, as they are written into stage.json."""
    inputs: Mapping[str, str]
    """Input path -> its fingerprint."""

    @property
    def output(self) -> Path:
        """The folder that the stage makes."""
        return Path(self.config.output)


def read_record(output: Path) -> dict[str, Any] | None:
    """The stage.json of a finished folder, None if there is none."""
    try:
        record = orjson.loads((output / RECORD).read_bytes())
    except (OSError, orjson.JSONDecodeError):
        return None
    return record if isinstance(record, dict) else None


def made(order: Order) -> bool:
    """Whether the output is there and was made by exactly this order."""
    record = read_record(order.output)
    return record is not None and record.get("fingerprint") == order.fingerprint


def execute(order: Order, *, replace: bool = False) -> Summary | None:
    """Make the output of an order and give its headline figures; None if it was up to date."""
    if order.stage.ranks and follows():
        _join(order)
        return None
    output = order.output
    with hold(output) as record:
        _mend(output)
        if made(order):
            return None
        _check_replaceable(output, record, replace)
        _check_unfinished(order, replace)
        part = _prepare(order)
        record.begin(order.fingerprint, _neutral_options(order))
        start = time.monotonic()
        try:
            function = imported(order.stage.run)
            summary = function(dataclasses.replace(order.config, output=part)) or {}
        except BaseException:
            record.pause(time.monotonic() - start)
            if not order.stage.resumable:
                _discard(part, output)
            raise
        _finish(order, part, summary)
        record.end(time.monotonic() - start)
        return dict(summary)


def follows() -> bool:
    """Whether torchrun started this process as another than the first."""
    return os.environ.get("RANK", "0") != "0"


def _join(order: Order) -> None:
    """Work on the folder that the first process of this job has prepared; what goes wrong everywhere, that one says."""
    part = _beside(order.output, "part")
    try:
        while not made(order):  # torchrun ends this process too if the first one fails
            if _fingerprint_of(part) == order.fingerprint:
                with _last_word():
                    imported(order.stage.run)(dataclasses.replace(order.config, output=part))
                return
            time.sleep(0.1)
    except KeyboardInterrupt:
        sys.exit(130)


@contextmanager
def _last_word() -> Iterator[None]:
    """Complain only if the first process does not do so too, and torchrun has not ended this one because of it."""
    try:
        yield
    except UserError:
        time.sleep(LAST)
        raise


def imported(where: str) -> Callable[[Any], Summary | None]:
    """The function at "module:function"."""
    module, _, name = where.partition(":")
    function: Callable[[Any], Summary | None] = getattr(importlib.import_module(module), name)
    return function


def _beside(output: Path, what: str) -> Path:
    """`.part` is being made, `.old` is whole but replaced, `.trash` is being removed."""
    return output.with_name(f"{output.name}.{what}")


def _mend(output: Path) -> None:
    """Finish what a killed run began: its last renames, and the removal of what it had given up."""
    part, old = _beside(output, "part"), _beside(output, "old")
    if (part / RECORD).exists():
        _swap(part, output)
    elif old.exists() and not output.exists():
        old.rename(output)
    for folder in (old, _beside(output, "trash")):
        _discard(folder, output)


def _prepare(order: Order) -> Path:
    part = _beside(order.output, "part")
    if part.exists() and not (order.stage.resumable and _fingerprint_of(part) == order.fingerprint):
        _discard(part, order.output)
    if not part.exists():
        part.mkdir(parents=True)
        write_json(part / UNFINISHED, _content(order))
    return part


def _fingerprint_of(part: Path) -> str | None:
    then = _unfinished(part)
    return str(then["fingerprint"]) if then else None


def _unfinished(part: Path) -> dict[str, Any] | None:
    """What a folder under work is being made from; None if there is none, or a kill left it without that."""
    try:
        value = orjson.loads((part / UNFINISHED).read_bytes())
    except (OSError, orjson.JSONDecodeError):
        return None
    return value if isinstance(value, dict) and "fingerprint" in value else None


def _finish(order: Order, part: Path, summary: Summary) -> None:
    shutil.rmtree(part / LEDGER, ignore_errors=True)
    for leftover in part.rglob(".*.tmp"):  # of a worker that was killed while it wrote
        leftover.unlink()
    write_json(part / UNFINISHED, {**_content(order), "summary": summary})
    _sync(part)  # the data reaches the disk before the record that vouches for it
    (part / UNFINISHED).rename(part / RECORD)
    _swap(part, order.output)


def _swap(part: Path, output: Path) -> None:
    """Put a finished folder in the place of an older one; a kill between the renames is seen by `_mend`."""
    old = _beside(output, "old")
    if output.exists():
        _discard(old, output)
        output.rename(old)
    part.rename(output)
    _discard(old, output)


def _discard(folder: Path, output: Path) -> None:
    """Remove a folder, its name first: a kill in the middle leaves no half under a name that means something."""
    trash = _beside(output, "trash")
    if trash.exists():
        shutil.rmtree(trash)
    if folder.exists():
        folder.rename(trash)
        shutil.rmtree(trash)


def _sync(folder: Path) -> None:
    for path in [folder, *folder.rglob("*")]:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _check_replaceable(output: Path, record: Record, replace: bool) -> None:
    if not output.exists() or (output.is_dir() and not any(output.iterdir())):
        return
    if not (output / RECORD).exists():
        raise UserError(f"{output}: holds something that no stage made; choose another --output, or remove it yourself")
    if record.seconds >= HOURS and not replace:
        took = f"{record.seconds / 3600:.1f} hours"
        raise UserError(f"{output}: is out of date but took {took} to make; add --replace to throw it away, or move it")


def _check_unfinished(order: Order, replace: bool) -> None:
    part = _beside(order.output, "part")
    then = _unfinished(part)
    if replace or then is None or not order.stage.resumable or then["fingerprint"] == order.fingerprint:
        return
    times = [path.stat().st_mtime for path in part.rglob("*")]
    spent = max(times) - (part / UNFINISHED).stat().st_mtime
    if spent > MINUTE:
        amount = f"{spent / 3600:.1f} hours" if spent > HOURS else f"{spent / 60:.0f} minutes"
        raise UserError(
            f"{part}: holds unfinished work of {amount} {_difference(then, _content(order))}; "
            f"give what it began with to go on, or --replace to throw it away"
        )


def _difference(then: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """The first thing in which two orders differ, as the end of "work of 2 hours ..."."""
    for key in ("stage", "version"):
        if then.get(key) != now[key]:
            return f"made by {key} {then.get(key)}, now {now[key]}"
    for kind, way in (("options", "made with"), ("inputs", "made from")):
        before, after = then.get(kind, {}), now[kind]
        for name in {**before, **after}:
            if (a := before.get(name)) != (b := after.get(name)):
                return f"{way} {name} = {a!r}, now {b!r}" if kind == "options" else f"{way} another {name}"
    return "made with the same inputs in other places"


def _content(order: Order) -> dict[str, Any]:
    return {
        "stage": order.stage.name,
        "version": order.stage.version,
        "fingerprint": order.fingerprint,
        "options": dict(order.options),
        "inputs": dict(order.inputs),
    }


def _neutral_options(order: Order) -> dict[str, Any]:
    return {name: getattr(order.config, name) for name in order.stage.neutral}

"""What a run says of itself while it trains: a line for people, a record for curves.

Nothing is kept here: sums are a `Tally` that the loop passes on, and a record is a plain dict of numbers from which
the line is written, so that both always say the same. Records go to metrics.jsonl, one a line, and to TensorBoard if
it is installed. A run that resumes cuts off what an earlier one wrote after the step it resumes from: curves have no
loops.
"""

from __future__ import annotations

import dataclasses
import math
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, TypeVar, cast

import orjson
from tqdm import tqdm

from tools.progress import progress
from tools.shards import atomic

METRICS = "metrics.jsonl"
TENSORBOARD = "tensorboard"
NAMES = ("mlm", "nsp", "sop", "rtd")
Record = Mapping[str, Any]
Counts = TypeVar("Counts")


@dataclasses.dataclass(frozen=True, slots=True)
class Tally:
    """Sums over updates, of all ranks together."""

    updates: int = 0
    rows: int = 0
    tokens: int = 0
    guesses: int = 0
    nats: float = 0.0
    """The loss of all guesses at masked pieces."""
    right: int = 0
    others: int = 0
    """How often the other question was asked: of rows about the order of their segments, or of tokens."""
    other_nats: float = 0.0
    other_right: int = 0
    seconds: float = 0.0
    wait: float = 0.0
    """Seconds of these in which the loop stood waiting for data."""
    skipped: int = 0
    """Updates that were not made because a gradient was no number."""

    def plus(self, other: Tally) -> Tally:
        """Both together."""
        return added(self, other)


def added(one: Counts, other: Counts) -> Counts:
    """Two records of what was done as one: number by number."""
    mine, theirs = (dataclasses.astuple(each) for each in cast(Any, (one, other)))
    return type(one)(*(a + b for a, b in zip(mine, theirs, strict=True)))


@dataclasses.dataclass(frozen=True, slots=True)
class Moment:
    """Where a run stands when it writes a record; None where it is not known."""

    step: int
    seconds: float
    """Of training since the very beginning."""
    steps: int | None = None
    """How many updates there will be; None if a clock decides."""
    lr: float | None = None
    epoch: float | None = None
    asked: str = "nsp"
    """What the other question is: nsp, sop or rtd."""
    mfu: float | None = None
    memory: int | None = None
    """Bytes."""
    left: float | None = None
    """Seconds until the end."""


@dataclasses.dataclass(frozen=True, slots=True)
class Journal:
    """What an open journal can do."""

    write: Callable[[Record], None]
    """Put down a record, and print its line."""
    step: Callable[[], None]
    """One more update is done: only a bar on a terminal shows it."""


def record(tally: Tally, moment: Moment) -> dict[str, Any]:
    """The figures of a tally at a moment; what is not known, or is no number, is not in it."""
    seconds = max(tally.seconds, 1e-9)
    mlm = tally.nats / tally.guesses if tally.guesses else None
    other = tally.other_nats / tally.others if tally.others else None
    losses = [loss for loss in (mlm, other) if loss is not None]
    found = {
        "step": moment.step,
        "steps": moment.steps,
        "seconds": round(moment.seconds, 3),
        "epoch": moment.epoch,
        "loss": sum(losses) if losses else None,
        "mlm_loss": mlm,
        "mlm_accuracy": tally.right / tally.guesses if tally.guesses else None,
        f"{moment.asked}_loss": other,
        f"{moment.asked}_accuracy": tally.other_right / tally.others if tally.others else None,
        "lr": moment.lr,
        "global_step/sec": tally.updates / seconds,
        "examples/sec": tally.rows / seconds,
        "tokens/sec": tally.tokens / seconds,
        "rows": tally.rows,
        "tokens": tally.tokens,
        "guesses": tally.guesses,
        "mfu": moment.mfu,
        "wait": tally.wait / seconds,
        "skipped": tally.skipped,
        "memory": moment.memory,
        "left": moment.left,
    }
    return known(found)


def line(record: Record) -> str:
    """A record as a person reads it: `step 1,200/10,000 · loss 5.12 (mlm 4.61 nsp 0.51) · ...`."""
    steps = f"/{record['steps']:,}" if "steps" in record else ""
    parts = [f"step {record['step']:,}{steps}"]
    asked = [name for name in NAMES if f"{name}_loss" in record]
    if "loss" in record:
        each = " ".join(f"{name} {record[f'{name}_loss']:.2f}" for name in asked)
        parts.append(f"loss {record['loss']:.2f} ({each})" if asked != ["mlm"] else f"loss {record['loss']:.2f}")
    right = {name: record[f"{name}_accuracy"] for name in NAMES if f"{name}_accuracy" in record}
    parts += [f"{name} acc {share:.2f}" for name, share in right.items()]
    parts += [written(record[key]) for key, written in _PARTS.items() if key in record]
    return " · ".join(part for part in parts if part)


def known(record: Mapping[str, Any]) -> dict[str, Any]:
    """A record without what is not known, or no number."""
    return {
        name: value
        for name, value in record.items()
        if value is not None and not (isinstance(value, float) and not math.isfinite(value))
    }


def short(value: float, unit: str) -> str:
    """A rate or an amount in three or four signs: 26.9k, 1.44M."""
    for factor, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= 0.9995 * factor:
            return f"{value / factor:.3g}{letter} {unit}"
    return f"{value:.3g} {unit}"


def clock(seconds: float) -> str:
    """A span of time as clocks show it: 3:12, 1:02:03, 4 d 1:02:03."""
    whole = max(0, round(seconds))
    minutes, days = whole // 60, whole // 86_400
    hours = minutes // 60 % 24
    if whole < 3600:
        return f"{minutes}:{whole % 60:02}"
    return f"{f'{days} d ' if days else ''}{hours}:{minutes % 60:02}:{whole % 60:02}"


@contextmanager
def journal(
    folder: Path | None, step: int = 0, steps: int | None = None, told: Callable[[Record], str] = line
) -> Iterator[Journal]:
    """The journal of a run that goes on from `step`; without a folder, as for ranks that do not lead, it is silent.

    `told` makes a record the line that is printed.
    """
    if folder is None:
        yield Journal(lambda _record: None, lambda: None)
        return
    with ExitStack() as stack:
        forget_after(folder, step)
        file = stack.enter_context((folder / METRICS).open("ab"))
        scalars = stack.enter_context(_tensorboard(folder / TENSORBOARD, step))
        terminal = sys.stderr.isatty()
        bar = stack.enter_context(progress("train", steps and steps - step, "updates")) if terminal else None

        def write(record: Record) -> None:
            file.write(orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE))
            file.flush()
            scalars(record)
            tell = tqdm.write if terminal else print  # tqdm's keeps the bar below the lines
            tell(told(record), file=sys.stderr)

        def tick() -> None:
            if bar:
                bar.update()

        yield Journal(write, tick)


def forget_after(folder: Path, step: int) -> None:
    """Drop what was written of later steps, and a last line that a kill left torn."""
    path = folder / METRICS
    if path.exists():
        kept = [record for record in records(folder) if record["step"] <= step]
        with atomic(path) as file:
            file.writelines(orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE) for record in kept)


def records(folder: Path) -> list[dict[str, Any]]:
    """All whole records of a run; none if it wrote none."""
    path = folder / METRICS
    lines = path.read_bytes().split(b"\n")[:-1] if path.exists() else []
    return [orjson.loads(line) for line in lines]


@contextmanager
def _tensorboard(folder: Path, step: int) -> Iterator[Callable[[Record], None]]:
    """A function that hands a record's figures to TensorBoard, or does nothing where that is not installed."""
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        print(f"no TensorBoard here (pip install tensorboard): the curves are in {METRICS} alone", file=sys.stderr)
        yield lambda _record: None
        return
    # Told of the first step to come, TensorBoard itself hides what an earlier run wrote of it and of later ones.
    writer = SummaryWriter(str(folder), purge_step=step + 1)

    def scalars(record: Record) -> None:
        for name, value in record.items():
            if name not in ("step", "steps"):
                writer.add_scalar(f"train/{name}", value, record["step"])

    try:
        yield scalars
    finally:
        writer.close()


_PARTS: dict[str, Callable[[Any], str]] = {
    "lr": lambda value: f"lr {value:.2g}",
    "examples/sec": lambda value: short(value, "seq/s"),
    "tokens/sec": lambda value: short(value, "tok/s"),
    "mfu": lambda value: f"MFU {value:.0%}".replace("%", " %"),
    "wait": lambda value: f"wait {100 * value:.1f} %",
    "memory": lambda value: f"{value / 1e9:.1f} GB",
    "skipped": lambda value: f"{value:,} skipped" if value else "",
    "left": lambda value: f"eta {clock(value)}",
}

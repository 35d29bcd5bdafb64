"""What a fine-tuning says of itself: records of its updates and of its scores on the held-out part, and their lines.

Records go where those of pretraining go, to metrics.jsonl and TensorBoard (pretrain/journal.py).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from finetune.batches import Row
from pretrain.checkpoint import RunState
from pretrain.journal import added, clock, known, records, short

DEV = "dev_"


@dataclasses.dataclass(frozen=True, slots=True)
class Seen:
    """Sums over updates, of all ranks together."""

    updates: int = 0
    rows: int = 0
    tokens: int = 0
    nats: float = 0.0
    asked: float = 0.0
    skipped: int = 0
    """Updates that were not made because a gradient was no number."""
    seconds: float = 0.0

    @staticmethod
    def of(rows: Sequence[Row], nats: float, asked: float, seconds: float, *, lucky: bool) -> Seen:
        """What one update did; the loss of one that was skipped may be no number and is not counted."""
        seen = Seen(updates=1, rows=len(rows), tokens=sum(map(len, rows)), seconds=seconds)
        return dataclasses.replace(seen, **({"nats": nats, "asked": asked} if lucky else {"skipped": 1}))

    def plus(self, other: Seen) -> Seen:
        """Both together."""
        return added(self, other)


@dataclasses.dataclass(frozen=True, slots=True)
class Judgement:
    """How good the model was on the held-out part after an epoch."""

    step: int
    epoch: float
    figures: Mapping[str, float]

    @property
    def figure(self) -> float:
        """What decides."""
        return next(iter(self.figures.values()))


def record(seen: Seen, state: RunState, *, steps: int, epoch: float, lr: float) -> dict[str, Any]:
    """The figures of some updates."""
    seconds = max(seen.seconds, 1e-9)
    found = {
        "step": state.step,
        "steps": steps,
        "seconds": round(state.seconds, 3),
        "epoch": epoch,
        "loss": seen.nats / seen.asked if seen.asked else None,
        "lr": lr,
        "examples/sec": seen.rows / seconds,
        "tokens/sec": seen.tokens / seconds,
        "rows": seen.rows,
        "tokens": seen.tokens,
        "skipped": seen.skipped,
        "left": state.seconds * (steps - state.step) / state.step,
    }
    return known(found)


def told(record: Mapping[str, Any]) -> str:
    """A record as a person reads it: `step 120/600 · epoch 0.60 · loss 0.41 · ...`, `epoch 1 · dev accuracy 87.30`."""
    if "steps" not in record:
        scores = [f"{name.removeprefix(DEV)} {value:.2f}" for name, value in record.items() if name.startswith(DEV)]
        return f"epoch {record['epoch']:.3g} · dev {' · '.join(scores)}"
    parts = [f"step {record['step']:,}/{record['steps']:,}", f"epoch {record['epoch']:.2f}"]
    parts += [f"loss {record['loss']:.3f}"] if "loss" in record else []
    parts += [f"lr {record['lr']:.2g}", short(record["examples/sec"], "rows/s"), short(record["tokens/sec"], "tok/s")]
    parts += [f"{record['skipped']:,} skipped"] if record["skipped"] else []
    return " · ".join([*parts, f"eta {clock(record['left'])}"])


def judgements(folder: Path) -> list[Judgement]:
    """All judgements of a run, in their order."""
    return [
        Judgement(one["step"], one["epoch"], {k.removeprefix(DEV): v for k, v in one.items() if k.startswith(DEV)})
        for one in records(folder)
        if "steps" not in one
    ]

"""What changes while a model trains, as functions of one number: the share of the budget that is spent, 0 to 1.

The budget may be updates, minutes or passes over the data; nothing else here knows which. Learning rate, size of the
batch and length of the rows follow it, so that a run that must end at noon ends with its rate at zero, at noon.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

from tools.errors import UserError, nearest


@dataclasses.dataclass(frozen=True, slots=True)
class Budget:
    """How long to train: one of the three is positive, the others are 0."""

    steps: int = 0
    minutes: float = 0.0
    epochs: float = 0.0

    def __post_init__(self) -> None:
        given = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        for name, value in given.items():
            if not 0 <= value < math.inf:
                raise UserError(f"{name} {value}: no length of training; give a number above 0")
        named = " and ".join(f"{name} {value:g}" for name, value in given.items() if value)
        if sum(map(bool, given.values())) != 1:
            found = f"{named}: are given, but" if named else "no budget:"
            raise UserError(f"{found} training ends after steps, minutes or epochs; give exactly one of the three")

    def progress(self, step: float, seconds: float, epochs: float) -> float:
        """The share that is spent after so many updates, seconds of training and passes over the data; at most 1."""
        spent = (step / self.steps if self.steps else 0.0, seconds / 60 / self.minutes if self.minutes else 0.0)
        return min(1.0, max(*spent, epochs / self.epochs if self.epochs else 0.0))


def share(schedule: str, progress: float, warmup: float, cooldown: float) -> float:
    """The factor on the peak learning rate: it rises in a straight line during `warmup`, then falls to 0 at the end."""
    if schedule not in FALLS:
        raise UserError(f"schedule {schedule!r}: there is none of this name; {nearest(schedule, FALLS)}")
    for name, value in (("warmup", warmup), ("cooldown", cooldown)):
        if not 0 <= value < 1:
            raise UserError(f"{name} {value}: is a share of the budget; give a number from 0 to below 1")
    rise = progress / warmup if warmup else 1.0
    return max(0.0, min(1.0, rise, FALLS[schedule](progress, warmup, cooldown)))


def _linear(progress: float, warmup: float, _cooldown: float) -> float:
    return (1 - progress) / (1 - warmup)


def _cosine(progress: float, warmup: float, _cooldown: float) -> float:
    return (1 + math.cos(math.pi * max(0.0, progress - warmup) / (1 - warmup))) / 2


def _trapezoid(progress: float, _warmup: float, cooldown: float) -> float:
    return (1 - progress) / cooldown if cooldown else float(progress < 1)


def batch_at(progress: float, batch: int, ramp: float) -> int:
    """Rows in an update: an eighth in the first third of `ramp`, then a quarter, a half, and all of them after it."""
    if not 0 <= ramp <= 1:
        raise UserError(f"ramp {ramp}: is a share of the budget; give a number from 0 to 1")
    thirds = int(3 * progress / ramp) if progress < ramp else 3
    return max(1, batch >> (3 - thirds))


@dataclasses.dataclass(frozen=True, slots=True)
class Phase:
    """A part of the training and how long its rows are."""

    length: int
    share: float
    """Of the budget."""


def parse_phases(texts: Sequence[str], lengths: Sequence[int]) -> tuple[Phase, ...]:
    """Phases from LENGTH:SHARE; none given = the shortest of the lengths that there are, throughout."""
    if not texts:
        return (Phase(min(lengths), 1.0),)
    phases = tuple(_phase(text) for text in texts)
    for phase in phases:
        if phase.length not in lengths:
            known = ", ".join(map(str, sorted(lengths)))
            raise UserError(f"phases: {phase.length}: there are instances of {known} only; make them with --lengths")
    total = math.fsum(phase.share for phase in phases)
    if abs(total - 1) > 1e-6:
        raise UserError(f"phases: the shares of {' '.join(texts)} sum to {total:g}; make them sum to 1")
    return phases


def _phase(text: str) -> Phase:
    length, colon, part = text.partition(":")
    try:
        phase = Phase(int(length), float(part if colon else "1"))
    except ValueError:
        raise UserError(f"phases: {text!r} is not LENGTH:SHARE; write it as in 128:0.9") from None
    if not 0 < phase.share <= 1:
        raise UserError(f"phases: {text!r}: a share is above 0 and at most 1; write it as in 128:0.9")
    return phase


def phase_at(phases: Sequence[Phase], progress: float) -> int:
    """The length of rows at a moment."""
    end = 0.0
    for phase in phases:
        end += phase.share
        if progress < end:
            return phase.length
    return phases[-1].length


FALLS = {"linear": _linear, "cosine": _cosine, "trapezoid": _trapezoid}

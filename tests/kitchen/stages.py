"""gather -> cook (resumable, in parallel) -> serve."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Literal

from tools.stage import Stage


@dataclasses.dataclass(frozen=True, slots=True)
class Gather:
    """Write some numbers."""

    output: Path
    count: int = 8
    seed: int = 1


@dataclasses.dataclass(frozen=True, slots=True)
class Cook:
    """Square each number, a task a number."""

    input: tuple[Path, ...]
    output: Path
    salt: str = ""
    slowness: float = 0.0
    workers: int = 2
    heat: Literal["low", "high"] = "low"


@dataclasses.dataclass(frozen=True, slots=True)
class Serve:
    """Add them up."""

    input: Path
    output: Path
    sauce: Path | None = None
    rate: float = 1.0


STAGES = {
    "gather": Stage("kitchen.gather", Gather, "tests.kitchen.steps:gather"),
    "cook": Stage(
        "kitchen.cook",
        Cook,
        "tests.kitchen.steps:cook",
        inputs=("input",),
        neutral=("workers", "slowness"),
        resumable=True,
        renamed={"salting": "salt"},
    ),
    "serve": Stage("kitchen.serve", Serve, "tests.kitchen.steps:serve", inputs=("input", "sauce")),
}

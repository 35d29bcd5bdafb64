"""The options of `cloze`."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Literal


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Cloze:
    """Make questions from plain text, to learn reading before there are questions that people asked.

    Example: python -m finetune cloze --corpus build/small/corpus --output build/cloze
    """

    corpus: Path
    """A folder of documents, as corpus clean makes it."""
    output: Path
    """The folder to make; OUTPUT/questions is what finetune train takes."""
    questions: int = 20_000
    """How many to make; fewer come of a corpus that says little twice."""
    seed: int = 1
    """Which documents are asked about, and what."""
    engine: Literal["local", "ray"] = "local"
    """Where the work is done: processes here, or a Ray cluster."""
    workers: int = 0
    """Processes; 0 = one for each core."""

"""The options of the verb that scores."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from tyro.conf import Positional


@dataclasses.dataclass(frozen=True, slots=True)
class Score:
    """Score predictions as the task's official script does, with a table of classes or of errors by kind.

    Example: python -m finetune score korquad --gold KorQuAD_v1.0_dev.json --predictions predictions.json
    """

    task: Positional[str]
    """A task that `python -m finetune list` names."""
    gold: Path
    """A file of the task with the right answers."""
    predictions: Path
    """What finetune predict writes (.jsonl), {id: answer} for questions, id and answer with a tab between or one
    answer a line for the rest; for names also a file in the gold file's format."""
    json: Path | None = None
    """Also write all figures to this file."""

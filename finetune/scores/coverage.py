"""Which examples of a gold file have a prediction, which predictions belong to none, and whether the gold is gold."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from finetune.examples import Choice, Example, Labelled, Question, Tagged
from finetune.predictions import Prediction
from tools.errors import UserError


@dataclasses.dataclass(frozen=True, slots=True)
class Coverage:
    """Ids: without a prediction (they score 0), predicted but not asked for, predicted more than once (last counts)."""

    missing: tuple[str, ...]
    strange: tuple[str, ...]
    repeated: tuple[str, ...]


def coverage(gold: Sequence[Example], predictions: Sequence[Prediction]) -> Coverage:
    """What is missing, what nobody asked for, and what was said twice."""
    asked, given = {example.id for example in gold}, Counter(one.id for one in predictions)
    return Coverage(
        tuple(example.id for example in gold if example.id not in given),
        tuple(id for id in given if id not in asked),
        tuple(id for id, count in given.items() if count > 1),
    )


def require_gold(gold: Sequence[Example], path: Path) -> None:
    """Raise an error unless every example says what is right."""
    for example in gold:
        if right(example) is None:
            raise UserError(f"{path}: {example.id} has no right answer to compare with; give a file that has them all")


def right(example: Example) -> object:
    """What is right of an example; None if the file does not say."""
    match example:
        case Labelled():
            return example.label
        case Tagged():
            return example.names
        case Question():
            return example.answers
        case Choice():
            return example.right

"""Whether each prediction is right, one by one, and whether one of two models is right more often than by chance.

A question counts by its task's rule of exact match, a text with names if all of them are found and no other. Of numbers
none is right: the nearer one is better. What is missing is wrong.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from finetune.examples import Choice, Example, Labelled, Question, Tagged
from finetune.predictions import Chosen, Label, Names, Number, Prediction, Reply
from finetune.scores.answers import best, rights
from finetune.scores.metrics import RULES
from finetune.task import Task


def verdicts(task: Task, gold: Sequence[Example], given: Sequence[Prediction]) -> list[float]:
    """For each example 1 if it is right and 0 if not; for numbers how far they are off, as a negative number."""
    said = {one.id: one for one in given}
    return [verdict(task, example, said.get(example.id)) for example in gold]


def verdict(task: Task, example: Example, said: Prediction | None) -> float:
    """How good one prediction is; the higher the better."""
    match example, said:
        case Question(), Reply():
            exact = next(iter(RULES[task.metrics[0]].values()))
            return best(exact, said.text, rights(example))
        case Tagged(), Names():
            return float(set(said.spans) == set(example.names or ()))
        case Labelled(), Number():
            return -abs(said.value - float(example.label or 0))
        case Labelled(), Label():
            return float(said.label == example.label)
        case Choice(), Chosen():
            return float(said.number == example.right)
    return -abs(float(example.label or 0)) if task.head == "regress" and isinstance(example, Labelled) else 0.0


def mcnemar(one: int, other: int) -> float:
    """How often chance alone would part two equal models so far: McNemar's test, exact and two-sided.

    `one` and `other` are how many examples each model alone gets right; those that both or neither get right say
    nothing.
    """
    total, fewer = one + other, min(one, other)
    logs = (math.lgamma(total + 1) - math.lgamma(k + 1) - math.lgamma(total - k + 1) for k in range(fewer + 1))
    return min(1.0, 2 * math.fsum(math.exp(log - total * math.log(2)) for log in logs))

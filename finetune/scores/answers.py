"""What the scorers of all question sets share: the best of several right answers, overlap, and the mean.

The arithmetic keeps the order of the official scripts, so that figures agree to the last bit. Each set's own idea of
when two answers are the same stands in a file of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from finetune.examples import Example, Question
from finetune.predictions import Prediction, Reply

Rule = Callable[[str, str], float]
"""An answer and a right one -> a score from 0 to 1."""


def overlap(given: Sequence[str], wanted: Sequence[str]) -> float:
    """F1 of the pieces that two answers share, without their order: characters of KorQuAD, words of SQuAD."""
    shared = (Counter(given) & Counter(wanted)).total()
    if shared == 0:
        return 0.0
    precision, recall = shared / len(given), shared / len(wanted)
    return (2 * precision * recall) / (precision + recall)


def best(rule: Rule, answer: str | None, right: Iterable[str]) -> float:
    """The score of an answer against the right one that it is nearest to; nothing said scores 0."""
    return 0.0 if answer is None else max(rule(answer, one) for one in right)


def percent(scores: Iterable[float]) -> float:
    """The mean as percent, added up one by one: `sum` rounds otherwise since Python 3.12."""
    total, count = 0.0, 0
    for score in scores:
        total, count = total + score, count + 1
    return 100.0 * total / count if count else 0.0


def rights(question: Question) -> list[str]:
    """The right answers of a question: the empty one if there is none."""
    return [answer.text for answer in question.answers or ()] or [""]


def replies(gold: Sequence[Example], predictions: Sequence[Prediction]) -> list[tuple[Question, Reply | None]]:
    """The questions of a gold file, each with the answer that was given, or None."""
    given = {one.id: one for one in predictions if isinstance(one, Reply)}
    return [(question, given.get(question.id)) for question in gold if isinstance(question, Question)]


def scored(rule: Rule, asked: Iterable[tuple[Sequence[str], str | None]]) -> list[float]:
    """What a rule gives for each question, of its right answers and the one that was given."""
    return [best(rule, answer, right) for right, answer in asked]

"""Questions that may have no answer, as the script of SQuAD 2.0 scores them, whatever rule compares two answers.

Scores of those with and without an answer, the threshold above which "there is none" had better be believed, and the
curve of precision and recall as that threshold moves. A question's doubt is how sure the model is that there is no
answer: a probability, or how much higher that scores than the best answer.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from finetune.scores.answers import percent


@dataclasses.dataclass(frozen=True, slots=True)
class Curve:
    """Precision and recall where a threshold can be put, and the area under them (average precision, in percent)."""

    precisions: tuple[float, ...]
    recalls: tuple[float, ...]
    area: float


@dataclasses.dataclass(frozen=True, slots=True)
class Doubted:
    """A question that was answered: the doubt, whether there is an answer, whether one was given, and its score."""

    doubt: float
    answerable: bool
    answered: bool
    score: float


def best_threshold(questions: Sequence[Doubted], lowest: float = 0.0) -> tuple[float, float]:
    """The best score that a threshold reaches, in percent, and that threshold.

    It is `lowest` if nothing is better than answering nothing at all. As in the script, the search goes from question
    to question, and so also between those of equal doubt, which no threshold can part.
    """
    score = highest = float(sum(not one.answerable for one in questions))
    threshold = lowest
    for one in sorted(questions, key=lambda one: one.doubt):
        score += one.score if one.answerable else -float(one.answered)
        if score > highest:
            highest, threshold = score, one.doubt
    return 100.0 * highest / len(questions), threshold


def curve(questions: Sequence[Doubted], answerable: int) -> Curve:
    """Precision and recall of the answers, from the least doubted on; `answerable` questions there are in all."""
    ordered = sorted(questions, key=lambda one: one.doubt)
    precisions, recalls, area, found = [1.0], [0.0], 0.0, 0.0
    for number, one in enumerate(ordered, 1):
        if one.answerable:
            found += one.score
        if number < len(ordered) and ordered[number].doubt == one.doubt:
            continue  # no threshold parts them
        precision, recall = found / number, found / answerable
        area += precision * (recall - recalls[-1])
        precisions.append(precision)
        recalls.append(recall)
    return Curve(tuple(precisions), tuple(recalls), 100.0 * area)


def split(name: str, scores: Sequence[float], answerable: Sequence[bool]) -> dict[str, float]:
    """The mean over the questions with an answer and over those without, where there are some."""
    found = {}
    for group, wanted in (("HasAns", True), ("NoAns", False)):
        if wanted in answerable:
            kept = [score for score, has in zip(scores, answerable, strict=True) if has == wanted]
            found[f"{group}_{name}"] = percent(kept)
    return found

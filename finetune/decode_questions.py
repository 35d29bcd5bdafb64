"""From the logits of a question's windows to its answers, best first, and whether to say that there is none.

Start and end are chosen together: never an end before its start, never outside the passage, never longer than allowed,
and never a start and an end of different windows. The text is cut out of the passage by characters. How sure the model
is that a window shows no answer is what it gives [CLS] as start and end; the window that is least sure of it counts.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from finetune.examples import Question
from finetune.predictions import Reply
from finetune.scores import unanswerable
from finetune.scores.answers import Rule, best, rights
from finetune.scores.unanswerable import Doubted
from finetune.windows import Window, borders

Logits = NDArray[np.floating[Any]]
"""A number for each token of a row; what stands behind its end is not looked at."""
FAR = 10_000.0  # by how much "there is none" scores higher where no answer can be given at all


@dataclasses.dataclass(frozen=True, slots=True)
class Candidate:
    """An answer that a window allows: characters of its passage, and the two logits. Without any: -1, -1."""

    passage: int
    start: int
    end: int
    start_logit: float
    end_logit: float

    @property
    def score(self) -> float:
        """What candidates are ranked by."""
        return self.start_logit + self.end_logit


def replies(
    question: Question,
    windows: Sequence[Window],
    starts: Sequence[Logits],
    ends: Sequence[Logits],
    *,
    most: int = 20,
    longest: int = 30,
    null: bool = False,
) -> tuple[Reply, ...]:
    """The best answers to a question in all its windows, best first, each of at most `longest` tokens.

    With `null`, "there is none" is one of them, and all say by how much it scores higher than the best answer. Where no
    answer can be given at all, as in empty passages, there is one reply, without text.
    """
    logits = list(zip(windows, starts, ends, strict=True))
    spans = _ranked(span for one in logits for span in candidates(*one, most=most, longest=longest))[:most]
    none = [min((_none(*one) for one in logits), key=lambda one: one.score)] if null and logits else []
    if not spans and not none:
        return (Reply(question.id, ""),)
    doubt = none[0].score - spans[0].score if none and spans else FAR if none else None
    text = _text(question, spans[0]) if spans else ""
    ranked = sorted([*spans, *none], key=lambda one: -one.score)
    chances = np.exp(np.array([one.score for one in ranked]) - ranked[0].score)
    return tuple(
        Reply(
            id=question.id,
            text=_text(question, one),
            probability=chance,
            start=one.start,
            end=one.end,
            passage=one.passage,
            start_logit=one.start_logit,
            end_logit=one.end_logit,
            null_score=doubt,
            best=text,
        )
        for one, chance in zip(ranked, (chances / chances.sum()).tolist(), strict=True)
    )


def candidates(window: Window, starts: Logits, ends: Logits, *, most: int, longest: int) -> list[Candidate]:
    """The best answers of one window, best first; of equal ones, those that start and end first."""
    part = slice(window.first, window.first + len(window.places))
    opens, closes = borders(window.places)
    first = np.where(opens, starts[part].astype(np.float64), -np.inf)
    last = np.where(closes, ends[part].astype(np.float64), -np.inf)
    ahead = sliding_window_view(np.append(last, np.full(longest - 1, -np.inf)), longest) if len(last) else last[:, None]
    scores = (first[:, None] + ahead).ravel()
    if not len(scores):
        return []
    least = np.partition(scores, -min(most, len(scores)))[-min(most, len(scores))]
    picks = np.flatnonzero((scores >= least) & (scores > -np.inf))
    picks = picks[np.argsort(-scores[picks], kind="stable")][:most]
    begin, more = np.divmod(picks, longest)
    finish = begin + more
    return [
        Candidate(window.passage, *numbers)
        for numbers in zip(
            window.places[begin, 0].tolist(),
            window.places[finish, 1].tolist(),
            first[begin].tolist(),
            last[finish].tolist(),
            strict=True,
        )
    ]


def answer(found: Sequence[Reply], threshold: float = 0.0) -> Reply:
    """Of the replies to a question the one to give: the best with a text, unless "there is none" is so much better."""
    score = found[0].null_score
    none = score is not None and score > threshold
    return next((one for one in found if (one.text == "") == none), found[0])


def by_passage(
    question: Question,
    windows: Sequence[Window],
    starts: Sequence[Logits],
    ends: Sequence[Logits],
    *,
    threshold: float = 0.0,
    longest: int = 30,
) -> tuple[Reply, ...]:
    """The best answer of each passage that seems to have one, best first; how probable it is says its passage alone."""
    found = list[Reply]()
    for _, part in groupby(zip(windows, starts, ends, strict=True), key=lambda one: one[0].passage):
        some, first, last = zip(*part, strict=True)
        found.append(answer(replies(question, some, first, last, longest=longest, null=True), threshold))
    return tuple(sorted((one for one in found if one.text), key=lambda one: -one.start_logit - one.end_logit))


def best_threshold(questions: Sequence[Question], found: Sequence[Sequence[Reply]], rule: Rule) -> float:
    """The threshold for `answer` that scores best on these questions, which must not be those of the test.

    It lies midway between the last question that had better be answered and the next, as new ones fall between them.
    """
    doubts = [
        Doubted(some[0].null_score, bool(one.answers), bool(some[0].best), best(rule, some[0].best, rights(one)))
        for one, some in zip(questions, found, strict=True)
        if some[0].null_score is not None
    ]
    if not doubts:
        return 0.0
    lowest = min(one.doubt for one in doubts) - 1.0
    _, threshold = unanswerable.best_threshold(doubts, lowest)
    above = [one.doubt for one in doubts if one.doubt > threshold]
    return (threshold + min(above)) / 2 if above and threshold > lowest else threshold


def _ranked(spans: Iterator[Candidate]) -> list[Candidate]:
    """The candidates of several windows, best first; one that several windows show counts where it scores best."""
    found = dict[tuple[int, int, int], Candidate]()
    for span in spans:
        place = (span.passage, span.start, span.end)
        if place not in found or found[place].score < span.score:
            found[place] = span
    return [found[place] for place in sorted(found, key=lambda place: (-found[place].score, place))]


def _none(window: Window, starts: Logits, ends: Logits) -> Candidate:
    return Candidate(window.passage, -1, -1, float(starts[0]), float(ends[0]))


def _text(question: Question, one: Candidate) -> str:
    return question.passages[one.passage][one.start : one.end] if one.start >= 0 else ""

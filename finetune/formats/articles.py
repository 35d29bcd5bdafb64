"""What every file of questions holds: articles of paragraphs with their questions; and how the loop's examples come
of them.

A reader gives articles one at a time and keeps the places as the file has them, right or wrong, so that `convert` can
write what it read. `questions` sets the places right for training and scoring. How a format looks is not said here.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from finetune.examples import Answer, Question

NO_ANSWER_GIVEN = "no answer, and not marked impossible"
NOT_IN_CONTEXT = "answer is not in its context"
GIVEN_NO_PLACE = "answer without a place, once in its context: taken there"


@dataclasses.dataclass(frozen=True, slots=True)
class Asked:
    """A question on a paragraph. `impossible` is None where the file does not say, `answers` where it hides them."""

    id: str
    question: str
    answers: tuple[Answer, ...] | None = None
    impossible: bool | None = None
    plausible: tuple[Answer, ...] = ()
    more: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    """What only some formats say of a question: its type, the place of its answer in the raw page."""


@dataclasses.dataclass(frozen=True, slots=True)
class Paragraph:
    """A context and what is asked about it."""

    context: str
    asked: tuple[Asked, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Article:
    """Paragraphs under a title; `more` is what only some formats say of an article: its address, its news section."""

    title: str
    paragraphs: tuple[Paragraph, ...]
    more: Mapping[str, Any] = dataclasses.field(default_factory=dict)


def questions(articles: Iterable[Article], notes: Counter[str]) -> Iterator[Question | str]:
    """The examples of articles, or why a row gives none; what was set right is counted in `notes`."""
    for article in articles:
        for paragraph in article.paragraphs:
            for asked in paragraph.asked:
                yield _question(article.title, paragraph.context, asked, notes)


def placed(answer: Answer, context: str) -> tuple[Answer, str]:
    """An answer where it stands in its context, -1 if nowhere, and what had to be done for that: empty if nothing."""
    text, start = answer.text, answer.start
    if start >= 0 and context.startswith(text, start):
        return answer, ""
    first = context.find(text)
    if first < 0:
        return dataclasses.replace(answer, start=-1), f"{NOT_IN_CONTEXT}; kept to be scored, not to be trained on"
    if context.find(text, first + 1) < 0:
        where = "answer stands elsewhere in its context, once: taken there" if start >= 0 else GIVEN_NO_PLACE
        return dataclasses.replace(answer, start=first), where
    at = nearest(text, max(start, 0), context)
    where = "the nearest was taken" if start >= 0 else "the first was taken"
    return dataclasses.replace(answer, start=at), f"answer stands elsewhere in its context, more than once: {where}"


def nearest(text: str, start: int, context: str) -> int:
    """Where a text that is somewhere in a context stands nearest to a place; of two as near, the first.

    Looking backward goes through reversed text: `rfind` takes quadratic time where the text repeats itself.
    """
    after = context.find(text, start)
    left = context[: start - 1 + len(text)] if start else ""
    turned = left[::-1].find(text[::-1])
    if turned < 0:
        return after
    before = len(left) - turned - len(text)
    return after if 0 <= after - start < start - before else before


def _question(title: str, context: str, asked: Asked, notes: Counter[str]) -> Question | str:
    if not asked.question.strip():
        return "empty question"
    if not context.strip():
        return "empty context"
    if asked.answers is None:
        return Question(asked.id, asked.question, (context,), None, title)
    given = [answer for answer in asked.answers if answer.text.strip()]
    if not asked.answers and not asked.impossible:
        return NO_ANSWER_GIVEN
    if asked.impossible:
        notes["marked impossible, though it has an answer: taken as impossible"] += bool(given)
        return Question(asked.id, asked.question, (context,), (), title)
    if not given:
        return "empty answer"
    found = [placed(answer, context) for answer in given]
    notes.update(note for _, note in found if note)
    return Question(asked.id, asked.question, (context,), tuple(answer for answer, _ in found), title)

"""Questions over the paragraphs of an article, as KorQuAD 1.0 writes them; an answer is a span known from the start."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from corpus.sample.chance import pick, some, stream
from corpus.sample.facts import Sentence, slots_of
from corpus.sample.korean import render
from corpus.sample.page import Page, Paragraph

CAP = 60_000  # questions in all, however many articles there are
MOST = 4  # of one article


def questions(page: Page, most: int = MOST) -> dict[str, Any] | None:
    """An entry of `data` for the article, None if nothing can be asked."""
    facts, one = page.article.facts, page.article.entity
    rng = stream(facts.seed, "questions", one.n)
    asked: dict[int, list[dict[str, Any]]] = {}
    for at, start, sentence, (_, first, last), fit in some(rng, list(_answerable(page)), most):
        first, last = trimmed(sentence.phrase.plain, first, last)
        row = {
            "id": f"{one.n}-{at}-{len(asked.get(at, ()))}",
            "question": render(pick(rng, fit), {**facts, **dict(sentence.own)}).plain,
            "answers": [{"text": sentence.phrase.plain[first:last], "answer_start": start + first}],
        }
        asked.setdefault(at, []).append(row)
    if not asked:
        return None
    paragraphs = [{"context": page.paragraphs[at].text, "qas": asked[at]} for at in sorted(asked)]
    return {"title": one.title, "paragraphs": paragraphs}


def _answerable(page: Page) -> Iterator[tuple[int, int, Sentence, tuple[str, int, int], list[str]]]:
    """Every span that answers something: its paragraph, where its sentence begins, the sentence, the span, questions.

    A question may name only what its paragraph says, so that it can be answered from there.
    """
    for at, paragraph in enumerate(page.paragraphs):
        if len(paragraph.sentences) < 2:
            continue
        said = _said(paragraph)
        for start, sentence in paragraph.sentences:
            for mark in sentence.phrase.marks:
                if fit := [each for each in _fitting(sentence, mark[0]) if slots_of(each) <= said]:
                    yield at, start, sentence, mark, fit


def _said(paragraph: Paragraph) -> set[str]:
    return {"name", "role"}.union(slot for _, each in paragraph.sentences for slot, _, _ in each.phrase.marks)


def _fitting(sentence: Sentence, slot: str) -> Iterator[str]:
    """The questions about a slot that fit the way in which the sentence tells its fact."""
    way = str(sentence.fact.say.index(sentence.pattern) + 1)
    for question in sentence.fact.ask.get(slot, ()):
        ways, _, rest = question.partition(" ")
        if not ways.isdecimal():
            yield question
        elif way in ways:
            yield rest


def trimmed(text: str, first: int, last: int) -> tuple[int, int]:
    """A span without the quotes around it and the gloss behind it."""
    if text[last - 1] == ")" and "(" in text[first + 1 : last]:
        last = text.index("(", first + 1)
    while text[first] in QUOTES:
        first += 1
    while text[last - 1] in QUOTES:
        last -= 1
    return first, last


QUOTES = "《》〈〉『』「」“”‘’"

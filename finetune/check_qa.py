"""Every fault of a JSON file of questions, with its path in the file, and the file without them: one walk gives both.

What can be set right is: a wrong place, a number in place of a text, an id used twice, an answer with the tag of its
last morpheme (사르트르/nnp) or in another Unicode form than its context. What cannot is taken out. Keys that are not
known here stay as they are.
"""

from __future__ import annotations

import dataclasses
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from itertools import count
from typing import Any

from finetune.examples import Answer
from finetune.formats.articles import placed
from finetune.formats.squad import Shape


@dataclasses.dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong: where in the file, of which kind, what exactly, and how the repaired copy has it."""

    where: str
    kind: str
    said: str
    mended: str


@dataclasses.dataclass(frozen=True, slots=True)
class Walk:
    """What a walk through a file carries along: the shape, the ids so far with their places, the faults so far."""

    form: Shape
    hidden: bool = False
    """No question of the file has answers: it is a test file, and that is no fault."""
    ids: dict[str, str] = dataclasses.field(default_factory=dict)
    again: Counter[str] = dataclasses.field(default_factory=Counter)
    """How often an id was met that another question had."""
    faults: list[Fault] = dataclasses.field(default_factory=list)

    def fault(self, where: str, kind: str, said: str, mended: str = "taken out") -> None:
        """Note a fault."""
        self.faults.append(Fault(where, kind, said, mended))


Row = dict[str, Any]
Mend = Callable[[Any, str, Walk], Row | None]
"""A part of the file, its path and the walk -> the part without faults, None if it has to go."""


def mended(tree: Mapping[str, Any], form: Shape, ids: dict[str, str]) -> tuple[Row, list[Fault]]:
    """A JSON value without its faults, and what they were; `ids` are those of files before this one, and are added to.

    A missing version is no fault, but the official scorers ask for one: the mended value has it.
    """
    walk = Walk(form, not _holds(tree, "answer" if form.pages else "answers"), ids)
    data = _each(tree, "data", "", walk, _article)
    return {"version": form.version, **tree, "data": data or []}, walk.faults


def _article(row: Any, where: str, walk: Walk) -> Row | None:
    if not _is_object(row, where, walk):
        return None
    if not isinstance(row.get("title", ""), str):
        walk.fault(where, "wrong type", f"title is {row['title']!r:.40}, not text", "written as text")
        row = {**row, "title": str(row["title"])}
    if walk.form.pages:
        return _paragraph(row, where, walk)
    paragraphs = _each(row, "paragraphs", where, walk, _paragraph)
    return None if paragraphs is None else {**row, "paragraphs": paragraphs}


def _paragraph(row: Any, where: str, walk: Walk) -> Row | None:
    context = _text(row, "context", where, walk) if _is_object(row, where, walk) else ""
    if not context:
        return None
    page = str(row.get("raw_html", "")) if walk.form.pages else ""
    asked = _each(row, "qas", where, walk, lambda qa, place, walk: _qa(qa, place, walk, context, page))
    return None if asked is None else {**row, "context": context, "qas": asked}


def _qa(row: Any, where: str, walk: Walk, context: str, page: str) -> Row | None:
    if not _is_object(row, where, walk):
        return None
    key = walk.form.id if walk.form.id in row else "id"
    question, name = _text(row, "question", where, walk), _text(row, key, where, walk)
    if not question or not name:
        return None
    qa = {**row, "question": question, key: _own(name, where, walk)}
    if walk.form.pages:
        return _paged(qa, where, walk, context, page)
    return _answered(qa, where, walk, context)


def _answered(qa: Row, where: str, walk: Walk, context: str) -> Row | None:
    """A question with its list of answers, and what it says of being impossible."""
    impossible = qa.get("is_impossible")
    if not isinstance(impossible, bool | None):
        walk.fault(where, "wrong type", f"is_impossible is {impossible!r:.40}, not true or false")
        return None
    guesses = list[Row]()
    if "plausible_answers" in qa:
        guesses = _each(qa, "plausible_answers", where, walk, _in(context)) or []
        qa = {**qa, "plausible_answers": guesses}
    if "answers" not in qa and (walk.hidden or impossible):
        return qa
    answers = _each(qa, "answers", where, walk, _in(context))
    if answers is None:
        return None
    if impossible and qa["answers"]:
        walk.fault(where, "impossible with answers", "is_impossible, but has answers", "moved to plausible_answers")
        return {**qa, "answers": [], "plausible_answers": [*guesses, *answers]}
    if not qa["answers"] and not impossible:
        walk.fault(where, "no answer", "has no answer, and is not marked impossible")
    if not answers and not impossible:
        return None
    return {**qa, "answers": answers}


def _paged(qa: Row, where: str, walk: Walk, context: str, page: str) -> Row | None:
    """A question of KorQuAD 2 with its one answer, which stands in the raw page as well."""
    if "answer" not in qa:
        if not walk.hidden:
            walk.fault(where, "missing key", 'has no "answer"')
        return qa if walk.hidden else None
    answer = _answer(qa["answer"], where, walk, context)
    if answer is None:
        return None
    text, start = str(answer.get("html_answer_text", answer["text"])), answer.get("html_answer_start")
    if page and isinstance(start, int) and not (start >= 0 and page.startswith(text, start)):
        at = placed(Answer(text, start), page)[0].start
        how = f"html_answer_start {at}" if at >= 0 else "html_answer_start taken out"
        walk.fault(where, "misplaced in raw_html", f"answer text is not at html_answer_start {start}", how)
        answer = {key: value for key, value in answer.items() if key != "html_answer_start"}
        answer |= {"html_answer_start": at} if at >= 0 else {}
    return {**qa, "answer": answer}


def _answer(row: Any, where: str, walk: Walk, context: str) -> Row | None:
    text = _text(row, "text", where, walk) if _is_object(row, where, walk) else ""
    if not text:
        return None
    start = row.get("answer_start")
    if not isinstance(start, int) or isinstance(start, bool):
        number = int(start) if isinstance(start, str) and start.isdecimal() else -1
        what = f"answer_start is {start!r:.40}, not a whole number" if start is not None else 'has no "answer_start"'
        at = placed(Answer(text, number), context)[0].start
        walk.fault(where, "wrong type" if start is not None else "missing key", what, f"answer_start {at}")
        start = at
    elif start >= 0 and context.startswith(text, start):
        return dict(row)
    found, _ = placed(Answer(text, start), context)
    if found.start >= 0:
        if found.start != start:
            walk.fault(where, "misplaced", f"answer text is not at answer_start {start}", f"answer_start {found.start}")
        return {**row, "answer_start": found.start}
    twin = next((twin for twin in _twins(text) if twin in context), "")
    at = placed(Answer(twin, start), context)[0].start if twin else -1
    how = f"taken as {twin!r} at {at}" if twin else "taken out"
    walk.fault(where, "not in context", f"answer {text!r:.60} is not in the context", how)
    return {**row, "text": twin, "answer_start": at} if twin else None


def _in(context: str) -> Mend:
    return lambda row, where, walk: _answer(row, where.removesuffix(".answers[0]"), walk, context)


def _twins(text: str) -> Iterator[str]:
    """What an answer that is not in its context may have been there."""
    bare = _TAG.sub("", text).strip()
    yield from dict.fromkeys(form for form in (bare, *(unicodedata.normalize(f, bare) for f in ("NFC", "NFD"))) if form)


def _own(name: str, where: str, walk: Walk) -> str:
    """An id that no question before has."""
    own = name
    if name in walk.ids:
        walk.again[name] += 1
        own = next(other for at in count(walk.again[name] + 1) if (other := f"{name}-{at}") not in walk.ids)
        walk.fault(where, "id used twice", f"id {name!r} is that of {walk.ids[name]}", f"id {own!r}")
    walk.ids[own] = where
    return own


def _each(row: Mapping[str, Any], key: str, where: str, walk: Walk, mend: Mend) -> list[Row] | None:
    """The parts of a list that can stay; None if there is no list."""
    if key not in row:
        walk.fault(where, "missing key", f'has no "{key}"')
        return None
    if not isinstance(row[key], list):
        walk.fault(where, "wrong type", f"{key} is {type(row[key]).__name__}, not a list")
        return None
    place = f"{where}.{key}" if where else key
    found = (mend(part, f"{place}[{at}]", walk) for at, part in enumerate(row[key]))
    return [part for part in found if part is not None]


def _text(row: Mapping[str, Any], key: str, where: str, walk: Walk) -> str:
    """A text that must be there, empty if it is not."""
    value = row.get(key)
    if key not in row:
        walk.fault(where, "missing key", f'has no "{key}"')
    elif isinstance(value, int) and not isinstance(value, bool):
        walk.fault(where, "number for text", f"{key} is the number {value}, not text", f'"{value}"')
        return str(value)
    elif not isinstance(value, str):
        walk.fault(where, "wrong type", f"{key} is {value!r:.40}, not text")
    elif value.strip():
        return value
    else:
        walk.fault(where, f"empty {key}", f"{key} is empty")
    return ""


def _is_object(row: Any, where: str, walk: Walk) -> bool:
    if not isinstance(row, dict):
        walk.fault(where, "wrong type", f"is {type(row).__name__}, not an object")
    return isinstance(row, dict)


def _holds(value: Any, key: str) -> bool:
    """Whether an object somewhere in a JSON value has a key."""
    if isinstance(value, dict):
        return key in value or any(_holds(part, key) for part in value.values())
    return isinstance(value, list) and any(_holds(part, key) for part in value)


_TAG = re.compile(r"/[A-Za-z]{2,4}(?=\+|$)")

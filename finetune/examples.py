"""The four kinds of examples that every task's file is read into, and nothing about files.

Places are always characters of the text as the file has it. A gold answer is optional everywhere, so that the same
types carry what is to be predicted.
"""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True, slots=True)
class Labelled:
    """One or two texts and what is said of them: a class, or a number."""

    id: str
    first: str
    second: str | None = None
    label: str | None = None
    """The name of the class; for similarity, the number as it is written."""


@dataclasses.dataclass(frozen=True, slots=True)
class Span:
    """A piece of a text: its answer, or a name in it; `kind` is the type of a name."""

    start: int
    end: int
    kind: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Tagged:
    """A text and the names in it, in order, none within another."""

    id: str
    text: str
    names: tuple[Span, ...] | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Question:
    """A question, the passages to read, and the answers that are right."""

    id: str
    question: str
    passages: tuple[str, ...]
    answers: tuple[Answer, ...] | None = None
    """Empty: there is no answer in the passages. None: not known."""
    title: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Answer:
    """An answer as text, and where it stands; `start` is -1 where a file does not say."""

    text: str
    start: int
    passage: int = 0


@dataclasses.dataclass(frozen=True, slots=True)
class Choice:
    """A beginning and the ways in which it may go on; `right` is the number of the right one, from 0."""

    id: str
    text: str
    choices: tuple[str, ...]
    right: int | None = None


Example = Labelled | Tagged | Question | Choice

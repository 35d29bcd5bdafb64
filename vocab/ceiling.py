"""The answer ceiling: what a perfect reader would score if it could choose only whole pieces.

A model marks the first and the last piece of an answer. Where an answer ends inside a piece (`랭크|로`, but `랭|크로`),
the reader takes that piece or leaves it, whichever scores better; what is lost is lost before any training.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from corpus.packed import plain
from tools.errors import UserError
from vocab.encoded import Encoded, encoded
from vocab.korquad import exact_match, f1
from vocab.measure import Figures
from vocab.tokenizer import Tokenizer


@dataclasses.dataclass(frozen=True, slots=True)
class Passage:
    """A context, and for each of its questions the right answers: (start, text)."""

    context: str
    questions: tuple[tuple[tuple[int, str], ...], ...]


def read_questions(path: Path) -> list[Passage]:
    """The passages of a file in the format of SQuAD and KorQuAD 1.0, packed or not."""
    try:
        data = orjson.loads(b"".join(plain(str(path))))["data"]
        passages = [_passage(paragraph) for article in data for paragraph in article["paragraphs"]]
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise UserError(f"{path}: not in the format of KorQuAD 1.0 ({error!r}); give such a JSON file") from None
    for passage in passages:
        for start, text in (answer for question in passage.questions for answer in question):
            if passage.context[start : start + len(text)] != text:
                raise UserError(f"{path}: the answer {text!r} does not stand at {start}; mend the file")
    if not any(passage.questions for passage in passages):
        raise UserError(f"{path}: holds no questions with answers; give a file with some")
    return passages


def ceiling(tokenizer: Tokenizer, passages: Sequence[Passage]) -> Figures:
    """Answers on piece boundaries, the best exact match and F1, and how long the contexts are."""
    sample = encoded(tokenizer, [passage.context for passage in passages])
    aligned = total = 0
    exact = shared = 0.0
    for number, passage in enumerate(passages):
        starts, ends = _borders(sample, number)
        for answers in passage.questions:
            total += 1
            aligned += any(_on(starts, start) and _on(ends, start + len(text)) for start, text in answers)
            choices = [choice for answer in answers for choice in _choices(passage.context, starts, ends, *answer)]
            exact += max((exact_match(choice, text) for choice in choices for _, text in answers), default=0)
            shared += max((f1(choice, text) for choice in choices for _, text in answers), default=0)
    return {
        "questions": total,
        "answers aligned": aligned / total,
        "ceiling EM": 100 * exact / total,
        "ceiling F1": 100 * shared / total,
        "tokens per context": len(sample) / len(passages),
    }


def _borders(sample: Encoded, number: int) -> tuple[list[int], list[int]]:
    """Where the pieces of a context start and end in it."""
    pieces = slice(sample.firsts[number], sample.firsts[number + 1])
    solid = sample.ends[pieces] > sample.starts[pieces]
    origin = sample.origins[number]
    return (sample.starts[pieces][solid] - origin).tolist(), (sample.ends[pieces][solid] - origin).tolist()


def _on(places: Sequence[int], place: int) -> bool:
    at = int(np.searchsorted(places, place))
    return at < len(places) and places[at] == place


def _choices(context: str, starts: Sequence[int], ends: Sequence[int], start: int, text: str) -> list[str]:
    """The answer by whole pieces: with or without those that its first and its last character stand in."""
    end = start + len(text)
    outer = max(int(np.searchsorted(starts, start, "right")) - 1, 0), int(np.searchsorted(ends, end))
    inner = int(np.searchsorted(starts, start)), int(np.searchsorted(ends, end, "right")) - 1
    found = []
    for first, last in product({outer[0], inner[0]}, {outer[1], inner[1]}):
        if first <= last < len(ends):
            found.append(context[starts[first] : ends[last]])
    return found


def _passage(paragraph: dict[str, Any]) -> Passage:
    questions = (tuple((row["answer_start"], row["text"]) for row in qa["answers"]) for qa in paragraph["qas"])
    return Passage(paragraph["context"], tuple(question for question in questions if question))

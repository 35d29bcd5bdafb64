"""For each head, how examples become rows and how the logits of the rows become predictions.

The work is done in encode_*.py and decode_*.py; here they get one form, in which the loop and the verbs use them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from finetune.batches import NOT_ASKED, Row
from finetune.decode_names import names
from finetune.decode_questions import answer, by_passage, replies
from finetune.encode_names import encode_names
from finetune.encode_questions import Windows, encode_questions
from finetune.encode_texts import encode_choices, encode_labelled
from finetune.examples import Choice, Example, Labelled, Question, Tagged
from finetune.josa import trimmed
from finetune.predictions import Chosen, Label, Number, Prediction, Reply
from finetune.spec import Spec
from finetune.windows import Window
from vocab.tokenizer import Tokenizer

Logits = NDArray[np.float32]
"""Of one row: [outputs], or [tokens, outputs]."""


@dataclasses.dataclass(frozen=True, slots=True)
class Coded:
    """The rows of some examples, in their order, what was cut or left, and the way back from logits to predictions."""

    rows: Sequence[Row]
    notes: Mapping[str, int]
    decode: Callable[[Sequence[Logits]], list[Prediction]]

    def answered(self) -> list[Row]:
        """The rows of which it is known what is right."""
        return [row for row in self.rows if _known(row)]


def coded(spec: Spec, tokenizer: Tokenizer, examples: Sequence[Example]) -> Coded:
    """Some examples as rows."""
    return CODED[spec.head](spec, tokenizer, examples)


def _known(row: Row) -> bool:
    if isinstance(row.target, np.ndarray):
        return bool((row.target != NOT_ASKED).any())
    return row.target is not None


def _classes(spec: Spec, tokenizer: Tokenizer, examples: Sequence[Any]) -> Coded:
    texts = encode_labelled(cast(Sequence[Labelled], examples), tokenizer, spec.length, spec.labels)

    def decode(logits: Sequence[Logits]) -> list[Prediction]:
        found = list[Prediction]()
        for example, one in zip(examples, logits, strict=True):
            chances = _softmax(one)
            best = spec.labels[int(np.argmax(one))]
            found.append(Label(example.id, best, dict(zip(spec.labels, chances, strict=True))))
        return found

    return Coded(texts.rows, texts.notes, decode)


def _numbers(spec: Spec, tokenizer: Tokenizer, examples: Sequence[Any]) -> Coded:
    texts = encode_labelled(cast(Sequence[Labelled], examples), tokenizer, spec.length)

    def decode(logits: Sequence[Logits]) -> list[Prediction]:
        return [
            Number(example.id, spec.centre + spec.spread * float(one[0]))
            for example, one in zip(examples, logits, strict=True)
        ]

    return Coded(texts.rows, texts.notes, decode)


def _names(spec: Spec, tokenizer: Tokenizer, examples: Sequence[Any]) -> Coded:
    texts = cast(Sequence[Tagged], examples)
    sentences = encode_names(texts, tokenizer, spec.labels, spec.length, spec.stride)
    return Coded(sentences.rows, sentences.notes, lambda logits: [*names(texts, sentences, logits, spec.labels)])


def _answers(spec: Spec, tokenizer: Tokenizer, examples: Sequence[Any]) -> Coded:
    questions = cast(Sequence[Question], examples)
    windows = windows_of(spec, tokenizer, questions)

    def decode(logits: Sequence[Logits]) -> list[Prediction]:
        return [answer(found, spec.threshold) for found in all_replies(spec, questions, windows, logits)]

    return Coded(windows.rows, windows.notes, decode)


def windows_of(spec: Spec, tokenizer: Tokenizer, questions: Sequence[Question]) -> Windows:
    """The windows of questions, as the model was trained with."""
    return encode_questions(questions, tokenizer, spec.length, spec.stride, min(64, spec.length // 3))


def all_replies(
    spec: Spec, questions: Sequence[Question], windows: Windows, logits: Sequence[Logits], most: int = 20
) -> list[tuple[Reply, ...]]:
    """For each question its best answers, best first."""
    return [
        _said(spec, replies(question, *part, most=most, null=spec.null))
        for question, part in zip(questions, _parts(len(questions), windows, logits), strict=True)
    ]


def all_passages(
    spec: Spec, questions: Sequence[Question], windows: Windows, logits: Sequence[Logits]
) -> list[tuple[Reply, ...]]:
    """For each question the best answer of each passage that seems to have one, best first."""
    return [
        _said(spec, by_passage(question, *part, threshold=spec.threshold))
        for question, part in zip(questions, _parts(len(questions), windows, logits), strict=True)
    ]


def _said(spec: Spec, found: tuple[Reply, ...]) -> tuple[Reply, ...]:
    return found if spec.josa else trimmed(found)


def _parts(
    questions: int, windows: Windows, logits: Sequence[Logits]
) -> list[tuple[list[Window], list[Logits], list[Logits]]]:
    """The windows of each question, and their logits of starts and of ends."""
    parts: list[tuple[list[Window], list[Logits], list[Logits]]] = [([], [], []) for _ in range(questions)]
    for window, one in zip(windows.windows, logits, strict=True):
        mine, starts, ends = parts[window.row.example]
        mine.append(window)
        starts.append(one[:, 0])
        ends.append(one[:, 1])
    return parts


def _choices(spec: Spec, tokenizer: Tokenizer, examples: Sequence[Any]) -> Coded:
    texts = encode_choices(cast(Sequence[Choice], examples), tokenizer, spec.length)

    def decode(logits: Sequence[Logits]) -> list[Prediction]:
        numbers = iter(logits)
        found = list[Prediction]()
        for example in examples:
            scores = np.array([next(numbers)[0] for _ in example.choices])
            found.append(Chosen(example.id, int(np.argmax(scores)), tuple(_softmax(scores))))
        return found

    return Coded(texts.rows, texts.notes, decode)


def _softmax(logits: Logits) -> list[float]:
    shares = np.exp(logits.astype(np.float64) - logits.max())
    return [float(share) for share in shares / shares.sum()]


CODED: dict[str, Callable[[Spec, Tokenizer, Sequence[Any]], Coded]] = {
    "classify": _classes,
    "regress": _numbers,
    "tag": _names,
    "span": _answers,
    "choose": _choices,
}

"""Questions as windows, `[CLS] question [SEP] part of a passage [SEP]`, and where in each of them the answer is.

The target of a window is the fewest tokens that cover an answer; where that is more than the answer, the vocabulary has
no better, and it is counted. A window that does not show a whole answer has the target (0, 0): none here. Where the
answer is not known, stands nowhere or fits into no window, there is no target at all, as "none" would be wrong. All
places come from characters; no text is ever put together from pieces.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from finetune.batches import Ints, Row
from finetune.examples import Answer, Question
from finetune.windows import Places, Window, borders, marks, stretches, tokenised, touching
from tools.errors import UserError
from vocab.tokenizer import Encoding, Tokenizer

NONE_HERE = (0, 0)  # the answer of a window that shows none: [CLS]


@dataclasses.dataclass(frozen=True, slots=True)
class Windows:
    """The windows of some questions, in their order, and what had to be cut or could not be found."""

    windows: tuple[Window, ...]
    notes: Mapping[str, int]

    @property
    def rows(self) -> list[Row]:
        """The row of each window."""
        return [window.row for window in self.windows]


@dataclasses.dataclass(frozen=True, slots=True)
class Gold:
    """An answer by tokens of its passage: the first, and the one after the last."""

    passage: int
    first: int
    end: int
    exact: bool
    """These tokens are the answer and nothing else."""


def encode_questions(
    questions: Sequence[Question], tokenizer: Tokenizer, length: int = 384, stride: int = 128, question_length: int = 64
) -> Windows:
    """The windows of all passages of all questions, each at most `length` tokens."""
    if length < question_length + 4:
        what = f"a window of {length} tokens has no room for a question of up to {question_length} and a passage"
        raise UserError(f"{what}; give a --length of at least {question_length + 4}, or a smaller --question-length")
    if stride < 1:
        raise UserError(f"--stride {stride}: each window begins so many tokens after the one before; give 1 or more")
    asked = tokenised(tokenizer, [question.question for question in questions])
    passages = iter(tokenised(tokenizer, [text for question in questions for text in question.passages]))
    cls, sep = marks(tokenizer)
    windows, notes = list[Window](), Counter[str]()
    for number, (question, words) in enumerate(zip(questions, asked, strict=True)):
        encodings = [next(passages) for _ in question.passages]
        golds = _golds(question, encodings, notes)
        head = np.concatenate([cls, words.ids[:question_length], sep])
        notes["questions cut"] += len(words) > question_length
        found = list(_windows(number, head, encodings, golds, length, stride))
        if golds and all(window.row.target == NONE_HERE for window in found):
            notes["answers longer than any window"] += 1
            found = list(_windows(number, head, encodings, None, length, stride))
        windows += found
    return Windows(tuple(windows), {"questions": len(questions), "windows": len(windows), **+notes})


def cover(places: Places, start: int, end: int) -> tuple[int, int] | None:
    """The fewest characters around these that whole tokens can mark: the first token, and the one after the last.

    What no token holds, as white space at its ends, need not be covered; None if no token holds any of it.
    """
    first, last = touching(places, start, end)
    opens, closes = map(np.flatnonzero, borders(places))
    if first == last or not len(opens):
        return None
    start, end = max(start, int(places[first, 0])), min(end, int(places[last - 1, 1]))
    begin = int(opens[np.searchsorted(places[opens, 0], start, "right") - 1])
    finish = int(closes[np.searchsorted(places[closes, 1], end)])
    return (begin, finish + 1) if begin <= finish else (first, last)


def _golds(question: Question, passages: Sequence[Encoding], notes: Counter[str]) -> list[Gold] | None:
    """The answers by tokens, those that tokens can express first; none if there is none, None if it is not known."""
    if question.answers is None:
        return None
    found = [_gold(answer, passages) for answer in question.answers]
    golds = sorted((gold for gold in found if gold), key=lambda gold: not gold.exact)
    if not question.answers:
        notes["questions without an answer"] += 1
    elif not golds:
        notes["answers that stand nowhere"] += 1
        return None
    else:
        notes["answers covered exactly" if golds[0].exact else "answers covered by more"] += 1
    return golds


def _gold(answer: Answer, passages: Sequence[Encoding]) -> Gold | None:
    if answer.start < 0 or not answer.text:
        return None
    places, end = passages[answer.passage].offsets, answer.start + len(answer.text)
    tokens = cover(places, answer.start, end)
    if tokens is None:
        return None
    exact = (int(places[tokens[0], 0]), int(places[tokens[1] - 1, 1])) == (answer.start, end)
    return Gold(answer.passage, *tokens, exact)


def _windows(
    number: int, head: Ints, passages: Sequence[Encoding], golds: Sequence[Gold] | None, length: int, stride: int
) -> Iterator[Window]:
    for passage, encoding in enumerate(passages):
        here = None if golds is None else [gold for gold in golds if gold.passage == passage]
        for start, end in stretches(len(encoding), length - len(head) - 1, stride):
            tokens = np.concatenate([head, encoding.ids[start:end], head[-1:]])
            target = None if here is None else _target(here, start, end, len(head))
            yield Window(Row(tokens, len(head), number, target), len(head), encoding.offsets[start:end], passage)


def _target(golds: Sequence[Gold], start: int, end: int, shift: int) -> tuple[int, int]:
    """The first answer that tokens from `start` to `end` show whole, as places in their row."""
    for gold in golds:
        if start <= gold.first and gold.end <= end:
            return gold.first - start + shift, gold.end - 1 - start + shift
    return NONE_HERE

"""Texts, pairs of texts and choices as rows: `[CLS] first [SEP]`, `[CLS] first [SEP] second [SEP]`.

What does not fit is cut off at the end, of a pair from whichever text is the longer at that moment, and counted. A
choice is one row for each way to go on, one after another, each with the number of the right one.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from finetune.batches import Ints, Row, Target
from finetune.examples import Choice, Labelled
from finetune.windows import marks, tokenised
from tools.errors import UserError
from vocab.tokenizer import Tokenizer


@dataclasses.dataclass(frozen=True, slots=True)
class Texts:
    """The rows of some examples, in their order, and what had to be cut or is not known."""

    rows: tuple[Row, ...]
    notes: Mapping[str, int]


def encode_labelled(
    examples: Sequence[Labelled], tokenizer: Tokenizer, length: int = 128, labels: Sequence[str] = ()
) -> Texts:
    """A row for each example; its target is the number of its label among `labels`, or without these the number it is.

    A label that is not among them is counted, and the row has no target.
    """
    notes, number = Counter[str](), {label: at for at, label in enumerate(labels)}
    targets = list[Target]()
    for example in examples:
        if example.label is None:
            targets.append(None)
        elif not labels:
            targets.append(float(example.label))
        else:
            targets.append(number.get(example.label))
            notes[f"label {example.label!r} is none of the model's"] += example.label not in number
    pairs = [(example.first, example.second) for example in examples]
    return _rows(pairs, range(len(examples)), targets, tokenizer, length, notes)


def encode_choices(examples: Sequence[Choice], tokenizer: Tokenizer, length: int = 128) -> Texts:
    """A row for each choice of each example."""
    numbers = [number for number, example in enumerate(examples) for _ in example.choices]
    pairs = [(example.text, choice) for example in examples for choice in example.choices]
    return _rows(pairs, numbers, [examples[at].right for at in numbers], tokenizer, length, Counter())


def room_for(first: int, second: int, room: int) -> tuple[int, int]:
    """How much of two texts stays, so that both fit: as if the last token of the longer were taken away each time."""
    first = min(first, max(room - second, room - room // 2))
    return first, min(second, room - first)


def _rows(
    pairs: Sequence[tuple[str, str | None]],
    numbers: Sequence[int],
    targets: Sequence[Target],
    tokenizer: Tokenizer,
    length: int,
    notes: Counter[str],
) -> Texts:
    if length < 5:
        raise UserError(f"--length {length}: a row has [CLS], two [SEP] and some of both texts; give at least 5")
    cls, sep = marks(tokenizer)
    texts = tokenised(tokenizer, [text for pair in pairs for text in pair if text is not None])
    encodings, rows = iter(texts), list[Row]()
    for pair, number, target in zip(pairs, numbers, targets, strict=True):
        parts = [next(encodings).ids for text in pair if text is not None]
        size, room = sum(map(len, parts)), length - 1 - len(parts)
        first, later = room_for(len(parts[0]), size - len(parts[0]), room)
        tokens: list[Ints] = [cls, parts[0][:first], sep, *(each for part in parts[1:] for each in (part[:later], sep))]
        rows.append(Row(np.concatenate(tokens), first + 2, number, target))
        notes["rows cut"] += size > room
        notes["rows without a token"] += size == 0
    return Texts(tuple(rows), {"rows": len(rows), **+notes})

"""Predictions of a fine-tuned model for any number of examples, a few at a time.

Logits live no longer than it takes to decode the examples they are of, so memory does not grow with the file. Rows of
like length go through the model together; the predictions come in the order of the examples.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import cast

import numpy as np
import torch

from finetune.batches import PARCEL, Row, batch_of, parcels
from finetune.coding import Coded, Logits, coded
from finetune.examples import Choice, Example, Labelled, Question, Tagged
from finetune.finetuned import Finetuned
from finetune.predictions import Prediction
from pretrain.batch import moved
from pretrain.masking import special

TOKENS = {"cpu": 4096, "cuda": 32_768}  # in one pass
EXAMPLES, CHARACTERS = 512, 1_000_000  # treated at once


def predictions(
    model: Finetuned, examples: Sequence[Example], *, half: bool = False, notes: Counter[str] | None = None
) -> Iterator[Prediction]:
    """What a model says of each example; what was cut on the way is added to `notes`."""
    for some in portions(examples):
        rows = coded(model.spec, model.tokenizer, some)
        if notes is not None:
            notes.update(rows.notes)
        yield from decoded(model, rows, half=half)


def decoded(model: Finetuned, rows: Coded, *, half: bool = False) -> list[Prediction]:
    """What a model says of a few examples that are rows already."""
    return rows.decode(logits(model, rows.rows, half=half))


@torch.no_grad()
def logits(model: Finetuned, rows: Sequence[Row], *, half: bool = False) -> list[Logits]:
    """The logits of each row, cut to its length where they are of tokens."""
    if not rows:
        return []
    device = next(model.parameters()).device
    pad, found = special(model.tokenizer, "[PAD]"), dict[int, Logits]()
    training = model.training
    model.eval()
    for numbers in parcels([len(row) for row in rows], TOKENS[device.type]):
        some = [rows[int(number)] for number in numbers]
        batch = moved(batch_of(some, pad, PARCEL, model.encoder.positions), device)
        with torch.autocast(device.type, torch.bfloat16, enabled=half):
            out = model(batch).float().cpu().numpy()
        for number, row, one in zip(numbers, some, out, strict=True):
            found[int(number)] = np.array(one[: len(row)] if one.ndim > 1 else one)
    model.train(training)
    return [found[number] for number in range(len(rows))]


def portions(examples: Sequence[Example]) -> Iterator[Sequence[Example]]:
    """The examples in parts, none too large to be held as logits, but for a single one."""
    start = size = 0
    for at, example in enumerate(examples):
        if at > start and (at - start >= EXAMPLES or size >= CHARACTERS):
            yield examples[start:at]
            start, size = at, 0
        size += characters(example)
    if start < len(examples):
        yield examples[start:]


def characters(example: Example) -> int:
    """How much text an example holds."""
    return sum(map(len, texts(example)))


def texts(example: Example) -> tuple[str, ...]:
    """The texts of an example."""
    match example:
        case Labelled():
            return (example.first, example.second or "")
        case Tagged():
            return (example.text,)
        case Question():
            return (*example.passages, example.question)
        case Choice():
            return (example.text, *example.choices)
    return cast(tuple[str, ...], ())

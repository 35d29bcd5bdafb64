"""An update cut into forward passes, and dealt to the ranks that compute it together.

Rows that must not be parted, the choices of an example, are one unit; all others are units of one row. How many rows a
pass has changes nothing but speed and memory: losses are divided by what the whole update asks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby

import numpy as np
import torch

from finetune.answering import TOKENS
from finetune.batches import Row, batch_of
from finetune.finetuned import Finetuned
from finetune.heads import loss
from pretrain.batch import moved
from pretrain.masking import special
from pretrain.micro import climb, leaves_room
from pretrain.trial import seconds

Unit = list[Row]
RUNS = 3


def units_of(rows: Sequence[Row], *, together: bool) -> list[Unit]:
    """The rows of an update as units: those of an example together, or each by itself."""
    return [list(unit) for _, unit in groupby(rows, key=lambda row: row.example)] if together else [[r] for r in rows]


def passes(units: Sequence[Unit], micro: int, device: torch.device) -> list[list[Row]]:
    """The rows of each pass: at most `micro`, or with 0 as many as make a pass of a good size."""
    found: list[list[Row]] = []
    width = 0
    for unit in units:
        width = max(width, *(len(row) for row in unit))
        most = micro or TOKENS[device.type] // width
        if not found or len(found[-1]) + len(unit) > most:
            found.append([])
            width = max(len(row) for row in unit)
        found[-1] += unit
    return found


def quickest(model: Finetuned, rows: Sequence[Row], batch: int, half: bool) -> int:
    """How many rows like the longest a pass should have on the model's device: twice as many until it is no quicker."""
    longest = max(rows, key=len)
    same = [row for row in rows if row.example == longest.example] if model.spec.head == "choose" else [longest]
    rate = _rate(model, same, half)
    return climb(rate, max(1, batch))[0]


def _rate(model: Finetuned, unit: Sequence[Row], half: bool) -> Callable[[int], float | None]:
    device, pad = next(model.parameters()).device, special(model.tokenizer, "[PAD]")

    def rate(rows: int) -> float | None:
        some = [row for _ in range(max(1, rows // len(unit))) for row in unit]

        def once() -> None:
            batch = moved(batch_of(some, pad, positions=model.encoder.positions), device)
            with torch.autocast(device.type, torch.bfloat16, enabled=half):
                logits = model(batch)
            loss(model.spec, logits, some, batch, None).backward()

        if device.type == "cuda":
            torch.cuda.reset_peak_memory_stats(device)
        try:
            once()
            best = float(np.min([seconds(once, device) for _ in range(RUNS)]))
            return rows / best if leaves_room(model, device) else None
        except torch.OutOfMemoryError:
            return None
        finally:
            model.zero_grad(set_to_none=True)

    return rate

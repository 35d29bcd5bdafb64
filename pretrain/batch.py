"""What one forward pass of a model takes: rows of tokens, and the places that it must guess."""

from __future__ import annotations

import dataclasses
from typing import Any

import torch
from torch import Tensor


@dataclasses.dataclass(frozen=True, slots=True)
class Batch:
    """Rows, already masked: a rectangle of `rows` x `width` tokens, or packed, one after another on a flat axis.

    All tensors are on one device. Where the shape is fixed a batch is filled up with what counts for nothing: a
    rectangle with rows of [CLS] [SEP], a flat axis with empty rows and with [PAD] behind the last row, both with picks
    of label -100. No row of a rectangle is empty.
    """

    tokens: Tensor
    """int64 [rows, width]; behind a row's end stands [PAD]. Packed: int64 [tokens]."""
    lengths: Tensor
    """int64 [rows]: how many tokens of each row are real."""
    bounds: Tensor
    """int64 [rows]: where segment B begins; the row's length if there is none."""
    picks: Tensor
    """int64 [guesses]: the masked places, as row * width + place; packed, as places on the axis."""
    labels: Tensor
    """int64 [guesses]: what stood there; -100 where the pick only fills up."""
    random: Tensor
    """int64 [rows]: 1 if B is not what follows A, 0 if it is, -100 where it is not asked."""
    full: bool
    """It is a rectangle in which no row has padding, so that attention needs no mask."""
    longest: int = 0
    """Packed: no row has more tokens. 0 = it is a rectangle."""


def moved(batch: Batch, device: torch.device) -> Batch:
    """The batch on a device; from pinned memory the copying only begins here."""
    if device.type == "cpu":
        return batch
    fields: dict[str, Any] = {field.name: getattr(batch, field.name) for field in dataclasses.fields(batch)}
    tensors = {name: it.to(device, non_blocking=True) for name, it in fields.items() if isinstance(it, Tensor)}
    return Batch(**fields | tensors)


def firsts(batch: Batch) -> Tensor:
    """Where each row begins among all tokens; an empty row, somewhere."""
    if batch.longest:
        return (batch.lengths.cumsum(0) - batch.lengths).clamp(max=len(batch.tokens) - 1)
    count, width = batch.tokens.shape
    return torch.arange(0, count * width, width, device=batch.tokens.device)


def real(batch: Batch) -> Tensor:
    """Of which places of `tokens` a row has a token there."""
    at = torch.arange(batch.tokens.shape[-1], device=batch.tokens.device)
    return at < (batch.lengths.sum() if batch.longest else batch.lengths[:, None])

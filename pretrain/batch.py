"""What one forward pass of a model takes: a rectangle of rows, and the places that it must guess."""

from __future__ import annotations

import dataclasses

import torch
from torch import Tensor


@dataclasses.dataclass(frozen=True, slots=True)
class Batch:
    """`rows` x `width` tokens, already masked. All tensors are on one device; no row is empty.

    A batch of fixed shape is filled up with rows of [CLS] [SEP] and picks of label -100, which count for nothing.
    """

    tokens: Tensor
    """int64 [rows, width]; behind a row's end stands [PAD]."""
    lengths: Tensor
    """int64 [rows]: how many tokens of each row are real."""
    bounds: Tensor
    """int64 [rows]: where segment B begins; the row's length if there is none."""
    picks: Tensor
    """int64 [guesses]: the masked places, as row * width + place."""
    labels: Tensor
    """int64 [guesses]: what stood there; -100 where the pick only fills up."""
    random: Tensor
    """int64 [rows]: 1 if B is not what follows A, 0 if it is, -100 where it is not asked."""
    full: bool
    """No row has padding, so that attention needs no mask."""


def moved(batch: Batch, device: torch.device) -> Batch:
    """The batch on a device; from pinned memory the copying only begins here."""
    if device.type == "cpu":
        return batch
    tensors = {field.name: getattr(batch, field.name) for field in dataclasses.fields(batch) if field.name != "full"}
    return Batch(**{name: tensor.to(device, non_blocking=True) for name, tensor in tensors.items()}, full=batch.full)

"""The models there are, and how one is made from its shape with first weights."""

from __future__ import annotations

from collections.abc import Callable

import torch

from pretrain import bert, modern
from pretrain.bert import Bert
from pretrain.modern import Modern
from pretrain.shape import Architecture, Shape

Model = Bert | Modern


def build(shape: Shape, seed: int) -> Model:
    """A model with random weights; the same seed, the same weights, whatever else was drawn before."""
    model = unfilled(shape)
    INITIALISE[shape.architecture](model, torch.Generator().manual_seed(seed))
    return model


def unfilled(shape: Shape) -> Model:
    """A model whose weights are whatever was in memory, for those who fill in all of them."""
    with torch.device("meta"):
        model = ARCHITECTURES[shape.architecture](shape)
    return model.to_empty(device="cpu")


ARCHITECTURES: dict[Architecture, type[Model]] = {"bert": Bert, "modern": Modern}
INITIALISE: dict[Architecture, Callable[..., None]] = {"bert": bert.initialise, "modern": modern.initialise}

"""What stands at each token below, between and above the layers of a model, and the vectors that are made of it.

The places are numbered from the text upwards: 0 is what goes into the first layer, the last is what a head would see.
Models are looked at from outside, while they compute `hidden`: so what is seen is what they are trained with.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from finetune.encoder import Encoder, Theirs
from pretrain.batch import Batch
from pretrain.modern import real_places
from tools.errors import UserError, nearest

States = Sequence[Tensor]
"""Each [rows, width, hidden]; what stands behind a row's end does not matter."""


def states(encoder: Encoder, batch: Batch) -> list[Tensor]:
    """What goes into the first layer, then what comes out of each; the last as `hidden` gives it."""
    found: list[Any] = []
    model: Any = encoder.model
    if isinstance(model, Theirs):
        hooks = [
            model.model.register_forward_pre_hook(_asks_for_all, with_kwargs=True),
            model.model.register_forward_hook(lambda _module, _given, out: found.extend(out.hidden_states)),
        ]
    else:
        parts: list[nn.Module] = [model.embedding, *model.layers]
        hooks = [part.register_forward_hook(lambda _module, _given, out: found.append(out)) for part in parts]
    try:
        last = model.hidden(batch)
    finally:
        for hook in hooks:
            hook.remove()
    return [*(_in_rows(each, batch) for each in found[:-1]), last]


def made(name: str, found: States) -> Tensor:
    """The vectors of a combination of places, as a name of VECTORS or the number of a place says: [..., features]."""
    return VECTORS[name](found) if name in VECTORS else found[int(name)]


def check(names: Sequence[str], layers: int) -> None:
    """Raise an error unless a model with so many layers has all these combinations."""
    if not names:
        raise UserError(f"--layers: none given; {nearest('', LEAST)}, or numbers from 0")
    for name in names:
        if name in LEAST:
            if layers < LEAST[name]:
                raise UserError(f"{name}: takes {LEAST[name]} layers, but the model has {layers}; give another")
        elif not name.isdecimal():
            raise UserError(f"{name}: no such layers; {nearest(name, LEAST)}, or numbers from 0")
        elif int(name) > layers:
            raise UserError(f"{name}: the model has {layers} layers; give a number from 0, the embedding, to {layers}")


def depth(encoder: Encoder) -> int:
    """How many layers a model has."""
    model: Any = encoder.model
    return int(model.model.config.num_hidden_layers) if isinstance(model, Theirs) else len(model.layers)


def _asks_for_all(_module: nn.Module, given: tuple[Any, ...], named: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    return given, {**named, "output_hidden_states": True}


def _in_rows(flat: Tensor, batch: Batch) -> Tensor:
    """States of a model that computes without padding (modern.py), put into rows."""
    if flat.ndim > 2:
        return flat
    if (real := real_places(batch)) is not None:
        flat = flat.new_zeros(batch.tokens.numel(), flat.shape[1]).index_copy(0, real, flat)
    return flat.view(*batch.tokens.shape, -1)


VECTORS: dict[str, Callable[[States], Tensor]] = {
    "first": lambda found: found[0],
    "last": lambda found: found[-1],
    "sum-all": lambda found: torch.stack(list(found[1:])).sum(0),
    "second-to-last": lambda found: found[-2],
    "sum-last-4": lambda found: torch.stack(list(found[-4:])).sum(0),
    "concat-last-4": lambda found: torch.cat(list(found[-4:]), -1),
}
"""The six of the BERT paper, in the order of its table."""
LEAST = {"first": 1, "last": 1, "sum-all": 1, "second-to-last": 2, "sum-last-4": 4, "concat-last-4": 4}

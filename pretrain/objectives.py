"""What a model may be trained for, by name: a row is all that the training loop has to know of an objective.

An objective asks two questions. The first is always which pieces stood at the masked places; the other may be the order
of rows (losses.py), or which pieces were replaced (replaced.py).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from torch import nn

from pretrain import replaced
from pretrain.architectures import Model
from pretrain.flops import flops_per_token
from pretrain.loader import Update
from pretrain.losses import Objective
from pretrain.shape import Head, Shape


@dataclasses.dataclass(frozen=True, slots=True)
class Goal:
    """An objective."""

    head: Head
    """The head of the model that is trained and kept."""
    other: str | None
    """What the other question is called in records; None = what the instances ask of pairs, nsp or sop."""
    over: Callable[[Model, int], nn.Module]
    """A module over the model whose `forward(batch)` gives its Losses; new weights are drawn from the seed."""
    trained: Callable[[nn.Module], nn.Module]
    """What of that module learns; checkpoints name weights as they are named in it."""
    counts: Callable[[Update], tuple[int, int]]
    """How often this rank is asked either question in an update."""
    flops: Callable[[Shape, float, float], float]
    """Operations for a token, from the shape, the length of rows and the share of tokens that is guessed."""
    weight: float = 1.0
    """Of the other question's loss."""


def _model(objective: nn.Module) -> nn.Module:
    assert isinstance(objective, Objective)
    return objective.model


OBJECTIVES: dict[str, Goal] = {
    "mlm": Goal(
        head="pieces",
        other=None,
        over=lambda model, _seed: Objective(model),
        trained=_model,
        counts=lambda update: (update.guesses, update.pairs),
        flops=flops_per_token,
    ),
    "rtd": Goal(
        head="replaced",
        other="rtd",
        over=replaced.Replaced,
        trained=lambda objective: objective,
        counts=replaced.counts,
        flops=replaced.flops,
        weight=replaced.WEIGHT,
    ),
}

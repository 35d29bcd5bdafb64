"""A fine-tuning as the loop sees it: what it asks of a plan, what it must be told, and where it stands."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from torch import nn
from torch.optim import Optimizer

from finetune.batches import Row
from finetune.finetuned import Finetuned
from finetune.options_train import Train
from finetune.plan import Plan
from pretrain.checkpoint import RunState
from pretrain.ranks import Ranks


class Planned(Protocol):
    """What the loop asks of a plan, be it of one task (plan.py) or of several (together_plan.py)."""

    @property
    def config(self) -> Train:
        """The options."""

    @property
    def ranks(self) -> Ranks:
        """The processes that train."""

    @property
    def lr(self) -> float:
        """The peak of the rate."""

    @property
    def half(self) -> bool:
        """Whether matrix products are in bfloat16."""

    @property
    def steps(self) -> int:
        """How many updates there will be, if training does not stop early."""

    @property
    def updates_in_epoch(self) -> int:
        """How many updates an epoch has."""

    @property
    def about(self) -> dict[str, Any]:
        """What a checkpoint must agree with."""

    def order(self, seed: int, epoch: int) -> list[Any]:
        """The updates of an epoch."""


@dataclasses.dataclass(frozen=True, slots=True)
class Work:
    """What differs between one task and several: what an update is, how good the model is, how it is kept."""

    draw: Callable[[Any], tuple[Plan, list[Row]]]
    """From an entry of the order the task and its rows; the model now answers for this task."""
    judge: Callable[[], dict[str, float]]
    """Figures of the held-out part; the first decides."""
    keep: Callable[[Path], None]
    """Write what evaluate and predict open."""
    partly: bool = False
    """An update changes only a part of the weights."""


@dataclasses.dataclass(frozen=True, slots=True)
class Run:
    """The training of one seed before its next update."""

    seed: int
    folder: Path
    model: Finetuned
    module: nn.Module
    """The model as the ranks share it: what the loop calls."""
    optimizer: Optimizer
    work: Work
    micro: int
    state: RunState

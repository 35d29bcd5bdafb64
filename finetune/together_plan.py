"""What stays the same while several tasks are learned together: the plan of each, and how many updates each gets.

A task's updates are spread over the whole training, in numbers that follow from the sizes of the files; its rows come
in the order of its own epochs, which go on where they stood. Which task an update is for, and which rows it has, hangs
on nothing but the seed and the number of the epoch.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import groupby
from typing import Any

import numpy as np

from finetune.options_together import TrainTogether
from finetune.options_train import Train
from finetune.plan import Plan, planned
from pretrain.draws import draws
from pretrain.ranks import Ranks
from tools.errors import UserError


@dataclasses.dataclass(frozen=True)
class Together:
    """Several fine-tunings that are one."""

    parts: tuple[Plan, ...]
    """What each task would be by itself."""
    turns: tuple[int, ...]
    """How many updates of an epoch each task has."""
    lr: float
    epochs: float

    @property
    def config(self) -> Train:
        """The options, which but for the task and its files are those of each."""
        return self.parts[0].config

    @property
    def ranks(self) -> Ranks:
        """The processes that train."""
        return self.parts[0].ranks

    @property
    def half(self) -> bool:
        """Whether matrix products are in bfloat16."""
        return self.parts[0].half

    @property
    def updates_in_epoch(self) -> int:
        """How many updates an epoch has."""
        return sum(self.turns)

    @cached_property
    def steps(self) -> int:
        """How many updates there will be, if training does not stop early."""
        return max(1, math.ceil(self.epochs * self.updates_in_epoch))

    @property
    def about(self) -> dict[str, Any]:
        """What a checkpoint must agree with."""
        return {part.task.name: part.about for part in self.parts}

    def order(self, seed: int, epoch: int) -> list[Any]:
        """The updates of an epoch: whose each is, and the numbers of its rows."""
        whose = np.repeat(np.arange(len(self.parts)), self.turns)
        whose = whose[np.argsort(draws(seed, "tasks", epoch, np.arange(len(whose))), kind="stable")]
        streams = [self._stream(seed, epoch, number) for number in range(len(self.parts))]
        return [(int(number), next(streams[number])) for number in whose]

    def _stream(self, seed: int, epoch: int, number: int) -> Iterator[Any]:
        """The updates of one task in an epoch: the next of its own epochs."""
        part, turns = self.parts[number], self.turns[number]
        each = part.updates_in_epoch
        for own, places in groupby(range(epoch * turns, (epoch + 1) * turns), key=lambda place: place // each):
            updates = part.order(seed, own)
            yield from (updates[place % each] for place in places)


def planned_together(config: TrainTogether, ranks: Ranks) -> Together:
    """Read the files of all tasks and think the training through."""
    _check(config)
    parts = tuple(planned(alone(config, number), ranks) for number in range(len(config.tasks)))
    return Together(
        parts=parts,
        turns=turns([part.updates_in_epoch for part in parts], config.share),
        lr=min(part.lr for part in parts),
        epochs=max(part.epochs for part in parts),
    )


def turns(updates: Sequence[int], share: float) -> tuple[int, ...]:
    """How many updates of an epoch each task gets, by those that its file fills: all together as many as before.

    Each gets its power of them, and at least one, which may then be one too many.
    """
    powers = [one**share for one in updates]
    exact = [sum(updates) * power / sum(powers) for power in powers]
    found = [max(1, math.floor(one)) for one in exact]
    for at in sorted(range(len(exact)), key=lambda at: found[at] - exact[at]):
        found[at] += sum(found) < sum(updates)
    return tuple(found)


def alone(config: TrainTogether, number: int) -> Train:
    """The options of one of the tasks, as if it were trained by itself."""
    task, files = config.tasks[number], ("train", "dev", "test")
    shared: dict[str, Any] = {field.name: getattr(config, field.name) for field in dataclasses.fields(config)}
    own: dict[str, Any] = {name: shared[name][number] if shared[name] else None for name in files}
    rest = {name: value for name, value in shared.items() if name not in (*files, "tasks", "share", "output")}
    return Train(task=task, output=config.output / task, **own, **rest)


def _check(config: TrainTogether) -> None:
    given = " ".join(config.tasks)
    if len(config.tasks) < 2:
        raise UserError(f"--tasks {given}: together are two or more; for one there is finetune train")
    if len(set(config.tasks)) < len(config.tasks):
        raise UserError(f"--tasks {given}: one is there twice; put its files together, or give one of them")
    for name in ("train", "dev", "test"):
        files = getattr(config, name)
        if len(files) != len(config.tasks) and (files or name == "train"):
            raise UserError(f"--{name}: {len(files)} files for {len(config.tasks)} tasks; give one each, in order")
    if not 0 <= config.share <= 1:
        raise UserError(f"--share {config.share}: a power from 0, all tasks alike, to 1, by the sizes of their files")

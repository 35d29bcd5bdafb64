"""What stays the same during a fine-tuning: examples, rows, labels, how many updates there will be.

Everything is read and checked here, so that a run that begins can also end. It is the same for all seeds.
"""

from __future__ import annotations

import dataclasses
import math
import statistics
import sys
from collections import Counter
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from finetune.batches import NOT_ASKED, Row, order
from finetune.coding import coded
from finetune.encoder import Encoder, encoder
from finetune.examples import Example, Labelled, Question, Tagged
from finetune.options_train import Train
from finetune.parts import held_out
from finetune.rates import suitable_lr
from finetune.reading import Reading
from finetune.scores.coverage import require_gold, right
from finetune.spec import Spec
from finetune.tasks import TASKS, Task
from pretrain.ranks import Ranks
from pretrain.setting import uses_bfloat16
from tools.errors import UserError, nearest
from tools.stage import imported


@dataclasses.dataclass(frozen=True)
class Plan:
    """A fine-tuning that has been thought through, before anything is computed."""

    config: Train
    ranks: Ranks
    task: Task
    spec: Spec
    rows: Sequence[Row]
    """Of the training part, only those of which it is known what is right."""
    dev: Sequence[Example]
    test: Sequence[Example]
    weights: Tensor | None
    """Of classes or tags, if they differ."""
    batch: int
    lr: float
    epochs: float
    half: bool
    """Whether matrix products are in bfloat16."""

    @property
    def seeds(self) -> range:
        """The seeds, first to last."""
        return range(self.config.seed, self.config.seed + self.config.seeds)

    @cached_property
    def updates_in_epoch(self) -> int:
        """How many updates a pass over the rows has, the same in each; counted once, for the loop asks at each."""
        return len(self.order(0, 0))

    @property
    def steps(self) -> int:
        """How many updates there will be, if training does not stop early."""
        return max(1, math.ceil(self.epochs * self.updates_in_epoch))

    @property
    def about(self) -> dict[str, Any]:
        """What a checkpoint must agree with."""
        return dataclasses.asdict(self.spec) | {"labels": list(self.spec.labels)}

    def order(self, seed: int, epoch: int) -> list[Any]:
        """The numbers of the rows of each update of an epoch."""
        together = [row.example for row in self.rows] if self.spec.head == "choose" else None
        return order([len(row) for row in self.rows], seed, epoch, rows_in_batch=self.batch, together=together)


def planned(config: Train, ranks: Ranks) -> Plan:
    """Read the files and think a fine-tuning through."""
    _check(config)
    if config.task not in TASKS:
        raise UserError(f"{config.task}: no such task; {nearest(config.task, TASKS)}")
    task, given = TASKS[config.task], encoder(config.model, config.dropout)
    train, dev = parts(task, config.train, config.dev, ranks)
    test = read(task, config.test, ranks) if config.test else []
    if config.test:
        require_gold(test, config.test)
    spec = spec_of(task, train, length=_length(config, task, given), stride=config.stride)
    found = coded(spec, given.tokenizer, train)
    rows = found.answered()
    if not rows:
        why = ", ".join(f"{what} {count:,}" for what, count in found.notes.items())
        raise UserError(f"{config.train}: no example says what is right ({why}); give a file to train on")
    if spec.head == "classify" and len(spec.labels) < 2:
        raise UserError(f"{config.train}: has only the class {spec.labels[0]!r}; there is nothing to tell apart")
    if ranks.first:
        _tell(config, found.notes, train, dev, test)
        for path, examples in ((config.dev, dev), (config.test, test)):
            for label, count in unseen(spec, examples).items() if path else ():
                print(f"{path}: {count:,} labelled {label}, which training has not; counted as wrong", file=sys.stderr)
    return Plan(
        config=config,
        ranks=ranks,
        task=task,
        spec=spec,
        rows=rows,
        dev=dev,
        test=test,
        weights=_weights(spec, rows).to(ranks.device) if config.class_weights else None,
        batch=config.batch or task.batch,
        lr=config.lr or suitable_lr(task.lr, given.hidden),
        epochs=config.epochs or task.epochs,
        half=uses_bfloat16(config.precision, ranks.device),
    )


def spec_of(task: Task, examples: Sequence[Example], *, length: int = 0, stride: int = 0) -> Spec:
    """What a model for these examples must be able to say."""
    length = length or task.length
    spec = Spec(task=task.name, head=task.head, length=length, stride=stride or max(1, length // 3))
    if task.head == "classify":
        found = {example.label for example in examples if isinstance(example, Labelled) and example.label is not None}
        return dataclasses.replace(spec, labels=task.labels or tuple(sorted(found)), pairs=_pairs(examples))
    if task.head == "tag":
        kinds = {name.kind for example in examples if isinstance(example, Tagged) for name in example.names or ()}
        return dataclasses.replace(spec, labels=task.labels or tuple(sorted(kinds)))
    if task.head == "regress":
        numbers = [float(example.label) for example in examples if isinstance(example, Labelled) and example.label]
        mean, spread = (statistics.fmean(numbers), statistics.pstdev(numbers)) if numbers else (0.0, 0.0)
        return dataclasses.replace(spec, centre=mean, spread=spread or 1.0, pairs=_pairs(examples))
    return dataclasses.replace(spec, null=any(isinstance(one, Question) and one.answers == () for one in examples))


def _pairs(examples: Sequence[Example]) -> bool:
    return all(isinstance(example, Labelled) and example.second is not None for example in examples)


def read(task: Task, path: Path, ranks: Ranks | None = None) -> list[Example]:
    """The examples of a file of a task; what was left out is said aloud, by the first rank."""
    found: Any = imported(task.read)(path)
    reading: Reading = found
    for reason, count in reading.skipped.items() if ranks is None or ranks.first else ():
        print(f"{path}: {count:,} left out: {reason}", file=sys.stderr)
    return list(reading.examples)


def parts(task: Task, train: Path, dev: Path | None, ranks: Ranks | None = None) -> tuple[list[Example], list[Example]]:
    """The examples to train on and those to choose by: of two files, or a tenth of the one held out."""
    examples = read(task, train, ranks)
    if dev is not None:
        chosen = read(task, dev, ranks)
        require_gold(chosen, dev)
        return examples, chosen
    learned, chosen = held_out([example for example in examples if right(example) is not None])
    if not learned or not chosen:
        raise UserError(f"{train}: all examples belong together, so that none can be held out; give --dev")
    return learned, chosen


def unseen(spec: Spec, examples: Sequence[Example]) -> Counter[str]:
    """The classes, or kinds of names, that a model for this spec cannot say, with how often they are right."""
    if spec.head not in ("classify", "tag"):
        return Counter()
    classes = [example.label for example in examples if isinstance(example, Labelled) and example.label is not None]
    kinds = [name.kind for example in examples if isinstance(example, Tagged) for name in example.names or ()]
    return Counter(label for label in (*classes, *kinds) if label not in spec.labels)


def _length(config: Train, task: Task, given: Encoder) -> int:
    if config.length > given.positions:
        raise UserError(f"length {config.length}: the model has {given.positions} positions; give at most so many")
    return config.length or min(task.length, given.positions)


def _weights(spec: Spec, rows: Sequence[Row]) -> Tensor:
    """For each class or tag its weight: rare ones weigh more, so that all together weigh the same."""
    if spec.head not in ("classify", "tag"):
        raise UserError(f"class_weights: {spec.task} has no classes; leave it out")
    counts = torch.zeros(spec.outputs)
    for row in rows:
        numbers = torch.as_tensor(row.target).flatten()
        counts += torch.bincount(numbers[numbers != NOT_ASKED], minlength=spec.outputs)
    present = counts > 0
    return torch.where(present, counts.sum() / (present.sum() * counts.clamp(min=1)), torch.zeros(()))


def _tell(config: Train, notes: Any, train: Sequence[Example], dev: Sequence[Example], test: Sequence[Example]) -> None:
    of = f"{len(dev):,} to choose by ({config.dev or 'held out'})"
    tested = f", {len(test):,} to test" if test else ""
    print(f"{config.task}: {len(train):,} examples to train on, {of}{tested}", file=sys.stderr)
    said = " · ".join(f"{what} {count:,}" for what, count in Counter(notes).items() if count)
    print(f"training part: {said}", file=sys.stderr)


def _check(config: Train) -> None:
    rules: dict[str, tuple[Any, bool, str]] = {
        "seeds": (config.seeds, config.seeds > 0, "at least one training"),
        "epochs": (config.epochs, 0 <= config.epochs < math.inf, "passes over the examples; 0 = what suits the task"),
        "batch": (config.batch, config.batch >= 0, "rows in an update; 0 = what suits the task"),
        "micro": (config.micro, config.micro >= 0, "rows in one pass; 0 lets the program choose"),
        "lr": (config.lr, 0 <= config.lr < math.inf, "a learning rate is positive; 0 lets the program choose"),
        "warmup": (config.warmup, 0 <= config.warmup < 1, "a share of the updates, from 0 to below 1"),
        "weight_decay": (config.weight_decay, config.weight_decay >= 0, "it is not negative"),
        "layer_decay": (config.layer_decay, 0 < config.layer_decay <= 1, "a factor above 0, at most 1"),
        "dropout": (config.dropout, 0 <= config.dropout < 1, "a share, from 0 to below 1"),
        "length": (config.length, config.length >= 0, "tokens in a row; 0 = what suits the task"),
        "stride": (config.stride, config.stride >= 0, "tokens; 0 = a third of the length"),
        "patience": (config.patience, config.patience >= 0, "epochs; 0 = never stop early"),
    }
    for name, (value, good, rule) in rules.items():
        if not good:
            raise UserError(f"{name} {value}: {rule}")

"""The verb `baseline`: what a classifier reaches that knows nothing of the language, to be seen beside a model's score.

It is logistic regression over bags of n-grams (grams.py). Its loss has one lowest point, which L-BFGS finds from
anywhere, so there is no seed, no learning rate and no choice of an epoch; a second run gives the same figures.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import cast

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from finetune.examples import Example, Labelled
from finetune.grams import Bags, Weighing, counted, ends, weighed, weighing
from finetune.options_features import Baseline
from finetune.plan import parts, spec_of
from finetune.predictions import Label, write_predictions
from finetune.score import Scored, as_json, measured, report
from finetune.scores.coverage import right
from finetune.task import Task
from finetune.tasks import TASKS
from tools.errors import UserError, nearest
from tools.shards import write_json
from tools.stage import Summary

NAME = "TF-IDF"
STRENGTH = 4.0  # how much the examples count against small weights; scikit-learn's C
PASSES = 60  # of L-BFGS at most
HISTORY = 5  # of its earlier passes that it remembers


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Linear:
    """A classifier whose scores are sums."""

    labels: tuple[str, ...]
    weighing: Weighing
    weights: Tensor
    """[columns + 1, labels]; the last row counts for every example."""


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Matrix:
    """A sparse matrix, row after row."""

    starts: Tensor
    columns: Tensor
    amounts: Tensor

    def times(self, dense: Tensor) -> Tensor:
        """The product with a dense matrix."""
        return F.embedding_bag(self.columns, dense, self.starts, mode="sum", per_sample_weights=self.amounts)


def make_baseline(config: Baseline) -> Summary:
    """Write and print what the baseline reaches on a file."""
    if config.task not in TASKS:
        raise UserError(f"{config.task}: no such task; {nearest(config.task, TASKS)}")
    task = TASKS[config.task]
    given, dev = parts(task, config.train, config.dev)
    train = [example for example in given if right(example) is not None]
    predictions, scored = baseline(task, train, dev)
    write_predictions(config.output / "predictions.jsonl", predictions)
    write_json(config.output / "report.json", {**as_json(task.name, len(dev), scored), "learned": len(train)})
    print("\n".join(report(scored)))
    return {name: round(value, 2) for name, value in list(scored.figures.items())[:2]}


def baseline(task: Task, train: Sequence[Example], dev: Sequence[Example]) -> tuple[list[Label], Scored]:
    """What the baseline says of some examples after learning from others, and how good that is."""
    if task.head != "classify":
        raise UserError(f"{task.name}: has no classes; the baseline is for tasks that have: {', '.join(classified())}")
    known = [example for example in cast(Sequence[Labelled], train) if example.label is not None]
    learned = fitted(known, spec_of(task, known).labels)
    predictions = predicted(learned, cast(Sequence[Labelled], dev))
    return predictions, measured(task, dev, predictions)


def fitted(examples: Sequence[Labelled], labels: Sequence[str]) -> Linear:
    """A classifier that has learned from examples, all of which have labels."""
    number = {label: at for at, label in enumerate(labels)}
    if strange := next((one for one in examples if one.label not in number), None):
        raise UserError(
            f"{strange.id}: label {strange.label!r} is none of the task's ({', '.join(labels)}); correct it"
        )
    bags = counted(examples)
    taught = weighing(bags)
    own = weighed(bags, taught)
    wanted = torch.tensor([number[str(example.label)] for example in examples])
    return Linear(tuple(labels), taught, _lowest(matrix(own), turned(own, len(taught.rarity)), wanted, len(labels)))


def predicted(learned: Linear, examples: Sequence[Labelled]) -> list[Label]:
    """What a classifier says of each example."""
    bags = weighed(counted(examples), learned.weighing)
    shares = (matrix(bags).times(learned.weights[:-1]) + learned.weights[-1]).double().softmax(1).numpy()
    best = [learned.labels[number] for number in shares.argmax(1)]
    return [
        Label(example.id, label, dict(zip(learned.labels, map(float, row), strict=True)))
        for example, label, row in zip(examples, best, shares, strict=True)
    ]


def matrix(bags: Bags) -> Matrix:
    """Bags as a matrix of [rows, columns]."""
    return Matrix(*map(torch.from_numpy, (bags.ends[:-1], bags.columns, bags.amounts)))


def turned(bags: Bags, columns: int) -> Matrix:
    """The same as [columns, rows]."""
    order = np.argsort(bags.columns, kind="stable")
    sizes = np.bincount(bags.columns, minlength=columns)
    return matrix(Bags(ends(sizes), bags.rows[order], bags.amounts[order]))


def classified() -> list[str]:
    """The tasks that have classes."""
    return [task.name for task in TASKS.values() if task.head == "classify"]


@torch.no_grad()
def _lowest(given: Matrix, across: Matrix, wanted: Tensor, labels: int) -> Tensor:
    """The weights at which cross-entropy and their own squares together are least."""
    count, pull = len(wanted), 1 / (STRENGTH * len(wanted))
    weights = torch.zeros(len(across.starts) + 1, labels)
    search = torch.optim.LBFGS(
        [weights],
        max_iter=PASSES,
        history_size=HISTORY,
        tolerance_grad=0.01 / count,
        tolerance_change=0.0,
        line_search_fn="strong_wolfe",
    )

    def loss() -> Tensor:
        scores = given.times(weights[:-1]) + weights[-1]
        wrong = scores.softmax(1)
        wrong[torch.arange(count), wanted] -= 1
        weights.grad = torch.cat([across.times(wrong) / count + pull * weights[:-1], wrong.mean(0, keepdim=True)])
        return F.cross_entropy(scores, wanted) + pull / 2 * weights[:-1].square().sum()

    search.step(loss)
    return weights

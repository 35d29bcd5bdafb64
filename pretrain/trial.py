"""Some steps of training on made-up rows: what benchmarks, estimates and the choice of a pass's size measure.

The rows have the form of real ones, all of them full, with as many guesses as real ones ask; what is in them is chance.
A trial is one way to train a model on them: ours is here, that of transformers in peers.py.
"""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from pretrain.architectures import build
from pretrain.batch import Batch, moved
from pretrain.loader import batch_of
from pretrain.losses import Objective
from pretrain.optim import optimizers
from pretrain.packing import Room
from pretrain.packing import blank as blank_packed
from pretrain.passes import Form, blank
from pretrain.shape import Shape

SPECIAL = (0, 2, 3)  # the ids of [PAD], [CLS] and [SEP]
FIRST = 5  # the first piece that is not special
MASKED = 0.15
RATE, DECAY, CLIP = 1e-4, 0.01, 1.0


@dataclasses.dataclass(frozen=True, slots=True)
class Trial:
    """A model in training."""

    model: nn.Module
    """May be compiled in its place."""
    taken: Callable[[Batch], Any]
    """What of a batch is given to the loss, on the device."""
    loss: Callable[[Any], Tensor]
    """The mean loss of the guesses, and that of the order of rows."""
    optimizers: Sequence[Optimizer]
    device: torch.device
    half: bool
    """Whether matrix products are in bfloat16."""


def made_up(shape: Shape, rows: int, length: int, guesses: int) -> Batch:
    """Full rows, each with so many guesses; the same ones every time."""
    draw = np.random.default_rng(1)
    made = blank(Form(rows, length, rows * guesses, full=True), SPECIAL)
    made.tokens[:, 1:] = draw.integers(FIRST, shape.vocabulary, (rows, length - 1))
    places = 1 + np.sort(draw.random((rows, length - 1)).argsort(1)[:, :guesses])
    made.picks[:] = (np.arange(rows)[:, None] * length + places).reshape(-1)
    made.labels[:] = draw.integers(FIRST, shape.vocabulary, rows * guesses)
    made.bounds[:] = length // 2
    if shape.pairs:
        made.random[:] = draw.integers(0, 2, rows)
    return batch_of(made)


def made_up_packed(shape: Shape, tokens: int, longest: int) -> Batch:
    """A packed pass in which half of the rows are full and the others of any length, as at 512 in an encyclopedia."""
    draw = np.random.default_rng(1)
    many = tokens // longest * 8
    lengths = np.where(draw.random(many) < 0.5, longest, draw.integers(longest // 8, longest, many))
    lengths = -np.sort(-lengths[lengths.cumsum() <= tokens])
    whole = int(lengths.sum())
    picks = np.sort(draw.permutation(whole)[: guesses_of(whole)])
    made = blank_packed(Room(tokens, len(lengths) + 1, len(picks), longest), SPECIAL[0])  # less than a row is filler
    made.tokens[:whole] = draw.integers(FIRST, shape.vocabulary, whole)
    made.lengths[: len(lengths)] = made.bounds[: len(lengths)] = lengths
    made.picks[:], made.labels[:] = picks, made.tokens[picks]
    return batch_of(made)


def guesses_of(length: int) -> int:
    """How many pieces of a full row are masked, as in the paper: 20 of 128, 77 of 512."""
    return math.ceil(MASKED * length)


def ours(shape: Shape, device: torch.device, *, half: bool) -> Trial:
    """Our own way, with first weights and AdamW."""
    model = build(shape, 1).to(device)
    return of(Objective(model), device, half=half, optimizers=optimizers(model, "adamw", RATE, DECAY))


def of(objective: nn.Module, device: torch.device, *, half: bool, optimizers: Sequence[Optimizer] = ()) -> Trial:
    """A trial of a model with its losses on top."""

    def loss(batch: Batch) -> Tensor:
        found = objective(batch)
        mean: Tensor = found.pieces / len(batch.labels) + found.other / len(batch.random)
        return mean

    return Trial(objective, lambda batch: moved(batch, device), loss, optimizers, device, half)


def gradients(trial: Trial, taken: Any) -> None:
    """One pass forward and backward."""
    with torch.autocast(trial.device.type, torch.bfloat16, enabled=trial.half):
        loss = trial.loss(taken)
    loss.backward()


def update(trial: Trial) -> None:
    """Change the weights by their gradients."""
    torch.nn.utils.clip_grad_norm_(trial.model.parameters(), CLIP)
    for optimizer in trial.optimizers:
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)


def steps(trial: Trial, taken: Any, count: int) -> None:
    """So many passes, after each an update."""
    for _ in range(count):
        gradients(trial, taken)
        update(trial)


def first_loss(trial: Trial, taken: Any) -> float:
    """The loss as the weights are now, nothing dropped."""
    trial.model.eval()
    with torch.no_grad(), torch.autocast(trial.device.type, torch.bfloat16, enabled=trial.half):
        loss = trial.loss(taken)
    trial.model.train()
    return float(loss)


def seconds(action: Callable[[], object], device: torch.device) -> float:
    """How long something takes, until a GPU too is done with it."""
    settle(device)
    start = time.perf_counter()
    action()
    settle(device)
    return time.perf_counter() - start


def settle(device: torch.device) -> None:
    """Wait until a GPU has done all that it was told."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)

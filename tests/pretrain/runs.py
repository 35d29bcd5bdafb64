"""A small model, runs of it, and checkpoints of them, for tests of saving and resuming."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn
from torch.optim import Optimizer

from pretrain.checkpoint import RunState, Saver
from pretrain.optim import optimizers

SHAPE = {"architecture": "bert", "hidden": 8, "dropout": 0.1, "pairs": True}


class Model(nn.Module):
    """A tied matrix, and a buffer that is no parameter."""

    def __init__(self, seed: int, width: int = 8) -> None:
        super().__init__()
        torch.manual_seed(seed)
        self.pieces = nn.Embedding(11, width)
        self.norm = nn.BatchNorm1d(width)
        self.decoder = nn.Linear(width, 11)
        self.decoder.weight = self.pieces.weight


def update(model: Model, made: list[Optimizer], seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    loss = model.decoder(model.norm(model.pieces(torch.randint(0, 11, (6,), generator=generator)))).square().sum()
    model.zero_grad()
    loss.backward()
    for optimizer in made:
        optimizer.step()


def run(seed: int = 1, updates: int = 2, name: str = "adamw") -> tuple[Model, list[Optimizer]]:
    model = Model(seed)
    made = optimizers(model, name, 0.1, 0.01)
    for number in range(updates):
        update(model, made, number)
    return model, made


def saved(folder: Path, *steps: int, keep_last: int = 9, keep_every: int = 0) -> Path:
    model, made = run()
    with Saver(folder, keep_last=keep_last, keep_every=keep_every) as saver:
        for step in steps:
            saver.save(model, made, RunState(step=step), SHAPE)
    return folder


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())

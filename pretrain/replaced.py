"""ELECTRA's objective: find the pieces that a small generator put in the place of others (Clark et al., 2020).

Masked places are guessed by the generator, what it guesses is drawn by chance and put there, and the model says of
every piece whether it stood there before; a piece that was guessed right did. Both learn at once, the generator as a
masked model does, for nothing flows back through what was drawn. The model answers at every token and not at every
seventh, which is why it learns more from the same text. The generator is thrown away at the end.

The generator is as wide as the model and a third as deep, so both can share the whole embedding, and nothing has to be
projected. ELECTRA's own is narrow instead.
"""

from __future__ import annotations

import dataclasses

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pretrain.architectures import Model, build
from pretrain.batch import Batch, real
from pretrain.draws import draws
from pretrain.flops import flops_per_token
from pretrain.loader import Update
from pretrain.losses import CACHED, Losses, guessed
from pretrain.shape import Shape

WEIGHT = 50.0  # of the model's loss beside the generator's, as in ELECTRA
TINY = torch.finfo(torch.float32).tiny  # noise of 0 would draw a row of the table that is no piece
LEAST = 3  # tokens of a row; shorter ones only fill up a pass


class Replaced(nn.Module):
    """The model, the generator on the same embedding, and their losses."""

    def __init__(self, model: Model, seed: int) -> None:
        super().__init__()
        self.model = model
        self.generator = build(generator_shape(model.shape), int(draws(seed, "generator")))
        self.generator.embedding = model.embedding

    def forward(self, batch: Batch) -> Losses:
        """The generator's losses as those of pieces, the model's as those of the other question."""
        states, (table, bias) = self.generator.asked(batch).picks, self.generator.decoder()
        pieces, right = guessed(states, table, bias, batch.labels)
        drawn = draw(states.detach(), table.detach(), bias.detach())
        read, replaced = corrupted(batch, drawn)
        found, found_right = judged(self.model, read, replaced, counted(batch))
        return Losses(pieces, found, right, found_right)


def judged(model: Model, batch: Batch, replaced: Tensor, asked: Tensor) -> tuple[Tensor, Tensor]:
    """The cross-entropy of what the model says about the tokens that are asked, and how often it is right."""
    logits = verdicts(model, batch)
    nats = F.binary_cross_entropy_with_logits(logits, replaced.float(), reduction="none")
    return (nats * asked).sum(), (((logits > 0) == replaced) & asked).sum()


def verdicts(model: Model, batch: Batch) -> Tensor:
    """As `tokens`: how much the model takes each piece for a replaced one, as logits."""
    states: Tensor = model.judge(F.gelu(model.transform(model.hidden(batch))))
    return states.squeeze(-1).float()


@torch.no_grad()
def draw(states: Tensor, table: Tensor, bias: Tensor) -> Tensor:
    """A piece for each guess, by the generator's probabilities: the logit that noise of Gumbel's makes the highest."""
    step = max(1, CACHED[states.device.type] // len(table))
    parts = [states] if torch.compiler.is_compiling() else states.split(step)
    found = []
    for part in parts:
        logits = F.linear(part, table).float() + bias
        noise = torch.empty_like(logits).exponential_().clamp_(min=TINY).log_()
        found.append((logits - noise).argmax(-1))
    return torch.cat(found)


def corrupted(batch: Batch, drawn: Tensor) -> tuple[Batch, Tensor]:
    """The batch with what was drawn at its picks instead of masks; and where that is not what stood there."""
    flat, asked = batch.tokens.flatten(), batch.labels >= 0
    here = flat[batch.picks]  # a pick that only fills up changes nothing
    original = flat.scatter(0, batch.picks, torch.where(asked, batch.labels, here))
    tokens = flat.scatter(0, batch.picks, torch.where(asked, drawn, here))
    shape = batch.tokens.shape
    return dataclasses.replace(batch, tokens=tokens.view(shape)), (tokens != original).view(shape)


def counted(batch: Batch) -> Tensor:
    """As `tokens`: which of them the model is asked about, all but padding and the rows that only fill up."""
    return real(batch) if batch.longest else real(batch) & (batch.lengths >= LEAST)[:, None]


def counts(update: Update) -> tuple[int, int]:
    """How many pieces the generator guesses in an update of this rank, and how many the model judges."""
    return update.guesses, sum(int(batch.lengths[batch.lengths >= LEAST].sum()) for batch in update.batches)


def generator_shape(shape: Shape) -> Shape:
    """The generator of a model: a third of its layers, at least one."""
    return dataclasses.replace(shape, layers=max(1, shape.layers // 3), head="pieces", pairs=False)


def flops(shape: Shape, length: float, guesses_share: float) -> float:
    """What both do for a token."""
    return sum(flops_per_token(each, length, guesses_share) for each in (shape, generator_shape(shape)))

"""From a batch to what training minimises: summed cross-entropies, and how many guesses are right.

The objective here is that of BERT: masked pieces, and the order of rows where there are pairs. Others stand in files of
their own, and objectives.py lists them.

Of a small model the head is the largest part: a logit for every piece at every guess. What comes after the logits is
therefore done a few rows at a time, while they are in the processor's cache, and in place: probabilities, the loss, and
at once the gradient, which needs nothing else. A compiler finds the same by itself, and is given the plain formula.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from pretrain.architectures import Model
from pretrain.batch import Batch

CACHED = {
    "cpu": 1 << 19,
    "cuda": 1 << 27,
}  # logits treated at once; on a GPU so many that starting kernels costs little


@dataclasses.dataclass(frozen=True, slots=True)
class Losses:
    """Sums over a batch, so that the caller can divide by counts, which may be those of all ranks."""

    pieces: Tensor
    """Cross-entropy of the masked pieces, in nats."""
    other: Tensor
    """That of the other question, here the order of rows; 0 if the model has no head for it."""
    right: Tensor
    """Masked pieces of which no other was thought likelier."""
    other_right: Tensor
    """Right answers to the other question."""


class Objective(nn.Module):
    """A model with its losses on top, as one module: what is compiled, and what is spread over ranks."""

    def __init__(self, model: Model) -> None:
        super().__init__()
        self.model = model

    def forward(self, batch: Batch) -> Losses:
        """The losses of a batch."""
        return losses(self.model, batch)


def losses(model: Model, batch: Batch) -> Losses:
    """Run a model and compare its guesses with what stood there."""
    asked = model.asked(batch)
    pieces, right = guessed(asked.picks, *model.decoder(), batch.labels)
    if asked.order is None:
        return Losses(pieces, torch.zeros_like(pieces), right, torch.zeros_like(right))
    order = F.cross_entropy(asked.order.float(), batch.random, reduction="sum")
    return Losses(pieces, order, right, (asked.order.argmax(-1) == batch.random).sum())


def guessed(states: Tensor, table: Tensor, bias: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """The cross-entropy of labels under `states @ table.T + bias`, and how many labels have the highest logit.

    Rows of label -100 count for nothing.
    """
    if torch.is_autocast_enabled(states.device.type):
        half = torch.get_autocast_dtype(states.device.type)
        states, table = states.to(half), table.to(half)
    if torch.compiler.is_compiling():
        return plain(states, table, bias, labels)
    found: tuple[Tensor, Tensor] = _InPlace.apply(states, table, bias, labels)  # type: ignore[no-untyped-call]
    return found


def plain(states: Tensor, table: Tensor, bias: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """The formula."""
    logits = (states @ table.T).float() + bias
    loss = F.cross_entropy(logits, labels, reduction="sum")
    right = logits.gather(1, labels.clamp(min=0)[:, None])[:, 0] >= logits.amax(1)
    return loss, (right & (labels >= 0)).sum()


class _InPlace(torch.autograd.Function):
    """The same; the logits become, row by row, their own gradient."""

    @staticmethod
    def forward(ctx: Any, states: Tensor, table: Tensor, bias: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        logits = states @ table.T
        bias_gradient = torch.zeros_like(bias)
        loss, right = bias.new_zeros(()), labels.new_zeros(())
        step = max(1, CACHED[states.device.type] // len(table))
        for some, label in zip(logits.split(step), labels.split(step), strict=True):
            more, ok = _settle(some, bias, label, bias_gradient)
            loss += more
            right += ok
        ctx.save_for_backward(states, table, logits, bias_gradient)
        ctx.mark_non_differentiable(right)
        return loss, right

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, factor: Tensor, _: Tensor) -> tuple[Tensor, Tensor, Tensor, None]:
        states, table, gradient, bias_gradient = ctx.saved_tensors
        return (
            (gradient @ table).mul_(factor),
            gradient.T @ (states * factor.to(states.dtype)),
            bias_gradient * factor,
            None,
        )


def _settle(some: Tensor, bias: Tensor, labels: Tensor, bias_gradient: Tensor) -> tuple[Tensor, Tensor]:
    """Put the gradient in the place of some rows of logits, add to the bias's, and give the loss and right guesses."""
    logits = some.float().add_(bias)  # the same memory if it was float32
    asked = labels >= 0
    wanted = labels.clamp(min=0)[:, None]
    top = logits.amax(1)
    of_label = logits.gather(1, wanted)[:, 0]
    shares = torch.softmax(logits, 1, out=logits)
    # The likeliest piece has the share 1 / sum(exp(logit - top)); that of the label itself may have become 0.
    nats = top - of_label - shares.amax(1).log()
    shares.scatter_add_(1, wanted, shares.new_full((), -1.0).expand_as(wanted))
    if some.is_cuda or not asked.all():  # a GPU would have to be waited for
        shares.mul_(asked[:, None])
    bias_gradient += shares.sum(0)
    some.copy_(shares)
    return (nats * asked).sum(), ((of_label >= top) & asked).sum()

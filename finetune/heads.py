"""Small modules over the states of an encoder, and what each of them minimises.

classify, regress, choose: one vector for a row, the sum of what stands at [CLS] and the mean of all its tokens, through
the layer by which pretraining saw [CLS], if there is one. Small models gain by the mean, which says what words there
are before [CLS] has learnt to. A choice is scored alone and compared with the others of its example.
tag, span: each token for itself.

Losses are sums, to be divided by what is asked in the whole update, so that passes and ranks count by what they hold.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from finetune.batches import NOT_ASKED, Row
from finetune.encoder import Encoder
from finetune.spec import Spec
from pretrain.batch import Batch
from pretrain.dropping import Dropout

DEVIATION = 0.02  # of first weights


class OfRow(nn.Module):
    """[rows, outputs] from what stands at [CLS] and the mean of all tokens."""

    def __init__(self, hidden: int, outputs: int, dropout: float) -> None:
        super().__init__()
        self.dense = nn.Linear(hidden, hidden)
        self.dropout = Dropout(dropout)
        self.output = nn.Linear(hidden, outputs)

    def forward(self, states: Tensor, batch: Batch) -> Tensor:
        """From [rows, width, hidden]."""
        real = torch.arange(states.shape[1], device=states.device) < batch.lengths[:, None]
        mean = (states * real[..., None]).sum(1) / batch.lengths[:, None]
        logits: Tensor = self.output(self.dropout(torch.tanh(self.dense(self.dropout(states[:, 0] + mean)))))
        return logits


class OfToken(nn.Module):
    """[rows, width, outputs] from what stands at each token."""

    def __init__(self, hidden: int, outputs: int, dropout: float) -> None:
        super().__init__()
        self.dropout = Dropout(dropout)
        self.output = nn.Linear(hidden, outputs)

    def forward(self, states: Tensor, _batch: Batch) -> Tensor:
        """From [rows, width, hidden]."""
        logits: Tensor = self.output(self.dropout(states))
        return logits


def head(spec: Spec, encoder: Encoder, dropout: float, seed: int) -> OfRow | OfToken:
    """A head with first weights: the same seed, the same weights, whatever else was drawn before."""
    made = MODULES[spec.head](encoder.hidden, spec.outputs, dropout)
    generator = torch.Generator().manual_seed(seed)
    for parameter in made.parameters():
        if parameter.dim() > 1:
            parameter.data.normal_(0.0, DEVIATION, generator=generator)
        else:
            parameter.data.zero_()
    if isinstance(made, OfRow) and encoder.pooler is not None:
        made.dense.load_state_dict(encoder.pooler.state_dict())
    return made


def loss(spec: Spec, logits: Tensor, rows: Sequence[Row], batch: Batch, weights: Tensor | None) -> Tensor:
    """The loss of a pass, summed in float32; `weights` are those of classes or tags."""
    return LOSSES[spec.head](spec, logits.float(), rows, batch, weights)


def asked(spec: Spec, rows: Sequence[Row], weights: Tensor | None) -> float:
    """What the loss of some rows is to be divided by for its mean, known before anything is computed."""
    if spec.head == "choose":
        return float(len({row.example for row in rows}))
    if spec.head not in ("classify", "tag"):
        return float(len(rows))
    numbers = np.concatenate([np.atleast_1d(np.asarray(row.target)) for row in rows])
    numbers = numbers[numbers != NOT_ASKED]
    return float(len(numbers)) if weights is None else float(weights.cpu()[torch.from_numpy(numbers)].sum())


def _classes(_spec: Spec, logits: Tensor, rows: Sequence[Row], _batch: Batch, weights: Tensor | None) -> Tensor:
    wanted = torch.tensor([row.target for row in rows], device=logits.device)
    return F.cross_entropy(logits, wanted, weights, reduction="sum")


def _numbers(spec: Spec, logits: Tensor, rows: Sequence[Row], _batch: Batch, _weights: Tensor | None) -> Tensor:
    wanted = torch.tensor([row.target for row in rows], device=logits.device, dtype=torch.float32)
    return F.mse_loss(logits[:, 0], (wanted - spec.centre) / spec.spread, reduction="sum")


def _tags(_spec: Spec, logits: Tensor, rows: Sequence[Row], batch: Batch, weights: Tensor | None) -> Tensor:
    wanted = np.full(tuple(batch.tokens.shape), NOT_ASKED)
    for number, row in enumerate(rows):
        wanted[number, : len(row)] = row.target
    numbers = torch.from_numpy(wanted).to(logits.device).flatten()
    return F.cross_entropy(logits.flatten(0, 1), numbers, weights, ignore_index=NOT_ASKED, reduction="sum")


def _spans(_spec: Spec, logits: Tensor, rows: Sequence[Row], batch: Batch, _weights: Tensor | None) -> Tensor:
    """Start and end among [CLS], which means none, and the tokens of the passage: never in the question."""
    places = torch.arange(batch.tokens.shape[1], device=logits.device)
    passage = (places >= batch.bounds[:, None]) & (places < batch.lengths[:, None] - 1)
    scores = logits.masked_fill(~(passage | (places == 0))[..., None], -torch.inf)
    wanted = torch.tensor([row.target for row in rows], device=logits.device)
    return F.cross_entropy(scores, wanted, reduction="sum") / 2


def _choices(_spec: Spec, logits: Tensor, rows: Sequence[Row], _batch: Batch, _weights: Tensor | None) -> Tensor:
    groups = [list(group) for _, group in groupby(rows, key=lambda row: row.example)]
    parts = logits[:, 0].split([len(group) for group in groups])
    wanted = torch.tensor([group[0].target for group in groups], device=logits.device)
    return torch.stack([F.cross_entropy(part, right) for part, right in zip(parts, wanted, strict=True)]).sum()


MODULES: dict[str, Callable[[int, int, float], OfRow | OfToken]] = {
    "classify": OfRow,
    "regress": OfRow,
    "choose": OfRow,
    "tag": OfToken,
    "span": OfToken,
}
LOSSES: dict[str, Callable[[Spec, Tensor, Sequence[Row], Batch, Tensor | None], Tensor]] = {
    "classify": _classes,
    "regress": _numbers,
    "choose": _choices,
    "tag": _tags,
    "span": _spans,
}

"""Small modules over the states of an encoder, and what each of them minimises.

They are those that transformers puts over the same kind of encoder, so that what is trained here opens there (see
interchange.py). tag, span: each token for itself. classify, regress, choose: one vector for a row, through one more
layer. A choice is scored alone and compared with the others of its example.

The vector of a row is the mean of its tokens where transformers has that (ModernBERT), elsewhere what stands at [CLS]
and the mean, added and normalised: the mean says what words there are before [CLS] has learnt to, and small models gain
by it. Adding and normalising is what a layer of attention does, and one that looks at all tokens alike adds the mean;
so these heads are exported with a layer more.

Losses are sums, to be divided by what is asked in the whole update, so that passes and ranks count by what they hold.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from itertools import groupby

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from finetune.batches import NOT_ASKED, Row
from finetune.encoder import Encoder
from finetune.spec import Spec
from finetune.task import Head as Kind
from pretrain.batch import Batch, real
from pretrain.dropping import Dropout

DEVIATION = 0.02  # of first weights


@dataclasses.dataclass(frozen=True, slots=True)
class Manner:
    """How transformers builds the heads over a kind of encoder."""

    activation: Callable[[Tensor], Tensor] = torch.tanh
    modern: bool = False
    """The vector of a row is the mean alone; tokens too go through one more layer, and it ends in a norm."""


class Head(nn.Module):
    """[rows, outputs], or of each token [rows, width, outputs]."""

    def __init__(self, kind: Kind, encoder: Encoder, outputs: int, dropout: float) -> None:
        super().__init__()
        hidden, self.epsilon = encoder.hidden, encoder.epsilon
        self.manner = manner = MANNERS.get(encoder.kind, Manner())
        self.of_row = kind in OF_ROWS
        deep = self.of_row or manner.modern
        self.transform = nn.Linear(hidden, hidden, bias=not manner.modern) if deep else None
        self.transform_norm = nn.LayerNorm(hidden, self.epsilon, bias=False) if manner.modern else None
        self.dropout = Dropout(dropout)
        self.output = nn.Linear(hidden, outputs)

    def forward(self, states: Tensor, batch: Batch) -> Tensor:
        """From [rows, width, hidden]."""
        if self.of_row:
            states = self.vectors(states, batch)
        if self.transform is not None:
            states = self.manner.activation(self.transform(self.dropout(states)))
        if self.transform_norm is not None:
            states = self.transform_norm(states)
        logits: Tensor = self.output(self.dropout(states))
        return logits

    def vectors(self, states: Tensor, batch: Batch) -> Tensor:
        """The vector of each row: [rows, hidden]."""
        mean = (states * real(batch)[..., None]).sum(1) / batch.lengths[:, None]
        return mean if self.manner.modern else F.layer_norm(states[:, 0] + mean, mean.shape[-1:], eps=self.epsilon)


def head(spec: Spec, encoder: Encoder, dropout: float, seed: int) -> Head:
    """A head with first weights: the same seed, the same weights, whatever else was drawn before.

    The layer before the last one begins as what pretraining had there, where it had one.
    """
    made = Head(spec.head, encoder, spec.outputs, dropout)
    generator = torch.Generator().manual_seed(seed)
    for name, parameter in made.named_parameters():
        if parameter.dim() > 1:
            parameter.data.normal_(0.0, DEVIATION, generator=generator)
        else:
            parameter.data.fill_(1.0 if name == "transform_norm.weight" else 0.0)
    for mine, its in zip((made.transform, made.transform_norm), _pretrained(encoder, made.manner), strict=True):
        if mine is not None and its is not None:
            mine.load_state_dict(its.state_dict())
    return made


def _pretrained(encoder: Encoder, manner: Manner) -> tuple[nn.Module | None, nn.Module | None]:
    """The layer and the norm with which pretraining looked at tokens, or in the older manner at [CLS]."""
    if not manner.modern:
        return encoder.pooler, None
    return getattr(encoder.model, "transform", None), getattr(encoder.model, "transform_norm", None)


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


OF_ROWS = ("classify", "regress", "choose")
MANNERS: dict[str, Manner] = {
    "modernbert": Manner(F.gelu, modern=True),
    "electra": Manner(F.gelu),
}
"""By what transformers calls an encoder; the others are like BERT."""
LOSSES: dict[str, Callable[[Spec, Tensor, Sequence[Row], Batch, Tensor | None], Tensor]] = {
    "classify": _classes,
    "regress": _numbers,
    "choose": _choices,
    "tag": _tags,
    "span": _spans,
}

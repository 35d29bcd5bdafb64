"""BERT as its paper of 2018 has it: the figures of that paper, from the bottom to the top.

Embedding   piece + position + segment, summed and normalised
Layer       every token looks at every token of its row (attention), then at itself (feed-forward);
            after each of the two, what came in is added and the sum normalised ("post-norm")
Bert        some layers; above them a guess for each masked token, made with the table of pieces itself,
            and from [CLS] whether B follows A

Nothing here is left out or approximated. Three things are only quicker: query, key and value are one matrix; the head,
and in the last layer all that comes after attention, runs only where something is asked; the table of pieces has some
unused rows at its end (see Shape.padded). How guesses become a loss stands in losses.py.
"""

from __future__ import annotations

import dataclasses

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pretrain.attending import look
from pretrain.batch import Batch, firsts, real
from pretrain.dropping import Dropout
from pretrain.shape import Shape

NEVER = -10_000.0  # the logit of a row of the table that is no piece


@dataclasses.dataclass(frozen=True, slots=True)
class Guesses:
    """What a model says about a batch, as logits."""

    pieces: Tensor
    """[guesses, padded vocabulary]: which piece stood at each pick; -10000 and less behind the vocabulary."""
    order: Tensor | None
    """[rows, 2]: does B follow A (0) or not (1)? None if the model was made without that head."""


@dataclasses.dataclass(frozen=True, slots=True)
class Asked:
    """What the heads are about to decide on: their inputs, before the last matrix."""

    picks: Tensor
    """[guesses, hidden]"""
    order: Tensor | None
    """[rows, 2], decided already"""


class Bert(nn.Module):
    """The whole model."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.embedding = Embedding(shape)
        self.layers = nn.ModuleList(Layer(shape) for _ in range(shape.layers))
        self.transform = nn.Linear(shape.hidden, shape.hidden)
        if shape.head == "pieces":
            self.transform_norm = nn.LayerNorm(shape.hidden, shape.epsilon)
            self.bias = nn.Parameter(torch.zeros(shape.vocabulary))
        else:
            self.judge = nn.Linear(shape.hidden, 1)
        self.pooler = nn.Linear(shape.hidden, shape.hidden) if shape.pairs else None
        self.order = nn.Linear(shape.hidden, 2) if shape.pairs else None

    def forward(self, batch: Batch) -> Guesses:
        """Guess what is masked, and whether B follows A."""
        asked = self.asked(batch)
        return Guesses(F.linear(asked.picks, *self.decoder()), asked.order)

    def hidden(self, batch: Batch) -> Tensor:
        """What the model makes of every token: [rows, width, hidden]."""
        states: Tensor = self.embedding(batch)
        mask = padding_mask(batch)
        for layer in self.layers:
            states = layer(states, mask)
        return states

    def asked(self, batch: Batch) -> Asked:
        """The inputs of the heads; the last layer is finished only for them."""
        states, mask = self.embedding(batch), padding_mask(batch)
        for layer in self.layers[:-1]:
            states = layer(states, mask)
        states = self.layers[-1](states, mask, at=torch.cat([batch.picks, firsts(batch)]))
        picks, heads = states.split([len(batch.picks), len(batch.lengths)])
        picks = self.transform_norm(F.gelu(self.transform(picks)))
        if self.pooler is None or self.order is None:
            return Asked(picks, None)
        return Asked(picks, self.order(torch.tanh(self.pooler(heads))))

    def decoder(self) -> tuple[Tensor, Tensor]:
        """The matrix that turns the head's output into logits, which is the table of pieces, and the bias."""
        return self.embedding.pieces.weight, padded_bias(self.bias, self.shape)

    def attentions(self, batch: Batch) -> list[Tensor]:
        """For each layer, [rows, heads, width, width]: how much each token (third) looks at each (fourth)."""
        states, mask = self.embedding(batch), padding_mask(batch)
        shares = []
        for layer in self.layers:
            assert isinstance(layer, Layer)
            query, key, _ = layer.split(states)
            scores = query @ key.transpose(2, 3) / self.shape.head_width**0.5
            scores = scores if mask is None else scores.masked_fill(~mask, -torch.inf)
            shares.append(scores.softmax(-1))
            states = layer(states, mask)
        return shares


class Table(nn.Embedding):
    """A vector for each number, without first weights of its own: torch would load its compiler to draw them unseen."""

    def reset_parameters(self) -> None:
        """Left to `initialise`, or to whoever reads them from a file."""


class Embedding(nn.Module):
    """What goes into the first layer."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.pieces = Table(shape.padded, shape.hidden)
        self.positions = Table(shape.positions, shape.hidden)
        self.segments = Table(2, shape.hidden)
        self.norm = nn.LayerNorm(shape.hidden, shape.epsilon)
        self.dropout = Dropout(shape.dropout)

    def forward(self, batch: Batch) -> Tensor:
        """[rows, width, hidden]."""
        places = torch.arange(batch.tokens.shape[1], device=batch.tokens.device)
        in_second = places >= batch.bounds[:, None]
        segments = torch.where(in_second[..., None], self.segments.weight[1], self.segments.weight[0])
        summed = self.pieces(batch.tokens) + self.positions.weight[: len(places)] + segments
        states: Tensor = self.dropout(self.norm(summed))
        return states


class Layer(nn.Module):
    """Attention, then feed-forward, each followed by adding what came in, and a norm."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.heads, self.head_width = shape.heads, shape.head_width
        self.attention_dropout = shape.dropout
        self.qkv = nn.Linear(shape.hidden, 3 * shape.hidden)
        self.attention_output = nn.Linear(shape.hidden, shape.hidden)
        self.attention_norm = nn.LayerNorm(shape.hidden, shape.epsilon)
        self.inner = nn.Linear(shape.hidden, shape.inner)
        self.output = nn.Linear(shape.inner, shape.hidden)
        self.output_norm = nn.LayerNorm(shape.hidden, shape.epsilon)
        self.dropout = Dropout(shape.dropout)

    def forward(self, states: Tensor, mask: Tensor | None, at: Tensor | None = None) -> Tensor:
        """[rows, width, hidden] again; or, of the flattened rows, only those `at` some places."""
        query, key, value = self.split(states)
        dropout = self.attention_dropout if self.training else 0.0
        seen = look(query, key, value, mask, dropout)
        seen = seen.transpose(1, 2).reshape(states.shape)
        if at is not None:
            seen, states = (each.flatten(0, 1).index_select(0, at) for each in (seen, states))
        states = self.attention_norm(states + self.dropout(self.attention_output(seen)))
        states = states + self.dropout(self.output(F.gelu(self.inner(states))))
        normalised: Tensor = self.output_norm(states)
        return normalised

    def split(self, states: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Query, key and value, each [rows, heads, width, head width]."""
        rows, width, _ = states.shape
        parts = self.qkv(states).view(rows, width, 3, self.heads, self.head_width)
        query, key, value = parts.permute(2, 0, 3, 1, 4).unbind()
        return query, key, value


def padding_mask(batch: Batch) -> Tensor | None:
    """[rows, 1, 1, width]: which tokens may be looked at; None if all."""
    return None if batch.full else real(batch)[:, None, None, :]


def padded_bias(bias: Tensor, shape: Shape) -> Tensor:
    """The bias of the guess for each row of the table; rows that are no piece are never guessed."""
    return F.pad(bias, (0, shape.padded - shape.vocabulary), value=NEVER)


def initialise(model: Bert, generator: torch.Generator) -> None:
    """First weights as in the paper: a normal distribution of standard deviation 0.02; biases 0, norms 1."""
    for name, parameter in model.named_parameters():
        if "norm." in name:
            parameter.data.fill_(1.0 if name.endswith("weight") else 0.0)
        elif parameter.dim() == 1:
            parameter.data.zero_()
        else:
            parameter.data.normal_(0.0, 0.02, generator=generator)
    model.embedding.pieces.weight.data[model.shape.vocabulary :] = 0.0

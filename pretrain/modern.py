"""The encoder of today: what eight years changed in BERT, at the same size.

Norms come before attention and feed-forward and not after ("pre-norm"), and without biases; so do all matrices.
Positions are rotations of queries and keys (RoPE) and not a table. The feed-forward layer has a gate (GeGLU).
Layers may look at a window only, but for every third (see Shape.window). There are no segments: [SEP] parts A and B.
Arithmetic and defaults are those of ModernBERT, so that transformers opens our weights as ModernBertForMaskedLM.

Padding costs nothing: tokens of all rows lie on one flat axis, and attending.py keeps rows apart. Training packs rows
on it from the start (packing.py); elsewhere padding is left out here, but in a model that is compiled, whose shapes
must not change, it stays and is merely not looked at. Dropout falls on what goes into the first layer, comes out of
attention, and is between the matrices of the feed-forward layer.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pretrain.attending import Layout, attend, packed, padded, places, rows, shares
from pretrain.batch import Batch, firsts, real
from pretrain.bert import Asked, Guesses, Table, padded_bias
from pretrain.dropping import Dropout
from pretrain.shape import Shape, sees_all

Rotation = tuple[Tensor, Tensor]
"""Cosine and sine of the angle by which each place turns each pair of numbers: [tokens, 1, 1, head width / 2]."""

LITTLE = 1 / 8  # padding up to this share costs less than matrix products of another shape for every batch


class Modern(nn.Module):
    """The whole model."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.embedding = Embedding(shape)
        self.layers = nn.ModuleList(Layer(shape, number) for number in range(shape.layers))
        self.norm = norm(shape)
        self.transform = nn.Linear(shape.hidden, shape.hidden, bias=False)
        if shape.head == "pieces":
            self.transform_norm = norm(shape)
            self.bias = nn.Parameter(torch.zeros(shape.vocabulary))
        else:
            self.judge = nn.Linear(shape.hidden, 1)
        self.pooler = nn.Linear(shape.hidden, shape.hidden) if shape.pairs else None
        self.order = nn.Linear(shape.hidden, 2) if shape.pairs else None

    def forward(self, batch: Batch) -> Guesses:
        """Guess what is masked and, if the model has a head for it, whether B follows A."""
        asked = self.asked(batch)
        return Guesses(F.linear(asked.picks, *self.decoder()), asked.order)

    def hidden(self, batch: Batch) -> Tensor:
        """What the model makes of every token: as `tokens`, x hidden; behind a row's end, what does not matter."""
        kept = real_places(batch)
        if kept is None:
            return self.encode(batch.tokens.flatten(), layout_of(batch, None)).view(*batch.tokens.shape, -1)
        states = self.encode(batch.tokens.flatten()[kept], layout_of(batch, kept))
        room = states.new_zeros(batch.tokens.numel(), states.shape[1])
        return room.index_copy(0, kept, states).view(*batch.tokens.shape, -1)

    def asked(self, batch: Batch) -> Asked:
        """The inputs of the heads; the last layer is finished only for them."""
        at = batch.picks if self.order is None else torch.cat([batch.picks, firsts(batch)])
        tokens, kept = batch.tokens.flatten(), real_places(batch)
        if kept is not None:
            tokens, at = tokens[kept], torch.searchsorted(kept, at).clamp(max=len(kept) - 1)
        states = self.encode(tokens, layout_of(batch, kept), at)
        picks, heads = states[: len(batch.picks)], states[len(batch.picks) :]
        picks = self.transform_norm(F.gelu(self.transform(picks)))
        if self.pooler is None or self.order is None:
            return Asked(picks, None)
        return Asked(picks, self.order(torch.tanh(self.pooler(heads))))

    def decoder(self) -> tuple[Tensor, Tensor]:
        """The matrix that turns the head's output into logits, which is the table of pieces, and the bias."""
        return self.embedding.pieces.weight, padded_bias(self.bias, self.shape)

    def encode(self, tokens: Tensor, layout: Layout, at: Tensor | None = None) -> Tensor:
        """Tokens on a flat axis to [tokens, hidden]; or only to those `at` some places."""
        states, rotations = self.embedding(tokens), self.rotations(layout, len(tokens))
        for layer, rotation in zip(self.layers[:-1], rotations, strict=False):
            states = layer(states, layout, rotation)
        states = self.layers[-1](states, layout, rotations[-1], at)
        normalised: Tensor = self.norm(states)
        return normalised

    def rotations(self, layout: Layout, tokens: int) -> list[Rotation]:
        """The rotation of each layer."""
        at = places(layout, tokens)
        whole = rotation(at, self.shape.theta, self.shape.head_width)
        local = rotation(at, self.shape.local_theta, self.shape.head_width) if self.shape.window else whole
        return [whole if sees_all(self.shape, number) else local for number in range(self.shape.layers)]

    def attentions(self, batch: Batch) -> list[Tensor]:
        """For each layer, [rows, heads, width, width]: how much each token (third) looks at each (fourth)."""
        layout = padded(batch.lengths, batch.tokens.shape[1])
        states, found = self.embedding(batch.tokens.flatten()), []
        for layer, turn in zip(self.layers, self.rotations(layout, len(states)), strict=True):
            assert isinstance(layer, Layer)
            query, key, _ = layer.split(states, turn)
            found.append(shares(query, key, layout, layer.window))
            states = layer(states, layout, turn)
        return found


class Embedding(nn.Module):
    """What goes into the first layer: the pieces alone, normalised."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.pieces = Table(shape.padded, shape.hidden)
        self.norm = norm(shape)
        self.dropout = Dropout(shape.dropout)

    def forward(self, tokens: Tensor) -> Tensor:
        """[tokens, hidden]."""
        states: Tensor = self.dropout(self.norm(self.pieces(tokens)))
        return states


class Layer(nn.Module):
    """Attention, then feed-forward; each reads the normalised states and adds to them."""

    def __init__(self, shape: Shape, number: int) -> None:
        super().__init__()
        self.heads, self.head_width = shape.heads, shape.head_width
        self.window = 0 if sees_all(shape, number) else shape.window
        self.attention_norm = norm(shape) if number else nn.Identity()  # the embedding is normalised already
        self.qkv = nn.Linear(shape.hidden, 3 * shape.hidden, bias=False)
        self.attention_output = nn.Linear(shape.hidden, shape.hidden, bias=False)
        self.inner_norm = norm(shape)
        self.inner = nn.Linear(shape.hidden, 2 * shape.inner, bias=False)
        self.output = nn.Linear(shape.inner, shape.hidden, bias=False)
        self.dropout = Dropout(shape.dropout)

    def forward(self, states: Tensor, layout: Layout, turn: Rotation, at: Tensor | None = None) -> Tensor:
        """[tokens, hidden] again; or only those `at` some places."""
        seen = attend(*self.split(states, turn), layout, self.window).flatten(1)
        if at is not None:
            seen, states = seen.index_select(0, at), states.index_select(0, at)
        states = states + self.dropout(self.attention_output(seen))
        value, gate = self.inner(self.inner_norm(states)).chunk(2, -1)
        more: Tensor = self.output(self.dropout(F.gelu(value) * gate))
        return states + more

    def split(self, states: Tensor, turn: Rotation) -> tuple[Tensor, Tensor, Tensor]:
        """Query, key and value, each [tokens, heads, head width]; the first two turned by their places."""
        parts = self.qkv(self.attention_norm(states)).view(len(states), 3, self.heads, self.head_width)
        query, key = turned(parts[:, :2], turn).unbind(1)
        return query, key, parts[:, 2]


def norm(shape: Shape) -> nn.LayerNorm:
    """A norm without a bias."""
    return nn.LayerNorm(shape.hidden, shape.epsilon, bias=False)


def rotation(at: Tensor, theta: float, width: int) -> Rotation:
    """How far each place is turned: the first pair of numbers by a whole radian a token, later ones ever slower."""
    speeds = theta ** -(torch.arange(0, width, 2, device=at.device, dtype=torch.float32) / width)
    angles = (at[:, None].float() * speeds)[:, None, None]
    return angles.cos(), angles.sin()


def turned(parts: Tensor, turn: Rotation) -> Tensor:
    """Queries or keys, turned; number i and number i + half the width are a pair."""
    cosine, sine = turn
    left, right = parts.float().chunk(2, -1)
    return torch.cat([left * cosine - right * sine, right * cosine + left * sine], -1).to(parts.dtype)


def real_places(batch: Batch) -> Tensor | None:
    """Which places of the flattened batch are no padding; None if all may stay, or if shapes must not change."""
    if batch.full or batch.longest or torch.compiler.is_compiling():
        return None
    if int(batch.lengths.sum()) >= (1 - LITTLE) * batch.tokens.numel():
        return None
    return real(batch).flatten().nonzero().flatten()


def layout_of(batch: Batch, kept: Tensor | None) -> Layout:
    """How the tokens that `real_places` leaves lie."""
    if batch.longest:
        return packed(batch.lengths, batch.longest, len(batch.tokens))
    count, width = batch.tokens.shape
    if batch.full:
        return rows(count, width, batch.tokens.device)
    return padded(batch.lengths, width) if kept is None else packed(batch.lengths, width)


def initialise(model: Modern, generator: torch.Generator) -> None:
    """First weights as ModernBERT's: 0.02, less where something is added to the states; none beyond two deviations."""
    less = 0.02 / (2 * model.shape.layers) ** 0.5
    for name, parameter in model.named_parameters():
        if "norm." in name:
            parameter.data.fill_(1.0)
        elif parameter.dim() == 1:
            parameter.data.zero_()
        else:
            deviation = less if "output." in name or "transform." in name else 0.02
            nn.init.trunc_normal_(parameter.data, 0.0, deviation, -2 * deviation, 2 * deviation, generator)
    model.embedding.pieces.weight.data[model.shape.vocabulary :] = 0.0

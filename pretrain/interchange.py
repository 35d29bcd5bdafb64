"""The names that transformers has for our tensors: two tables, and how weights go through them either way.

Ours on the left, theirs on the right; several on the right are parts of ours, one below the other. `{}` is the number
of a layer. Tables of pieces are as long as the vocabulary there, and a little longer here (see Shape.padded).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import torch
from torch import Tensor

from pretrain.shape import Architecture, Shape
from tools.errors import UserError

Weights = dict[str, Tensor]
TABLE = "embedding.pieces.weight"


def to_transformers(weights: Mapping[str, Tensor], shape: Shape) -> Weights:
    """Our weights under their names."""
    theirs: Weights = {}
    for ours, names in _pairs(shape):
        tensor = weights[ours][: shape.vocabulary] if ours == TABLE else weights[ours]
        parts = tensor.chunk(len(names))
        theirs |= {name: part.contiguous() for name, part in zip(names, parts, strict=True)}
    return theirs


def from_transformers(theirs: Mapping[str, Tensor], shape: Shape, where: str) -> Weights:
    """Their weights under our names; what they have besides is left."""
    found = {_modern_name(name): tensor for name, tensor in theirs.items()}
    table, decoder = TIED[shape.architecture]
    if decoder in found and table in found and not torch.equal(found[decoder], found[table]):
        raise UserError(f"{where}: {decoder} is not {table}; a head with a table of its own is not of ours")
    ours: Weights = {}
    for name, names in _pairs(shape):
        for each in names:
            if each not in found:
                raise UserError(f"{where}: no tensor {each}; it is no {shape.architecture} for pretraining, or cut")
        tensor = torch.cat([found[each] for each in names]) if len(names) > 1 else found[names[0]]
        if name == TABLE:
            padding = tensor.new_zeros(max(0, shape.padded - shape.vocabulary), *tensor.shape[1:])
            tensor = torch.cat([tensor, padding])
        ours[name] = tensor
    return ours


def has_pairs(theirs: Mapping[str, Tensor]) -> bool:
    """Whether a BERT of transformers has the head that says if B follows A."""
    return "cls.seq_relationship.weight" in theirs


def _modern_name(name: str) -> str:
    """Tensors converted from TensorFlow long ago have a norm's weight as gamma and its bias as beta."""
    return name.replace("LayerNorm.gamma", "LayerNorm.weight").replace("LayerNorm.beta", "LayerNorm.bias")


def _pairs(shape: Shape) -> Iterator[tuple[str, tuple[str, ...]]]:
    for ours, names in _table(shape).items():
        if ours.startswith(("pooler.", "order.")) and not shape.pairs:
            continue
        if "{}" not in ours:
            yield ours, names
            continue
        for layer in range(shape.layers):
            if not (shape.architecture == "modern" and layer == 0 and ours in NOT_IN_FIRST):
                yield ours.format(layer), tuple(name.format(layer) for name in names)


def _table(shape: Shape) -> dict[str, tuple[str, ...]]:
    """The table of an architecture; a model that finds replaced pieces has the head of ELECTRA, or there none."""
    whole = TENSORS[shape.architecture]
    if shape.head == "pieces":
        return whole
    body = {ours: names for ours, names in whole.items() if not ours.startswith(OF_PIECES)}
    if shape.architecture == "modern":
        return body
    return {
        **{ours: tuple(name.replace("bert.", "electra.", 1) for name in names) for ours, names in body.items()},
        **JUDGE,
    }


BERT: dict[str, tuple[str, ...]] = {
    "embedding.pieces.weight": ("bert.embeddings.word_embeddings.weight",),
    "embedding.positions.weight": ("bert.embeddings.position_embeddings.weight",),
    "embedding.segments.weight": ("bert.embeddings.token_type_embeddings.weight",),
    "embedding.norm.weight": ("bert.embeddings.LayerNorm.weight",),
    "embedding.norm.bias": ("bert.embeddings.LayerNorm.bias",),
    "layers.{}.qkv.weight": (
        "bert.encoder.layer.{}.attention.self.query.weight",
        "bert.encoder.layer.{}.attention.self.key.weight",
        "bert.encoder.layer.{}.attention.self.value.weight",
    ),
    "layers.{}.qkv.bias": (
        "bert.encoder.layer.{}.attention.self.query.bias",
        "bert.encoder.layer.{}.attention.self.key.bias",
        "bert.encoder.layer.{}.attention.self.value.bias",
    ),
    "layers.{}.attention_output.weight": ("bert.encoder.layer.{}.attention.output.dense.weight",),
    "layers.{}.attention_output.bias": ("bert.encoder.layer.{}.attention.output.dense.bias",),
    "layers.{}.attention_norm.weight": ("bert.encoder.layer.{}.attention.output.LayerNorm.weight",),
    "layers.{}.attention_norm.bias": ("bert.encoder.layer.{}.attention.output.LayerNorm.bias",),
    "layers.{}.inner.weight": ("bert.encoder.layer.{}.intermediate.dense.weight",),
    "layers.{}.inner.bias": ("bert.encoder.layer.{}.intermediate.dense.bias",),
    "layers.{}.output.weight": ("bert.encoder.layer.{}.output.dense.weight",),
    "layers.{}.output.bias": ("bert.encoder.layer.{}.output.dense.bias",),
    "layers.{}.output_norm.weight": ("bert.encoder.layer.{}.output.LayerNorm.weight",),
    "layers.{}.output_norm.bias": ("bert.encoder.layer.{}.output.LayerNorm.bias",),
    "transform.weight": ("cls.predictions.transform.dense.weight",),
    "transform.bias": ("cls.predictions.transform.dense.bias",),
    "transform_norm.weight": ("cls.predictions.transform.LayerNorm.weight",),
    "transform_norm.bias": ("cls.predictions.transform.LayerNorm.bias",),
    "bias": ("cls.predictions.bias",),
    "pooler.weight": ("bert.pooler.dense.weight",),
    "pooler.bias": ("bert.pooler.dense.bias",),
    "order.weight": ("cls.seq_relationship.weight",),
    "order.bias": ("cls.seq_relationship.bias",),
}
MODERN: dict[str, tuple[str, ...]] = {
    "embedding.pieces.weight": ("model.embeddings.tok_embeddings.weight",),
    "embedding.norm.weight": ("model.embeddings.norm.weight",),
    "layers.{}.attention_norm.weight": ("model.layers.{}.attn_norm.weight",),
    "layers.{}.qkv.weight": ("model.layers.{}.attn.Wqkv.weight",),
    "layers.{}.attention_output.weight": ("model.layers.{}.attn.Wo.weight",),
    "layers.{}.inner_norm.weight": ("model.layers.{}.mlp_norm.weight",),
    "layers.{}.inner.weight": ("model.layers.{}.mlp.Wi.weight",),
    "layers.{}.output.weight": ("model.layers.{}.mlp.Wo.weight",),
    "norm.weight": ("model.final_norm.weight",),
    "transform.weight": ("head.dense.weight",),
    "transform_norm.weight": ("head.norm.weight",),
    "bias": ("decoder.bias",),
}
TENSORS: dict[Architecture, dict[str, tuple[str, ...]]] = {"bert": BERT, "modern": MODERN}
OF_PIECES = ("transform", "bias")  # of the head that guesses pieces
JUDGE: dict[str, tuple[str, ...]] = {
    "transform.weight": ("discriminator_predictions.dense.weight",),
    "transform.bias": ("discriminator_predictions.dense.bias",),
    "judge.weight": ("discriminator_predictions.dense_prediction.weight",),
    "judge.bias": ("discriminator_predictions.dense_prediction.bias",),
}
TIED: dict[Architecture, tuple[str, str]] = {
    "bert": ("bert.embeddings.word_embeddings.weight", "cls.predictions.decoder.weight"),
    "modern": ("model.embeddings.tok_embeddings.weight", "decoder.weight"),
}
NOT_IN_FIRST = {"layers.{}.attention_norm.weight"}

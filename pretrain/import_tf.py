"""A TensorFlow 1 checkpoint of BERT as a model of ours: what its variables are called here, and what is left behind.

Names go from TensorFlow's to those of transformers by a few rules, and from there to ours by interchange.py. Matrices
of dense layers stand there as [in, out], here as [out, in]. What the optimizer remembers is skipped. Layers, widths and
vocabulary are read off the shapes if no JSON tells them; the number of attention heads is in no shape.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from pretrain.architectures import Model, build, unfilled
from pretrain.bundle import Bundle, open_bundle
from pretrain.folder import filled, save_model
from pretrain.interchange import from_transformers, to_transformers
from pretrain.options_models import ImportTf
from pretrain.parameters import total
from pretrain.shape import Shape, from_json
from tools.errors import UserError
from vocab.imports import open_vocabulary

PIECES = "bert/embeddings/word_embeddings"
POSITIONS = "bert/embeddings/position_embeddings"
POOLER = "bert/pooler/dense/kernel"
INNER = "bert/encoder/layer_0/intermediate/dense/kernel"
HEADS = "cls/"  # the variables of pretraining alone, which a fine-tuned checkpoint has lost
HEAD_WIDTH = 64  # of every BERT that Google published
BESIDE = "bert_config.json"
LAYER = re.compile(r"bert/encoder/layer_(\d+)/")
OPTIMIZER = re.compile(
    r"(.*/)?(global_step|(good|bad)_steps|(current_)?loss_scale|beta[12]_power"
    r"|(adam|lamb)_[mv]|Adam(_\d)?|LAMB(_\d)?|Momentum|Adafactor.*|vr|vc|ExponentialMovingAverage)"
)


def import_tf(config: ImportTf) -> dict[str, Any]:
    """The stage: checkpoint and vocabulary into a model's folder."""
    bundle = open_bundle(config.checkpoint)
    shape = _shape(bundle, config)
    tokenizer = open_vocabulary(config.vocabulary)
    if len(tokenizer) != shape.vocabulary:
        raise UserError(
            f"{config.vocabulary}: has {len(tokenizer):,} pieces, but the checkpoint was made with "
            f"{shape.vocabulary:,}; give the vocabulary that it was made with"
        )
    model, used, fresh = _model(bundle, shape)
    slots = {name for name in bundle.entries if OPTIMIZER.fullmatch(name)}
    others = sorted(bundle.entries.keys() - used - slots)
    for line in _told(fresh, others):
        print(line)
    save_model(model, tokenizer, config.output)
    return {
        "parameters": total(shape),
        "layers": shape.layers,
        "hidden": shape.hidden,
        "heads": shape.heads,
        "variables": len(used) - len(fresh),
        "optimizer's skipped": len(slots),
        "others skipped": len(others),
    }


def variable(name: str) -> str:
    """What TensorFlow's BERT calls a tensor of transformers' BertForPreTraining."""
    for pattern, replacement in NAMES.items():
        name = re.sub(pattern, replacement, name)
    return name


def weights(bundle: Bundle, shape: Shape) -> tuple[dict[str, Tensor], list[str]]:
    """The tensors under transformers' names, and the variables of heads that the checkpoint lacks: these begin anew."""
    expected = to_transformers(unfilled(shape).state_dict(), shape)
    lacking = {name: theirs for name in expected if (theirs := variable(name)) not in bundle.entries}
    for theirs in lacking.values():
        if not theirs.startswith(HEADS):
            raise UserError(f"{bundle.index}: has no {theirs}; it is no BERT of {shape.layers} layers, or not whole")
    first = to_transformers(build(shape, seed=0).state_dict(), shape) if lacking else {}
    found = {
        name: first[name] if name in lacking else _tensor(bundle, variable(name), tuple(tensor.shape))
        for name, tensor in expected.items()
    }
    return found, list(lacking.values())


def inferred(bundle: Bundle, heads: int) -> Shape:
    """The shape of the model, from the shapes of its variables; heads are 64 wide if nobody says otherwise."""
    for name in (PIECES, POSITIONS, INNER):
        if len(bundle.entries[name].shape if name in bundle.entries else ()) != 2:
            some = ", ".join(sorted(bundle.entries)[:3]) or "nothing"
            raise UserError(
                f"{bundle.index}: has no matrix {name}, which a BERT of Google's code has; it has {some}, ..."
            )
    vocabulary, hidden = bundle.shape(PIECES)
    if not heads and hidden % HEAD_WIDTH:
        raise UserError(f"{bundle.index}: hidden size {hidden} is no multiple of {HEAD_WIDTH}; say how many --heads")
    return Shape(
        architecture="bert",
        vocabulary=vocabulary,
        layers=1 + max(int(found[1]) for name in bundle.entries if (found := LAYER.match(name))),
        hidden=hidden,
        heads=heads or hidden // HEAD_WIDTH,
        inner=bundle.shape(INNER)[1],
        positions=bundle.shape(POSITIONS)[0],
    )


def _model(bundle: Bundle, shape: Shape) -> tuple[Model, set[str], list[str]]:
    """The model, the variables that are its, and those of them that the checkpoint lacks."""
    theirs, fresh = weights(bundle, shape)
    where = str(bundle.index)
    return filled(shape, from_transformers(theirs, shape, where), where), set(map(variable, theirs)), fresh


def _shape(bundle: Bundle, config: ImportTf) -> Shape:
    if config.model_config is not None:
        shape = from_json(config.model_config)
        if config.heads and config.heads != shape.heads:
            raise UserError(
                f"--heads {config.heads}: but {config.model_config} says {shape.heads}; give only one of them"
            )
    else:
        shape = inferred(bundle, config.heads)
        if not config.heads:
            print(f"attention heads: {shape.heads}, as no shape tells: one for every {HEAD_WIDTH} of {shape.hidden}")
        if (beside := config.checkpoint.with_name(BESIDE)).is_file():
            print(f"{beside}: is not read; give it as --model_config if its heads or dropout are unusual")
    return dataclasses.replace(shape, pairs=POOLER in bundle.entries)


def _tensor(bundle: Bundle, name: str, expected: tuple[int, ...]) -> Tensor:
    """A variable as torch wants it."""
    turned = name.endswith("/kernel")
    wanted = expected[::-1] if turned else expected
    if bundle.shape(name) != wanted:
        found = bundle.shape(name)
        raise UserError(f"{bundle.index}: {name} has the shape {list(found)}, but the model's would be {list(wanted)}")
    array = bundle.read(name)
    return torch.from_numpy(np.array(array.T if turned else array, np.float32, order="C"))


def _told(fresh: Sequence[str], others: Sequence[str]) -> Iterator[str]:
    if fresh:
        yield f"not in the checkpoint, so with random weights: {', '.join(fresh)}"
    if others:
        yield f"of no use here and skipped: {', '.join(others[:5])}{', ...' if len(others) > 5 else ''}"


NAMES = {
    r"\.layer\.(\d+)\.": r".layer_\1.",
    r"_embeddings\.weight$": "_embeddings",
    r"LayerNorm\.weight$": "LayerNorm.gamma",
    r"LayerNorm\.bias$": "LayerNorm.beta",
    r"seq_relationship\.weight$": "seq_relationship.output_weights",
    r"(seq_relationship|predictions)\.bias$": r"\1.output_bias",
    r"\.weight$": ".kernel",
    r"\.": "/",
}
"""From a name of transformers to one of TensorFlow: all rows are applied, in this order."""

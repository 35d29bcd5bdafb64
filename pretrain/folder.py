"""A model as a folder: what it is, its weights, and its tokenizer. Never pickle.

shape.json          the shape; written last, so that a folder which has it is whole
model.safetensors   the weights, in float32
vocab/              the tokenizer, as vocab/folder.py has it

Folders of transformers are read too (config.json, model.safetensors, tokenizer files); export.py writes them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from itertools import product
from pathlib import Path

import orjson
import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import Tensor

from pretrain.architectures import Model, unfilled
from pretrain.interchange import from_transformers, has_pairs
from pretrain.shape import Shape, from_dict, from_json, to_dict
from tools.errors import UserError
from tools.shards import atomic, write_json
from vocab.folder import save
from vocab.imports import open_vocabulary
from vocab.tokenizer import Tokenizer

SHAPE, WEIGHTS, VOCABULARY, CONFIG = "shape.json", "model.safetensors", "vocab", "config.json"
MODEL = "model"  # where the outputs of stages have theirs


def save_model(model: Model, tokenizer: Tokenizer, folder: Path) -> None:
    """Write a model into a folder, which is made if need be."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / SHAPE).unlink(missing_ok=True)
    weights = {name: tensor.detach().float().cpu().contiguous() for name, tensor in model.state_dict().items()}
    with atomic(folder / WEIGHTS) as file:
        file.write(safetensors.torch.save(weights, {"format": "pt"}))
    save(tokenizer, folder / VOCABULARY)
    write_json(folder / SHAPE, to_dict(model.shape))


def load_model(folder: Path, *, device: str | torch.device = "cpu") -> tuple[Model, Tokenizer]:
    """The model in a folder of ours, in what a training made, or in a folder of transformers; and its tokenizer."""
    at = found_in(folder)
    shape, weights = _ours(at) if (at / SHAPE).is_file() else _theirs(at)
    tokenizer = open_vocabulary(at / VOCABULARY if (at / VOCABULARY).is_dir() else at)
    if len(tokenizer) != shape.vocabulary:
        raise UserError(
            f"{at}: the model has {shape.vocabulary:,} pieces and the tokenizer {len(tokenizer):,}; "
            f"put the tokenizer there that the model was trained with"
        )
    return filled(shape, weights, str(at)).to(device), tokenizer


def found_in(folder: Path) -> Path:
    """The folder itself or the one in it that holds the model."""
    for name, at in product((SHAPE, CONFIG), (folder / MODEL, folder)):
        if (at / name).is_file():
            return at
    lacks = f"neither {SHAPE}, nor {MODEL}/{SHAPE}, nor {CONFIG} of transformers"
    raise UserError(f"{folder}: holds no model: {lacks}; `python -m pretrain train` makes one")


def filled(shape: Shape, weights: Mapping[str, Tensor], where: str) -> Model:
    """The model of a shape with some weights, if they are its."""
    model = unfilled(shape)
    expected = model.state_dict()
    for name, tensor in expected.items():
        if name not in weights:
            raise UserError(f"{where}: no tensor {name} among the weights; the file is of another model, or cut")
        if weights[name].shape != tensor.shape:
            found, right = list(weights[name].shape), list(tensor.shape)
            raise UserError(f"{where}: {name} has the shape {found}, but the model's is {right}")
    if unknown := sorted(set(weights) - set(expected)):
        raise UserError(f"{where}: the model has no tensor {unknown[0]}; the weights are of another model")
    model.load_state_dict({name: tensor.float() for name, tensor in weights.items()})
    return model


def _ours(folder: Path) -> tuple[Shape, Mapping[str, Tensor]]:
    path = folder / SHAPE
    try:
        value = orjson.loads(path.read_bytes())
    except orjson.JSONDecodeError as error:
        raise UserError(f"{path}: not JSON ({error})") from None
    return from_dict(value, str(path)), read_weights(folder)


def _theirs(folder: Path) -> tuple[Shape, Mapping[str, Tensor]]:
    shape, theirs = from_json(folder / CONFIG), read_weights(folder)
    if shape.architecture == "bert":
        shape = dataclasses.replace(shape, pairs=has_pairs(theirs))
    return shape, from_transformers(theirs, shape, str(folder))


def read_weights(folder: Path) -> dict[str, Tensor]:
    """The tensors of model.safetensors."""
    path = folder / WEIGHTS
    if not path.is_file():
        pickled = next(folder.glob("*.bin"), None)
        if pickled:
            raise UserError(
                f"{pickled}: weights as a pickle, which can run any code when it is read; "
                f"save the model again with transformers, which writes {WEIGHTS}"
            )
        raise UserError(f"{path}: no such file; a model's weights stand there")
    try:
        return safetensors.torch.load_file(path)
    except (SafetensorError, OSError) as error:
        raise UserError(f"{path}: cannot be read ({error}); copy or make the folder again") from None

"""Our models beside those of transformers, with the same weights."""

from __future__ import annotations

from typing import Any

import torch
import transformers
from torch import Tensor

from pretrain.architectures import Model
from pretrain.batch import Batch
from pretrain.interchange import to_transformers
from pretrain.shape import Shape, to_config

transformers.logging.set_verbosity_error()
Theirs = Any


def theirs_of(model: Model) -> Theirs:
    """The model of transformers of the same shape, with our weights."""
    theirs = empty(model.shape)
    left = theirs.load_state_dict(to_transformers(model.state_dict(), model.shape), strict=False)
    assert not left.unexpected_keys
    assert {name.rpartition("decoder.")[2] for name in left.missing_keys} <= {"weight", "bias"}, left.missing_keys
    theirs.tie_weights()
    return theirs


def empty(shape: Shape) -> Theirs:
    """The model of transformers of a shape, with weights of its own."""
    config = {
        **to_config(shape),
        "pad_token_id": 0,
        "bos_token_id": 2,
        "eos_token_id": 3,
        "attn_implementation": "eager",
    }
    if shape.architecture == "modern":
        return transformers.ModernBertForMaskedLM(transformers.ModernBertConfig(**config)).eval()
    kind = transformers.BertForPreTraining if shape.pairs else transformers.BertForMaskedLM
    theirs: Theirs = kind(transformers.BertConfig(**config))
    return theirs.eval()


def answers(theirs: Theirs, batch: Batch) -> tuple[Tensor, Tensor | None]:
    """Their logits at our picks, and of the order of rows."""
    rows, width = batch.tokens.shape
    places = torch.arange(width)
    taken = {"input_ids": batch.tokens, "attention_mask": (places < batch.lengths[:, None]).long()}
    if theirs.config.model_type == "bert":
        taken["token_type_ids"] = (places >= batch.bounds[:, None]).long()
    out = theirs(**taken)
    logits = out.prediction_logits if "prediction_logits" in out else out.logits
    return logits.reshape(rows * width, -1)[batch.picks], out.get("seq_relationship_logits")


def their_gradients(theirs: Theirs) -> dict[str, Tensor]:
    """Their gradients by name, without those of tied tensors twice."""
    return {name: each.grad for name, each in theirs.named_parameters() if each.grad is not None}

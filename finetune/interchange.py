"""The names that transformers has for a fine-tuned model: its class, its tensors, and what its configuration says.

The tensors of an encoder have theirs already (pretrain/interchange.py); in HEADS stand those of the head above it, ours
on the left. Two things are not only renamed. BERT's kin look at a row through [CLS] alone there, while ours adds the
mean of all tokens and normalises (heads.py): that is written as one more layer, whose attention, with zeros for queries
and keys, looks at all tokens alike. And a number is predicted in its own units: the last matrix takes in the spread.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
import torch
from torch import Tensor

from finetune.encode_names import tags
from finetune.encoder import Theirs
from finetune.finetuned import Finetuned
from finetune.heads import OF_ROWS
from finetune.spec import Spec
from finetune.task import Head
from pretrain.architectures import Model
from pretrain.export import their_config
from pretrain.interchange import Weights
from pretrain.interchange import to_transformers as their_weights
from tools.errors import UserError


def config(model: Finetuned) -> dict[str, Any]:
    """The whole of config.json."""
    kind, spec, encoder = model.encoder.kind, model.spec, model.encoder
    if kind not in HEADS:
        raise UserError(
            f"a model of type {kind!r}: how transformers puts a head over it is not known here; "
            f"what can be exported is of type {', '.join(HEADS)}"
        )
    if isinstance(encoder.model, Theirs):
        found: dict[str, Any] = orjson.loads(encoder.model.model.config.to_json_string(use_diff=False))
    else:
        found = their_config(_ours(model).shape, encoder.tokenizer)
    for name in ("id2label", "label2id", "problem_type"):
        found.pop(name, None)  # of what the encoder was trained for before
    found |= {
        "architectures": [CLASSES[kind] + SUFFIXES[spec.head]],
        **MORE.get(kind, {}),
        **PROBLEMS.get(spec.head, {}),
    }
    found["num_hidden_layers"] += _deeper(model)
    labels = {"classify": spec.labels, "tag": tags(spec.labels), "regress": ("score",)}.get(spec.head)
    if labels:
        found["id2label"] = {str(number): label for number, label in enumerate(labels)}
        found["label2id"] = {label: number for number, label in enumerate(labels)}
    return found


def weights(model: Finetuned) -> Weights:
    """All tensors under their names, in float32."""
    kind, spec, found = model.encoder.kind, model.spec, _encoder(model)
    if _deeper(model):
        found |= {f"{PREFIXES[kind]}.{name}": each for name, each in level_layer(config(model)).items()}
    for name, tensor in model.head.state_dict().items():
        layer, _, part = name.rpartition(".")
        found[f"{HEADS[kind][spec.head][layer]}.{part}"] = _in_units(spec, name, tensor)
    return {name: tensor.detach().float().cpu().contiguous() for name, tensor in found.items()}


def level_layer(settings: Mapping[str, Any]) -> Weights:
    """The tensors of a last layer that gives each token the mean of all, added to it and normalised."""
    hidden, inner = settings["hidden_size"], settings["intermediate_size"]
    nothing, one = torch.zeros(hidden), torch.ones(hidden)
    shapes = {
        "attention.self.query": (torch.zeros(hidden, hidden), nothing),
        "attention.self.key": (torch.zeros(hidden, hidden), nothing),
        "attention.self.value": (torch.eye(hidden), nothing),
        "attention.output.dense": (torch.eye(hidden), nothing),
        "attention.output.LayerNorm": (one, nothing),
        "intermediate.dense": (torch.zeros(inner, hidden), torch.zeros(inner)),
        "output.dense": (torch.zeros(hidden, inner), nothing),
        "output.LayerNorm": (one, nothing),
    }
    last = settings["num_hidden_layers"] - 1
    return {
        f"encoder.layer.{last}.{name}.{part}": tensor.clone()
        for name, both in shapes.items()
        for part, tensor in zip(("weight", "bias"), both, strict=True)
    }


def _encoder(model: Finetuned) -> Weights:
    """The tensors below the head, without the pooler: where there is one, it is the head's."""
    prefix = PREFIXES[model.encoder.kind]
    if isinstance(model.encoder.model, Theirs):
        found = {f"{prefix}.{name}": each for name, each in model.encoder.model.model.state_dict().items()}
    else:
        found = their_weights(_ours(model).state_dict(), _ours(model).shape)
    return {
        name: tensor
        for name, tensor in found.items()
        if name.startswith(f"{prefix}.") and not name.startswith(f"{prefix}.pooler.")
    }


def _ours(model: Finetuned) -> Model:
    ours: Model = model.encoder.model  # type: ignore[assignment]
    return ours


def _deeper(model: Finetuned) -> bool:
    """Whether the head needs a layer more to say the same there."""
    return model.spec.head in OF_ROWS and not model.head.manner.modern


def _in_units(spec: Spec, name: str, tensor: Tensor) -> Tensor:
    if spec.head != "regress" or not name.startswith("output."):
        return tensor
    return tensor * spec.spread + (spec.centre if name.endswith("bias") else 0.0)


CLASSES = {"bert": "Bert", "roberta": "Roberta", "electra": "Electra", "modernbert": "ModernBert"}
SUFFIXES: dict[Head, str] = {
    "classify": "ForSequenceClassification",
    "regress": "ForSequenceClassification",
    "tag": "ForTokenClassification",
    "span": "ForQuestionAnswering",
    "choose": "ForMultipleChoice",
}
PREFIXES = {"bert": "bert", "roberta": "roberta", "electra": "electra", "modernbert": "model"}
PROBLEMS: dict[Head, dict[str, str]] = {
    "classify": {"problem_type": "single_label_classification"},
    "regress": {"problem_type": "regression"},
}
MORE: dict[str, dict[str, Any]] = {
    "electra": {"summary_type": "first", "summary_use_proj": True, "summary_activation": "gelu"},
    "modernbert": {"classifier_pooling": "mean"},
}
TOKENS: dict[Head, dict[str, str]] = {"span": {"output": "qa_outputs"}, "tag": {"output": "classifier"}}
BERT = {"transform": "bert.pooler.dense", "output": "classifier"}
ROBERTA = {"transform": "roberta.pooler.dense", "output": "classifier"}
ELECTRA = {"transform": "sequence_summary.summary", "output": "classifier"}
DENSE = {"transform": "classifier.dense", "output": "classifier.out_proj"}
MODERN = {"transform": "head.dense", "transform_norm": "head.norm", "output": "classifier"}
HEADS: dict[str, dict[Head, dict[str, str]]] = {
    "bert": {**TOKENS, "classify": BERT, "regress": BERT, "choose": BERT},
    "roberta": {**TOKENS, "classify": DENSE, "regress": DENSE, "choose": ROBERTA},
    "electra": {**TOKENS, "classify": DENSE, "regress": DENSE, "choose": ELECTRA},
    "modernbert": dict.fromkeys(SUFFIXES, MODERN),
}

"""The shape of a model: every number that decides which tensors it has, and nothing that training may change.

Sizes have the names and figures of Google's list of small BERTs and of the paper; the modern ones have the inner width
at which GeGLU, with three matrices for two, has as many weights. A shape is also read from, and written as, the JSON
that BERT and transformers use. What the tensors are for stands in bert.py and modern.py.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, get_args

import orjson

from tools.errors import UserError, nearest

Architecture = Literal["bert", "modern"]
Head = Literal["pieces", "replaced"]
MULTIPLE = 64  # matrix units want the vocabulary's edge of the head to be a multiple of it


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A model before it has weights."""

    architecture: Architecture
    vocabulary: int
    """How many pieces the tokenizer has; inside the tables are longer, see `padded`."""
    layers: int
    hidden: int
    heads: int
    inner: int
    """The width between the two matrices of a feed-forward layer."""
    positions: int = 512
    """The longest row."""
    dropout: float = 0.1
    epsilon: float = 1e-12
    """Keeps a norm from dividing by nothing."""
    pairs: bool = True
    """Whether there is a head that says if B follows A."""
    head: Head = "pieces"
    """pieces: guesses which piece is masked; replaced: says of each piece whether it was put there by a generator."""
    window: int = 0
    """modern: how many tokens the local layers see, half before and half after; 0 = every layer sees the whole row."""
    theta: float = 160_000.0
    """modern: the slowest rotation of positions takes about so many tokens, in layers that see the whole row."""
    local_theta: float = 10_000.0
    """modern: the same in local layers."""

    def __post_init__(self) -> None:
        for name in ("vocabulary", "layers", "hidden", "heads", "inner", "positions"):
            if getattr(self, name) < 1:
                raise UserError(f"{name} {getattr(self, name)}: a model has at least one; give a larger number")
        if self.hidden % self.heads:
            raise UserError(f"hidden {self.hidden}: not a multiple of heads {self.heads}; change one of the two")
        if self.architecture == "modern" and self.hidden // self.heads % 2:
            width = self.hidden // self.heads
            raise UserError(
                f"heads {self.heads}: a head would be {width} wide, and rotary positions need an even width"
            )
        if not 0 <= self.dropout < 1:
            raise UserError(f"dropout {self.dropout}: is a share, from 0 to below 1")

    @property
    def padded(self) -> int:
        """How many rows the table of pieces has: the vocabulary, rounded up."""
        return -(-self.vocabulary // MULTIPLE) * MULTIPLE

    @property
    def head_width(self) -> int:
        """How many numbers a query, key or value has."""
        return self.hidden // self.heads


def shape(size: str, architecture: Architecture, vocabulary: int, **changes: Any) -> Shape:
    """The shape of a size by its name; changes are fields that shall be otherwise."""
    if size not in SIZES:
        raise UserError(f"size {size!r}: no such size; {nearest(size, SIZES)}")
    layers, hidden, heads = SIZES[size]
    if architecture == "modern":
        inner = -(-hidden * 8 // 3 // MULTIPLE) * MULTIPLE
        also: dict[str, Any] = {"inner": inner, "epsilon": 1e-5, "pairs": False}
    else:
        also = {"inner": 4 * hidden}
    numbers = {"vocabulary": vocabulary, "layers": layers, "hidden": hidden, "heads": heads}
    return Shape(architecture=architecture, **{**numbers, **also, **changes})


def from_json(path: Path) -> Shape:
    """A shape from a JSON file with BERT's own keys, or with ModernBERT's."""
    try:
        config = orjson.loads(path.read_bytes())
    except FileNotFoundError:
        raise UserError(f"{path}: no such file; give the JSON with hidden_size, num_hidden_layers, ...") from None
    except orjson.JSONDecodeError as error:
        raise UserError(f"{path}: not JSON ({error})") from None
    if not isinstance(config, dict):
        raise UserError(f"{path}: not an object of keys and values, as BERT's configuration is")
    return from_config(config, str(path))


def from_config(config: Mapping[str, Any], where: str) -> Shape:
    """The shape that a configuration in the words of transformers means, if it is of a kind that we have."""
    kind = config.get("model_type", "bert")
    if kind not in MODEL_TYPES:
        raise UserError(f"{where}: model_type {kind!r} is not of ours; {nearest(str(kind), MODEL_TYPES)}")
    architecture = MODEL_TYPES[kind]
    keys = KEYS[architecture]
    for ours, theirs in keys.items():
        if theirs not in config and ours not in OPTIONAL:
            raise UserError(f"{where}: no {theirs}, without which a model cannot be made; add it")
    for key, only in ONLY[architecture].items():
        if config.get(key, only) != only:
            raise UserError(f"{where}: {key} {config[key]!r} is not of ours, only {only!r}")
    found = {ours: config[theirs] for ours, theirs in keys.items() if theirs in config}
    if "inner" not in found:  # the course's JSON does not give it; BERT's is four times the width
        found["inner"] = 4 * found["hidden"]
    if architecture == "modern":
        found |= {"pairs": False, "epsilon": config.get("norm_eps", 1e-5), **_locality(config, where)}
    try:
        return Shape(architecture=architecture, **found)
    except TypeError as error:
        raise UserError(f"{where}: a value is of the wrong kind ({error})") from None


def to_config(shape: Shape) -> dict[str, Any]:
    """A shape in the words of transformers, as far as they decide what the weights mean."""
    config: dict[str, Any] = {theirs: getattr(shape, ours) for ours, theirs in KEYS[shape.architecture].items()}
    config |= ONLY[shape.architecture]
    if shape.architecture == "bert":
        kind: dict[str, Any] = {"model_type": "bert"}
        if shape.head == "replaced":
            kind = {"model_type": "electra", "embedding_size": shape.hidden}
        return {**config, **kind, "attention_probs_dropout_prob": shape.dropout, "initializer_range": 0.02}
    kinds = ["full_attention" if sees_all(shape, layer) else "sliding_attention" for layer in range(shape.layers)]
    thetas = {"full_attention": shape.theta, "sliding_attention": shape.local_theta}
    return {
        **config,
        "model_type": "modernbert",
        "attention_dropout": shape.dropout,
        "embedding_dropout": shape.dropout,
        "local_attention": shape.window or 128,
        "layer_types": kinds,
        "rope_parameters": {kind: {"rope_type": "default", "rope_theta": theta} for kind, theta in thetas.items()},
        "tie_word_embeddings": True,
    }


def sees_all(shape: Shape, layer: int) -> bool:
    """Whether a layer attends to the whole row: every third does, all do if there is no window."""
    return not shape.window or layer % 3 == 0


def to_dict(shape: Shape) -> dict[str, Any]:
    """A shape for shape.json; the head of pieces goes without saying, as when there was no other."""
    return {key: value for key, value in dataclasses.asdict(shape).items() if (key, value) != ("head", "pieces")}


def from_dict(value: Mapping[str, Any], where: str) -> Shape:
    """The shape that `to_dict` gave."""
    if not isinstance(value, dict):
        raise UserError(f"{where}: not an object of keys and values, as the shape of a model is")
    fields = {field.name for field in dataclasses.fields(Shape)}
    if unknown := set(value) - fields:
        name = sorted(unknown)[0]
        raise UserError(f"{where}: unknown key {name!r}; {nearest(name, fields)}")
    if value.get("architecture") not in get_args(Architecture):
        raise UserError(f"{where}: architecture {value.get('architecture')!r}; known: bert, modern")
    try:
        return Shape(**value)
    except TypeError as error:
        raise UserError(f"{where}: not the shape of a model ({error})") from None


def _locality(config: Mapping[str, Any], where: str) -> dict[str, Any]:
    """ModernBERT's window and rotations, of which newer and older files tell in different words."""
    layers = config["num_hidden_layers"]
    every = config.get("global_attn_every_n_layers", 3)
    kinds = config.get("layer_types") or [
        "sliding_attention" if layer % every else "full_attention" for layer in range(layers)
    ]
    thirds = ["sliding_attention" if layer % 3 else "full_attention" for layer in range(layers)]
    ropes = config.get("rope_parameters") or {}
    thetas = {
        "theta": ropes.get("full_attention", {}).get("rope_theta", config.get("global_rope_theta", 160_000.0)),
        "local_theta": ropes.get("sliding_attention", {}).get("rope_theta", config.get("local_rope_theta", 10_000.0)),
    }
    if any(rope.get("rope_type", "default") != "default" for rope in ropes.values()):
        raise UserError(f"{where}: rope_parameters: only rope_type 'default' is of ours")
    if kinds == ["full_attention"] * layers and kinds != thirds:
        return {"window": 0, **thetas}
    if kinds != thirds:
        raise UserError(
            f"{where}: layer_types: ours are global in every third layer, beginning with the first, or in all"
        )
    return {"window": config.get("local_attention", 128), **thetas}


SIZES: dict[str, tuple[int, int, int]] = {  # layers, hidden, heads
    "tiny": (2, 128, 2),
    "mini": (4, 256, 4),
    "small": (4, 512, 8),
    "base": (12, 768, 12),
    "large": (24, 1024, 16),
}
MODEL_TYPES: dict[str, Architecture] = {"bert": "bert", "modernbert": "modern"}
KEYS: dict[Architecture, dict[str, str]] = {
    "bert": {
        "vocabulary": "vocab_size",
        "layers": "num_hidden_layers",
        "hidden": "hidden_size",
        "heads": "num_attention_heads",
        "inner": "intermediate_size",
        "positions": "max_position_embeddings",
        "dropout": "hidden_dropout_prob",
        "epsilon": "layer_norm_eps",
    },
    "modern": {
        "vocabulary": "vocab_size",
        "layers": "num_hidden_layers",
        "hidden": "hidden_size",
        "heads": "num_attention_heads",
        "inner": "intermediate_size",
        "positions": "max_position_embeddings",
        "dropout": "mlp_dropout",
        "epsilon": "norm_eps",
    },
}
OPTIONAL = {"inner", "positions", "dropout", "epsilon"}
ONLY: dict[Architecture, dict[str, Any]] = {
    "bert": {"hidden_act": "gelu", "type_vocab_size": 2},
    "modern": {
        "hidden_activation": "gelu",
        "classifier_activation": "gelu",
        "norm_bias": False,
        "attention_bias": False,
        "mlp_bias": False,
        "classifier_bias": False,
        "decoder_bias": True,
    },
}

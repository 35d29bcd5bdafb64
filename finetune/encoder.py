"""The model under a head: ours, or one of transformers, behind the same `hidden(batch)`.

Folders of BERT and ModernBERT are read into our own models, which are quicker; what else AutoModel opens (ELECTRA,
RoBERTa, a BERT without the head of pretraining) runs in transformers' code, which must be installed for it. Weights are
read from safetensors alone. What stands above the last layer for pretraining is kept but not trained.
"""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import Any

import orjson
import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from pretrain.architectures import Model, build
from pretrain.batch import Batch, real
from pretrain.folder import CONFIG, VOCABULARY, WEIGHTS, filled, found_in, load_model, save_model
from pretrain.shape import MODEL_TYPES, to_config
from tools.errors import UserError
from tools.stage import imported
from vocab.folder import save as save_tokenizer
from vocab.imports import open_vocabulary
from vocab.tokenizer import Tokenizer

ABOVE = ("transform.", "transform_norm.", "judge.", "pooler.", "order.")  # and `bias`: what only pretraining asks
SAFETENSORS = "weights as a pickle can run any code when they are read; save the model again with transformers"
PRETRAINED = ("cls.predictions.", "decoder.")  # BERT's and ModernBERT's guesses of pieces: without, they are not ours
INSTALL = "runs in transformers' code; pip install transformers"
_LAYER = re.compile(r"(?:^|\.)layers?\.(\d+)\.")


@dataclasses.dataclass(frozen=True, slots=True)
class Encoder:
    """A model without a head, and what there is to know of it."""

    model: nn.Module
    """Has `hidden(batch)`: [rows, width, hidden]."""
    tokenizer: Tokenizer
    hidden: int
    positions: int
    """The longest row."""
    kind: str
    """What transformers calls such a model: its model_type."""
    epsilon: float
    """Keeps a norm from dividing by nothing."""

    @property
    def pooler(self) -> nn.Linear | None:
        """The layer through which pretraining saw [CLS], if it has one."""
        model = self.model.model if isinstance(self.model, Theirs) else self.model
        pooler = getattr(model, "pooler", None)
        pooler = getattr(pooler, "dense", pooler)
        return pooler if isinstance(pooler, nn.Linear) else None


class Theirs(nn.Module):
    """A model of transformers that takes our batches."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model
        # RoBERTa's table of segments has one row: it knows none.
        self.segments = getattr(model.config, "type_vocab_size", 0) > 1

    def hidden(self, batch: Batch) -> Tensor:
        """What the model makes of every token: [rows, width, hidden]."""
        states: Tensor = self.model(**their_inputs(batch, segments=self.segments)).last_hidden_state
        return states


def their_inputs(batch: Batch, *, segments: bool) -> dict[str, Tensor]:
    """A batch under the names that models of transformers have for it."""
    there = real(batch)
    found = {"input_ids": batch.tokens, "attention_mask": there.long()}
    if segments:
        places = torch.arange(batch.tokens.shape[1], device=batch.tokens.device)
        found["token_type_ids"] = ((places >= batch.bounds[:, None]) & there).long()
    return found


def encoder(folder: Path, dropout: float = 0.1, fresh: int | None = None) -> Encoder:
    """The model in a folder; or, with a seed as `fresh`, the same model with random weights."""
    if _theirs(folder):
        return _of_transformers(folder, dropout, fresh)
    model, tokenizer = load_model(folder)
    shape = dataclasses.replace(model.shape, dropout=dropout)
    model = filled(shape, model.state_dict(), str(folder)) if fresh is None else build(shape, fresh)
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(not (name.startswith(ABOVE) or name == "bias"))
    kind = str(to_config(shape)["model_type"])
    return Encoder(model, tokenizer, shape.hidden, shape.positions, kind, shape.epsilon)


def save(encoder: Encoder, folder: Path) -> None:
    """Write an encoder as a folder that `encoder` and, if it is theirs, AutoModel opens."""
    if isinstance(encoder.model, Theirs):
        folder.mkdir(parents=True, exist_ok=True)
        encoder.model.model.save_pretrained(folder)
        save_tokenizer(encoder.tokenizer, folder / VOCABULARY)
    else:
        model: Model = encoder.model  # type: ignore[assignment]
        save_model(model, encoder.tokenizer, folder)


def depth(name: str) -> int | None:
    """How many layers lie below a parameter, by its name: 0 for embeddings; None for what is above all layers."""
    if found := _LAYER.search(name):
        return int(found[1]) + 1
    return 0 if "embedding" in name else None


def _theirs(folder: Path) -> bool:
    """Whether a folder is of transformers and of a kind that we have no model for."""
    if not folder.is_dir():
        raise UserError(f"{folder}: no such folder; give a model of ours or a downloaded folder of transformers")
    at = found_in(folder)
    if not (at / CONFIG).is_file():
        return False
    if _config(at).get("model_type") not in MODEL_TYPES:
        return True
    if not (at / WEIGHTS).is_file():
        return False  # load_model says what is missing
    try:
        with safe_open(at / WEIGHTS, "pt") as file:
            return not any(name.startswith(PRETRAINED) for name in file.keys())  # noqa: SIM118
    except SafetensorError:
        return False  # load_model says what is wrong


def _of_transformers(folder: Path, dropout: float, fresh: int | None) -> Encoder:
    at = found_in(folder)
    kind = _config(at).get("model_type")
    try:
        auto: Any = imported("transformers:AutoModel")
        configuration: Any = imported("transformers:AutoConfig")
        quiet: Any = imported("transformers.utils.logging:disable_progress_bar")
    except ImportError:
        raise UserError(f"{folder}: a model of type {kind!r} {INSTALL}") from None
    if fresh is None and not (at / WEIGHTS).is_file():
        raise UserError(f"{folder}: has no {WEIGHTS}; {SAFETENSORS}")
    quiet()  # of files that are read in an instant
    try:
        config = configuration.from_pretrained(at)
        _drop(config, dropout)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(fresh or 0)  # what the file lacks is made up even where it is read
            if fresh is None:
                model = auto.from_pretrained(at, config=config, use_safetensors=True, dtype=torch.float32)
            else:
                model = auto.from_config(config)
    except (OSError, ValueError, KeyError, SafetensorError) as error:
        why = str(error).strip().partition("\n")[0]
        raise UserError(f"{folder}: transformers cannot open it ({why}); give a folder that AutoModel opens") from None
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(not name.startswith("pooler."))
    tokenizer = open_vocabulary(at / VOCABULARY if (at / VOCABULARY).is_dir() else at)
    # RoBERTa counts places from behind the id of its padding.
    before = config.pad_token_id + 1 if config.model_type in ("roberta", "xlm-roberta", "camembert") else 0
    return Encoder(
        model=Theirs(model),
        tokenizer=tokenizer,
        hidden=int(config.hidden_size),
        positions=int(config.max_position_embeddings) - before,
        kind=config.model_type,
        epsilon=getattr(config, "layer_norm_eps", getattr(config, "norm_eps", 1e-12)),
    )


def _drop(config: Any, dropout: float) -> None:
    for name in DROPOUTS:
        if hasattr(config, name):
            setattr(config, name, dropout)


def _config(at: Path) -> dict[str, Any]:
    try:
        value = orjson.loads((at / CONFIG).read_bytes())
    except orjson.JSONDecodeError as error:
        raise UserError(f"{at / CONFIG}: not JSON ({error})") from None
    if not isinstance(value, dict):
        raise UserError(f"{at / CONFIG}: not an object of keys and values, as a model's configuration is")
    return value


DROPOUTS = (
    "hidden_dropout_prob", "attention_probs_dropout_prob", "attention_dropout", "embedding_dropout", "mlp_dropout",
)  # fmt: skip

"""Models to and from the folders of transformers: `python -m pretrain export` and `import-hf`.

What is exported opens with AutoModelForPreTraining or AutoModelForMaskedLM and gives the same logits, and AutoTokenizer
gives the same ids. A BERT that finds replaced pieces is ELECTRA's discriminator there. Two things do not go along: a
modern model's head for pairs, and its head for replaced pieces, since theirs has none; the latter is an AutoModel.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import safetensors.torch

from pretrain.architectures import Model
from pretrain.folder import CONFIG, MODEL, WEIGHTS, found_in, load_model, save_model
from pretrain.interchange import to_transformers as their_weights
from pretrain.options_models import ExportModel, ImportHf
from pretrain.shape import Shape, to_config
from tools.shards import atomic, write_json
from vocab.export import to_transformers as their_tokenizer
from vocab.tokenizer import Tokenizer

CARD = "README.md"
TOKENIZER = "tokenizer_config.json"
NAMED = {"pad": "[PAD]", "cls": "[CLS]", "sep": "[SEP]", "mask": "[MASK]"}


def export(config: ExportModel) -> dict[str, Any]:
    """Write a model as a folder of transformers."""
    model, tokenizer = load_model(config.model)
    write_transformers(model, tokenizer, config.output)
    if card := card_of(config.model):
        with atomic(config.output / CARD) as file:
            file.write(card.read_bytes())
    return {"class": class_name(model.shape), "parameters": parameters(model), "card": bool(card)}


def import_hf(config: ImportHf) -> dict[str, Any]:
    """Read a model of transformers into a folder of ours."""
    model, tokenizer = load_model(config.model)
    save_model(model, tokenizer, config.output)
    return {"architecture": model.shape.architecture, "parameters": parameters(model), "pieces": len(tokenizer)}


def write_transformers(model: Model, tokenizer: Tokenizer, folder: Path) -> None:
    """Write config.json, model.safetensors and the files of the tokenizer into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    their_tokenizer(tokenizer, folder)
    settings = orjson.loads((folder / TOKENIZER).read_bytes()) | {"model_max_length": model.shape.positions}
    if model.shape.architecture == "modern":
        settings["model_input_names"] = ["input_ids", "attention_mask"]
    write_json(folder / TOKENIZER, settings)
    weights = their_weights({name: each.float().cpu() for name, each in model.state_dict().items()}, model.shape)
    with atomic(folder / WEIGHTS) as file:
        file.write(safetensors.torch.save(weights, {"format": "pt"}))
    write_json(folder / CONFIG, their_config(model.shape, tokenizer))


def their_config(shape: Shape, tokenizer: Tokenizer) -> dict[str, Any]:
    """The whole of config.json."""
    ids = {f"{name}_token_id": tokenizer.specials.get(piece) for name, piece in NAMED.items()}
    if shape.architecture == "bert":
        ids = {"pad_token_id": ids["pad_token_id"]}
    else:
        ids |= {"bos_token_id": ids["cls_token_id"], "eos_token_id": ids["sep_token_id"]}
    return {"architectures": [class_name(shape)], "dtype": "float32", **to_config(shape), **ids}


def class_name(shape: Shape) -> str:
    """What the model is called there."""
    if shape.head == "replaced":
        return "ModernBertModel" if shape.architecture == "modern" else "ElectraForPreTraining"
    if shape.architecture == "modern":
        return "ModernBertForMaskedLM"
    return "BertForPreTraining" if shape.pairs else "BertForMaskedLM"


def parameters(model: Model) -> int:
    """How many numbers a model learns; rows of the table that are no piece are not among them."""
    unused = (model.shape.padded - model.shape.vocabulary) * model.shape.hidden
    return sum(each.numel() for each in model.parameters()) - unused


def card_of(folder: Path) -> Path | None:
    """The model card beside a model or in the folder that its training made."""
    at = found_in(folder)
    cards = [at / CARD, at.parent / CARD] if at.name == MODEL else [at / CARD]
    return next((card for card in cards if card.is_file()), None)

"""The verb `export`: a fine-tuned model as a folder that transformers opens, with its tokenizer and a model card.

AutoModelForQuestionAnswering, ForSequenceClassification, ForTokenClassification and ForMultipleChoice give our logits,
without code of ours; numbers come in their own units. AutoTokenizer is given tokenizer.json as a class that adds
nothing to it, so that ids are ours, also of unknown characters; a class like BertTokenizerFast would build its own
rules from the pieces. What does not go along is how answers are read from logits: the card gives what it takes.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import safetensors.torch

from finetune.finetuned import Finetuned, load_finetuned
from finetune.interchange import config as their_config
from finetune.interchange import weights
from finetune.library_tokenizer import as_here
from finetune.library_tokenizer import settings as settings_of
from finetune.model_card import model_card
from finetune.options_train import Export
from finetune.results import REPORT
from pretrain.export import CARD, TOKENIZER
from pretrain.folder import CONFIG, WEIGHTS
from tools.shards import atomic, write_json
from tools.stage import Summary
from vocab.export import to_transformers as their_tokenizer
from vocab.folder import LIBRARY


def export(config: Export) -> Summary:
    """Write a fine-tuned model as a folder of transformers."""
    model = load_finetuned(config.model)
    settings = write_transformers(model, config.output)
    scores: dict[str, Any] = {}
    if (config.model / REPORT).is_file():
        scores = orjson.loads((config.model / REPORT).read_bytes())
    with atomic(config.output / CARD) as file:
        file.write(model_card(model.spec, settings, scores, config.model.resolve().name).encode())
    return {"class": settings["architectures"][0], "layers": settings["num_hidden_layers"], "scores": bool(scores)}


def write_transformers(model: Finetuned, folder: Path) -> dict[str, Any]:
    """Write config.json, model.safetensors and the files of the tokenizer into a folder; what config.json says."""
    settings = their_config(model)
    folder.mkdir(parents=True, exist_ok=True)
    write_tokenizer(model, folder, segments=settings.get("type_vocab_size", 0) > 1)
    with atomic(folder / WEIGHTS) as file:
        file.write(safetensors.torch.save(weights(model), {"format": "pt"}))
    write_json(folder / CONFIG, settings)
    return settings


def write_tokenizer(model: Finetuned, folder: Path, *, segments: bool) -> None:
    """Write the files that AutoTokenizer reads; it cuts texts as they were cut in training."""
    tokenizer = model.tokenizer
    if tokenizer.scheme.kind == "library":
        write_json(folder / LIBRARY, as_here(tokenizer))
        settings = settings_of(tokenizer)
    else:
        their_tokenizer(tokenizer, folder)
        settings = orjson.loads((folder / TOKENIZER).read_bytes())
    names = ["input_ids", *(["token_type_ids"] if segments else []), "attention_mask"]
    changed = {"tokenizer_class": EXACT, "model_max_length": model.spec.length, "model_input_names": names}
    write_json(folder / TOKENIZER, settings | changed)


EXACT = "PreTrainedTokenizerFast"

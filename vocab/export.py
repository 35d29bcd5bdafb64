"""A tokenizer as others read it: `python -m vocab export DIR --format hf`.

The folder opens with transformers' AutoTokenizer and gives what we give for any text: mostly as
PreTrainedTokenizerFast, which adds nothing to tokenizer.json. BertTokenizerFast, since version 5 built from the pieces
alone, makes a whole word unknown where one of its characters is; the folder names it where that is our rule too.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tools.errors import UserError
from tools.shards import atomic, write_json
from vocab.huggingface import tokenizer_json
from vocab.imports import open_vocabulary
from vocab.scheme import BERT
from vocab.stages import Export
from vocab.tokenizer import Tokenizer

NAMES = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]", "mask_token": "[MASK]"}
POSITIONS = 512  # of BERT


def export(config: Export) -> dict[str, Any]:
    """Write a tokenizer into `config.output` in the format asked for."""
    tokenizer = open_vocabulary(config.vocabulary)
    FORMATS[config.format](tokenizer, config.output)
    return {"pieces": len(tokenizer), "format": config.format}


def to_transformers(tokenizer: Tokenizer, folder: Path) -> None:
    """The files that AutoTokenizer reads."""
    content = tokenizer_json(tokenizer)
    if content is None:
        scheme = tokenizer.scheme
        raise UserError(
            f"a {scheme.kind} vocabulary of {scheme.segment} units cannot be used by transformers without us; "
            f"export one that needs no analyser and writes ## or ▁"
        )
    write_json(folder / "tokenizer.json", content)
    with atomic(folder / "vocab.txt") as file:
        file.write("".join(f"{piece}\n" for piece in tokenizer.pieces).encode())
    tokens = {name: piece for name, piece in NAMES.items() if piece in tokenizer.specials}
    write_json(folder / "tokenizer_config.json", {**_settings(tokenizer), **tokens})
    write_json(folder / "special_tokens_map.json", tokens)


def _settings(tokenizer: Tokenizer) -> dict[str, Any]:
    shared = {
        "model_max_length": POSITIONS,
        "model_input_names": ["input_ids", "token_type_ids", "attention_mask"],
        "clean_up_tokenization_spaces": False,
    }
    scheme = tokenizer.scheme
    if not (
        scheme.by_longest_match
        and scheme.form == "NFC"
        and scheme.unknown == BERT.unknown
        and scheme.longest_word == BERT.longest_word
    ):
        return {"tokenizer_class": "PreTrainedTokenizerFast", **shared}
    return {
        "tokenizer_class": "BertTokenizerFast",
        "do_lower_case": False,
        "strip_accents": False,
        "tokenize_chinese_chars": True,
        **shared,
    }


FORMATS: dict[str, Callable[[Tokenizer, Path], None]] = {"hf": to_transformers}

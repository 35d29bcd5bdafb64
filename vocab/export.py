"""A tokenizer as others read it: `python -m vocab export DIR --format hf`.

The folder opens with transformers' AutoTokenizer, WordPiece as BertTokenizerFast. That class gives what we give where
text is composed (NFC), its characters are known and its words have at most 100 characters. For other text version 5,
which builds the class from the pieces alone, makes the whole word unknown; older versions, and the `tokenizers` library
itself, read tokenizer.json, which says all of it. Other kinds come out as PreTrainedTokenizerFast, and exactly.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tools.errors import UserError
from tools.shards import atomic, write_json
from vocab.huggingface import tokenizer_json
from vocab.imports import open_vocabulary
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
    if not (tokenizer.scheme.by_longest_match and tokenizer.scheme.form == "NFC"):
        return {"tokenizer_class": "PreTrainedTokenizerFast", **shared}
    return {
        "tokenizer_class": "BertTokenizerFast",
        "do_lower_case": False,
        "strip_accents": False,
        "tokenize_chinese_chars": True,
        **shared,
    }


FORMATS: dict[str, Callable[[Tokenizer, Path], None]] = {"hf": to_transformers}

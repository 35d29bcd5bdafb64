"""The tokenizer.json of others, changed so that it gives for any text what vocab/library.py gives word by word.

There each word is cut by itself after one space, and a row is [CLS] A [SEP] B [SEP] for every model. So the text is
composed and its white space made single spaces, one of them in front, before the rules of its authors begin; and the
row is put together our way. It is needed for those tokenizers alone that are not ours or BERT's (vocab/huggingface.py).
"""

from __future__ import annotations

from typing import Any

import orjson

from pretrain.masking import special
from tools.errors import UserError
from vocab.tokenizer import Tokenizer

NAMED = {"pad_token": "[PAD]", "cls_token": "[CLS]", "sep_token": "[SEP]", "mask_token": "[MASK]"}
Json = dict[str, Any]


def as_here(tokenizer: Tokenizer) -> Json:
    """The content of tokenizer.json."""
    content: Json = orjson.loads(tokenizer.model)
    cls, sep = (tokenizer.pieces[special(tokenizer, name)] for name in ("[CLS]", "[SEP]"))
    steps = [*FIRST, *([content["normalizer"]] if content["normalizer"] else [])]

    def mark(name: str, segment: int) -> Json:
        return {"SpecialToken": {"id": name, "type_id": segment}}

    single = [mark(cls, 0), {"Sequence": {"id": "A", "type_id": 0}}, mark(sep, 0)]
    known = {name: {"id": name, "ids": [tokenizer.ids[name]], "tokens": [name]} for name in (cls, sep)}
    row = {
        "type": "TemplateProcessing",
        "single": single,
        "pair": [*single, {"Sequence": {"id": "B", "type_id": 1}}, mark(sep, 1)],
        "special_tokens": known,
    }
    normalizer = {"type": "Sequence", "normalizers": steps}
    return {**content, "truncation": None, "padding": None, "normalizer": normalizer, "post_processor": row}


def settings(tokenizer: Tokenizer) -> Json:
    """What tokenizer_config.json says besides: which pieces are the special ones."""
    found: Json = {"clean_up_tokenization_spaces": False}
    if tokenizer.unknown_piece:
        found["unk_token"] = tokenizer.unknown_piece
    for name, piece in NAMED.items():
        try:
            found[name] = tokenizer.pieces[special(tokenizer, piece)]
        except UserError:  # without [MASK] a model can still be used
            continue
    return found


FIRST: list[Json] = [
    {"type": "NFC"},
    {
        "type": "BertNormalizer",
        "clean_text": True,
        "handle_chinese_chars": False,
        "strip_accents": False,
        "lowercase": False,
    },
    {"type": "Replace", "pattern": {"Regex": " +"}, "content": " "},
    {"type": "Strip", "strip_left": True, "strip_right": True},
    {"type": "Prepend", "prepend": " "},
]

"""A tokenizer in the words of the `tokenizers` library: the content of its tokenizer.json.

What stands there gives the ids that we give, on any text, with three differences: special pieces written out in a text
are taken for themselves, words above LONGEST characters are [UNK] (the library takes time with their square), and of
what no piece holds unigram makes one [UNK]. Not everything can be said: schemes that need an analyser, vocabularies
with other marks than ## or ▁, and models that sentencepiece did not train as unigram have no tokenizer.json.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from vocab.scheme import Scheme
from vocab.unigram import scores

if TYPE_CHECKING:
    from vocab.tokenizer import Tokenizer

Json = dict[str, Any]
START = "▁"
LONGEST = 1000


def tokenizer_json(tokenizer: Tokenizer) -> Json | None:
    """The content of tokenizer.json; None for what the library cannot do."""
    scheme = tokenizer.scheme
    model = _model(tokenizer)
    if model is None or scheme.analysed or scheme.end or scheme.space or scheme.start not in ("", START):
        return None
    steps: list[Json] = [{"type": "BertPreTokenizer" if scheme.split == "bert" else "WhitespaceSplit"}]
    decoder: Json = {"type": "WordPiece", "prefix": scheme.inside or "##", "cleanup": False}
    if scheme.start:
        decoder = {"type": "Metaspace", "replacement": START, "prepend_scheme": "always", "split": False}
        steps.append(decoder)
    if scheme.by_longest_match and not scheme.whole_words_unknown:
        steps.append(_known_parts(tokenizer.pieces, scheme))
    words = steps[0] if len(steps) == 1 else {"type": "Sequence", "pretokenizers": steps}
    return _whole(tokenizer, _normalizer(scheme), words, model, decoder)


def _model(tokenizer: Tokenizer) -> Json | None:
    scheme = tokenizer.scheme
    if scheme.kind == "unigram":
        return _unigram(tokenizer)
    if scheme.kind == "bpe":
        return _bpe(tokenizer)
    return _wordpiece(tokenizer) if scheme.by_longest_match and scheme.inside == "##" and not scheme.start else None


def _whole(tokenizer: Tokenizer, normalizer: Json, words: Json, model: Json, decoder: Json) -> Json:
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [
            _added(name, id_) for name, id_ in sorted(tokenizer.specials.items(), key=lambda item: item[1])
        ],
        "normalizer": normalizer,
        "pre_tokenizer": words,
        "post_processor": _around(tokenizer.specials),
        "decoder": decoder,
        "model": model,
    }


def _added(name: str, id_: int) -> Json:
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    return {"id": id_, "content": name, **flags}


def _around(specials: Mapping[str, int]) -> Json | None:
    """[CLS] and [SEP] around one text or two."""
    if not {"[CLS]", "[SEP]"} <= set(specials):
        return None

    def special(name: str, segment: int) -> Json:
        return {"SpecialToken": {"id": name, "type_id": segment}}

    single = [special("[CLS]", 0), {"Sequence": {"id": "A", "type_id": 0}}, special("[SEP]", 0)]
    pair = [*single, {"Sequence": {"id": "B", "type_id": 1}}, special("[SEP]", 1)]
    known = {name: {"id": name, "ids": [specials[name]], "tokens": [name]} for name in ("[CLS]", "[SEP]")}
    return {"type": "TemplateProcessing", "single": single, "pair": pair, "special_tokens": known}


def _normalizer(scheme: Scheme) -> Json:
    bert = {"clean_text": True, "handle_chinese_chars": scheme.split == "bert"}
    cased = {"strip_accents": False, "lowercase": False}
    steps: list[Json] = [{"type": "NFC"}, {"type": "BertNormalizer", **bert, **cased}]
    if scheme.form != "NFC":
        steps.append({"type": scheme.form})
    return {"type": "Sequence", "normalizers": steps}


def _wordpiece(tokenizer: Tokenizer) -> Json:
    return {
        "type": "WordPiece",
        "unk_token": tokenizer.unknown_piece,
        "continuing_subword_prefix": tokenizer.scheme.inside,
        "max_input_chars_per_word": tokenizer.scheme.longest_word or LONGEST,
        "vocab": dict(tokenizer.ids),
    }


def _bpe(tokenizer: Tokenizer) -> Json:
    return {
        "type": "BPE",
        "dropout": None,
        "unk_token": tokenizer.unknown_piece,
        "continuing_subword_prefix": tokenizer.scheme.inside or None,
        "end_of_word_suffix": None,
        "fuse_unk": False,
        "byte_fallback": False,
        "ignore_merges": False,
        "vocab": dict(tokenizer.ids),
        "merges": [list(merge) for merge in tokenizer.merges],
    }


def _unigram(tokenizer: Tokenizer) -> Json | None:
    found = scores(tokenizer.model, "the sentencepiece model")
    if found is None:
        return None
    vocab = [list(row) for row in zip(tokenizer.pieces, found, strict=True)]
    return {"type": "Unigram", "unk_id": tokenizer.unknown, "vocab": vocab, "byte_fallback": False}


def _known_parts(pieces: Iterable[str], scheme: Scheme) -> Json:
    """Words cut around characters that no piece holds there, which is what `unknown: character` comes to.

    A part is a character that can begin a word and those after it that can continue one; what begins no part is alone.
    """
    plain = [piece for piece in pieces if not re.fullmatch(r"\[.+\]", piece)]
    first = {piece[0] for piece in plain if piece and not piece.startswith(scheme.inside)}
    later = {c for piece in plain if piece.startswith(scheme.inside) for c in piece.removeprefix(scheme.inside)}
    later |= {c for piece in plain if not piece.startswith(scheme.inside) for c in piece[1:]}
    pattern = f"{_any_of(first)}{_any_of(later)}*|."
    return {"type": "Split", "pattern": {"Regex": f"(?m:{pattern})"}, "behavior": "Isolated", "invert": False}


def _any_of(characters: Iterable[str]) -> str:
    """A character class of the library's regular expressions, by ranges of code points."""
    ranges: list[list[int]] = []
    for code in sorted(map(ord, characters)):
        if ranges and code == ranges[-1][1] + 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    if not ranges:
        return r"(?!)"
    return "[" + "".join(f"\\x{{{low:x}}}-\\x{{{high:x}}}" for low, high in ranges) + "]"

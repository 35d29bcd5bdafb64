"""Vocabularies of others, opened as our Tokenizer, so that all can be compared on equal terms.

A path is a folder of ours, a folder or file of `transformers` (tokenizer.json, vocab.txt), a sentencepiece .model, or a
list of pieces, one a line, with or without a score behind it, also compressed with xz. How a list is used, its pieces
tell: `##` means BERT, whole words becoming [UNK] as there; jamo mean decomposed syllables; `▁` before pieces means
longest match after a mark; `을/JKO_` means KorBERT's tagged morphemes; a piece `▃` means morphemes of mecab as in
kortok, with a piece for each space; a bare `▁` or space among single characters means characters.

What is not as its authors have it: all text is composed (NFC) and without control characters first; KR-BERT's
BidirectionalWordPiece, which also matches from the end, is taken as plain longest match, and so is kodoc; kortok's word
vocabulary was cut by Moses, here it is by words.py. Merge order that a plain list does not tell is not guessed.
"""

from __future__ import annotations

import dataclasses
import html
import lzma
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import orjson

from tools.errors import UserError
from vocab.folder import load
from vocab.huggingface import tokenizer_json
from vocab.library import Library
from vocab.scheme import BERT, SPECIALS, Form, Scheme
from vocab.tagged import END, read_tagged, taken_apart
from vocab.tokenizer import Tokenizer
from vocab.unigram import pieces as model_pieces

JAMO = re.compile("[\u1100-\u11ff]")
SCORE = re.compile(r"(?<=.)[\t ]-?\d[\d.e+-]*$")
ENOUGH = 0.01  # the share of pieces that tells what a list is


def open_vocabulary(path: Path) -> Tokenizer:
    """The tokenizer at a path, whoever made it."""
    if path.is_dir():
        name = next((name for name in IN_FOLDER if (path / name).is_file()), None)
        if name is None:
            raise UserError(f"{path}: holds none of {', '.join(IN_FOLDER)}; give a folder or a file of a vocabulary")
        return IN_FOLDER[name](path / name)
    if not path.is_file():
        raise UserError(f"{path}: no such file; give a folder or a file of a vocabulary")
    return BY_ENDING.get(path.suffix, _list)(path)


def _ours(path: Path) -> Tokenizer:
    return load(path.parent)


def _list(path: Path) -> Tokenizer:
    """A list of pieces, used as its pieces tell."""
    pieces = _lines(path)
    if sum(bool(taken_apart(piece).tag) for piece in pieces) > len(pieces) / 10:
        return _tagged(path)
    if not {"[UNK]", "<unk>"} & set(pieces):
        raise UserError(f"{path}: no piece [UNK], which stands for what no other piece holds; add it as a line")
    scheme = _scheme(pieces)
    if scheme.kind == "word":  # Moses wrote &quot; for a quotation mark
        plain = [html.unescape(piece) for piece in pieces]
        pieces = plain if len(set(plain)) == len(plain) else pieces
    return Tokenizer(tuple(pieces), scheme)


def _scheme(pieces: Sequence[str]) -> Scheme:
    def share(pattern: str) -> float:
        return sum(bool(re.match(pattern, piece)) for piece in pieces) / len(pieces)

    form: Form = "NFKD" if sum(bool(JAMO.search(piece)) for piece in pieces) > len(pieces) / 10 else "NFC"
    plain = dataclasses.replace(Scheme(), inside="", split="spaces", form=form)
    if share("##.") > ENOUGH:
        return dataclasses.replace(BERT, form=form)
    if share("▁.") > ENOUGH:
        return dataclasses.replace(plain, start="▁")
    if "▃" in pieces:
        return dataclasses.replace(plain, kind="word", segment="morpheme", space="▃")
    space = next((piece for piece in ("▁", " ") if piece in pieces), "")
    if space:
        return dataclasses.replace(plain, kind="jamo" if form == "NFKD" else "syllable", space=space)
    return dataclasses.replace(plain, kind="word", split="bert", unknown="word")


def _tagged(path: Path) -> Tokenizer:
    pieces = tuple(read_tagged(path))
    pieces = pieces if "[UNK]" in pieces else (*SPECIALS, *pieces)
    return Tokenizer(pieces, Scheme(segment="morpheme-tag", split="spaces", inside="", end=END))


def _sentencepiece(path: Path) -> Tokenizer:
    model = path.read_bytes()
    pieces = model_pieces(model, str(path))
    scheme = Scheme(kind="unigram", split="spaces", start="▁", inside="")
    if "▁▃" in pieces:
        scheme = dataclasses.replace(scheme, segment="morpheme", space="▁▃")
    return Tokenizer(pieces, scheme, model=model)


def _json(path: Path) -> Tokenizer:
    """A tokenizer.json: as ours or BERT's if it says what those say, else by the library."""
    content = path.read_bytes()
    try:
        value = orjson.loads(content)
        cased_bert = _is_cased_bert(value)
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
        raise UserError(f"{path}: not a tokenizer.json ({error}); give the file that tokenizers wrote") from None
    pieces = Library(content, str(path)).pieces()
    if "[UNK]" in pieces and value == tokenizer_json(ours := Tokenizer(pieces)):
        return ours
    if cased_bert:
        longest = value["model"]["max_input_chars_per_word"]
        return Tokenizer(pieces, dataclasses.replace(BERT, longest_word=longest))
    return Tokenizer(pieces, Scheme(kind="library", split="spaces", inside="", start="▁"), model=content)


def _is_cased_bert(value: dict[str, Any]) -> bool:
    model, normalizer = value["model"], value["normalizer"] or {}
    steps = normalizer.get("normalizers", [normalizer])
    cased = [step for step in steps if step.get("type") == "BertNormalizer" and not step["lowercase"]]
    as_ours = [step for step in cased if step["clean_text"] and step["handle_chinese_chars"]]
    return (
        model.get("type") == "WordPiece"
        and model["continuing_subword_prefix"] == "##"
        and len(as_ours) == 1
        and not as_ours[0]["strip_accents"]
        and all(step.get("type") in ("NFC", "BertNormalizer") for step in steps)
        and (value["pre_tokenizer"] or {}).get("type") == "BertPreTokenizer"
    )


def _lines(path: Path) -> list[str]:
    """The pieces of a list; a line may end in a score."""
    try:
        content = lzma.decompress(path.read_bytes()) if path.suffix == ".xz" else path.read_bytes()
        lines = content.decode().removesuffix("\n").split("\n")
    except (UnicodeDecodeError, lzma.LZMAError) as error:
        raise UserError(f"{path}: not a list of pieces in UTF-8 ({error})") from None
    if lines == [""]:
        raise UserError(f"{path}: is empty; a vocabulary has one piece a line")
    pieces = [SCORE.sub("", line.removesuffix("\r")) for line in lines]
    seen: dict[str, int] = {}
    for number, piece in enumerate(pieces, 1):
        if seen.setdefault(piece, number) != number:
            raise UserError(f"{path}:{number}: {piece!r} is in line {seen[piece]} already; a piece has one id")
    return pieces


Opener = Callable[[Path], Tokenizer]
IN_FOLDER: dict[str, Opener] = {
    "malmoi.json": _ours,
    "tokenizer.json": _json,
    "tok.model": _sentencepiece,
    "spiece.model": _sentencepiece,
    "tok.vocab": _list,
    "vocab.txt": _list,
}
BY_ENDING: dict[str, Opener] = {".json": _json, ".model": _sentencepiece}

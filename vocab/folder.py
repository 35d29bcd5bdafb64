"""A tokenizer as a folder: plain files that say everything, checked when they are read. Never pickle.

vocab.txt            the pieces, one a line, in the order of their ids
merges.txt           the pairs in the order of training, where they are known; byte-pair encoding needs them
sentencepiece.model  unigram only
tokenizer.json       the same for the `tokenizers` library, where it can express it; not read by us
malmoi.json          the scheme, and the sha256 of the files above; written last
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterable
from pathlib import Path

import orjson

from tools.errors import UserError
from tools.shards import atomic, write_json
from vocab.huggingface import tokenizer_json
from vocab.scheme import scheme_from
from vocab.tokenizer import Tokenizer

RECORD, PIECES, MERGES, LIBRARY = "malmoi.json", "vocab.txt", "merges.txt", "tokenizer.json"
MODELS = {"unigram": "sentencepiece.model", "library": "library.json"}
FORMAT = 1


def save(tokenizer: Tokenizer, folder: Path) -> None:
    """Write a tokenizer into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    contents = {PIECES: _lines(tokenizer.pieces)}
    if tokenizer.merges:
        contents[MERGES] = _lines(f"{left} {right}" for left, right in tokenizer.merges)
    if tokenizer.model:
        contents[MODELS[tokenizer.scheme.kind]] = tokenizer.model
    if library := tokenizer_json(tokenizer):
        contents[LIBRARY] = orjson.dumps(library, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    for name, content in contents.items():
        with atomic(folder / name) as file:
            file.write(content)
    files = {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}
    record = {"format": FORMAT, "pieces": len(tokenizer), "scheme": dataclasses.asdict(tokenizer.scheme)}
    write_json(folder / RECORD, {**record, "files": files})


def load(folder: Path) -> Tokenizer:
    """Read a tokenizer from its folder, or say which file is missing or was changed."""
    path = folder / RECORD
    if not path.is_file():
        raise UserError(
            f"{folder}: no {RECORD} there, so it is no tokenizer of ours; `python -m vocab train` makes one"
        )
    try:
        record = orjson.loads(path.read_bytes())
        kind, files, scheme = record["format"], dict(record["files"]), dict(record["scheme"])
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError) as error:
        raise UserError(f"{path}: not the record of a tokenizer ({error}); make the folder again") from None
    if kind != FORMAT:
        raise UserError(f"{path}: is of format {kind}, and this version reads {FORMAT}; make the folder again")
    contents = {name: _verified(folder / name, sha256) for name, sha256 in files.items()}
    if PIECES not in contents:
        raise UserError(f"{path}: lists no {PIECES}, which every tokenizer has; make the folder again")
    merges = [line.split(" ") for line in contents.get(MERGES, b"").decode().splitlines()]
    return Tokenizer(
        pieces=tuple(contents[PIECES].decode().removesuffix("\n").split("\n")),
        scheme=(read := scheme_from(scheme, str(path))),
        merges=tuple((left, right) for left, right in merges),
        model=contents.get(MODELS.get(read.kind, ""), b""),
    )


def _lines(lines: Iterable[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


def _verified(path: Path, sha256: str) -> bytes:
    if not path.is_file():
        raise UserError(f"{path}: is missing, but {RECORD} lists it; make the folder again")
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != sha256:
        raise UserError(
            f"{path}: was changed since the tokenizer was written (sha256 differs); make the folder again, "
            f"or open the file by itself if the change was meant"
        )
    return content

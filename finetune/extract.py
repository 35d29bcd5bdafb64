"""The verb `extract`: what a frozen model makes of texts, as vectors for any other program.

features.npy    float32 [rows, features]: a row for each token of each line, or one for each line if they are pooled
index.jsonl     for each line of the input, its number, its first row and how many it has; unpooled, for each row the
                token and its place as characters of the line
features.json   what the vectors are

A line longer than the model is read in windows that overlap, each token where it has most around it; [CLS] is that of
the first window. A line without tokens has no rows, or pooled by their mean zeros. Nothing is kept in memory but the
lines, and the vectors of a few of them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import IO, Any, cast

import numpy as np
import orjson
import torch
from numpy.typing import NDArray

from finetune.answering import TOKENS, portions
from finetune.batches import PARCEL, Row, batch_of, parcels
from finetune.encode_names import encode_names
from finetune.encoder import Encoder, encoder
from finetune.examples import Tagged
from finetune.options_features import Extract, Pool
from finetune.reading import lines
from finetune.states import check, depth, made, states
from finetune.windows import Places
from pretrain.batch import moved
from pretrain.masking import special
from pretrain.ranks import joined
from pretrain.setting import uses_bfloat16
from tools.errors import UserError
from tools.shards import atomic, write_json
from tools.stage import Summary

FEATURES, INDEX, ABOUT = "features.npy", "index.jsonl", "features.json"
Vectors = NDArray[np.float32]
"""[rows, features]"""


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Featured:
    """A text as vectors: one for each of its tokens, of which it then says what they are; or one for all."""

    id: str
    vectors: Vectors
    tokens: tuple[str, ...] | None = None
    places: Places | None = None


def extract(config: Extract) -> Summary:
    """Write the features of every line of a file."""
    with joined(config.device) as ranks:
        given = encoder(config.model, dropout=0.0)
        given.model.to(ranks.device).eval()
        check(config.layers, depth(given))
        length = _length(config.length, given)
        texts = [Tagged(str(number), line) for number, line in lines(config.input)]
        half = uses_bfloat16(config.precision, ranks.device)
        found = features(given, texts, config.layers, config.pool, length=length, half=half)
        rows, width = _write(config.output, found)
    about = {"model": str(config.model), "layers": config.layers, "pool": config.pool, "length": length}
    write_json(config.output / ABOUT, {**about, "lines": len(texts), "rows": rows, "features": width})
    return {"lines": len(texts), "rows": rows, "features": width}


def features(
    given: Encoder, texts: Sequence[Tagged], layers: Sequence[str], pool: Pool, *, length: int, half: bool = False
) -> Iterator[Featured]:
    """Each text, in their order."""
    pieces = given.tokenizer.pieces
    for part in portions(texts):
        some = cast(Sequence[Tagged], part)
        sentences = encode_names(some, given.tokenizer, (), length, max(1, length // 2))
        found = vectors(given, sentences.rows, layers, half=half)
        parts = zip(sentences.windows, sentences.asked, found, strict=True)
        for number, of_text in groupby(parts, key=lambda part: part[0].row.example):
            every = list(of_text)
            if pool == "cls":
                yield Featured(some[number].id, every[0][2][:1])
                continue
            asked = [
                (window, slice(window.first + low, window.first + high), each) for window, (low, high), each in every
            ]
            own = np.concatenate([each[part] for _, part, each in asked])
            if pool == "mean":
                yield Featured(some[number].id, own.sum(0, keepdims=True) / max(len(own), 1))
                continue
            tokens = tuple(pieces[id] for window, part, _ in asked for id in window.row.tokens[part])
            places = np.concatenate([window.places[low:high] for window, (low, high), _ in every])
            yield Featured(some[number].id, own, tokens, places)


@torch.no_grad()
def vectors(given: Encoder, rows: Sequence[Row], layers: Sequence[str], *, half: bool = False) -> list[Vectors]:
    """For each row the vectors of all its tokens; those of several layers stand behind one another."""
    device = next(given.model.parameters()).device
    pad, found = special(given.tokenizer, "[PAD]"), dict[int, Vectors]()
    for numbers in parcels([len(row) for row in rows], TOKENS[device.type]):
        some = [rows[int(number)] for number in numbers]
        batch = moved(batch_of(some, pad, PARCEL, given.positions), device)
        with torch.autocast(device.type, torch.bfloat16, enabled=half):
            every = states(given, batch)
        out = torch.cat([made(name, every).float() for name in layers], -1).cpu().numpy()
        found |= {int(number): one[: len(row)] for number, row, one in zip(numbers, some, out, strict=True)}
    return [found[number] for number in range(len(rows))]


def _write(output: Path, found: Iterable[Featured]) -> tuple[int, int]:
    """Write the vectors and the index as they come; how many vectors there are, and how wide."""
    rows = width = 0
    with atomic(output / FEATURES) as array, atomic(output / INDEX) as index:
        for one in found:
            if not width:
                width = one.vectors.shape[1]
                _head(array, 0, width)
            array.write(np.ascontiguousarray(one.vectors, "<f4").tobytes())
            record: dict[str, Any] = {"line": int(one.id), "first": rows, "rows": len(one.vectors)}
            if one.places is not None:
                record |= {"tokens": one.tokens, "places": one.places.tolist()}
            index.write(orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE))
            rows += len(one.vectors)
        array.seek(0)
        _head(array, rows, width)
    return rows, width


def _head(file: IO[bytes], rows: int, width: int) -> None:
    """The head of a .npy file, which is as long for any number of rows."""
    np.lib.format.write_array_header_1_0(file, {"shape": (rows, width), "fortran_order": False, "descr": "<f4"})


def _length(asked: int, given: Encoder) -> int:
    if asked > given.positions:
        raise UserError(f"--length {asked}: the model has {given.positions} positions; give at most so many")
    return asked or given.positions

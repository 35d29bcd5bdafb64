"""Whether a vocabulary keeps its word: places that hold what the piece says, text that comes back, merges that agree.

A scheme of base forms says less of the text than the text does (`왔` is `오` `았`), and its figures show by how much.
"""

from __future__ import annotations

import dataclasses
import unicodedata
from collections import Counter

import numpy as np

from vocab.encoded import Encoded, bare, spans
from vocab.measure import Figures
from vocab.scheme import Form, Kind
from vocab.tokenizer import Tokenizer
from vocab.words import clean, words

LINES = 3_000  # to be decoded: that is done piece by piece


def exactness(sample: Encoded) -> Figures:
    """Of the places, of the way back, and of the merges where they are known."""
    figures = {**places(sample), **round_trip(sample)}
    differing = merge_mismatch(sample.tokenizer, sample.text)
    return figures if differing is None else {**figures, "merges differ": differing}


def places(sample: Encoded) -> Figures:
    """How many pieces stand where they say, and how much of the text stands in some piece."""
    scheme, pieces = sample.tokenizer.scheme, sample.tokenizer.pieces
    known = np.flatnonzero(~sample.unknown)
    rows = zip(sample.ids[known].tolist(), sample.starts[known].tolist(), sample.ends[known].tolist(), strict=True)
    seen = Counter((id_, sample.text[start:end]) for id_, start, end in rows)
    right = sum(times for (id_, text), times in seen.items() if _stands(bare(pieces[id_], scheme), text, scheme.form))
    going_back = (np.diff(sample.starts) < 0).sum() + (sample.ends < sample.starts).sum()
    return {
        "places exact": right / max(len(known), 1),
        "places out of order": int(going_back),
        "text covered": _covered(sample),
    }


def round_trip(sample: Encoded) -> Figures:
    """How many lines without [UNK] come back from their ids, without and with their spaces."""
    starts, ends = spans(r"[^\n]+", sample.text)
    firsts, lasts = np.searchsorted(sample.starts, starts), np.searchsorted(sample.starts, ends)
    letters = spaces = lines = 0
    for start, end, first, last in list(zip(starts, ends, firsts, lasts, strict=True))[:LINES]:
        if sample.unknown[first:last].any():
            continue
        line = " ".join(clean(sample.text[start:end]).split())
        back = sample.tokenizer.decode(sample.ids[first:last].tolist())
        lines += 1
        spaces += back == line
        letters += "".join(back.split()) == "".join(line.split())
    return {"letters come back": letters / max(lines, 1), "spaces come back": spaces / max(lines, 1)}


def merge_mismatch(tokenizer: Tokenizer, text: str) -> float | None:
    """The share of running words that merge order cuts otherwise than longest match; None where one is not known."""
    inside, known = tokenizer.scheme.inside, tokenizer.ids.keys()
    named = {piece for left, right in tokenizer.merges for piece in (left, right, left + right.removeprefix(inside))}
    if not named or not named <= known or tokenizer.scheme.kind not in ("bpe", "wordpiece"):
        return None  # pieces that were dropped after training cannot be merged through any more
    counts = Counter(words(text))
    by_order, by_length = _cuts(tokenizer, "bpe", list(counts)), _cuts(tokenizer, "wordpiece", list(counts))
    both = zip(counts.values(), by_order, by_length, strict=True)
    differing = sum(times for times, one, other in both if one != other)
    return differing / max(counts.total(), 1)


def _cuts(tokenizer: Tokenizer, kind: Kind, types: list[str]) -> list[list[int]]:
    scheme = dataclasses.replace(tokenizer.scheme, kind=kind, segment="eojeol", unknown="character")
    encodings = dataclasses.replace(tokenizer, scheme=scheme).encode_batch(types)
    return [encoding.ids.tolist() for encoding in encodings]


def _stands(piece: str, text: str, form: Form) -> bool:
    if piece == " ":
        return text.isspace()
    if form == "NFC":
        return piece == unicodedata.normalize("NFC", text)
    inside, outside = (unicodedata.normalize(form, part) for part in (piece, text))
    return inside in outside  # of a decomposed syllable a piece may hold one jamo


def _covered(sample: Encoded) -> float:
    """The share of the characters, white space aside, that stand in some piece."""
    steps = np.zeros(len(sample.text) + 1, np.int64)
    np.add.at(steps, sample.starts, 1)
    np.add.at(steps, sample.ends, -1)
    covered = np.cumsum(steps[:-1]) > 0
    solid = np.fromiter((not c.isspace() for c in sample.text), np.bool_, len(sample.text))
    return float(covered[solid].mean()) if solid.any() else 1.0

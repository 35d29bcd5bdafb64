"""Texts in the pieces of one vocabulary, as arrays over one long text: what all that is measured is measured on."""

from __future__ import annotations

import dataclasses
import re
import unicodedata
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vocab.scheme import Scheme
from vocab.tokenizer import Tokenizer

Ints = NDArray[np.int64]


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Encoded:
    """The pieces of some texts, in order; places are places in `text`, the texts with a line break after each."""

    tokenizer: Tokenizer
    text: str
    ids: Ints
    starts: Ints
    ends: Ints
    begins: NDArray[np.bool_]
    """Whether a piece begins a word."""
    firsts: Ints
    """Where the pieces of each text begin, and where those of the last end."""
    origins: Ints
    """Where each text begins in `text`."""

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def unknown(self) -> NDArray[np.bool_]:
        """Which pieces are [UNK]."""
        unknown: NDArray[np.bool_] = self.ids == self.tokenizer.unknown
        return unknown


def encoded(tokenizer: Tokenizer, texts: Sequence[str]) -> Encoded:
    """Encode some texts."""
    encodings = tokenizer.encode_batch(texts)
    sizes = [len(encoding) for encoding in encodings]
    origins = np.cumsum([0, *(len(text) + 1 for text in texts)])[:-1]
    places = np.concatenate([np.zeros((0, 2), np.int64), *(encoding.offsets for encoding in encodings)])
    places += np.repeat(origins, sizes)[:, None]
    return Encoded(
        tokenizer=tokenizer,
        text="".join(f"{text}\n" for text in texts),
        ids=np.concatenate([np.zeros(0, np.int64), *(encoding.ids for encoding in encodings)]),
        starts=places[:, 0],
        ends=places[:, 1],
        begins=np.concatenate([np.zeros(0, np.bool_), *(encoding.word_starts for encoding in encodings)]),
        firsts=np.cumsum([0, *sizes]),
        origins=origins,
    )


def spans(pattern: str, text: str) -> tuple[Ints, Ints]:
    """Where the matches of a pattern start and end."""
    found = np.array([match.span() for match in re.finditer(pattern, text)], np.int64).reshape(-1, 2)
    return found[:, 0], found[:, 1]


def bare(piece: str, scheme: Scheme) -> str:
    """A piece without the marks of its scheme, composed: what it spells. A space for the piece that stands for one."""
    if piece == scheme.space != "":
        return " "
    if scheme.inside and piece != scheme.inside:
        piece = piece.removeprefix(scheme.inside)
    return unicodedata.normalize("NFC", piece.removeprefix(scheme.start).removesuffix(scheme.end))


def shared_name(piece: str, scheme: Scheme) -> str:
    """A piece as every vocabulary would call it: `##` before what continues a word, nothing before what begins one."""
    if scheme.inside:
        continues = piece.startswith(scheme.inside) and piece != scheme.inside
    else:
        continues = bool(scheme.start) and not piece.startswith(scheme.start)
    return f"##{bare(piece, scheme)}" if continues else bare(piece, scheme)

"""A long text as windows: rows that overlap, and where in the text each of their tokens stands.

Places are characters of the text as it was given, under every vocabulary; neither starts nor ends ever go back. What is
asked of a window, and how the windows of one text are put together again, stands in encode_*.py and decode_*.py.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from finetune.batches import Ints, Row
from pretrain.masking import special
from vocab.tokenizer import Encoding, Tokenizer

TOGETHER = 1_000_000  # characters tokenised in one call
Bools = NDArray[np.bool_]
Places = NDArray[np.int32]
"""[tokens, 2]: the first character of each token, and the one after its last."""


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Window:
    """A row, and a stretch of tokens in it that are a part of a text."""

    row: Row
    first: int
    """Where these tokens begin in the row."""
    places: Places
    """Where each of them stands in its text."""
    passage: int = 0
    """Which text it is, of those that a question is asked about."""


def stretches(tokens: int, room: int, stride: int) -> list[tuple[int, int]]:
    """Which tokens each window shows: it begins `stride` after the one before; the last one reaches the end.

    A text without tokens has one window, which is empty.
    """
    step = min(stride, room)  # a larger stride would leave tokens out
    return [(first, min(first + room, tokens)) for first in range(0, max(tokens - room, 0) + step, step)]


def borders(places: Places) -> tuple[Bools, Bools]:
    """Which tokens a stretch of text may begin with, and which it may end with.

    Of those that share their first character only the first, of those that share their last only the last: tokens may
    be less than a character, as jamo are. None that stand for no character.
    """
    solid = np.flatnonzero(places[:, 1] > places[:, 0])
    opens, closes = np.zeros(len(places), np.bool_), np.zeros(len(places), np.bool_)
    opens[solid[np.diff(places[solid, 0], prepend=-1) > 0]] = True
    closes[solid[np.diff(places[solid, 1], append=np.iinfo(np.int32).max) > 0]] = True
    return opens, closes


def touching(places: Places, start: int, end: int) -> tuple[int, int]:
    """The tokens with a part in some characters: the first, and the one after the last; the same if there is none."""
    first = int(np.searchsorted(places[:, 1], start, "right"))
    return first, max(int(np.searchsorted(places[:, 0], end)), first)


def tokenised(tokenizer: Tokenizer, texts: Sequence[str]) -> list[Encoding]:
    """The encoding of each text, many texts at a time; a text that comes again is encoded once."""
    known = dict[str, Encoding]()
    waiting, size = list[str](), 0
    for text in dict.fromkeys(texts):
        waiting.append(text)
        size += len(text)
        if size >= TOGETHER:
            known.update(zip(waiting, tokenizer.encode_batch(waiting), strict=True))
            waiting, size = [], 0
    known.update(zip(waiting, tokenizer.encode_batch(waiting), strict=True))
    return [known[text] for text in texts]


def marks(tokenizer: Tokenizer) -> tuple[Ints, Ints]:
    """[CLS] and [SEP], each as the ids of a text of one token."""
    like: Ints = tokenizer.encode("").ids
    cls: Ints = np.full_like(like, special(tokenizer, "[CLS]"), shape=1)
    sep: Ints = np.full_like(like, special(tokenizer, "[SEP]"), shape=1)
    return cls, sep

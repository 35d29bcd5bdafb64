"""Texts with names as rows of tokens, each with its tag: B-x where a name x begins, I-x within it, O outside.

A token belongs to the name that it shares most characters with, whatever else is in it (`카카오의`); the first token of
a name is B. So [UNK], jamo and pieces that straddle a border are all alike, and what a vocabulary cannot express is
counted. A long text has several windows; each token is asked in the window that shows most of what is around it.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from finetune.batches import NOT_ASKED, Row
from finetune.examples import Span, Tagged
from finetune.windows import Places, Window, marks, stretches, tokenised, touching
from tools.errors import UserError
from vocab.tokenizer import Tokenizer


@dataclasses.dataclass(frozen=True, slots=True)
class Sentences:
    """The windows of some texts, in their order; which of its tokens each is asked about; and what was counted."""

    windows: tuple[Window, ...]
    asked: tuple[tuple[int, int], ...]
    """From where to where among the window's tokens; those of a text's windows follow one another."""
    notes: Mapping[str, int]

    @property
    def rows(self) -> list[Row]:
        """The row of each window."""
        return [window.row for window in self.windows]


def tags(kinds: Sequence[str]) -> tuple[str, ...]:
    """The tags of some kinds of names: O, then B and I of each kind."""
    return ("O", *(f"{mark}-{kind}" for kind in kinds for mark in "BI"))


def encode_names(
    examples: Sequence[Tagged], tokenizer: Tokenizer, kinds: Sequence[str], length: int = 128, stride: int = 64
) -> Sentences:
    """The windows of all texts, each at most `length` tokens; targets are numbers of `tags(kinds)`."""
    if length < 3 or stride < 1:
        raise UserError(f"--length {length} --stride {stride}: a window has 3 tokens or more, and moves by 1 or more")
    encodings = tokenised(tokenizer, [example.text for example in examples])
    cls, sep = marks(tokenizer)
    windows, asked, notes = list[Window](), list[tuple[int, int]](), Counter[str]()
    for number, (example, encoding) in enumerate(zip(examples, encodings, strict=True)):
        ids, places = encoding.ids, encoding.offsets
        tagged = None if example.names is None else tags_of(places, example.names, kinds, notes)
        parts = stretches(len(ids), length - 2, stride)
        for (start, end), (low, high) in zip(parts, asked_of(parts), strict=True):
            target = None
            if tagged is not None:
                target = np.full(end - start + 2, NOT_ASKED, np.int64)
                target[low + 1 : high + 1] = tagged[start + low : start + high]
            tokens = np.concatenate([cls, ids[start:end], sep])
            windows.append(Window(Row(tokens, len(tokens), number, target), 1, places[start:end]))
            asked.append((low, high))
        notes["texts in several windows"] += len(parts) > 1
        notes["texts without a token"] += not len(ids)
    return Sentences(tuple(windows), tuple(asked), {"texts": len(examples), "windows": len(windows), **+notes})


def tags_of(places: Places, names: Sequence[Span], kinds: Sequence[str], notes: Counter[str]) -> NDArray[np.int64]:
    """The number of each token's tag; not asked are tokens without a character, and those of a kind that is none."""
    number = {kind: at for at, kind in enumerate(kinds)}
    found = np.where(places[:, 1] > places[:, 0], 0, NOT_ASKED)
    shared = np.zeros(len(places), np.int64)
    owner = np.full(len(places), -1)
    for at, name in enumerate(names):
        first, last = touching(places, name.start, name.end)
        part = slice(first, last)
        common = np.minimum(places[part, 1], name.end) - np.maximum(places[part, 0], name.start)
        taken = np.flatnonzero(common > shared[part]) + first
        owner[taken], shared[taken] = at, common[taken - first]
    for at, name in enumerate(names):
        own = np.flatnonzero(owner == at)
        if not len(own):
            notes["names without a token of their own"] += 1
        elif name.kind not in number:
            notes[f"names of kind {name.kind!r}, which is none of the model's"] += 1
            found[own] = NOT_ASKED
        else:
            exact = (places[own[0], 0], places[own[-1], 1]) == (name.start, name.end)
            notes["names covered exactly" if exact else "names covered by more"] += 1
            found[own] = 2 + 2 * number[name.kind]
            found[own[0]] -= 1
    return found


def asked_of(parts: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Which tokens of each window are asked there: where windows overlap, each has the nearer half."""
    cuts = [0, *((start + end) // 2 for (_, end), (start, _) in pairwise(parts)), parts[-1][1]]
    return [(low - start, high - start) for (start, _), (low, high) in zip(parts, pairwise(cuts), strict=True)]

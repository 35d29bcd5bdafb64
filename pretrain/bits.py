"""Bits per character of a masked model, so that models of different vocabularies can be compared.

Loss per guess cannot be compared: a vocabulary of long pieces asks few hard questions, one of short pieces many easy
ones. Here every piece of a text is hidden once, together with the rest of its word to the right (a word's later pieces
would give it away), and the model says how probable it is. The sum of these surprisals in bits is divided by the
number of characters of the text, white space included: the pseudo-likelihood "within word, left to right" of Kauf and
Ivanova (2023). It is no true likelihood, since text to the right helps; it ranks models, it does not compress.

What is decided so that no vocabulary has an advantage:
* Text is cut into the same windows of characters for every vocabulary, so that none sees more of the text than another.
* A word is an eojeol, what stands between white space, whatever the tokenizer takes for a word.
* [UNK] is not asked, for no model learns to guess it: it costs 16 bits for each character that it stands for, as in
  UTF-16 and in vocab/ngram.py; a Hangul syllable drawn blindly would cost 13.4.
* White space is free, and so are the pieces that stand for it in some vocabularies; it counts among the characters.

To save passes, several words are hidden in one: never two that are less than eight words apart, so at most an eighth
of the text, as in training. The words so hidden are missed a little by their neighbours: the figure is slightly higher
than with one word at a time. A window takes as many passes as its densest eight words have pieces.
"""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from pretrain.batch import Batch
from pretrain.masking import special
from pretrain.rows import Rows
from vocab.ngram import UNKNOWN_BITS
from vocab.tokenizer import Tokenizer

Ints = NDArray[np.int64]
WINDOW = 160  # characters; 60 to 100 pieces, which even a model of short rows has seen
APART = 8  # words
ROWS = 64  # in one forward pass
_WORD = re.compile(r"\S+")


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Window:
    """Some neighbouring pieces of a text."""

    ids: Ints
    words: Ints
    """The number of the eojeol that each piece belongs to, ascending from 0."""
    asked: NDArray[np.bool_]
    """Which pieces the model is asked for: not [UNK], nor what stands for white space."""
    unknown: int
    """How many characters are behind [UNK]."""


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Question:
    """One row to be completed: its tokens with some words hidden, and what stood at some of the hidden places."""

    tokens: Ints
    places: Ints
    labels: Ints


def bits(
    model: nn.Module, tokenizer: Tokenizer, texts: Sequence[str], counts: Ints | None, positions: int
) -> dict[str, Any]:
    """Bits per character of a model at rest, and, with the `counts` of its training pieces, of those alone."""
    assert not model.training
    seen = [window for text in texts for part in cut(text) for window in windows(part, tokenizer, positions)]
    questions = [question for window in seen for question in ask(window, tokenizer)]
    characters = max(sum(map(len, texts)), 1)
    unknown = sum(window.unknown for window in seen)
    found = {
        "characters": characters,
        "pieces": sum(len(window.ids) for window in seen),
        "characters behind [UNK]": unknown,
        "passes": len(questions),
        "bits per character": (surprisal(model, questions, tokenizer) + UNKNOWN_BITS * unknown) / characters,
    }
    if counts is not None:
        found["unigram bits per character"] = (unigram(counts, seen) + UNKNOWN_BITS * unknown) / characters
    return found


def cut(text: str) -> Iterator[str]:
    """A text in windows of at most WINDOW characters that end with white space, if they can; nothing is lost."""
    start = 0
    while start < len(text):
        end = start + WINDOW
        if end < len(text):
            space = max(text.rfind(" ", start, end), text.rfind("\n", start, end))
            end = space + 1 if space > start else end
        yield text[start:end]
        start = end


def windows(text: str, tokenizer: Tokenizer, positions: int) -> Iterator[Window]:
    """The pieces of a text as one window, or as several if the model has too few positions for them."""
    encoding = tokenizer.encode(text)
    if not len(encoding):
        return
    ids, starts = encoding.ids.astype(np.int64), encoding.offsets[:, 0]
    lost = ids == tokenizer.unknown
    asked = ~lost & (ids != tokenizer.ids.get(tokenizer.scheme.space, -1))
    sizes = np.where(lost, np.diff(encoding.offsets, axis=1)[:, 0], 0)
    words = np.searchsorted([word.start() for word in _WORD.finditer(text)], starts, side="right")
    parts = -(-len(ids) // (positions - 2))
    for at in np.array_split(np.arange(len(ids)), parts):
        yield Window(ids[at], words[at] - words[at[0]], asked[at], int(sizes[at].sum()))


def ask(window: Window, tokenizer: Tokenizer) -> Iterator[Question]:
    """The rows in which every piece that is asked is hidden once as the first of what is hidden of its word."""
    first, mask, last = (special(tokenizer, name) for name in ("[CLS]", "[MASK]", "[SEP]"))
    row = np.concatenate([[first], window.ids, [last]])
    ends = np.searchsorted(window.words, window.words, side="right") + 1
    for places in passes(window):
        tokens = row.copy()
        for place in places:
            tokens[place : ends[place - 1]] = mask
        yield Question(tokens, np.array(places), row[places])


def passes(window: Window) -> list[list[int]]:
    """The places that each row asks for: words in one row are APART, and each word takes the first rows it can have.

    Words that must not share a row are an interval of words, and for intervals taking the first free row is optimal.
    """
    rows: list[list[int]] = []
    latest: list[int] = []  # the last word that each row asks for
    for piece in np.flatnonzero(window.asked).tolist():
        word = int(window.words[piece])
        row = next((row for row, other in enumerate(latest) if word - other >= APART), len(rows))
        if row == len(rows):
            rows.append([])
            latest.append(word)
        rows[row].append(piece + 1)  # behind [CLS]
        latest[row] = word
    return rows


def surprisal(model: nn.Module, questions: Iterable[Question], tokenizer: Tokenizer) -> float:
    """The bits of all answers together."""
    device = next(model.parameters()).device
    waiting = sorted(questions, key=lambda question: len(question.tokens))
    nats = 0.0
    with torch.inference_mode():
        for start in range(0, len(waiting), ROWS):
            batch = _batch(waiting[start : start + ROWS], tokenizer, device)
            chances = model(batch).pieces.float().log_softmax(-1)
            nats -= float(chances.gather(1, batch.labels[:, None]).double().sum())
    return nats / math.log(2)


def _batch(questions: Sequence[Question], tokenizer: Tokenizer, device: torch.device) -> Batch:
    lengths = np.array([len(question.tokens) for question in questions])
    width = int(lengths.max())
    tokens = np.full((len(questions), width), special(tokenizer, "[PAD]"), np.int64)
    for row, question in zip(tokens, questions, strict=True):
        row[: len(question.tokens)] = question.tokens
    picks = np.concatenate([row * width + question.places for row, question in enumerate(questions)])
    labels = np.concatenate([question.labels for question in questions])
    there: dict[str, Any] = {name: torch.from_numpy(array).to(device) for name, array in {
        "tokens": tokens, "lengths": lengths, "bounds": lengths, "picks": picks, "labels": labels,
        "random": np.full(len(questions), -100),
    }.items()}  # fmt: skip
    return Batch(**there, full=bool((lengths == width).all()))


def count_pieces(rows: Rows, tokenizer: Tokenizer) -> Ints:
    """How often each piece is in the rows; special pieces are none."""
    counts = np.zeros(len(tokenizer), np.int64)
    for shard in rows.shards:
        counts += np.bincount(shard.tokens, minlength=len(counts))
    counts[list(tokenizer.specials.values())] = 0
    return counts


def unigram(counts: Ints, seen: Iterable[Window]) -> float:
    """The bits of what is asked if each piece had its share of the training pieces, every one seen once more."""
    costs = -np.log2((counts + 1) / (counts.sum() + len(counts)))
    return float(sum(costs[window.ids[window.asked]].sum() for window in seen))

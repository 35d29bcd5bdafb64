"""Where documents are cut into rows and rows into segments A and B, so that every token is in exactly one row.

A document becomes rows of the full size and one row of what remains, at a random place among them, so that another
round cuts elsewhere. Some full rows are cut in two, for a model must also see short ones. B begins with a sentence if
the row has a place for that, else with a word. Only numbers are looked at here, all documents of a shard at once; which
B really follows which A is decided in pairs.py.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pretrain.draws import Draws, below, draws, further
from pretrain.ragged import Ints, bits, runs
from pretrain.store import StoreShard

Places = NDArray[np.int64]
CUT = np.dtype([("start", "<u4"), ("a", "<u2"), ("b", "<u2"), ("document", "<u4"), ("split", "u1")])
"""A row: where it begins in the tokens of its shard, the sizes of A and B, the number of its document, and whether B
begins with a sentence (0), with a word (1) or anywhere (2)."""
Cuts = NDArray[Any]
LEAST = 4  # tokens: no row is cut smaller
ROWS_AT_ONCE = 4096
HELD_OUT_SEED = 20_180_810  # what is held out stays held out whatever the seed
FEW = 4
SHORTEST_CORPUS = 20


@dataclasses.dataclass(frozen=True, slots=True)
class CutRule:
    """How to cut."""

    size: int
    """Tokens in a full row, without special pieces."""
    pairs: bool
    short_rate: float
    seed: int
    counters: tuple[int, ...]
    """Length and round: what makes this cutting another one than those of the same seed."""


def cut(shard: StoreShard, first: int, rule: CutRule) -> Cuts:
    """The rows of a shard in the order of its text; `first` is the number of its first document.

    A document of a single token, which makes no pair, is read as the end of the one before it.
    """
    document, texts = _texts(shard, 2 if rule.pairs else 1)
    text, sizes = _row_sizes(texts, first + document, rule)
    text, sizes = _with_short_rows(text, sizes, first + document, rule)
    found = np.zeros(len(sizes), CUT)
    starts = np.cumsum(sizes) - sizes
    found["start"], found["document"], found["a"] = starts, first + document[text], sizes
    if rule.pairs:
        chance = draws(rule.seed, "split", *rule.counters, found["document"], starts)
        places, found["split"] = _splits(shard, starts, starts + sizes, chance)
        found["a"] = places - starts
        found["b"] = sizes - found["a"]
    return found


def held_out(documents: Ints, threshold: int) -> NDArray[np.bool_]:
    """Which of the documents, given by number, are kept for evaluation."""
    return draws(HELD_OUT_SEED, "held-out", documents) < np.uint64(threshold)


def held_out_threshold(documents: int, share: float) -> int:
    """What a document's draw must be below to be held out. Of a small corpus a few are held out, or none at all."""
    threshold = int(share * 2**64)
    if not share or documents * share > 100 * FEW:
        return threshold
    found = np.sort(draws(HELD_OUT_SEED, "held-out", np.arange(documents)))
    if np.count_nonzero(found < np.uint64(threshold)) >= FEW:
        return threshold
    return int(found[FEW - 1]) + 1 if documents >= SHORTEST_CORPUS else 0


def _texts(shard: StoreShard, least: int) -> tuple[Places, Places]:
    """What is cut as one: the index of its first document, and how many tokens it has."""
    ends = np.concatenate([[0], shard.sentences]).astype(np.int64)[shard.documents]
    begins = np.concatenate([[0], ends[:-1]])
    leaders = np.flatnonzero(ends - begins >= least)
    total = len(shard.tokens)
    if not len(leaders):
        return np.zeros(int(total >= least), np.int64), np.full(int(total >= least), total, np.int64)
    begins = begins[leaders]
    begins[0] = 0
    return leaders, np.diff(begins, append=total)


def _row_sizes(texts: Places, numbers: Ints, rule: CutRule) -> tuple[Places, Places]:
    """For each row its text and its size."""
    rest = texts % rule.size
    counts = texts // rule.size + (rest > 0)
    text = np.repeat(np.arange(len(texts)), counts)
    sizes = np.full(len(text), rule.size)
    at = below(draws(rule.seed, "rest", *rule.counters, numbers), counts)
    place = (np.cumsum(counts) - counts + at)[rest > 0]
    sizes[place] = rest[rest > 0]
    thin = (sizes[place] < LEAST) & (counts[rest > 0] > 1)
    # A row beside the thin one, of the same text, gives up what that one needs.
    beside = np.where(at[rest > 0] > 0, place - 1, place + 1)[thin]
    sizes[beside] -= LEAST - sizes[place[thin]]
    sizes[place[thin]] = LEAST
    return text, sizes


def _with_short_rows(text: Places, sizes: Places, numbers: Ints, rule: CutRule) -> tuple[Places, Places]:
    """The same with as many full rows cut in two at a random place as make up the wanted share of short rows."""
    share = rule.short_rate / (2 - rule.short_rate)
    chance = draws(rule.seed, "short", *rule.counters, numbers[text], np.arange(len(text)))
    chosen = (sizes == rule.size) & (chance < np.uint64(share * 2**64))
    parts = 1 + chosen
    place = (np.cumsum(parts) - parts)[chosen]
    head = LEAST + below(further(chance[chosen], 1), rule.size - 2 * LEAST + 1)
    sizes = np.repeat(sizes, parts)
    sizes[place], sizes[place + 1] = head, rule.size - head
    return np.repeat(text, parts), sizes


def _splits(shard: StoreShard, starts: Places, ends: Places, chance: Draws) -> tuple[Places, NDArray[np.uint8]]:
    """Where B begins in each row, and what it begins with."""
    found = _inside(shard.sentences, starts, ends, chance)
    kind = (found < 0).astype(np.uint8)
    lacking = np.flatnonzero(kind)
    for first in range(0, len(lacking), ROWS_AT_ONCE):
        rows = lacking[first : first + ROWS_AT_ONCE]
        places = runs(starts[rows] + 1, ends[rows] - starts[rows] - 1)
        words = places[bits(shard.words, places)]
        found[rows] = _inside(words, starts[rows], ends[rows], further(chance[rows], 1))
    kind[found < 0] = 2
    anywhere = starts + 1 + below(further(chance, 2), ends - starts - 1)
    return np.where(found < 0, anywhere, found), kind


def _inside(marks: Ints, starts: Places, ends: Places, chance: Draws) -> Places:
    """One of the ascending marks strictly between each start and end, each as likely; -1 if there is none."""
    low = np.searchsorted(marks, starts, side="right")
    count = np.searchsorted(marks, ends, side="left") - low
    found = np.full(len(starts), -1)
    some = np.flatnonzero(count > 0)
    found[some] = marks[low[some] + below(chance[some], count[some])]
    return found

"""Rows one after another: passes of a fixed number of tokens, for models that compute on a flat axis (modern.py).

Rows of all lengths share a pass, with nothing between them. So there is one form for all passes of a length of
instances, which is compiled once, and hardly any filler: the rows of an update, longest first, each go to the pass that
is emptiest, so that the short ones at the end make all passes nearly equal. An update is given by its tokens and not by
its rows (see order.py), so that it fills whole passes. Every rank deals the rows of all, and makes its own passes.

Only for fixed forms: a model that is not compiled is as quick with rectangles, of any width, of the same rows.
"""

from __future__ import annotations

import dataclasses
import heapq
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pretrain.gather import NOT_ASKED
from pretrain.passes import MULTIPLE, Layout, Pass, likely, longest_first, rounded, shown
from pretrain.ragged import Ints
from pretrain.rows import Rows

SPARE = 4  # a pass is longer by this part of a row: whole rows do not fill several passes to the last token
MARGIN = 1.4  # room for so many times the rows that a pass has on average


@dataclasses.dataclass(frozen=True, slots=True)
class Room:
    """What a packed pass has room for: all that a model is compiled for."""

    tokens: int
    rows: int
    """Those that take up the filler included."""
    guesses: int
    longest: int
    """The most tokens of a row."""


def room(rows: Rows, layout: Layout) -> Room:
    """The room for as many tokens as `micro` full rows have."""
    longest = int(rows.about["length"])
    tokens = rounded(layout.micro * longest + longest // SPARE)
    count = math.ceil(MARGIN * tokens / float(rows.lengths.mean())) + MULTIPLE
    return Room(tokens, count, rounded(likely(layout.rule, tokens)), longest)


def packs(rows: Rows, numbers: NDArray[Any], epoch: int, layout: Layout, room: Room) -> list[Pass]:
    """This rank's passes of the rows with these numbers, all ranks' rows, with the masks of this epoch."""
    numbers = longest_first(rows, numbers)
    mine = deal(rows.lengths[numbers], room, layout.ranks)[layout.rank :: layout.ranks]
    block, masked = shown(rows, numbers[np.concatenate(mine)], room.longest, epoch, layout.rule)
    tokens = block.tokens[np.arange(room.longest) < block.lengths[:, None]]
    edges = np.concatenate([[0], np.cumsum(block.lengths)])  # of the rows on one axis of all passes
    row, place = np.divmod(masked.picks, room.longest)
    picks = edges[row] + place
    passes, last = [], 0
    for count in map(len, mine):
        first, last = last, last + count
        begin, end = edges[[first, last]].tolist()
        asked = slice(*np.searchsorted(picks, [begin, end]).tolist())
        made = _pass(tokens[begin:end], picks[asked] - begin, masked.labels[asked], layout.special[0], room)
        made.lengths[:count], made.bounds[:count] = block.lengths[first:last], block.bounds[first:last]
        made.random[:count] = block.random[first:last]
        passes.append(dataclasses.replace(made, pairs=int(np.count_nonzero(made.random >= 0))))
    return passes


def deal(lengths: Ints, room: Room, ranks: int) -> list[NDArray[np.int64]]:
    """Which of these rows, longest first, go into which pass: no more passes than needed, but as many for each rank."""
    count = ranks * max(1, -(-int(lengths.sum(dtype=np.int64)) // (ranks * room.tokens)))
    while (passes := _dealt(lengths.tolist(), room, count)) is None:
        count += ranks
    return [np.array(each, np.int64) for each in passes]


def blank(room: Room, pad: int) -> Pass:
    """A pass that is all filler: for warming up a compiled model, and to write rows into."""
    lengths = np.zeros(room.rows, np.int64)
    labels, random = (np.full(count, NOT_ASKED, np.int64) for count in (room.guesses, room.rows))
    tokens, picks = np.full(room.tokens, pad, np.int64), np.zeros(room.guesses, np.int64)
    return Pass(tokens, lengths, lengths.copy(), picks, labels, random, full=False, longest=room.longest)


def _dealt(lengths: list[int], room: Room, count: int) -> list[list[int]] | None:
    """The rows of each of so many passes; None if they are too few."""
    passes: list[list[int]] = [[] for _ in range(count)]
    emptiest = [(0, number) for number in range(count)]
    for row, length in enumerate(lengths):
        used, number = emptiest[0]
        if used + length > room.tokens or len(passes[number]) == room.rows:
            return None
        passes[number].append(row)
        heapq.heapreplace(emptiest, (used + length, number))
    taken = (len(passes[number]) - (used - room.tokens) // room.longest for used, number in emptiest)
    return passes if max(taken) <= room.rows else None


def _pass(tokens: NDArray[Any], picks: Ints, labels: Ints, pad: int, room: Room) -> Pass:
    """A pass of these tokens; where there is no room for all guesses, the last are not asked."""
    made, guesses = blank(room, pad), min(len(picks), room.guesses)
    made.tokens[: len(tokens)] = tokens
    made.picks[:guesses], made.labels[:guesses] = picks[:guesses], labels[:guesses]
    return dataclasses.replace(made, guesses=guesses, dropped=len(picks) - guesses)

"""A set of pieces as arrays, to be walked by thousands of words at once.

The pieces are two tries, one of those that begin a word and one of those that continue it. A step down from a state by
a character is one look into a hash table of (state, character) -> state, open-addressed with linear probing, all in
numpy: 30,000 pieces are built in 0.05 s and a step of a hundred thousand words takes a millisecond or two.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

CODES = 0x110000  # of Unicode
FIRST, LATER = 0, 1  # the states in which a word and its continuation start
NOWHERE = -1
_MIX = np.uint64(0x9E3779B97F4A7C15)  # Knuth's multiplicative hashing: 2**64 over the golden ratio
_SPARE = 4  # slots for each transition, so that nearly every look finds its slot at once


@dataclasses.dataclass(frozen=True, slots=True)
class Trie:
    """Transitions by hash, and the piece that ends at each state (NOWHERE if none)."""

    letters: Ints
    """Code point -> dense number of the character; 0 for characters that no piece holds."""
    keys: Ints
    states: Ints
    pieces: Ints
    width: int
    """Bits of a key that hold the character."""

    def step(self, states: Ints, letters: Ints) -> Ints:
        """From each state by its letter; NOWHERE where no piece goes on."""
        keys = (states << self.width) | letters
        slots = _slots(keys, len(self.keys))
        found = self.keys[slots]
        result = np.where(found == keys, self.states[slots], NOWHERE)
        open_ = np.flatnonzero((found != keys) & (found != NOWHERE))
        while len(open_):
            slots[open_] = (slots[open_] + 1) % len(self.keys)
            found, wanted = self.keys[slots[open_]], keys[open_]
            hit = found == wanted
            result[open_[hit]] = self.states[slots[open_[hit]]]
            open_ = open_[~hit & (found != NOWHERE)]
        return result


def trie(first: Mapping[str, int], later: Mapping[str, int]) -> Trie:
    """The trie of pieces without their marks."""
    numbers = {character: number for number, character in enumerate(sorted(set().union(*first, *later)), 1)}
    width = max(len(numbers), 1).bit_length()
    transitions: dict[int, int] = {}
    pieces = [NOWHERE, NOWHERE]
    for root, table in ((FIRST, first), (LATER, later)):
        for piece, id_ in table.items():
            pieces[_grow(root, (numbers[character] for character in piece), width, transitions, pieces)] = id_
    letters = np.zeros(CODES, np.int64)
    letters[list(map(ord, numbers))] = list(numbers.values())
    keys, states = _hashed(transitions)
    return Trie(letters, keys, states, np.array(pieces, np.int64), width)


def _grow(state: int, letters: Iterable[int], width: int, transitions: dict[int, int], pieces: list[int]) -> int:
    """The state at the end of a piece, with the states on the way."""
    for letter in letters:
        key = state << width | letter
        if key not in transitions:
            transitions[key] = len(pieces)
            pieces.append(NOWHERE)
        state = transitions[key]
    return state


def _hashed(transitions: Mapping[int, int]) -> tuple[Ints, Ints]:
    """The hash table: all transitions try their slot, and those that found it taken try the next one."""
    size = 1 << (_SPARE * len(transitions) + 1).bit_length()
    keys, states = np.full(size, NOWHERE, np.int64), np.full(size, NOWHERE, np.int64)
    wanted = np.fromiter(transitions, np.int64, len(transitions))
    values = np.fromiter(transitions.values(), np.int64, len(transitions))
    slots = _slots(wanted, size)
    while len(wanted):
        free = keys[slots] == NOWHERE
        keys[slots[free]] = wanted[free]
        placed = keys[slots] == wanted
        states[slots[placed]] = values[placed]
        wanted, values, slots = wanted[~placed], values[~placed], (slots[~placed] + 1) % size
    return keys, states


def _slots(keys: Ints, size: int) -> Ints:
    mixed: Ints = ((keys.astype(np.uint64) * _MIX) >> np.uint64(65 - size.bit_length())).astype(np.int64)
    return mixed

"""Longest match over a whole text at once: the words of words.py and the pieces of wordpiece.py, by arrays.

All words take their first piece together, then those that are not done their second, and so on; within a piece all
step down the trie together. Nothing is cached, so speed and memory do not hang on how often words come again. Short
texts are cheaper word by word (tokenizer.py chooses); tests hold the two to the same rows.
"""

from __future__ import annotations

import dataclasses
import functools
import re
import sys

import numpy as np
from numpy.typing import NDArray

from vocab.scheme import Scheme
from vocab.trie import FIRST, LATER, Ints, Trie
from vocab.wordpiece import LongestMatch
from vocab.words import ALONE, DROPPED

Rows = NDArray[np.int32]
"""One row a piece: its id, where it starts and ends in the text as it was given, and whether it begins a word."""
Turn = tuple[Ints, Ints, Ints]
LONG = 40  # characters; longer words, which few texts have, would keep all the others waiting
_LETTER, _SPACE, _SINGLE, _DROP = range(4)


@dataclasses.dataclass(frozen=True, slots=True)
class Characters:
    """A text as arrays: its characters as words are cut from it, and where each stood in the text."""

    codes: NDArray[np.uint32]
    sorts: NDArray[np.uint8]
    origins: Ints


def rows(text: str, trie: Trie, match: LongestMatch) -> Rows:
    """The pieces of a text, which is in composed form (NFC)."""
    characters = _characters(text)
    starts, ends = _words(characters.sorts)
    counts, turns = _match(characters.codes, starts, ends, trie)
    unknown = _unknown(counts == 0, ends - starts, match.scheme)
    fits = (counts > 0) & ~unknown
    counts[unknown] = 1
    cuts = {word: match(_string(characters.codes[starts[word] : ends[word]])) for word in np.flatnonzero(counts == 0)}
    for word, (cut, _) in cuts.items():
        counts[word] = len(cut)
    at = np.cumsum(counts) - counts  # where each word's pieces start in the result
    ids, stops = np.full(counts.sum(), match.unknown), np.empty(counts.sum(), np.int64)
    stops[at[unknown]] = ends[unknown]
    for turn, (words, found, end) in enumerate(turns):
        kept = fits[words]
        place = at[words[kept]] + turn
        ids[place], stops[place] = found[kept], end[kept]
    for word, (cut, cut_ends) in cuts.items():
        span = slice(at[word], at[word] + len(cut))
        ids[span], stops[span] = cut, np.array(cut_ends) + starts[word]
    return _placed(ids, stops, at, starts, characters.origins)


def _unknown(failed: NDArray[np.bool_], lengths: Ints, scheme: Scheme) -> NDArray[np.bool_]:
    """The words that are one [UNK]; what else does not fit is left to wordpiece.py."""
    unknown = failed & (lengths <= LONG if scheme.whole_words_unknown else lengths == 1)
    if scheme.longest_word:
        unknown |= lengths > scheme.longest_word
    return unknown


def _placed(ids: Ints, stops: Ints, at: Ints, starts: Ints, origins: Ints) -> Rows:
    """Ids and ends within the clean characters as rows; a piece starts where the one before it in its word ends."""
    begins = np.empty_like(stops)
    begins[1:] = stops[:-1]
    begins[at] = starts
    result = np.zeros((len(ids), 4), np.int32)
    result[:, 0] = ids
    result[:, 1] = origins[begins]
    result[:, 2] = origins[stops - 1] + 1
    result[at, 3] = 1
    return result


def _match(codes: NDArray[np.uint32], starts: Ints, ends: Ints, trie: Trie) -> tuple[Ints, list[Turn]]:
    """How many pieces each word has, 0 if no pieces fit, and turn by turn (words, ids, ends of the pieces)."""
    letters = trie.letters[codes]
    counts = np.zeros(len(starts), np.int64)
    turns: list[Turn] = []
    words = np.flatnonzero(ends - starts <= LONG)
    here, root = starts[words], FIRST
    while len(words):
        ids, stops = _longest(letters, here, ends[words], root, trie)
        fits = ids >= 0
        counts[words[~fits]] = 0
        words, ids, stops = words[fits], ids[fits], stops[fits]
        counts[words] += 1
        turns.append((words, ids, stops))
        unfinished = stops < ends[words]
        words, here, root = words[unfinished], stops[unfinished], LATER
    return counts, turns


def _longest(letters: Ints, here: Ints, limits: Ints, root: int, trie: Trie) -> tuple[Ints, Ints]:
    """The longest piece from each place up to its limit: its id (-1 if there is none) and its end."""
    ids, stops = np.full(len(here), -1, np.int64), here.copy()
    walkers, states = np.arange(len(here)), np.full(len(here), root, np.int64)
    while len(walkers):
        states = trie.step(states, letters[here])
        on = np.flatnonzero(states >= 0)
        walkers, states, here, limits = walkers[on], states[on], here[on] + 1, limits[on]
        found = trie.pieces[states]
        whole = np.flatnonzero(found >= 0)
        ids[walkers[whole]], stops[walkers[whole]] = found[whole], here[whole]
        on = np.flatnonzero(here < limits)
        walkers, states, here, limits = walkers[on], states[on], here[on], limits[on]
    return ids, stops


def _words(sorts: NDArray[np.uint8]) -> tuple[Ints, Ints]:
    """Where the words of a text start and end."""
    space, single = sorts == _SPACE, sorts == _SINGLE
    start = ~space
    start[1:] &= space[:-1] | single[1:] | single[:-1]
    bounds = np.append(np.flatnonzero(start | space), len(sorts))
    first = start[bounds[:-1]]
    return bounds[:-1][first], bounds[1:][first]


def _characters(text: str) -> Characters:
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    sorts = _sorts()[codes]
    kept = np.flatnonzero(sorts != _DROP)
    return Characters(codes, sorts, kept) if len(kept) == len(codes) else Characters(codes[kept], sorts[kept], kept)


def _string(codes: NDArray[np.uint32]) -> str:
    return codes.tobytes().decode("utf-32-le")


@functools.cache
def _sorts() -> NDArray[np.uint8]:
    """What words.py makes of each character: a letter, white space, a word by itself, nothing."""
    every = "".join(map(chr, range(sys.maxunicode + 1)))
    sorts = np.full(len(every), _LETTER, np.uint8)
    for sort, pattern in ((_SPACE, r"\s+"), (_SINGLE, f"[{ALONE}]+"), (_DROP, f"[{DROPPED}]+")):
        for match in re.finditer(pattern, every):
            sorts[match.start() : match.end()] = sort
    return sorts

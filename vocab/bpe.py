"""Byte-pair encoding as the lecture teaches it, fast enough to be used: merge the most frequent pair, again and again.

One trick carries it. Each piece gets a letter of a private alphabet, the character whose code is the piece's id: a word
under training is a string, a pair is a string of two, and a merge is `str.replace`. What a merge changes in the counts
lies only beside the places where it happened: with every neighbour, the old pair loses what the new one gains.

Plain pieces (`prefix=""`) come out as from the `tokenizers` library's BpeTrainer, merge for merge and id for id. With
prefix "##" that library numbers the continuing characters in the order of a hash map and differs from run to run; here
the ids are: the specials, every character by its code, then each character that continues a word (`##c`) by its code,
then the merges. Not here: bytes, dropout, cutting the alphabet. Applying the result to text is the tokenizer's work.
"""

from __future__ import annotations

import dataclasses
import gc
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from heapq import heapify, heappop, heappush, heapreplace
from typing import Any, Literal

from tools.errors import UserError

Ties = Literal["lowest-ids", "first-seen"]
Places = list[int]
"""The words that hold a pair: their indices, rising, one for each time. Words that lost it stay and are skipped."""


@dataclasses.dataclass(frozen=True, slots=True)
class Merge:
    """Two pieces that became one, and how often they stood side by side in the training words at that moment."""

    left: str
    right: str
    piece: str
    count: int


@dataclasses.dataclass(frozen=True, slots=True)
class Trained:
    """A vocabulary in the order of its ids, how it came to be, and how often each piece is in the words at the end."""

    pieces: tuple[str, ...]
    merges: tuple[Merge, ...]
    uses: tuple[int, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class _State:
    """Training at some moment: the words as strings of letters, and the pairs that may yet be merged."""

    pieces: list[str]
    words: list[str]
    weights: list[int]
    prefix: str
    least: int
    counts: dict[str, int] = dataclasses.field(default_factory=dict)
    places: dict[str, Places] = dataclasses.field(default_factory=dict)


Entry = Callable[[_State, str], tuple[Any, ...]]
"""What queues for a pair; the smallest is the best. The count comes first, the pair last, what decides ties between."""


def train(
    counts: Mapping[str, int],
    size: int,
    *,
    prefix: str = "",
    ties: Ties = "lowest-ids",
    veto: Callable[[str], bool] | None = None,
    specials: Sequence[str] = (),
    min_frequency: int = 2,
    iterations: int | None = None,
    on_merge: Callable[[Merge], object] | None = None,
) -> Trained:
    """A vocabulary of at most `size` pieces from counted units; a unit that begins with `prefix` continues a word.

    Pairs of equal count go by the smallest ids of left and right, or ("first-seen") by which of them a reader of the
    words, in the order of `counts`, meets first. A merge is refused if `veto` says so of its result, or if its result
    is spelled like a piece that is there already, as a special may be.
    """
    pieces, words = _spelled(counts, prefix, specials)
    _check(len(words), len(pieces), size)
    known, merges = set(pieces), list[Merge]()
    with _no_garbage_collection():
        state = _State(pieces, words, list(counts.values()), prefix, max(1, min_frequency))
        entry = ENTRIES[ties]
        for first_pair, places in _occurrences(words).items():
            _shift(state, "", first_pair, places)
        queue = [entry(state, pair) for pair in state.counts]
        heapify(queue)
        while len(pieces) < size and len(merges) != iterations and (pair := _pop_best(state, queue, entry)):
            count, places = state.counts.pop(pair), state.places.pop(pair)
            left, right = pieces[ord(pair[0])], pieces[ord(pair[1])]
            piece = left + right.removeprefix(prefix)
            if piece in known or (veto and veto(piece)):
                continue
            known.add(piece)
            pieces.append(piece)
            merges.append(Merge(left, right, piece, count))
            for new in _merge(state, pair, places, chr(len(pieces) - 1)):
                heappush(queue, entry(state, new))
            if on_merge:
                on_merge(merges[-1])
        return Trained(tuple(pieces), tuple(merges), _uses(state))


def without_unused(trained: Trained, keep: int) -> Trained:
    """The same without pieces that only led to longer ones; the first `keep` stay: the specials, or characters too."""
    kept = [i for i, uses in enumerate(trained.uses) if uses or i < keep]
    return Trained(tuple(trained.pieces[i] for i in kept), trained.merges, tuple(trained.uses[i] for i in kept))


def _check(units: int, characters: int, size: int) -> None:
    if not units:
        raise UserError("no words to train a vocabulary on: the corpus is empty; give documents with text")
    if characters > size:
        raise UserError(f"size {size:,}: specials and single characters alone are {characters:,}; ask for more pieces")
    if size > sys.maxunicode + 1:
        raise UserError(f"size {size:,}: at most {sys.maxunicode + 1:,} pieces can be trained; ask for fewer")


def _spelled(units: Iterable[str], prefix: str, specials: Sequence[str]) -> tuple[list[str], list[str]]:
    """The pieces before the first merge, and each unit as the string of their letters."""
    heads, tails = set[str](), set[str]()
    for unit in units:
        head, tail = _parted(unit, prefix)
        heads.update(head)
        tails.update(tail)
    pieces = list(dict.fromkeys([*specials, *sorted(heads | tails), *(prefix + c for c in sorted(tails))]))
    letters = {piece: chr(index) for index, piece in enumerate(pieces)}
    starting = {ord(character): letters[character] for character in heads}
    continuing = {ord(character): letters[prefix + character] for character in tails}
    parted = (_parted(unit, prefix) for unit in units)
    return pieces, [head.translate(starting) + tail.translate(continuing) for head, tail in parted]


def _parted(unit: str, prefix: str) -> tuple[str, str]:
    """The characters of a unit that are pieces as they stand, and those that are pieces with the prefix."""
    if not prefix:
        return unit, ""
    if unit.startswith(prefix) and unit != prefix:
        return "", unit[len(prefix) :]
    return unit[:1], unit[1:]


def _occurrences(words: Iterable[str]) -> dict[str, Places]:
    """Where each pair stands."""
    places: dict[str, Places] = defaultdict(list)
    for index, word in enumerate(words):
        for at in range(len(word) - 1):
            places[word[at : at + 2]].append(index)
    return places


def _pop_best(state: _State, queue: list[tuple[Any, ...]], entry: Entry) -> str | None:
    """The pair to merge next. A pair's count only falls while it queues, so an entry is right or too good."""
    while queue:
        pair: str = queue[0][-1]
        if state.counts[pair] < state.least:
            del state.counts[pair], state.places[pair]
            heappop(queue)
        elif (now := entry(state, pair)) == queue[0]:
            heappop(queue)
            return pair
        else:
            heapreplace(queue, now)
    return None


def _merge(state: _State, pair: str, places: Places, letter: str) -> Iterator[str]:
    """Put the letter in the place of the pair in every word, settle the counts, and give the new pairs."""
    first, second = pair[0], pair[1]
    befores, afters = _replace(state.words, places, pair, letter)
    for before, where in befores.items():
        old = (second if before == letter else before) + first
        if _shift(state, old, before + letter, where):
            yield before + letter
    for after, where in afters.items():
        if _shift(state, second + after, letter + after, where):
            yield letter + after


def _replace(words: list[str], places: Places, pair: str, letter: str) -> tuple[dict[str, Places], dict[str, Places]]:
    """Put the letter in the place of the pair, and give what stands before it and after it, and where.

    Of two such letters side by side only the second tells: it has the letter before it.
    """
    befores: dict[str, Places] = defaultdict(list)
    afters: dict[str, Places] = defaultdict(list)
    for index in places:
        word = words[index]
        at = word.find(pair)
        if at < 0:
            continue
        words[index] = word = word.replace(pair, letter)
        last = len(word) - 1
        while at >= 0:
            if at:
                befores[word[at - 1]].append(index)
            if at < last and (after := word[at + 1]) != letter:
                afters[after].append(index)
            at = word.find(letter, at + 1)
    return befores, afters


def _shift(state: _State, old: str, new: str, places: Places) -> bool:
    """Count a new pair, and uncount the one whose places it took; whether the new one may yet be merged."""
    count = sum(map(state.weights.__getitem__, places))
    if old in state.counts:
        state.counts[old] -= count
    if count < state.least:  # it can only fall: not even remembered, which saves most of the memory
        return False
    state.counts[new], state.places[new] = count, places
    return True


def _uses(state: _State) -> tuple[int, ...]:
    uses = dict.fromkeys(map(chr, range(len(state.pieces))), 0)
    for word, weight in zip(state.words, state.weights, strict=True):
        for letter in word:
            uses[letter] += weight
    return tuple(uses.values())


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """Millions of lists and no cycle: the collector would walk them again and again for nothing."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _lowest_ids(state: _State, pair: str) -> tuple[int, str]:
    return -state.counts[pair], pair  # letters sort as the ids do


def _first_seen(state: _State, pair: str) -> tuple[int, int, int, str]:
    index = next(index for index in state.places[pair] if pair in state.words[index])
    before, _, _ = state.words[index].partition(pair)
    characters = sum(len(state.pieces[ord(letter)].removeprefix(state.prefix)) for letter in before)
    return -state.counts[pair], index, characters, pair


ENTRIES: dict[str, Entry] = {"lowest-ids": _lowest_ids, "first-seen": _first_seen}

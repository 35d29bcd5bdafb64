"""WordPiece as BERT applies it: the longest piece that fits, then the longest that continues, to the end of the word.

One word at a time and plain to read; bulk.py does the same to a whole text at once. No piece is tried that is longer
than the longest one with the same first character, so a word without end takes time in proportion to its length.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping

from vocab.scheme import Scheme

Cut = tuple[list[int], list[int]]
"""The ids of a word's pieces and where each of them ends in the word: together they cover the word."""


@dataclasses.dataclass(frozen=True, slots=True)
class Table:
    """Pieces of one position, without marks: their ids, and the length of the longest by first character."""

    ids: Mapping[str, int]
    reach: Mapping[str, int]


def table(pieces: Iterable[tuple[str, int]]) -> Table:
    """The table of some pieces."""
    ids = dict(pieces)
    reach: dict[str, int] = {}
    for piece in ids:
        reach[piece[0]] = max(len(piece), reach.get(piece[0], 0))
    return Table(ids, reach)


def tables(pieces: Mapping[str, int], inside: str) -> tuple[Table, Table]:
    """The pieces that can begin a word and those that can continue it; without a mark all can do both."""
    if not inside:
        both = table(pieces.items())
        return both, both
    first = [(piece, id_) for piece, id_ in pieces.items() if not piece.startswith(inside)]
    later = [(piece.removeprefix(inside), id_) for piece, id_ in pieces.items() if piece.startswith(inside)]
    return table(first), table((piece, id_) for piece, id_ in later if piece)


@dataclasses.dataclass(frozen=True, slots=True)
class LongestMatch:
    """Cuts words by longest match."""

    first: Table
    later: Table
    unknown: int
    scheme: Scheme

    def __call__(self, word: str, continues: bool = False) -> Cut:
        """The pieces of a word, or of what continues one."""
        scheme = self.scheme
        if 0 < scheme.longest_word < len(word):
            return [self.unknown], [len(word)]
        start = "" if continues else scheme.start
        if not start and not scheme.end:
            return self._match(word, continues)
        ids, ends = self._match(f"{start}{word}{scheme.end}", continues)
        return ids, [min(max(end - len(start), 0), len(word)) for end in ends]

    def _match(self, word: str, continues: bool) -> Cut:
        ids: list[int] = []
        ends: list[int] = []
        here, size = 0, len(word)
        table = self.later if continues else self.first
        while here < size:
            known, end = table.ids, min(here + table.reach.get(word[here], 0), size)
            while end > here and word[here:end] not in known:
                end -= 1
            if end > here:
                ids.append(known[word[here:end]])
                table = self.later
            elif self.scheme.whole_words_unknown:
                return [self.unknown], [size]
            elif table is not self.first:
                # No piece goes on with this character: the rest of the word is cut as if it were a word.
                table = self.first
                continue
            else:
                ids.append(self.unknown)
                end = here + 1
            ends.append(end)
            here = end
        return ids, ends


@dataclasses.dataclass(frozen=True, slots=True)
class WholeWord:
    """Leaves words whole: a word is in the vocabulary or it is unknown."""

    ids: Mapping[str, int]
    unknown: int
    scheme: Scheme

    def __call__(self, word: str, continues: bool = False) -> Cut:
        """The one piece of a word."""
        mark = self.scheme.inside if continues else self.scheme.start
        return [self.ids.get(f"{mark}{word}{self.scheme.end}", self.unknown)], [len(word)]

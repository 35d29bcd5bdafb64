"""Byte-pair encoding of a word: its characters are joined pair by pair, in the order in which training joined them.

The neighbours are a linked list and the candidates a heap, so a word of n characters takes n log n steps. Of the pairs
that stand earliest in that order the leftmost goes first, as in the `tokenizers` library. Training is bpe.py's.
"""

from __future__ import annotations

import dataclasses
import heapq
from collections.abc import Iterable, Mapping

from tools.errors import UserError
from vocab.scheme import Scheme
from vocab.wordpiece import Cut

Join = tuple[int, int]
"""The rank of a merge and the id of what it makes."""


def joins(merges: Iterable[tuple[str, str]], ids: Mapping[str, int], inside: str) -> dict[tuple[int, int], Join]:
    """The merges as (left id, right id) -> (rank, id of the whole)."""
    table: dict[tuple[int, int], Join] = {}
    for rank, (left, right) in enumerate(merges):
        whole = left + right.removeprefix(inside)
        if not {left, right, whole} <= ids.keys():
            raise UserError(f"merge {rank + 1}, {left} + {right}: all three pieces must be in the vocabulary")
        table[ids[left], ids[right]] = rank, ids[whole]
    return table


@dataclasses.dataclass(frozen=True, slots=True)
class MergeOrder:
    """Cuts words by merge order; a character that no piece holds is unknown by itself and joins nothing."""

    ids: Mapping[str, int]
    joins: Mapping[tuple[int, int], Join]
    unknown: int
    scheme: Scheme

    def __call__(self, word: str, continues: bool = False) -> Cut:
        """The pieces of a word, or of what continues one."""
        inside, start = self.scheme.inside, "" if continues else self.scheme.start
        word = start + word
        marked = [inside + word[:1] if continues else word[:1], *(inside + character for character in word[1:])]
        ids = [self.ids.get(character, self.unknown) for character in marked]
        ends = list(range(1, len(ids) + 1))
        self._join(ids, ends)
        kept = [at for at, id_ in enumerate(ids) if id_ >= 0]
        return [ids[at] for at in kept], [max(ends[at] - len(start), 0) for at in kept]

    def _join(self, ids: list[int], ends: list[int]) -> None:
        """Join in place: what was joined to its left neighbour gets the id -1, and the neighbour its end."""
        size = len(ids)
        before = list(range(-1, size - 1))
        heap: list[tuple[int, int, int, int]] = []  # (rank, place, left id, right id)

        def offer(at: int) -> None:
            right = ends[at] if at >= 0 else size
            if right < size and (found := self.joins.get((ids[at], ids[right]))):
                heapq.heappush(heap, (found[0], at, ids[at], ids[right]))

        for at in range(size - 1):
            offer(at)
        while heap:
            _, at, left, right = heapq.heappop(heap)
            other = ends[at]
            if ids[at] != left or other >= size or ids[other] != right:
                continue  # one of the two was joined to something else meanwhile
            ids[at], ids[other], ends[at] = self.joins[left, right][1], -1, ends[other]
            if ends[at] < size:
                before[ends[at]] = at
            offer(before[at])
            offer(at)

"""The characters of a training text: the frequent ones become pieces, and every other is listed with its count.

Limits on the alphabet lose characters silently elsewhere, and their neighbours become adjacent: training on 가뷁나
with 뷁 cut must not learn 가나. Here a unit is parted where a character is left out, as it will be parted at run time.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Mapping

PREFIX = "##"


@dataclasses.dataclass(frozen=True, slots=True)
class Alphabet:
    """What is kept, and what is left out with its count, both most frequent first."""

    kept: tuple[str, ...]
    left_out: dict[str, int]
    total: int
    """Characters of the text, each occurrence counted."""

    @property
    def coverage(self) -> float:
        """The share of the characters of the text that are kept."""
        return 1.0 - sum(self.left_out.values()) / max(1, self.total)


def choose(counts: Mapping[str, int], most: int, prefix: str = PREFIX) -> Alphabet:
    """The `most` frequent characters of counted units; of equally frequent ones those of lower code."""
    seen: Counter[str] = Counter()
    for unit, count in counts.items():
        for character in bare(unit, prefix):
            seen[character] += count
    order = sorted(seen, key=lambda character: (-seen[character], character))
    return Alphabet(tuple(order[:most]), {c: seen[c] for c in order[most:]}, seen.total())


def limited(counts: Mapping[str, int], alphabet: Alphabet, prefix: str = PREFIX) -> dict[str, int]:
    """The counts of units parted at characters that are left out; what follows one is cut as a word (wordpiece.py)."""
    if not alphabet.left_out:
        return dict(counts)
    result: Counter[str] = Counter()
    for unit, count in counts.items():
        inside = unit.startswith(prefix) and unit != prefix if prefix else False
        for number, part in enumerate(_parts(bare(unit, prefix), alphabet.left_out)):
            if part:
                result[prefix + part if inside and not number else part] += count
    return dict(result)


def bare(unit: str, prefix: str = PREFIX) -> str:
    """A unit without the mark that it continues a word; the sign ## itself is a unit too."""
    return unit[len(prefix) :] if prefix and unit.startswith(prefix) and unit != prefix else unit


def _parts(text: str, left_out: Mapping[str, int]) -> list[str]:
    parts, start = [], 0
    for at, character in enumerate(text):
        if character in left_out:
            parts.append(text[start:at])
            start = at + 1
    return [*parts, text[start:]]

"""A sentence with its tags below the words, each under its own, as a person reads them."""

from __future__ import annotations

from collections import Counter

from finetune.examples import Tagged
from finetune.formats.bio import converted
from finetune.formats.tokens import row_of
from tools import columns


def aligned(example: Tagged, *, most: int = 100, scheme: str = "IOB2") -> list[str]:
    """Lines of words, cut where a name begins or ends, each followed by a line of tags, `most` columns wide."""
    row = row_of(example, Counter())
    if row is None:
        return []
    printed, line, used = list[str](), list[tuple[str, str]](), 0
    for pair in zip(row.tokens, converted(row.tags or (), "IOB2", scheme), strict=True):
        wide = max(map(columns.width, pair)) + 2
        if line and used + wide > most + 2:
            printed += columns.aligned(list(zip(*line, strict=True)))
            line, used = [], 0
        line.append(pair)
        used += wide
    return [*printed, *columns.aligned(list(zip(*line, strict=True)))]

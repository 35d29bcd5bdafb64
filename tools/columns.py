"""Text in columns on a terminal, where a Hangul syllable or a Hanja is two columns wide."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence


def width(text: str) -> int:
    """How many columns a terminal gives a text."""
    return sum(1 + (unicodedata.east_asian_width(character) in "WF") for character in text)


def aligned(rows: Sequence[Sequence[str]], *, numbers: bool = False) -> Iterator[str]:
    """Rows of cells as lines; with `numbers` all columns but the first stand to the right."""
    widths = [max(map(width, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        gaps = [" " * (most - width(cell)) for cell, most in zip(row, widths, strict=True)]
        cells = [
            gap + cell if numbers and at else cell + gap for at, (cell, gap) in enumerate(zip(row, gaps, strict=True))
        ]
        yield "  ".join(cells).rstrip()

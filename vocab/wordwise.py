"""Text to rows of pieces, a word or a unit at a time: for short texts, and for whatever bulk.py does not know.

What stands between white space is cut once and remembered as the bytes of its rows, with places counted from its start;
a text is then its words' rows laid end to end and moved to their places. The memory is bounded, and results do not
depend on it.
"""

from __future__ import annotations

import re
import unicodedata
from array import array
from collections.abc import Callable, Iterable, Iterator
from itertools import chain

import numpy as np

from vocab.bulk import Rows
from vocab.scheme import Scheme
from vocab.segment import Unit
from vocab.wordpiece import Cut
from vocab.words import Cleaned, cleaned, spans

# White space that parts words: not the separators among the control characters, which words.py drops.
CHUNK = re.compile("[^ \t\n\r\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+")
REMEMBERED = 1 << 18  # chunks, some 50 MB
WORTH = 64  # characters; longer chunks do not come again

CutWord = Callable[[str, bool], Cut]
Row = tuple[int, int, int, int]


class Wordwise(dict[str, bytes]):
    """Chunk -> its rows as bytes; asks `cut` for what it does not remember."""

    __slots__ = ("cut", "scheme", "space")

    def __init__(self, cut: CutWord, scheme: Scheme, space: int | None) -> None:
        super().__init__()
        self.cut = cut
        self.scheme = scheme
        self.space = space

    def __missing__(self, chunk: str) -> bytes:
        rows = packed(self._chunk(chunk))
        if len(chunk) <= WORTH:
            if len(self) >= REMEMBERED:
                self.clear()
            self[chunk] = rows
        return rows

    def rows(self, text: str) -> Rows:
        """The pieces of a text."""
        found = [(match.start(), self[match.group()]) for match in CHUNK.finditer(text)]
        if self.space is not None:
            found = list(self._spaced(found))
        rows = unpacked(b"".join([rows for _, rows in found]))
        sizes = np.fromiter((len(rows) // 16 for _, rows in found), np.int64, len(found))
        rows[:, 1:3] += np.repeat(np.fromiter((start for start, _ in found), np.int32, len(found)), sizes)[:, None]
        return rows

    def unit_rows(self, units: list[Unit], text: str) -> Rows:
        """The pieces of a text that an analyser cut into units."""
        rows: list[Row] = []
        for unit in units:
            if self.space is not None and rows and text[rows[-1][2] : unit.start].isspace():
                rows.append((self.space, rows[-1][2], unit.start, 1))
            surface = cleaned(text[unit.start : unit.end])
            if unit.text.startswith(surface.text):
                rows += self._word(unit.text, surface, 0, unit.start, unit.continues)
            else:  # restored forms: each piece stands for the whole stretch of text
                ids, _ = self.cut(self._formed(unit.text)[0], unit.continues)
                rows += [(id_, unit.start, unit.end, int(not at and not unit.continues)) for at, id_ in enumerate(ids)]
        return unpacked(packed(rows))

    def _chunk(self, chunk: str) -> Iterator[Row]:
        clean = cleaned(chunk)
        whole = [(0, len(clean.text))] if clean.text else []
        for start, end in spans(clean.text) if self.scheme.split == "bert" else whole:
            yield from self._word(clean.text[start:end], clean, start, 0, False)

    def _word(self, word: str, clean: Cleaned, start: int, base: int, continues: bool) -> Iterator[Row]:
        """The rows of a word that clean text has from `start` on; clean text itself begins at `base`."""
        letters, origins = self._formed(word)
        ids, stops = self.cut(letters, continues)
        end = start + len(word)
        if clean.spans is None and letters is word and end <= len(clean.text):
            return _in_a_row(ids, stops, base + start, not continues)
        places = [clean.original(at, at + 1) for at in range(start, min(end, len(clean.text)))]
        moved = [(base + places[at][0], base + places[at][1]) for at in origins if at < len(places)]
        return _traced(ids, stops, moved, base, not continues)

    def _formed(self, word: str) -> tuple[str, range | list[int]]:
        """A word in the scheme's form, and the character that each of its letters comes from."""
        form = self.scheme.form
        if form == "NFC" or unicodedata.is_normalized(form, word):
            return word, range(len(word))
        letters = [(letter, at) for at, one in enumerate(word) for letter in unicodedata.normalize(form, one)]
        return "".join(letter for letter, _ in letters), [at for _, at in letters]

    def _spaced(self, found: list[tuple[int, bytes]]) -> Iterator[tuple[int, bytes]]:
        end = 0
        for number, (start, rows) in enumerate(row for row in found if row[1]):
            if number:
                yield end, packed([(self.space or 0, 0, start - end, 1)])
            yield start, rows
            end = start + int(unpacked(rows)[-1, 2])


def _in_a_row(ids: list[int], stops: list[int], start: int, first: bool) -> Iterator[Row]:
    """The rows of a word whose letters stand in the text one after another from `start` on."""
    begin = start
    for id_, stop in zip(ids, stops, strict=True):
        yield id_, begin, start + stop, int(first)
        begin, first = start + stop, False


def _traced(ids: list[int], stops: list[int], places: list[tuple[int, int]], start: int, first: bool) -> Iterator[Row]:
    """The rows of a word by the place of each letter; letters that have none, as marks and tags, stand nowhere."""
    begin, last = 0, places[0][0] if places else start
    for id_, stop in zip(ids, stops, strict=True):
        there = places[begin:stop]
        low, last = (there[0][0], there[-1][1]) if there else (last, last)
        yield id_, low, last, int(first)
        begin, first = stop, False


def packed(rows: Iterable[Row]) -> bytes:
    """Rows as bytes."""
    return array("i", chain.from_iterable(rows)).tobytes()


def unpacked(data: bytes) -> Rows:
    """Rows from bytes, in memory of their own."""
    return np.frombuffer(data, np.int32).reshape(-1, 4).copy()

"""The Tokenizer: text to pieces and back, the same class for every vocabulary, ours or published.

It never changes after it is made, holds no file open and can be sent to another process. Places are always characters
of the text as it was given, whatever was composed, dropped or restored on the way. Special pieces are never read from
text: `[MASK]` in an article is three words. Putting [CLS] and [SEP] around a text, cutting it to length and padding are
left to those who make instances.
"""

from __future__ import annotations

import dataclasses
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tools.errors import UserError
from vocab import bulk
from vocab.bulk import Rows
from vocab.library import Library
from vocab.merges import MergeOrder, joins
from vocab.scheme import MORE_SPECIALS, OURS, SPECIALS, Scheme
from vocab.segment import segment
from vocab.trie import Trie, trie
from vocab.unigram import Likeliest
from vocab.wordpiece import LongestMatch, WholeWord, tables
from vocab.wordwise import CutWord, Wordwise, unpacked

Ids = NDArray[np.uint16] | NDArray[np.uint32]
SHORT = 2_000  # characters; from here on arrays are quicker than a word at a time
TILE = 250_000  # characters taken at once: arrays of this size stay in a processor's cache
_BREAK = re.compile("[ \n]")
_SLOT = re.compile(r"\[unused\d+\]")


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Encoding:
    """The pieces of a text: ids, [start, end) of each in the text, and which of them begin a word."""

    ids: Ids
    offsets: NDArray[np.int32]
    word_starts: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.ids)


@dataclasses.dataclass(frozen=True)
class Tokenizer:
    """A vocabulary and how to use it; the id of a piece is its place in `pieces`."""

    pieces: tuple[str, ...]
    scheme: Scheme = OURS
    merges: tuple[tuple[str, str], ...] = ()
    """The pairs in the order in which training joined them; only byte-pair encoding uses them."""
    model: bytes = b""
    """For unigram: the sentencepiece model; for a library's tokenizer: its JSON."""

    def __post_init__(self) -> None:
        if len(self.ids) != len(self.pieces):
            twice = next(piece for at, piece in enumerate(self.pieces) if self.ids[piece] != at)
            raise UserError(f"the piece {twice!r} is twice in the vocabulary; a piece has one id: remove one of them")
        if self.unknown < 0 and self.scheme.kind != "library":
            raise UserError("the vocabulary has no [UNK], which stands for what no piece holds; add it as a piece")

    def __len__(self) -> int:
        return len(self.pieces)

    def __getstate__(self) -> dict[str, Any]:
        return {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}

    @cached_property
    def ids(self) -> Mapping[str, int]:
        """The id of each piece."""
        return {piece: id_ for id_, piece in enumerate(self.pieces)}

    @cached_property
    def specials(self) -> Mapping[str, int]:
        """The special pieces that the vocabulary has, and their ids."""
        return {name: self.ids[name] for name in (*SPECIALS, *MORE_SPECIALS) if name in self.ids}

    @property
    def unknown(self) -> int:
        """The id of [UNK], or <unk> as some call it; -1 in the vocabularies of bytes, which know everything."""
        return self.ids.get("[UNK]", self.ids.get("<unk>", -1))

    @property
    def unknown_piece(self) -> str:
        """What [UNK] is called here; empty if there is none."""
        return self.pieces[self.unknown] if self.unknown >= 0 else ""

    def encode(self, text: str) -> Encoding:
        """The pieces of a text with their places."""
        return self._encoding(self._rows(text))

    def encode_batch(self, texts: Sequence[str]) -> list[Encoding]:
        """`encode` for each text, at the speed of one long one."""
        rows, ends = self._batch_rows(texts)
        return [self._encoding(rows[start:end]) for start, end in zip([0, *ends], ends, strict=False)]

    def encode_ids(self, text: str) -> tuple[Ids, NDArray[np.bool_]]:
        """Only what pretraining needs: the ids of a text and which of them begin a word."""
        rows = self._rows(text)
        return self._narrow(rows[:, 0]), rows[:, 3].astype(np.bool_)

    def encode_ids_batch(self, texts: Sequence[str]) -> tuple[Ids, NDArray[np.bool_], list[int]]:
        """The ids of all texts in one array, which of them begin a word, and where each text ends in it."""
        rows, ends = self._batch_rows(texts)
        return self._narrow(rows[:, 0]), rows[:, 3].astype(np.bool_), ends

    def decode(self, ids: Iterable[int], *, specials: bool = False) -> str:
        """The text of some ids, composed; words are parted by one space."""
        scheme = self.scheme
        hidden = set() if specials else set(self.specials.values()) - {self.unknown}
        shown = [int(id_) for id_ in ids if id_ not in hidden]
        if isinstance(self._cut, Library):
            return self._cut.decode(shown)
        text = "".join(self._written(self.pieces[id_]) for id_ in shown)
        for mark in ("" if scheme.space else scheme.start, scheme.end):
            text = text.replace(mark, " ") if mark else text
        return unicodedata.normalize("NFC", text.strip())

    def _written(self, piece: str) -> str:
        """A piece as decoded text has it; marks of whole schemes are left to `decode`."""
        scheme = self.scheme
        if scheme.space:
            return " " if piece == scheme.space else piece.removeprefix(scheme.start)
        if scheme.inside and piece.startswith(scheme.inside):
            return piece.removeprefix(scheme.inside)
        return piece if scheme.start or scheme.end else f" {piece}"

    def _encoding(self, rows: Rows) -> Encoding:
        return Encoding(self._narrow(rows[:, 0]), rows[:, 1:3], rows[:, 3].astype(np.bool_))

    def _narrow(self, ids: NDArray[np.int32]) -> Ids:
        return ids.astype(np.uint16) if len(self.pieces) <= 1 << 16 else ids.astype(np.uint32)

    def _rows(self, text: str) -> Rows:
        if self.scheme.analysed:
            return self._wordwise.unit_rows(segment(text, self.scheme.segment, self.scheme.analyzer), text)
        match = self._cut
        if len(text) < SHORT or not isinstance(match, LongestMatch) or not self._plain:
            return self._wordwise.rows(text)
        parts = []
        for start, end in _tiles(text):
            tile = text[start:end]
            composed = unicodedata.is_normalized("NFC", tile)
            rows = bulk.rows(tile, self._trie, match) if composed else self._wordwise.rows(tile)
            rows[:, 1:3] += start
            parts.append(rows)
        return np.concatenate(parts)

    def _batch_rows(self, texts: Sequence[str]) -> tuple[Rows, list[int]]:
        """The rows of all texts, and where each text's end among them."""
        if not self._plain:
            found = [self._rows(text) for text in texts]
            return np.concatenate([unpacked(b""), *found]), list(accumulate(map(len, found)))
        starts = [0, *accumulate(len(text) + 1 for text in texts)]
        rows = self._rows("\n".join(texts))
        ends = np.searchsorted(rows[:, 1], starts)
        rows[:, 1:3] -= np.repeat(np.array(starts[:-1], np.int32), np.diff(ends))[:, None]
        return rows, ends[1:].tolist()

    @cached_property
    def _plain(self) -> bool:
        """Whether words are those of words.py in composed form, and stand for themselves wherever they are."""
        scheme = self.scheme
        marked = scheme.start or scheme.end or scheme.space
        return scheme.split == "bert" and scheme.form == "NFC" and not marked and not scheme.analysed

    @cached_property
    def _cut(self) -> CutWord:
        scheme, unknown = self.scheme, self.unknown
        usable = {p: i for p, i in self.ids.items() if p and p not in self.specials and not _SLOT.fullmatch(p)}
        if scheme.kind == "unigram":
            return Likeliest(self.model, "the sentencepiece model")
        if scheme.kind == "library":
            return Library(self.model, "tokenizer.json")
        if scheme.kind == "bpe":
            return MergeOrder(usable, joins(self.merges, usable, scheme.inside), unknown, scheme)
        if scheme.by_longest_match:
            return LongestMatch(*tables(usable, scheme.inside), unknown, scheme)
        return WholeWord(usable, unknown, scheme)

    @cached_property
    def _wordwise(self) -> Wordwise:
        scheme = self.scheme
        return Wordwise(self._cut, scheme, self.ids[scheme.space] if scheme.space else None)

    @cached_property
    def _trie(self) -> Trie:
        assert isinstance(self._cut, LongestMatch)
        return trie(self._cut.first.ids, self._cut.later.ids)


def _tiles(text: str) -> Iterator[tuple[int, int]]:
    """A long text in parts that end at white space."""
    start = 0
    while start < len(text):
        found = _BREAK.search(text, start + TILE)
        end = found.start() if found else len(text)
        yield start, end
        start = end

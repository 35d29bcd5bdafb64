"""Vocabularies of tagged morphemes as text, in the form of KorBERT's: `을/JKO_ 8123456`, a piece and its count a line.

`_` marks the end of a morpheme, so `은 하/NNG_` are two pieces of one noun. The most frequent piece comes first. Here
nothing is counted, and a vocabulary without counts is read with zeros.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from tools.errors import UserError
from tools.shards import atomic
from vocab.tags import TAGS

END = "_"


class TaggedPiece(NamedTuple):
    """A piece taken apart; the tag is empty for what does not reach the end of its morpheme, and for [PAD]."""

    form: str
    tag: str


def tagged(counts: Mapping[str, int]) -> dict[str, int]:
    """Counts of morpheme-tag units (을/JKO, ##을/JKO) to counts of whole-morpheme pieces, most frequent first."""
    pieces: Counter[str] = Counter()
    for unit, count in counts.items():
        # A morpheme ## begins with ##, but so does the sign ##/SW: only what follows decides.
        bare = unit[2:] if unit.startswith("##") and not unit.startswith("##/") else unit
        pieces[bare + END] += count
    return dict(sorted(pieces.items(), key=lambda item: (-item[1], item[0])))


def taken_apart(piece: str) -> TaggedPiece:
    """을/JKO_ -> 을, JKO; 은 -> 은 without a tag. A slash is a form like any other: //SP_."""
    form, _, tag = piece.removesuffix(END).rpartition("/")
    return TaggedPiece(form, tag) if piece.endswith(END) and tag in TAGS else TaggedPiece(piece, "")


def write_tagged(path: Path, pieces: Mapping[str, int]) -> None:
    """Write pieces with their counts, in the order in which they come."""
    with atomic(path) as file:
        file.writelines(f"{piece} {count}\n".encode() for piece, count in pieces.items())


def read_tagged(path: Path) -> dict[str, int]:
    """The pieces of a file with their counts, in the order of the file, which is that of the ids."""
    pieces: dict[str, int] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        fields = line.split()
        if len(fields) not in (1, 2) or (len(fields) == 2 and not fields[1].isdecimal()):
            raise UserError(f"{path}:{number}: {line!r} is not a piece and its count; write: 을/JKO_ 8123456")
        if fields[0] in pieces:
            raise UserError(f"{path}:{number}: {fields[0]} is there already; each piece must stand on one line only")
        pieces[fields[0]] = int(fields[1]) if len(fields) == 2 else 0
    return pieces

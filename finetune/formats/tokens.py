"""A text and the tokens that it is made of: text out of tagged tokens, and tokens out of a text with names.

Every format that has a tag for each token (CoNLL, NeMo, KLUE, Naver, KMOU) goes through here. A text is cut at white
space and, where a format can say that no space follows, at the ends of its names, so that 은 of 경찰은 stays outside.
"""

from __future__ import annotations

import dataclasses
import re
import sys
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path

from finetune.examples import Span, Tagged
from finetune.formats.bio import NO_BEGINNING, NO_END, names_of, scheme_of, tags_of
from finetune.reading import Reading, gathered
from tools.errors import UserError

EMPTY = "empty sentence"
EVENED = "white space made single spaces"
UNKNOWN = "names not known: written as none"


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """The tokens of a sentence; `glued` are those that no space follows, `tags` is None where nothing is tagged."""

    where: str
    id: str
    tokens: Sequence[str]
    tags: Sequence[str] | None
    glued: frozenset[int] = frozenset()


def read_rows(path: Path, rows: Iterable[Row | str]) -> Reading:
    """The examples of tagged rows; the scheme is the one that all of them are in, repairs are counted on stderr."""
    found = list(rows)
    scheme = _scheme(row for row in found if isinstance(row, Row))
    notes = Counter[str]()
    reading = gathered(path, (row if isinstance(row, str) else tagged(row, scheme, notes) for row in found))
    report(path, notes)
    return reading


def report(path: Path, notes: Mapping[str, int]) -> None:
    """Say on stderr what had to be set right in a file, a line each."""
    for what, count in notes.items():
        print(f"{path}: {what}: {count:,}", file=sys.stderr)


def tagged(row: Row, scheme: str, notes: Counter[str]) -> Tagged | str:
    """The example of a row, or why it gives none; broken tags are repaired and counted in `notes`."""
    text, places = joined(row.tokens, row.glued)
    if not text.strip():
        return EMPTY
    if row.tags is None:
        return Tagged(row.id, text)
    if len(row.tags) != len(row.tokens):
        return f"{'more' if len(row.tags) > len(row.tokens) else 'fewer'} tags than words"
    names, faults = names_of(row.tags, scheme)
    notes.update(_REPAIRS[fault] for _, fault in faults)
    spans = tuple(Span(places[name.start].start, places[name.end - 1].end, name.kind) for name in names)
    return Tagged(row.id, text, tuple(span for span in spans if span.start < span.end))


def joined(tokens: Sequence[str], glued: frozenset[int] = frozenset()) -> tuple[str, list[Span]]:
    """The text of tokens with a space between two where none is glued to the next, and where each stands in it."""
    text, places = "", list[Span]()
    for number, token in enumerate(tokens):
        places.append(Span(len(text), len(text) + len(token)))
        text += token + ("" if number in glued or number == len(tokens) - 1 else " ")
    return text, places


def pieces(example: Tagged) -> list[Span]:
    """The words of a text, cut where a name begins or ends."""
    names = example.names or ()
    cuts = {place for name in names for place in (name.start, name.end)}
    found = []
    for word in _WORD.finditer(example.text):
        inside = [place for place in range(word.start() + 1, word.end()) if place in cuts]
        found += [Span(*ends) for ends in pairwise([word.start(), *inside, word.end()])]
    return found


def row_of(example: Tagged, dropped: Counter[str]) -> Row | None:
    """The tokens and IOB2 tags of a text, or None if it holds none; what tokens cannot say is counted in `dropped`."""
    text, places = example.text, pieces(example)
    if not places:
        dropped[EMPTY] += 1
        return None
    if text != " ".join(_WORD.findall(text)):
        dropped[EVENED] += 1
    if example.names is None:
        dropped[UNKNOWN] += 1
    names = _on_tokens(example.names or (), places, dropped)
    glued = frozenset(number for number, place in enumerate(places[:-1]) if place.end == places[number + 1].start)
    tokens = [text[place.start : place.end] for place in places]
    return Row("", example.id, tokens, tags_of(names, len(tokens)), glued)


def _on_tokens(names: Sequence[Span], places: Sequence[Span], dropped: Counter[str]) -> list[Span]:
    """The names counted in tokens that begin and end with them, but for white space."""
    starts, found = [place.start for place in places], list[Span]()
    for name in names:
        first, after = bisect_left(starts, name.start), bisect_left(starts, name.end)
        if first == after:
            dropped["name of white space alone"] += 1
            continue
        if (places[first].start, places[after - 1].end) != (name.start, name.end):
            dropped["white space at the ends of a name"] += 1
        found.append(Span(first, after, name.kind))
    return found


def rows_of(examples: Iterable[Tagged], dropped: Counter[str]) -> Iterator[Row]:
    """The rows of all examples that hold a word."""
    return (row for example in examples if (row := row_of(example, dropped)))


def _scheme(rows: Iterable[Row]) -> str:
    """The rows' scheme; a tag that is none is an error at its place."""
    checked = []
    for row in rows:
        try:
            scheme_of([row.tags or ()])
        except ValueError as error:
            raise UserError(f"{row.where}: {error}") from None
        checked.append(row.tags or ())
    return scheme_of(checked)


_WORD = re.compile(r"\S+")
_REPAIRS = {
    NO_BEGINNING: "I- without B-: taken as the beginning of a name",
    NO_END: "name without its E-: ended where its tags end",
}

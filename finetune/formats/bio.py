"""Tags of tokens and the names that they stand for: IOB2 (called BIO too), IOB1 and BIOES, with types or without.

IOB2    B- begins every name, I- goes on.
IOB1    I- does both; B- only begins a name right behind another of the same type.
BIOES   E- ends a name and S- is a name of one token; BILOU and BMEWO are the same with other letters.

Tags may be written `B-PER` or `PER-B`; `B` alone is a name without a type. Names are counted in tokens here; where
tokens stand in a text is said in tokens.py.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator, Sequence

from finetune.examples import Span

NO_BEGINNING, NO_END = "I- without B-", "name without its E-"
Fault = tuple[int, str]
"""The number of a tag that breaks its scheme, and what is wrong."""


@functools.lru_cache(4096)
def parted(tag: str) -> tuple[str, str]:
    """The letter of a tag, O B I E or S, and its type; ValueError if it is no tag."""
    found = _TAG.fullmatch(tag)
    if not found:
        raise ValueError(f"{tag!r} is no tag; write O, B-TYPE and I-TYPE")
    letter = found["alone"] or found["before"] or found["after"]
    return _SAME.get(letter, letter), found["kind"] or found["type"] or ""


def names_of(tags: Sequence[str], scheme: str = "IOB2") -> tuple[list[Span], list[Fault]]:
    """The names of a row of tags, and where it breaks its scheme.

    What is broken is repaired as CoNLL's scorer does: an I- after O or another type begins a name, and a name without
    its E- ends where it ends.
    """
    names, faults = list[Span](), list[Fault]()
    for name, begun, ended in _runs(tags, scheme):
        names.append(name)
        if not begun and scheme != "IOB1":
            faults.append((name.start, NO_BEGINNING))
        if not ended and scheme == "BIOES":
            faults.append((name.end - 1, NO_END))
    return names, faults


def tags_of(names: Iterable[Span], length: int, scheme: str = "IOB2") -> list[str]:
    """The tags of so many tokens with these names, which are in order and do not overlap."""
    tags = ["O"] * length
    last = Span(0, 0)
    for name in names:
        tags[name.start : name.end] = [_written(letter, name.kind) for letter in _letters(name, last, scheme)]
        last = name
    return tags


def converted(tags: Sequence[str], source: str, target: str) -> list[str]:
    """A row of tags in another scheme; what breaks the first is repaired."""
    return tags_of(names_of(tags, source)[0], len(tags), target)


def untyped(names: Iterable[Span]) -> list[Span]:
    """The names without their types, whose tags are B I O alone; names side by side stay apart."""
    return [Span(name.start, name.end) for name in names]


def scheme_of(rows: Iterable[Sequence[str]]) -> str:
    """The scheme that all rows of tags of a file are in: IOB1 if names begin with I- and B- is seen where it must."""
    begun_by_i, begun_by_b = False, False
    for tags in rows:
        before, kind = "O", ""
        for tag in tags:
            letter, named = parted(tag)
            if letter in "ES":
                return "BIOES"
            new = before == "O" or named != kind
            begun_by_b |= letter == "B" and new
            begun_by_i |= letter == "I" and new
            before, kind = letter, named
    return "IOB1" if begun_by_i and not begun_by_b else "IOB2"


def _runs(tags: Sequence[str], scheme: str) -> Iterator[tuple[Span, bool, bool]]:
    """Tokens that belong together, whether a tag says that they begin there, and whether one says that they end."""
    start, kind, begun = -1, "", False
    for place, tag in enumerate([*tags, "O"]):
        letter, named = parted(tag)
        if letter not in _LETTERS[scheme]:
            raise ValueError(f"{tag!r} is no tag of {scheme}")
        goes_on = start >= 0 and letter in "IE" and named == kind
        if start >= 0 and not goes_on:
            yield Span(start, place, kind), begun, False
            start = -1
        if letter != "O" and not goes_on:
            start, kind, begun = place, named, letter in "BS"
        if letter in "ES":
            yield Span(start, place + 1, kind), begun, True
            start = -1


def _letters(name: Span, last: Span, scheme: str) -> str:
    length = name.end - name.start
    if scheme == "BIOES":
        return "S" if length == 1 else f"B{'I' * (length - 2)}E"
    begins = scheme == "IOB2" or (last.end == name.start and last.kind == name.kind and name.start > 0)
    return ("B" if begins else "I") + "I" * (length - 1)


def _written(letter: str, kind: str) -> str:
    return f"{letter}-{kind}" if kind else letter


_LETTERS = {"IOB2": "OBI", "IOB1": "OBI", "BIOES": "OBIES"}
_SAME = {"L": "E", "U": "S", "W": "S", "M": "I"}
_TAG = re.compile(r"(?P<alone>[OBIESLUMW])|(?P<before>[BIESLUMW])-(?P<kind>.*)|(?P<type>.+)-(?P<after>[BIESLUMW])")

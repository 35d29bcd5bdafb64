"""Sentence patterns: `{town:은} {river:을} {cross|는다}.`, filled with words that take the josa or ending they need.

A slot is a word of the world or a piece already made of such words. What it says (plain) and how the dump writes it
(markup) are carried side by side, with the place of every slot in the plain text, so that one sentence serves as
article, as answer span and as tagged example. A pattern has no literal braces: markup comes only from the slots.
"""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Mapping

from corpus.sample.conjugate import conjugate
from corpus.sample.josa import allomorph, attach

__all__ = ["Mark", "Phrase", "attach", "conjugate", "phrase", "render"]

Mark = tuple[str, int, int]  # slot name, start and end in the plain text


@dataclasses.dataclass(frozen=True, slots=True)
class Phrase:
    """A piece of text: as it reads, as wikitext, and where its slots lie in what reads (josa not included)."""

    plain: str
    markup: str
    marks: tuple[Mark, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class Slot:
    """A hole in a pattern: its name, and the josa that follows it or the ending of the stem that fills it."""

    name: str
    josa: str = ""
    ending: str = ""


def phrase(text: str) -> Phrase:
    """A text that is written as it reads."""
    return Phrase(text, text)


def render(pattern: str, slots: Mapping[str, Phrase | str]) -> Phrase:
    """The pattern with its slots filled: `{name}`, `{name:은}` with a josa, `{stem|았다}` conjugated.

    The josa is chosen by the plain text. The marks of a phrase come along, after the mark of the slot that it fills.
    """
    plain: list[str] = []
    markup: list[str] = []
    marks: list[Mark] = []
    place = 0
    for part in _compile(pattern):
        if isinstance(part, str):
            plain.append(part)
            markup.append(part)
            place += len(part)
            continue
        filled, tail = _fill(pattern, part, slots)
        end = place + len(filled.plain)
        marks.append((part.name, place, end))
        marks += [(name, place + first, place + last) for name, first, last in filled.marks]
        plain += (filled.plain, tail)
        markup += (filled.markup, tail)
        place = end + len(tail)
    return Phrase("".join(plain), "".join(markup), tuple(marks))


def _fill(pattern: str, slot: Slot, slots: Mapping[str, Phrase | str]) -> tuple[Phrase, str]:
    """What stands in the slot, and the josa after it."""
    value = slots.get(slot.name)
    if value is None:
        raise KeyError(f"{pattern}: nothing is given for the slot {slot.name}")
    filled = Phrase(value, value) if isinstance(value, str) else value
    if slot.ending:
        return phrase(conjugate(filled.plain, slot.ending)), ""
    return filled, allomorph(filled.plain, slot.josa) if slot.josa else ""


@functools.cache
def _compile(pattern: str) -> tuple[str | Slot, ...]:
    """The literal pieces and the slots of a pattern in order."""
    pieces = re.split(r"\{([^{}:|]+)(?::([^{}:|]+)|\|([^{}:|]+))?\}", pattern)
    parts: list[str | Slot] = []
    for literal, name, josa, ending in zip(pieces[::4], pieces[1::4], pieces[2::4], pieces[3::4], strict=False):
        parts += [literal, Slot(name, josa or "", ending or "")]
    parts.append(pieces[-1])
    if bad := [part for part in parts if isinstance(part, str) and ("{" in part or "}" in part)]:
        raise ValueError(f"{pattern}: not a slot: {bad[0]}; write {{name}}, {{name:은}} or {{stem|았다}}")
    return tuple(part for part in parts if part)

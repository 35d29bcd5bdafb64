"""Where restored forms stand in the text they were restored from: 왔다 as 오 + 았 + 다 is 왔, 왔, 다.

Both sides are spelled as sounds, contracted vowels apart (ㅘ is ㅗㅏ, as 오았 contracts to 왔), and aligned by edit
distance. That needs no list of contractions and serves every analyser, whatever it restores. What stands at the ends of
a form is only as exact as a syllable: forms that met in one syllable share it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from corpus.jamo import is_syllable, split

KEEP, CHANGE, SKIP = 0, 3, 2  # what an edit costs: a change is cheaper than leaving one sound out on each side
BAND = 20  # how far, in sounds, one side may run ahead of the other between two places that agree

_VOWELS = {
    "ㅐ": "ㅏㅣ",
    "ㅔ": "ㅓㅣ",
    "ㅚ": "ㅗㅣ",
    "ㅟ": "ㅜㅣ",
    "ㅢ": "ㅡㅣ",
    "ㅒ": "ㅣㅏㅣ",
    "ㅖ": "ㅣㅓㅣ",
    "ㅑ": "ㅣㅏ",
    "ㅕ": "ㅣㅓ",
    "ㅛ": "ㅣㅗ",
    "ㅠ": "ㅣㅜ",
    "ㅘ": "ㅗㅏ",
    "ㅝ": "ㅜㅓ",
    "ㅙ": "ㅗㅏㅣ",
    "ㅞ": "ㅜㅓㅣ",
}

Span = tuple[int, int]


def align(text: str, forms: Sequence[str]) -> list[Span]:
    """The span of each form in the text; neither starts nor ends ever go back, and no span is empty.

    What no form accounts for goes to the form before it, up to white space.
    """
    if not text.strip():
        raise ValueError(f"{text!r}: nothing to align {forms!r} with")
    sounds, places = _sounds(list(text))
    wanted, owners = _sounds(forms)
    first: dict[int, int] = {}
    last: dict[int, int] = {}
    for row, column in _pairs(sounds, wanted):
        first.setdefault(owners[column], places[row])
        last[owners[column]] = places[row] + 1
    if not first:
        first[0] = len(text) - len(text.lstrip())
        last[0] = first[0] + 1
    placed = sorted(first)
    spans = dict(zip(placed, _stretched(text, [(first[index], last[index]) for index in placed]), strict=True))
    start = spans[placed[0]][0]
    shared = (start, start + 1)  # by forms that left no sound of their own
    found = []
    for index in range(len(forms)):
        if index in spans:
            shared = (spans[index][1] - 1, spans[index][1])
        found.append(spans.get(index, shared))
    return found


def _sounds(pieces: Sequence[str]) -> tuple[str, list[int]]:
    """The sounds of all pieces in a row, and for each the index of its piece; white space makes none."""
    spelled = ["".join(_spoken(letter) for letter in piece if not letter.isspace()) for piece in pieces]
    return "".join(spelled), [index for index, sounds in enumerate(spelled) for _ in sounds]


def _spoken(letter: str) -> str:
    if not is_syllable(letter):
        return letter
    onset, vowel, final = split(letter)
    return onset.replace("ㅇ", "") + _VOWELS.get(vowel, vowel) + final


def _pairs(left: str, right: str) -> list[tuple[int, int]]:
    """The steps of a cheapest edit from left to right that keep or replace a sound, as (left, right) indices.

    Only a band of columns is looked at in each row; it follows the cheapest cell, so long texts cost linear time.
    """
    width = len(right) + 1
    low, costs = 0, [SKIP * column for column in range(min(width, BAND + 1))]
    rows: list[tuple[int, list[int]]] = [(low, costs)]
    for sound in left:
        best = low + min(range(len(costs)), key=costs.__getitem__) + 1
        start, stop = max(low, best - BAND), min(width, best + BAND + 1)
        row: list[int] = []
        for column in range(start, stop):
            above = costs[column - low] if column - low < len(costs) else _FAR
            before = costs[column - low - 1] if 0 < column - low <= len(costs) else _FAR
            beside = row[-1] if row else _FAR
            same = column > 0 and right[column - 1] == sound
            row.append(min(before + (KEEP if same else CHANGE), above + SKIP, beside + SKIP))
        low, costs = start, row
        rows.append((low, costs))
    return _traced(left, right, rows)


def _traced(left: str, right: str, rows: list[tuple[int, list[int]]]) -> list[tuple[int, int]]:
    def cost(row: int, column: int) -> int:
        low, costs = rows[row]
        return costs[column - low] if 0 <= column - low < len(costs) else _FAR

    pairs = []
    row, column = len(left), min(len(right), rows[-1][0] + len(rows[-1][1]) - 1)
    while row and column:
        here, before = cost(row, column), cost(row - 1, column - 1)
        if here == before + (KEEP if left[row - 1] == right[column - 1] else CHANGE):
            row, column = row - 1, column - 1
            pairs.append((row, column))
        elif here == cost(row - 1, column) + SKIP:
            row -= 1
        else:
            column -= 1
    return pairs[::-1]


def _stretched(text: str, spans: Sequence[Span]) -> list[Span]:
    """The spans, grown over the letters that none of them has and that touch one; the span before them comes first."""
    grown = list(spans)
    for index in range(len(spans) + 1):
        low = grown[index - 1][1] if index else 0
        high = grown[index][0] if index < len(spans) else len(text)
        gap = text[low:high]
        if index:
            taken = len(_HEAD.match(gap)[0])  # type: ignore[index]  # it matches anything
            grown[index - 1] = (grown[index - 1][0], low + taken)
            gap = gap[taken:]
        if index < len(spans):
            grown[index] = (high - len(_TAIL.search(gap)[0]), grown[index][1])  # type: ignore[index]
    return grown


_HEAD, _TAIL = re.compile(r"\S*"), re.compile(r"\S*$")
_FAR = 1 << 30

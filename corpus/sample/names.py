"""Names: what thing number `index` of a kind is called, by arithmetic alone.

A name space is walked by a stride that is coprime to its size, so neighbours look unlike and nothing repeats until the
space is used up; how often it has been is the `round`, which the caller must turn into a bracketed addition.
"""

from __future__ import annotations

import dataclasses
import functools
import math
import tomllib
from pathlib import Path
from typing import Any

from corpus.jamo import ONSETS, VOWELS, split
from corpus.sample.korean import render

TABLES = Path(__file__).parent / "tables"


@dataclasses.dataclass(frozen=True, slots=True)
class Name:
    """A name as it is written in Hangul, Hanja (empty if it has none) and Latin letters."""

    hangul: str
    hanja: str = ""
    latin: str = ""


@functools.cache
def table(name: str) -> dict[str, Any]:
    """One of our tables of words and patterns."""
    return tomllib.loads((TABLES / f"{name}.toml").read_text(encoding="utf-8"))


def scattered(index: int, size: int, shift: int) -> int:
    """Where a walk over `size` places stands at step `index`: each place once, neighbours far apart."""
    stride = int(size * 0.618) | 1
    while math.gcd(stride, size) != 1:
        stride += 2
    return (index * stride + shift) % size


@functools.cache
def _syllables(which: str) -> tuple[tuple[str, str], ...]:
    return tuple((pair[0], pair[1]) for pair in table("names")[which].split())


@functools.cache
def stems() -> tuple[tuple[str, str], ...]:
    """All two-syllable place stems with their Hanja, none of them a real place or a common word."""
    avoid = set(table("names")["avoid"].split())
    pairs = [(a, b) for a in _syllables("stem_first") for b in _syllables("stem_second") if a[0] != b[0]]
    return tuple((a[0] + b[0], a[1] + b[1]) for a, b in pairs if a[0] + b[0] not in avoid)


def stem(index: int, shift: int) -> Name:
    """Place stem number `index`; they repeat after `len(stems())`."""
    hangul, hanja = stems()[scattered(index % len(stems()), len(stems()), shift)]
    return Name(hangul, hanja, romanize(hangul))


@functools.cache
def _forms(kind: str) -> tuple[tuple[str, str], ...]:
    """Each ending in Hangul and in Hanja, which may be missing."""
    words = table("names")["forms"][kind]
    cuts = [sum(not "一" <= letter <= "鿿" for letter in word) for word in words]
    return tuple((word[:cut], word[cut:]) for word, cut in zip(words, cuts, strict=True))


def placed(kind: str, index: int, shift: int) -> tuple[Name, str]:
    """The name and the form (시, 강, 초등학교 ...) of thing number `index` of a kind that is named after a place.

    Distinct for every index below `len(stems())` times the number of forms.
    """
    forms = _forms(kind)
    form, hanja = forms[(index // len(stems()) + index % len(stems())) % len(forms)]
    base = stem(index, shift)
    return Name(base.hangul + form, base.hanja + hanja if hanja else "", base.latin), form.strip()


def person(index: int, shift: int) -> tuple[Name, int]:
    """The full name of person number `index`, and the round: how many had it before."""
    surnames, first, second = (_syllables(which) for which in ("surnames", "given_first", "given_second"))
    size = len(surnames) * len(first) * len(second)
    place = scattered(index % size, size, shift)
    place, a = divmod(place, len(surnames))
    b, c = divmod(place, len(second))
    parts = (surnames[a], first[b], second[c])
    hangul, hanja = ("".join(part[side] for part in parts) for side in (0, 1))
    return Name(hangul, hanja, f"{romanize(hangul[0])} {romanize(hangul[1:])}"), index // size


def work(index: int, shift: int) -> Name:
    """The title of film, book or album number `index`; all kinds share the space, so titles differ between them too."""
    words = table("names")["works"]
    lanes = words["lanes"]
    pattern = lanes[index % len(lanes)]
    place = index // len(lanes)
    slots = {name: words[name] for name in ("adjective", "noun", "thing", "time", "doing") if f"{{{name}" in pattern}
    if "{stem}" in pattern:
        stop, where = divmod(scattered(place, len(stems()) * len(words["tail"]), shift), len(stems()))
        return Name(render(words["tail"][stop], {"stem": stems()[where][0]}).plain)
    size = math.prod(len(items) for items in slots.values())
    place = scattered(place, size, shift)
    chosen = {}
    for name, items in slots.items():
        place, at = divmod(place, len(items))
        chosen[name] = items[at]
    return Name(render(pattern, chosen).plain)


def romanize(hangul: str) -> str:
    """Latin letters, syllable by syllable, capitalized; sound changes between syllables are left out, as in names."""
    letters = []
    for syllable in hangul:
        onset, vowel, final = split(syllable)
        letters.append(LATIN_ONSETS[ONSETS.index(onset)] + LATIN_VOWELS[VOWELS.index(vowel)] + LATIN_FINALS[final])
    return "".join(letters).capitalize()


LATIN_ONSETS = ("g", "kk", "n", "d", "tt", "r", "m", "b", "pp", "s", "ss", "", "j", "jj", "ch", "k", "t", "p", "h")
LATIN_VOWELS = "a ae ya yae eo e yeo ye o wa wae oe yo u wo we wi yu eu ui i".split()
LATIN_FINALS = dict(
    zip(("", *"ㄱㄲㄴㄷㄹㅁㅂㅅㅆㅇㅈㅊㅋㅌㅍㅎ"), ("", *"k k n t l m p t t ng t t k t p t".split()), strict=True)
)

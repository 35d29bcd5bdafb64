"""The segmentation schemes: what a text is cut into before a vocabulary is trained on it or applied to it.

    eojeol         멕시코부터 | 발견된다 | .                  words at white space and punctuation
    josa           멕시코 ##부터 | 발견된다 | .               words cut before josa and around numbers: default
    morpheme       멕시코 ##부터 | 발견 ##된다 | .            the surface; what a contraction joined stays joined
    morpheme-tag   멕시코/NNP ##부터/JX | 발견/NNG ##되/XSV ##ㄴ다/EF | ./SF
    lemma          멕시코 ##부터 | 발견 ##되 ##ㄴ다 | .        base forms
    verb-lemma     멕시코 ##부터 | 발견 ##되다 ##ㄴ다 | .      base forms, what conjugates by its dictionary form

A unit carries its place in the text. In eojeol, josa and morpheme the units are the text's own words, in order and
without overlap; with white space they give it back. Base forms that a contraction joined share a place.
Here nothing is trained and nothing counted.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Literal, NamedTuple

from tools.errors import UserError, nearest
from vocab.analyzers import analyzer
from vocab.tags import VERBAL, Morpheme
from vocab.words import cleaned, spans

Needs = Literal["nothing", "training", "always"]


class Unit(NamedTuple):
    """One unit: what the vocabulary sees, its place in the text, and whether it continues a word (written ##)."""

    text: str
    start: int
    end: int
    continues: bool

    @property
    def marked(self) -> str:
        """The unit as counts and vocabularies write it."""
        return f"##{self.text}" if self.continues else self.text


@dataclasses.dataclass(frozen=True, slots=True)
class Segmentation:
    """How clean text and its morphemes become units, and when the morphemes must be known."""

    cut: Callable[[str, Sequence[Morpheme]], list[Unit]]
    analysis: Needs
    """nothing: the morphemes may be empty; training: they are while counting, not when the vocabulary is used."""
    lossless: bool


NOUN_LIKE = frozenset({"NNG", "NNP", "NNB", "NR", "XSN", "SL", "SH", "SN", "XR", "ETN", "SS", "SO", "SW"})
"""What is cut from a josa. Not the pronoun: 그는 and 이를 are frequent, and nobody asks for 그."""
JOSA_LIKE = frozenset({"JKS", "JKC", "JKG", "JKO", "JKB", "JKV", "JKQ", "JX", "JC", "VCP"})
PLURAL = ("들", "XSN")


def segment(text: str, scheme: str, analyzer_name: str = "mecab") -> list[Unit]:
    """The units of any text (NFD, control characters ...), with places in the text as it was given."""
    row = segmentation(scheme)
    clean = cleaned(text)
    morphemes = analyzer(analyzer_name)(clean.text) if row.analysis != "nothing" else []
    units = row.cut(clean.text, morphemes)
    if clean.spans is None:
        return units
    return [Unit(own, *clean.original(start, end), continues) for own, start, end, continues in units]


def segmentation(name: str) -> Segmentation:
    """The scheme of that name, or an error that knows the names."""
    if name not in SEGMENTS:
        raise UserError(f"{name}: no such segmentation; {nearest(name, SEGMENTS)}")
    return SEGMENTS[name]


def josa_cuts(morphemes: Sequence[Morpheme]) -> Iterator[int]:
    """Where words are cut: 학교|에서, 학생|이다 and 사람|들 between a noun and its josa, copula or plural, 제|10|년|간
    around a number and after what it counts. docs/vocab.md tells what else was tried, and what each place is worth.
    """
    earlier = ""
    for before, after in pairwise(morphemes):
        noun = before.tag in NOUN_LIKE and (after.tag in JOSA_LIKE or (after.form, after.tag) == PLURAL)
        number = "SN" in (earlier, before.tag, after.tag)
        if (noun or number) and before.end == after.start:
            yield after.start
        earlier = before.tag if before.end == after.start else ""


def _eojeol(text: str, _: Sequence[Morpheme]) -> list[Unit]:
    return _cut_words(text, spans(text), ())


def _josa(text: str, morphemes: Sequence[Morpheme]) -> list[Unit]:
    return _cut_words(text, spans(text), josa_cuts(morphemes))


def _cut_words(text: str, words: Sequence[tuple[int, int]], places: Iterable[int]) -> list[Unit]:
    units, waiting = [], sorted(places, reverse=True)
    for start, end in words:
        low = start
        while waiting and waiting[-1] < end:
            place = waiting.pop()
            if place > low:
                units.append(Unit(text[low:place], low, place, low > start))
                low = place
        units.append(Unit(text[low:end], low, end, low > start))
    return units


def _morpheme(text: str, morphemes: Sequence[Morpheme]) -> list[Unit]:
    """Morphemes that share a letter are one unit: the stretch of text that they stand for together."""
    merged: list[tuple[int, int]] = []
    for morpheme in morphemes:
        if merged and morpheme.start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], morpheme.end))
        else:
            merged.append((morpheme.start, morpheme.end))
    begun = {start for start, _ in spans(text)}
    return [Unit("".join(text[start:end].split()), start, end, start not in begun) for start, end in merged]


def _base(written: Callable[[Morpheme], str]) -> Callable[[str, Sequence[Morpheme]], list[Unit]]:
    """The scheme of base forms, each written in its way."""

    def units(text: str, morphemes: Sequence[Morpheme]) -> list[Unit]:
        begun = {start for start, _ in spans(text)}
        found = []
        covered = 0
        for morpheme in morphemes:
            start, end = morpheme.start, morpheme.end
            found.append(Unit(written(morpheme), start, end, start < covered or start not in begun))
            covered = end
        return found

    return units


def dictionary_form(morpheme: Morpheme) -> str:
    """발견, but 되다: what conjugates gets the 다 of the dictionary."""
    return morpheme.form + "다" * (morpheme.tag in VERBAL)


SEGMENTS: dict[str, Segmentation] = {
    "eojeol": Segmentation(_eojeol, "nothing", lossless=True),
    "josa": Segmentation(_josa, "training", lossless=True),
    "morpheme": Segmentation(_morpheme, "always", lossless=True),
    "morpheme-tag": Segmentation(_base(lambda morpheme: f"{morpheme.form}/{morpheme.tag}"), "always", lossless=False),
    "lemma": Segmentation(_base(lambda morpheme: morpheme.form), "always", lossless=False),
    "verb-lemma": Segmentation(_base(dictionary_form), "always", lossless=False),
}

"""Hangul in its three spellings: syllables (값), jamo written alone (ㄱㅏㅄ, U+3131) and conjoining jamo (U+1100).

A conjoining jamo knows whether it begins or ends a syllable, so NFC puts it back; one written alone does not, and NFKC
would turn it into something else. Analysers answer with either kind; here they are told apart and mapped. Obsolete
letters, which have no syllable of their own, pass through unchanged.
"""

from __future__ import annotations

import re
import unicodedata

from corpus.jamo import FINALS, ONSETS, VOWELS, is_syllable, join, split

_ALONE = {
    **{0x1100 + index: letter for index, letter in enumerate(ONSETS)},
    **{0x1161 + index: letter for index, letter in enumerate(VOWELS)},
    **{0x11A7 + index: letter for index, letter in enumerate(FINALS) if letter},
}
_SYLLABLES = re.compile("[가-힣]+")
_SPELLED = re.compile(f"([{ONSETS}])([{VOWELS}])(?:([{''.join(FINALS)}])(?![{VOWELS}]))?")


def final(character: str) -> str:
    """The final consonant of a syllable, written alone; empty for an open syllable and for anything else."""
    return split(character)[2] if is_syllable(character) else ""


def spell(text: str) -> str:
    """A text with its syllables spelled in jamo written alone: 값이 -> ㄱㅏㅄㅇㅣ."""
    return "".join("".join(split(letter)) if is_syllable(letter) else letter for letter in text)


def unspell(text: str) -> str:
    """A text with its jamo put together to syllables where they make one; undoes `spell` on text without lone jamo."""
    return _SPELLED.sub(lambda match: join(match[1], match[2], match[3] or ""), text)


def conjoining(text: str) -> str:
    """A text with its syllables, and nothing else, taken apart to conjoining jamo; NFC undoes it."""
    return _SYLLABLES.sub(lambda match: unicodedata.normalize("NFD", match[0]), text)


def alone(text: str) -> str:
    """A text with its conjoining jamo, of modern Hangul, replaced by the same letters written alone: ᆫ다 -> ㄴ다."""
    return text if text.isascii() else text.translate(_ALONE)

"""Hangul letters: the final consonant of a syllable, and conjoining jamo (U+1100) as jamo written alone (ㄱ, U+3131).

A conjoining jamo knows whether it begins or ends a syllable, so NFC puts it back; one written alone does not, and NFKC
would turn it into something else. Analysers answer with either kind; here they are told apart and mapped. Obsolete
letters, which have no syllable of their own, pass through unchanged.
"""

from __future__ import annotations

from corpus.jamo import FINALS, ONSETS, VOWELS, is_syllable, split

_ALONE = {
    **{0x1100 + index: letter for index, letter in enumerate(ONSETS)},
    **{0x1161 + index: letter for index, letter in enumerate(VOWELS)},
    **{0x11A7 + index: letter for index, letter in enumerate(FINALS) if letter},
}


def final(character: str) -> str:
    """The final consonant of a syllable, written alone; empty for an open syllable and for anything else."""
    return split(character)[2] if is_syllable(character) else ""


def alone(text: str) -> str:
    """A text with its conjoining jamo, of modern Hangul, replaced by the same letters written alone: ᆫ다 -> ㄴ다."""
    return text if text.isascii() else text.translate(_ALONE)

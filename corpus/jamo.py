"""Hangul syllables taken apart and put together: onset, vowel, final, each a letter as it is written alone."""

from __future__ import annotations

FIRST, LAST = "가", "힣"
ONSETS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
VOWELS = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
FINALS = ("", *"ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ")


def is_syllable(letter: str) -> bool:
    """True for one composed Hangul syllable."""
    return FIRST <= letter <= LAST


def split(syllable: str) -> tuple[str, str, str]:
    """Onset, vowel and final (empty when the syllable is open)."""
    rest, final = divmod(ord(syllable) - ord(FIRST), len(FINALS))
    onset, vowel = divmod(rest, len(VOWELS))
    return ONSETS[onset], VOWELS[vowel], FINALS[final]


def join(onset: str, vowel: str, final: str = "") -> str:
    """The composed syllable."""
    place = (ONSETS.index(onset) * len(VOWELS) + VOWELS.index(vowel)) * len(FINALS) + FINALS.index(final)
    return chr(ord(FIRST) + place)


def with_final(word: str, final: str) -> str:
    """The word with the final of its last syllable replaced: `가` and `ㄴ` give `간`."""
    onset, vowel, _ = split(word[-1])
    return word[:-1] + join(onset, vowel, final)

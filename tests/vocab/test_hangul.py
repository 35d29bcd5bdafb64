"""Every syllable there is, against unicodedata."""

from __future__ import annotations

import unicodedata

from corpus.jamo import split
from vocab.hangul import alone, final

SYLLABLES = [chr(code) for code in range(0xAC00, 0xD7A4)]
MODERN = [*map(chr, range(0x1100, 0x1113)), *map(chr, range(0x1161, 0x1176)), *map(chr, range(0x11A8, 0x11C3))]


def test_all_syllables_against_unicodedata() -> None:
    for syllable in SYLLABLES:
        apart = unicodedata.normalize("NFD", syllable)
        assert "".join(split(syllable)) == alone(apart)
        assert final(syllable) == (alone(apart[2]) if len(apart) == 3 else "")


def test_letters_written_alone_carry_the_name_of_the_letter() -> None:
    for jamo in MODERN:
        name = unicodedata.name(jamo).split()[-1]
        assert unicodedata.name(alone(jamo)).split()[-1] == name


def test_what_is_no_modern_letter_stays() -> None:
    assert alone("\u11ab다") == "ㄴ다"
    assert alone("\u1106") == "ㅁ"  # mecab's dictionary writes the ending of 함 with the wrong half
    assert alone("\u119e abc世ㅋ") == "\u119e abc世ㅋ"
    assert [final(character) for character in "가강a🙂ㄱ"] == ["", "ㅇ", "", "", ""]

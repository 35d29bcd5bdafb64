"""Every syllable there is, against unicodedata, and the spellings against each other."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from vocab.hangul import alone, conjoining, final, spell, unspell

SYLLABLES = [chr(code) for code in range(0xAC00, 0xD7A4)]
MODERN = [*map(chr, range(0x1100, 0x1113)), *map(chr, range(0x1161, 0x1176)), *map(chr, range(0x11A8, 0x11C3))]


def test_all_syllables_against_unicodedata() -> None:
    for syllable in SYLLABLES:
        apart = unicodedata.normalize("NFD", syllable)
        assert conjoining(syllable) == apart
        assert spell(syllable) == alone(apart)
        assert unspell(spell(syllable)) == syllable
        assert final(syllable) == (alone(apart[2]) if len(apart) == 3 else "")


def test_letters_written_alone_carry_the_name_of_the_letter() -> None:
    for jamo in MODERN:
        name = unicodedata.name(jamo).split()[-1]
        assert unicodedata.name(alone(jamo)).split()[-1] == name


def test_a_syllable_ends_where_the_next_one_needs_its_consonant() -> None:
    assert unspell("ㄱㅏㄱㅏㄱㅏㄱ") == "가가각"
    assert unspell("ㄷㅏㄹㄱㄱㅗㅏ") == "달ㄱ고ㅏ"
    assert unspell("ㅋㅋㅋ ㅏ abc") == "ㅋㅋㅋ ㅏ abc"
    assert alone("\u11ab다") == "ㄴ다"
    assert alone("\u1106") == "ㅁ"  # mecab's dictionary writes the ending of 함 with the wrong half
    assert [final(character) for character in "가강a🙂ㄱ"] == ["", "ㅇ", "", "", ""]


@given(st.text(st.sampled_from([*"가각값뷁힣 abc世🙂ㅋㅏ.", "\u119e", "\u200b"])))
def test_spellings_come_back(text: str) -> None:
    assert unicodedata.normalize("NFC", conjoining(text)) == text
    if not set(text) & set("ㅋㅏ"):
        assert unspell(spell(text)) == text

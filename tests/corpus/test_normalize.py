"""Characters, white space and brackets of clean text."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.brackets import close_brackets
from corpus.entities import decode
from corpus.normalize import normalize

GONE = "\ufdd0"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("가\u00a0나\t다\u3000라", "가 나 다 라"),
        ("가\u200b나\u00ad다\ufeff", "가나다"),
        ("가\x00나\x1f", "가나"),
        (" 가  나 \n\n\n 다 ", "가 나\n다"),
        ("가\r\n나\r다\u2028라", "가\n나\n다\n라"),
        ("\u1112\u1161\u11ab", "한"),
        ("\u1112\u200b\u1161", "하"),
        ("①ㄱﬁ㈜", "①ㄱﬁ㈜"),
        ("漢字 『책』 😀", "漢字 『책』 😀"),
        ("가\ufdd0나\uffff", "가나"),
        ("", ""),
        ("\n \u00a0\n", ""),
    ],
)
def test_characters_and_white_space(text: str, expected: str) -> None:
    assert normalize(text) == expected


BRACKETS = [
    ("도쿄(, )는", "도쿄는"),
    ("《루이지》(, ）은", "《루이지》은"),
    ("가（가, 나)는", "가（가, 나)는"),
    ("도쿄 (, )는", "도쿄는"),
    ("도쿄()는", "도쿄는"),
    ("(, 1397년 ~ 1450년)", "(1397년 ~ 1450년)"),
    ("(;  서울)", "(서울)"),
    ("(서울, )", "(서울)"),
    ("(서울, , 부산)", "(서울, 부산)"),
    ("( ~ )", ""),
    ("(1924년 ~ )", "(1924년 ~ )"),
    ("( ~ 1450년)", "( ~ 1450년)"),
    ("(, ~ 1450년)", "(~ 1450년)"),
    ("가(나(, ), 다)라", "가(나, 다)라"),
    ("가(나, (, ), 다)라", "가(나, 다)라"),
    ("서울, ()부산", "서울, 부산"),
    ("((((, ))))", ""),
    ("（，서울）（、）", "（서울）"),
    ("《》를 「」라 한다", "를라 한다"),
    ("(가, 나", "(가, 나"),
    ("(, 가", "(가"),
    ("가, )", "가)"),
    ("print() 함수, obj.call(), a_b[]", "print() 함수, obj.call(), a_b[]"),
    ("NUMA()는 구조이다", "NUMA는 구조이다"),
    ("기술 fMRI()를 통하여", "기술 fMRI를 통하여"),
    ("for(;;) { Main(); }", "for(;;) { Main(); }"),
    ("쉼표(,)와 콤마 (,)", "쉼표(,)와 콤마 (,)"),
    ("녹턴(,)은 음악이다", "녹턴은 음악이다"),
    ("양극(+)과 음극(-)", "양극(+)과 음극(-)"),
    ("구간 [0, 1)과 (0, 1]", "구간 [0, 1)과 (0, 1]"),
    ("a,b;c (d)", "a,b;c (d)"),
    (f"print({GONE})", "print"),
    (f"쉼표({GONE},)", "쉼표"),
    (f"가({GONE} 나 {GONE})", "가(나)"),
    (f"가(나, {GONE}, 다)", "가(나, 다)"),
    (f"가, {GONE}, 나", "가, 나"),
]


@pytest.mark.parametrize(("line", "expected"), BRACKETS)
def test_brackets(line: str, expected: str) -> None:
    assert close_brackets(line) == expected


def test_brackets_do_not_reach_over_lines() -> None:
    assert close_brackets("가(\n)나(, )") == "가(\n)나"


@settings(max_examples=1500)
@given(st.text(alphabet="()（）[]《》,;·~ 가나aA_1\n", max_size=30))
def test_brackets_are_closed_once_and_for_all(text: str) -> None:
    closed = close_brackets(text)
    assert normalize(normalize(text)) == normalize(text)
    assert "( )" not in closed
    assert [c for c in closed if c in "가나aA_1"] == [c for c in text if c in "가나aA_1"]


@settings(max_examples=1000)
@given(st.text(max_size=60))
def test_normalising_twice_is_normalising_once(text: str) -> None:
    once = normalize(text)
    assert normalize(once) == once
    assert unicodedata.is_normalized("NFC", once)
    assert all(line and line == line.strip(" ") and "  " not in line for line in once.split("\n")) or not once


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("&lt;", "<"),
        ("&amp;lt;", "&lt;"),
        ("&#44032;&#xAC00;", "가가"),
        ("R&D", "R&D"),
        ("&nope;", "&nope;"),
        ("&nbsp;", "\xa0"),
    ],
)
def test_entities_are_decoded_once(text: str, expected: str) -> None:
    assert decode(text) == expected

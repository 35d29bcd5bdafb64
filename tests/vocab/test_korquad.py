"""The scoring rules of KorQuAD 1.0, case by case."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vocab.korquad import exact_match, f1, normalized


@pytest.mark.parametrize(
    "answer, expected",
    [
        ("《말모이》(1911년)", "말모이 1911년"),  # these marks part
        ("1,911.5년", "19115년"),  # punctuation of ASCII vanishes without a gap
        ("A-1급  'B'", "a1급 b"),
        ("“가나”·「다」…", "“가나”·「다」…"),  # other punctuation stays
        ("〈주시경〉‘선생’", "주시경 선생"),
        ("(서울)에서", "서울 에서"),
        (" \t", ""),
    ],
)
def test_answers_are_normalized(answer: str, expected: str) -> None:
    assert normalized(answer) == expected


def test_match_keeps_spaces_and_f1_drops_them() -> None:
    assert exact_match("'주시경'", "주시경.")
    assert not exact_match("주 시경", "주시경")
    assert f1("주 시경", "주시경") == 1.0
    assert f1("경시주", "주시경") == 1.0  # without order
    assert f1("주시경은", "주시경") == pytest.approx(2 * (3 / 4) * 1 / (3 / 4 + 1))
    assert f1("가가가", "가나") == pytest.approx(2 * (1 / 3) * (1 / 2) / (1 / 3 + 1 / 2))
    assert f1("가", "나") == f1("", "나") == f1("", "") == 0.0


@given(st.text("가나 ab,.()《》", max_size=12), st.text("가나 ab,.()《》", max_size=12))
def test_f1_is_even_handed_and_full_exactly_for_the_same_letters(one: str, other: str) -> None:
    assert f1(one, other) == f1(other, one)
    letters = [sorted(normalized(text).replace(" ", "")) for text in (one, other)]
    assert (f1(one, other) == 1.0) == (letters[0] == letters[1] != [])

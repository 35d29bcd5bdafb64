"""Josa at the end of an answer."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finetune.josa import trim_josa


@pytest.mark.parametrize(
    ("answer", "left"),
    [
        ("브라질에서", "브라질"),
        ("남쪽 바다에서는", "남쪽 바다"),
        ("재규어는", "재규어"),
        ("재규어은", "재규어은"),  # 은 does not follow a vowel
        ("제주도", "제주도"),
        ("3만", "3만"),
        ("9월 5일", "9월 5일"),
        ("강은", "강은"),  # too little would be left
        ("큰 강은", "큰 강은"),
        ("BERT를", "BERT"),
        ("에서", "에서"),
        ("", ""),
    ],
)
def test_what_is_taken_off(answer: str, left: str) -> None:
    assert trim_josa(answer) == left


@settings(max_examples=50)
@given(st.text("가나다강을를은는이의에서 .A1", max_size=12))
def test_what_is_left_begins_the_answer_and_is_a_word(answer: str) -> None:
    left = trim_josa(answer)
    assert answer.startswith(left)
    assert left == answer or len(left.split(" ")[-1]) >= 2

"""Names without josa and marks: by hand, and on KLUE's names widened to eojeols."""

from __future__ import annotations

import pytest
from hypothesis import given

from finetune.examples import Span, Tagged
from finetune.formats.bare import bare_names, without_josa, without_marks
from finetune.formats.naver_ner import on_words
from tests.finetune.name_texts import klue, needs_data, tagged


@pytest.mark.parametrize(
    ("name", "left"),
    [
        ("가람온은", "가람온"),
        ("가람온에서는", "가람온"),
        ("종로", "종로"),
        ("부산으로부터", "부산"),
        ("우리나라에", "우리나라"),
        ("한국인", "한국인"),
        ("4월 5일", "4월 5일"),
        ("한 번에", "한 번"),
        ("온은", "온은"),
        ("'말모이 큰잔치'를", "말모이 큰잔치"),
        ("(주)가람은", "(주)가람"),
        ("가람(22)은", "가람(22)"),
        ("도하)가", "도하"),
        ("“도하”,", "도하"),
        ("John's", "John's"),
    ],
)
def test_by_hand(name: str, left: str) -> None:
    assert without_marks(without_josa(without_marks(name))) == left


@given(one=tagged("가람온은을에서'(\"), "))
def test_a_bare_name_is_within_its_name(one: Tagged) -> None:
    names = one.names or ()
    for name, bare in zip(names, bare_names(one.text, names), strict=True):
        assert name.start <= bare.start < bare.end <= name.end
        assert bare_names(one.text, [bare])[0].end <= bare.end


@needs_data
def test_klue_names_out_of_their_eojeols() -> None:
    """85 in 100 names come out as KLUE has them, 1 in 100 shorter, as bare.py says."""
    right, short, total = 0, 0, 0
    for one in klue():
        for name in one.names or ():
            (wide,) = on_words(one.text, [name])
            (bare,) = bare_names(one.text, [Span(name.start, wide.end, name.kind)])
            right += bare == name
            short += bare.end < name.end
            total += 1
    assert right / total > 0.8
    assert short / total < 0.02

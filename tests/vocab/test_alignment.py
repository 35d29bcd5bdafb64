"""Contractions of the grammar books, and what must hold for any text and any forms."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vocab.alignment import align


@pytest.mark.parametrize(
    ("text", "forms", "shown"),
    [
        ("신다", "시 ㄴ다", "신 신다"),
        ("이루어져", "이루어지 어", "이루어져 져"),
        ("왔다", "오 았 다", "왔 왔 다"),
        ("했으며", "하 았 으며", "했 했 으며"),
        ("알려져", "알리 어 지 어", "알려 려 져 져"),
        ("새로운", "새롭 ㄴ", "새로운 운"),
        ("난", "나 는", "난 난"),
        ("제가", "저 가", "제 가"),
        ("다", "이 다", "다 다"),
        ("였", "이 었", "였 였"),
        ("카리브 해에서", "카리브해 에서", "카리브 해 에서"),
        ("세종(世宗)은 왔다", "세종 ( 世宗 ) 은 오 았 다", "세종 ( 世宗 ) 은 왔 왔 다"),
        ("나는 모두 갔다", "나 는 가 았 다", "나 는 갔 갔 다"),
        ("ㅋㅋ", "웃음", "ㅋㅋ"),
        ("가", "가 나 다", "가 가 가"),
    ],
)
def test_contractions(text: str, forms: str, shown: str) -> None:
    assert " ".join(text[start:end] for start, end in align(text, forms.split())) == shown


@given(
    st.text(st.sampled_from("가나다왔져했 ㅋa🙂"), min_size=1, max_size=12).filter(str.strip),
    st.lists(st.text(st.sampled_from("가나오았하지어ㄴa"), min_size=1, max_size=4), min_size=1, max_size=6),
)
def test_spans_never_go_back_and_are_never_empty(text: str, forms: list[str]) -> None:
    spans = align(text, forms)
    assert len(spans) == len(forms)
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert [start for start, _ in spans] == sorted(start for start, _ in spans)
    assert [end for _, end in spans] == sorted(end for _, end in spans)


@given(st.lists(st.text(st.sampled_from("가나다라왔져한국사람"), min_size=1, max_size=5), min_size=1, max_size=8))
def test_literal_forms_get_their_own_places(forms: list[str]) -> None:
    """With and without spaces between them; every letter is somebody's."""
    for between in ("", " "):
        text = between.join(forms)
        assert [text[start:end] for start, end in align(text, forms)] == forms


def test_a_long_text_takes_linear_time() -> None:
    def seconds(times: int) -> float:
        begun = time.process_time()
        spans = align("그래서 왔다 " * times, ["그래서", "오", "았", "다"] * times)
        assert spans[-1] == (7 * times - 2, 7 * times - 1)
        return time.process_time() - begun

    assert min(seconds(160) for _ in range(3)) < 12 * min(seconds(40) for _ in range(3)) + 0.05

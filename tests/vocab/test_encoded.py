"""Texts in pieces: places in the long text, and what a piece spells whatever its marks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.vocab.vocabularies import CHARACTERS, wordpiece
from vocab.encoded import bare, encoded, shared_name, spans
from vocab.scheme import Scheme

TEXTS = st.lists(st.text(st.sampled_from(CHARACTERS), max_size=30), max_size=5)
MARKED = {
    "##": Scheme(),
    "▁": Scheme(inside="", start="▁"),
    "_": Scheme(inside="", end="_"),
    "space": Scheme(inside="", space="▃"),
}


@given(TEXTS)
def test_pieces_are_those_of_each_text(texts: list[str]) -> None:
    tokenizer = wordpiece()
    sample = encoded(tokenizer, texts)
    for number, text in enumerate(texts):
        own = slice(sample.firsts[number], sample.firsts[number + 1])
        alone = tokenizer.encode(text)
        assert sample.ids[own].tolist() == alone.ids.tolist()
        assert sample.begins[own].tolist() == alone.word_starts.tolist()
        places = zip(sample.starts[own].tolist(), sample.ends[own].tolist(), strict=True)
        found = [sample.text[start:end] for start, end in places]
        assert found == [text[start:end] for start, end in alone.offsets.tolist()]
    assert sample.text.split("\n")[:-1] == "\n".join(texts).split("\n") if texts else sample.text == ""


@pytest.mark.parametrize(
    "marks, piece, spelled, shared",
    [
        ("##", "서울", "서울", "서울"),
        ("##", "##에서", "에서", "##에서"),
        ("##", "##", "##", "##"),
        ("##", "각", "각", "각"),
        ("▁", "▁서울", "서울", "서울"),
        ("▁", "에서", "에서", "##에서"),
        ("▁", "▁", "", ""),
        ("_", "을/JKO_", "을/JKO", "을/JKO"),
        ("space", "▃", " ", " "),
    ],
)
def test_marks_are_taken_off(marks: str, piece: str, spelled: str, shared: str) -> None:
    assert bare(piece, MARKED[marks]) == spelled
    assert shared_name(piece, MARKED[marks]) == shared


def test_spans_of_nothing_are_empty_arrays() -> None:
    starts, ends = spans(r"\d+", "수가 없다")
    assert starts.tolist() == ends.tolist() == []
    assert [array.tolist() for array in spans(r"\S+", "가 나다")] == [[0, 2], [1, 4]]

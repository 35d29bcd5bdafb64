"""Words are those of BERT's basic tokenizer, and their offsets point into the text as it was given."""

from __future__ import annotations

import sys
import time
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tokenizers import normalizers, pre_tokenizers

from tests.vocab.korean import kowiki
from vocab.words import _clusters, clean, cleaned, spans, words

REFERENCE = normalizers.Sequence(
    [
        normalizers.NFC(),
        normalizers.BertNormalizer(clean_text=True, handle_chinese_chars=True, strip_accents=False, lowercase=False),
    ]
)
BY_BERT = pre_tokenizers.BertPreTokenizer()
MIXED = st.text(
    st.sampled_from(
        "가각한글ㄱㅏ漢字豈abZ09 \t\n\u3000\u00a0.,!?·「」『』%$+~–—…㈜\u200b\u00ad\ufffd\u0301\u0327é🙂🏽\u200d"
    )
)
DECOMPOSED = st.text(
    st.sampled_from("\u1112\u1161\u11ab\u1100\u1175\u11a8가 a.e\u0301\u0327\u0323ố\u1e69க\u0bc6\u0bbe")
)


def words_with_offsets(text: str) -> list[tuple[str, int, int]]:
    found = cleaned(text)
    return [(found.text[start:end], *found.original(start, end)) for start, end in spans(found.text)]


def words_by_bert(text: str) -> list[str]:
    return [word for word, _ in BY_BERT.pre_tokenize_str(REFERENCE.normalize_str(text))]


@settings(max_examples=400)
@given(st.one_of(MIXED, DECOMPOSED, st.text(st.characters(exclude_categories=("Cs", "Cn")))))
@example("경찰청 철창살은 외철창살이고 검찰청 철창살은 쌍철창살이다.")
@example("大韓民國의 수도는 서울(首爾)이다.")
def test_words_are_those_of_bert(text: str) -> None:
    assert words(text) == words_by_bert(text)


def test_every_character_is_taken_as_bert_takes_it() -> None:
    """All the planes that hold something, and the edges of the private ones."""
    points = [*range(0xD800), *range(0xE000, 0x32000), *range(0xE0000, 0xE1000), *range(0xEFFF0, 0xF0010)]
    points += [*range(0xFFFF0, 0x100010), *range(sys.maxunicode - 9, sys.maxunicode + 1)]
    text = "\n".join(f"a{chr(point)}b" for point in points)
    assert words(text) == words_by_bert(text)


def test_words_of_real_text_are_those_of_bert() -> None:
    text = kowiki(2_000_000)
    assert words(text) == words_by_bert(text)


@settings(max_examples=400)
@given(st.one_of(MIXED, DECOMPOSED, st.text()))
@example(".\u0301\u0323")
def test_offsets_are_of_the_text_as_it_was_given(text: str) -> None:
    found = words_with_offsets(text)
    assert [word for word, _, _ in found] == words(text)
    last = 0
    for word, start, end in found:
        assert last <= start < end <= len(text)
        assert clean(text[start:end]) == word
        last = end


def test_offsets_of_decomposed_hangul() -> None:
    text = unicodedata.normalize("NFD", "한글은 쉽다.")
    found = words_with_offsets(text)
    assert [word for word, _, _ in found] == ["한글은", "쉽다", "."]
    assert [unicodedata.normalize("NFC", text[start:end]) for _, start, end in found] == ["한글은", "쉽다", "."]
    assert cleaned(text).original(1, 2) == (3, 6)


def test_dropped_characters_leave_the_offsets_right() -> None:
    assert words_with_offsets("가\u200b나 \ud800다") == [("가나", 0, 3), ("다", 5, 6)]


def test_clean_text_is_not_copied_into_spans() -> None:
    found = cleaned("한글은 쉽다.")
    assert found.spans is None
    assert [found.text[a:b] for a, b in spans(found.text)] == ["한글은", "쉽다", "."]


@settings(max_examples=400)
@given(st.one_of(DECOMPOSED, st.text()))
def test_nothing_is_joined_across_clusters(text: str) -> None:
    parts = [text[start:end] for start, end in _clusters(text)]
    assert "".join(parts) == text
    assert "".join(unicodedata.normalize("NFC", part) for part in parts) == unicodedata.normalize("NFC", text)


@pytest.mark.parametrize("line", ["가" * 300_000, unicodedata.normalize("NFD", "한") * 100_000])
def test_a_long_line_without_a_space_is_one_word_and_no_wait(line: str) -> None:
    start = time.process_time()
    assert [clean(line)] == words(line)
    assert len(words_with_offsets(line)) == 1
    assert time.process_time() - start < 5

"""Exactness: all right where all is right, and each wrong is found by its share."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.vocab.vocabularies import CHARACTERS, SENTENCES, bpe, unigram, wordpiece
from vocab.encoded import encoded
from vocab.exactness import exactness, merge_mismatch, places, round_trip
from vocab.scheme import SPECIALS, Scheme
from vocab.tokenizer import Tokenizer


@pytest.mark.parametrize("tokenizer", [wordpiece(), bpe(), unigram()], ids=["wordpiece", "bpe", "unigram"])
def test_our_vocabularies_are_exact(tokenizer: Tokenizer) -> None:
    found = exactness(encoded(tokenizer, SENTENCES.split("\n")))
    assert (found["places exact"], found["places out of order"], found["text covered"]) == (1.0, 0, 1.0)
    assert found["letters come back"] == 1.0


@given(st.text(st.sampled_from(CHARACTERS), max_size=60))
def test_places_are_exact_for_any_text(text: str) -> None:
    assert places(encoded(wordpiece(), [text]))["places exact"] in (0.0, 1.0)
    assert places(encoded(wordpiece(), [f"물 {text}"]))["places exact"] == 1.0


def test_shifted_places_are_found() -> None:
    sample = encoded(wordpiece(), ["경찰청 철창살은"])
    shifted = dataclasses.replace(sample, starts=sample.starts + 1, ends=sample.ends + 1)
    assert places(shifted)["places exact"] == 0.0
    assert places(shifted)["text covered"] == pytest.approx(5 / 7)
    backwards = dataclasses.replace(sample, starts=sample.starts[::-1].copy())
    assert places(backwards)["places out of order"] > 0


def test_spaces_come_back_only_where_words_are_parted_by_one() -> None:
    found = round_trip(encoded(wordpiece(), ["경찰청 철창살은\n사전의 첫 이름이다."]))
    assert found == {"letters come back": 1.0, "spaces come back": 0.5}


def test_merges_that_cut_otherwise_are_counted() -> None:
    pieces = (*SPECIALS, "가", "나", "##가", "##나", "##나가", "가나", "가나가")
    merges = (("##나", "##가"), ("가", "##나"), ("가나", "##가"))
    tokenizer = Tokenizer(pieces, Scheme(), merges)
    # Merging joins 나가 first and cannot reach 가나가 any more: 가 ##나가. Longest match takes 가나가 at once.
    assert merge_mismatch(tokenizer, "가나가 가나 가나 나") == pytest.approx(1 / 4)
    assert merge_mismatch(dataclasses.replace(tokenizer, merges=()), "가나가") is None
    assert merge_mismatch(dataclasses.replace(tokenizer, pieces=pieces[:-1]), "가나가") is None

"""A whole text by arrays gives the very rows that a word at a time gives."""

from __future__ import annotations

import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.vocab.korean import kowiki
from tests.vocab.vocabularies import CHARACTERS, wordpiece
from vocab import bulk
from vocab.scheme import Unknown
from vocab.tokenizer import Tokenizer
from vocab.trie import FIRST, LATER, NOWHERE, trie
from vocab.wordpiece import LongestMatch

POLICIES: list[tuple[Unknown, int]] = [("character", 0), ("word", 0), ("word", 3), ("character", 3), ("word", 100)]


def by_arrays(tokenizer: Tokenizer, text: str) -> list[list[int]]:
    match = tokenizer._cut
    assert isinstance(match, LongestMatch)
    rows: list[list[int]] = bulk.rows(text, tokenizer._trie, match).tolist()
    return rows


@pytest.mark.parametrize(("unknown", "longest"), POLICIES)
@given(text=st.text(st.one_of(st.sampled_from(CHARACTERS), st.characters())))
def test_rows_are_those_of_a_word_at_a_time(unknown: Unknown, longest: int, text: str) -> None:
    tokenizer, text = wordpiece(unknown=unknown, longest_word=longest), unicodedata.normalize("NFC", text)
    assert by_arrays(tokenizer, text) == tokenizer._wordwise.rows(text).tolist()


def test_long_words_stand_between_short_ones() -> None:
    text = f"배 {'철창살' * 50} 배 {'뷁' * 200}강가에서 뷁"
    for unknown, longest in POLICIES:
        tokenizer = wordpiece(unknown=unknown, longest_word=longest)
        assert by_arrays(tokenizer, text) == tokenizer._wordwise.rows(text).tolist()


def test_real_text_in_tiles() -> None:
    text = kowiki(1_500_000)
    tokenizer = wordpiece(400)
    assert np.array_equal(tokenizer._rows(text), tokenizer._wordwise.rows(text))


@given(st.sets(st.text("가나다라", min_size=1, max_size=5)), st.text("가나다라마", min_size=1, max_size=6))
def test_the_trie_holds_the_pieces_and_their_beginnings(pieces: set[str], text: str) -> None:
    grown = trie({piece: id_ for id_, piece in enumerate(sorted(pieces))}, {"가": 77})
    state = np.array([FIRST])
    for at, letter in enumerate(text):
        state = grown.step(state, grown.letters[[ord(letter)]])
        seen = text[: at + 1]
        assert (state[0] != NOWHERE) == any(piece.startswith(seen) for piece in pieces)
        if state[0] == NOWHERE:
            break
        assert (grown.pieces[state[0]] != NOWHERE) == (seen in pieces)
    assert grown.pieces[grown.step(np.array([LATER]), grown.letters[[ord("가")]])[0]] == 77

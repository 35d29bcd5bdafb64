"""Longest match equals its slow twin and the tokenizers library, and has no word that it cannot cut."""

from __future__ import annotations

import time

import pytest
import tokenizers
from hypothesis import given
from hypothesis import strategies as st

from tests.slow import longest_match
from tests.vocab.vocabularies import CHARACTERS, whole_words, wordpiece
from vocab.scheme import Scheme, Unknown
from vocab.tokenizer import Tokenizer
from vocab.wordpiece import LongestMatch, tables

PIECES = st.lists(
    st.tuples(st.sampled_from(["", "##"]), st.text("가나다라", min_size=1, max_size=4)).map("".join), unique=True
)
WORDS = st.text("가나다라마", max_size=12)


@given(PIECES, WORDS, st.sampled_from(["character", "word"]))
def test_equals_the_slow_twin(pieces: list[str], word: str, unknown: Unknown) -> None:
    ids = {piece: id_ for id_, piece in enumerate(pieces, 1)}
    found, ends = LongestMatch(*tables(ids, "##"), 0, Scheme(unknown=unknown))(word)
    assert found == longest_match(word, ids, 0, whole=unknown == "word")
    assert sorted(set(ends)) == ends
    assert ends[-1:] == [len(word)] * bool(word)


@given(PIECES, st.text("가나다라마", min_size=1, max_size=12))
def test_equals_the_tokenizers_library(pieces: list[str], word: str) -> None:
    tokenizer = Tokenizer(("[UNK]", *pieces), Scheme(unknown="word"))
    model = tokenizers.models.WordPiece(dict(tokenizer.ids), unk_token="[UNK]")
    assert tokenizer.encode(word).ids.tolist() == [token.id for token in model.tokenize(word)]


def test_an_unseen_character_does_not_swallow_its_word() -> None:
    tokenizer = Tokenizer(("[UNK]", "경찰", "##청", "청", "##살"))
    shown = {text: [tokenizer.pieces[id_] for id_ in tokenizer.encode(text).ids] for text in ("경찰뷁청살", "뷁경찰청")}
    assert shown == {"경찰뷁청살": ["경찰", "[UNK]", "청", "##살"], "뷁경찰청": ["[UNK]", "경찰", "##청"]}
    as_in_bert = Tokenizer(tokenizer.pieces, Scheme(unknown="word"))
    assert as_in_bert.encode("경찰뷁청살").ids.tolist() == [0]


def test_words_of_any_length_are_cut_unless_the_scheme_says_otherwise() -> None:
    assert 1 not in wordpiece().encode("가" * 101).ids
    assert wordpiece(longest_word=100).encode("가" * 101).ids.tolist() == [1]
    assert len(wordpiece(longest_word=100).encode("가" * 100)) == 100


@pytest.mark.parametrize("text", ["경찰청" * 100_000, "뷁" * 300_000, "경" * 300_000 + " 찰"])
def test_a_text_without_a_space_takes_time_in_proportion(text: str) -> None:
    start = time.process_time()
    encoding = wordpiece().encode(text)
    assert time.process_time() - start < 5
    assert encoding.offsets[-1].tolist()[1] == len(text)


def test_whole_words_are_known_or_not() -> None:
    tokenizer = whole_words()
    assert (
        tokenizer.decode(tokenizer.encode("말모이는 우리말 말모이가 이름이다.").ids)
        == "말모이는 우리말 [UNK] 이름이다 ."
    )


@given(st.text(CHARACTERS, max_size=40))
def test_every_character_is_in_some_piece_or_unknown(text: str) -> None:
    encoding = wordpiece().encode(text)
    covered = {at for start, end in encoding.offsets.tolist() for at in range(start, end)}
    assert all(at in covered or not text[at].strip() or text[at] in "\u200b\u00ad\ufffd" for at in range(len(text)))


def test_words_that_training_cut_are_put_together_at_run_time() -> None:
    tokenizer = Tokenizer(("[UNK]", "말모이", "##는", "사전"), Scheme(kind="word", segment="josa"))
    found = [tokenizer.pieces[id_] for id_ in tokenizer.encode("말모이는 사전이다").ids]
    assert found == ["말모이", "##는", "[UNK]"]

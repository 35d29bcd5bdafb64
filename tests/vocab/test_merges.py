"""Byte-pair encoding equals its slow twin and the tokenizers library."""

from __future__ import annotations

import time
from collections import Counter

import orjson
import pytest
import tokenizers
from hypothesis import given
from hypothesis import strategies as st

from tests.slow import by_merge_order
from tests.vocab.vocabularies import CHARACTERS, bpe, plain_bpe, wordpiece
from tools.errors import UserError
from vocab.bpe import train
from vocab.huggingface import tokenizer_json
from vocab.scheme import Scheme
from vocab.tokenizer import Tokenizer

CORPORA = st.dictionaries(st.text("가나다", min_size=1, max_size=6), st.integers(1, 9), min_size=1, max_size=8)


def trained(counts: dict[str, int]) -> Tokenizer:
    found = train(Counter(counts), 40, prefix="##", specials=("[UNK]",), min_frequency=1)
    return Tokenizer(found.pieces, Scheme(kind="bpe"), tuple((merge.left, merge.right) for merge in found.merges))


@given(CORPORA, st.text("가나다", min_size=1, max_size=12))
def test_equals_the_slow_twin(counts: dict[str, int], word: str) -> None:
    tokenizer = trained(counts)
    expected = by_merge_order(word, tokenizer.merges)
    found = [tokenizer.pieces[id_] for id_ in tokenizer.encode(word).ids]
    assert found == [piece if piece in tokenizer.ids else "[UNK]" for piece in expected]


@pytest.mark.parametrize("tokenizer", [bpe(), plain_bpe()], ids=["##", "plain"])
@given(text=st.text(CHARACTERS, max_size=60))
def test_equals_the_tokenizers_library(tokenizer: Tokenizer, text: str) -> None:
    library = tokenizers.Tokenizer.from_str(orjson.dumps(tokenizer_json(tokenizer)).decode())
    expected = library.encode(text, add_special_tokens=False)
    found = tokenizer.encode(text)
    assert found.ids.tolist() == expected.ids
    if tokenizer.scheme.inside:  # a mark by itself stands nowhere here, and there on the character after it
        assert found.offsets.tolist() == [list(span) for span in expected.offsets]


def test_merge_order_is_not_longest_match() -> None:
    text = "쌍철창살이다 외철창살이고"
    assert bpe().decode(bpe().encode(text).ids) == text == wordpiece().decode(wordpiece().encode(text).ids)
    pieces = ("[UNK]", "가", "##나", "##다", "##나다", "가나")
    tokenizer = Tokenizer(pieces, Scheme(kind="bpe"), (("##나", "##다"), ("가", "##나")))
    assert [pieces[id_] for id_ in tokenizer.encode("가나다").ids] == ["가", "##나다"]
    assert [pieces[id_] for id_ in Tokenizer(pieces).encode("가나다").ids] == ["가나", "##다"]


def test_a_long_word_takes_no_quadratic_time() -> None:
    start = time.process_time()
    bpe().encode("철창살" * 30_000)
    assert time.process_time() - start < 5


def test_a_merge_of_what_is_no_piece_is_an_error() -> None:
    tokenizer = Tokenizer(("[UNK]", "가", "##나"), Scheme(kind="bpe"), (("가", "##나"),))
    with pytest.raises(UserError, match="가 \\+ ##나"):
        tokenizer.encode("가나")

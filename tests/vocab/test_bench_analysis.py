"""The comparison of the analysers: what counts as a wrong place, and a corpus analysed in processes."""

from __future__ import annotations

import pytest

from tests.vocab.korean import kowiki
from vocab.analyzers import analyze
from vocab.bench_analysis import corpus_row, wrong_places
from vocab.tags import Morpheme


def test_wrong_places_are_counted() -> None:
    good = [Morpheme("가", "NNG", 0, 1), Morpheme("나", "NNG", 2, 3)]
    assert wrong_places("가 나", good) == 0
    assert wrong_places("가 나", good[:1]) == 1  # a letter without a place
    assert wrong_places("가 나", good[::-1]) > 0  # back again
    assert wrong_places("가", [Morpheme("가", "NNG", 0, 0), *good[:1]]) == 1


def test_all_of_a_corpus_is_analysed() -> None:
    pytest.importorskip("mecab")
    text = kowiki(20_000)
    row = corpus_row(text)
    assert row["morphemes"] == len(analyze(text))
    assert 0 < row["MB/s"] < 100

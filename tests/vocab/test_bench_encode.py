"""The comparison of encoders compares what is the same."""

from __future__ import annotations

import pytest

from tests.vocab.vocabularies import SENTENCES, wordpiece
from vocab.bench_encode import compared

pytest.importorskip("transformers")


def test_every_encoder_gives_the_ids_and_places_of_the_library() -> None:
    rows = compared(wordpiece(unknown="word", longest_word=100), SENTENCES.split("\n"))
    assert {row["same"] for row in rows} == {"yes"}
    assert [row["x tokenizers"] for row in rows[:2]] == [1, 1]
    assert {row["gives"] for row in rows} == {"ids", "ids, places"}

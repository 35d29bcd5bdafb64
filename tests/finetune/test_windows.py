"""Windows over tokens, and which tokens a stretch of text may begin and end with."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finetune import windows
from finetune.windows import borders, stretches, touching
from tests.finetune.vocabularies import TEXTS, TOKENIZERS
from tests.vocab.vocabularies import wordpiece


@settings(max_examples=50)
@given(st.integers(0, 300), st.integers(1, 50), st.integers(1, 60))
def test_windows_together_show_every_token(tokens: int, room: int, stride: int) -> None:
    found = stretches(tokens, room, stride)
    assert set().union(*(range(*part) for part in found)) == set(range(tokens))
    assert all(end - start <= room for start, end in found)
    assert all(end - start == room for start, end in found[:-1])
    assert [start for start, _ in found] == [number * min(stride, room) for number in range(len(found))]
    assert sum(end == tokens for _, end in found) == 1


def test_as_many_windows_as_the_published_script_makes() -> None:
    assert stretches(0, 10, 4) == [(0, 0)]
    assert stretches(10, 10, 4) == [(0, 10)]
    assert stretches(11, 10, 4) == [(0, 10), (4, 11)]
    assert stretches(15, 10, 4) == [(0, 10), (4, 14), (8, 15)]


@pytest.mark.parametrize("kind", TOKENIZERS)
@settings(max_examples=25)
@given(text=TEXTS)
def test_places_never_go_back_and_borders_part_all_that_can_be_parted(kind: str, text: str) -> None:
    places = TOKENIZERS[kind].encode(text).offsets
    assert (np.diff(places, axis=0) >= 0).all()
    assert (places >= 0).all() and (places <= len(text)).all()
    opens, closes = borders(places)
    solid = places[places[:, 1] > places[:, 0]]
    assert places[opens, 0].tolist() == sorted(set(solid[:, 0].tolist()))
    assert places[closes, 1].tolist() == sorted(set(solid[:, 1].tolist()))


def test_borders_and_touching_by_hand() -> None:
    jamo = np.array([[0, 1], [0, 1], [0, 2], [2, 2], [3, 4]], np.int32)  # the third is of two characters
    opens, closes = borders(jamo)
    assert opens.tolist() == [True, False, False, False, True]
    assert closes.tolist() == [False, True, True, False, True]
    assert touching(jamo, 0, 1) == (0, 3)
    assert touching(jamo, 1, 2) == (2, 3)
    assert touching(jamo, 2, 3) == (4, 4)


def test_texts_are_encoded_many_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(windows, "TOGETHER", 20)
    tokenizer = wordpiece()
    texts = ["말모이", "", "한글을 배우고", "말모이", "가 " * 30, "나"] * 2
    for text, found in zip(texts, windows.tokenised(tokenizer, texts), strict=True):
        alone = tokenizer.encode(text)
        assert found.ids.tolist() == alone.ids.tolist()
        assert found.offsets.tolist() == alone.offsets.tolist()
    assert windows.tokenised(tokenizer, []) == []

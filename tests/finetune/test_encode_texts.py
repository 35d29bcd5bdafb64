"""Texts, pairs and choices as rows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finetune.batches import Row
from finetune.encode_texts import encode_choices, encode_labelled, room_for
from finetune.examples import Choice, Labelled
from tests.finetune.vocabularies import TEXTS, TOKENIZERS
from tools.errors import UserError
from vocab.scheme import SPECIALS
from vocab.tokenizer import Tokenizer

WEATHER = Tokenizer((*SPECIALS, "비", "##가", "온", "##다", "해", "눈", "."))


def shown(row: Row) -> str:
    return " ".join(WEATHER.pieces[token] for token in row.tokens)


def test_rows_by_hand() -> None:
    examples = [
        Labelled("1", "비가 온다.", label="비"),
        Labelled("2", "비가 온다.", "해가 온다.", label="눈"),
        Labelled("3", "", label=None),
        Labelled("4", "눈", label="안개"),
    ]
    found = encode_labelled(examples, WEATHER, labels=("눈", "비"))
    assert [shown(row) for row in found.rows] == [
        "[CLS] 비 ##가 온 ##다 . [SEP]",
        "[CLS] 비 ##가 온 ##다 . [SEP] 해 ##가 온 ##다 . [SEP]",
        "[CLS] [SEP]",
        "[CLS] 눈 [SEP]",
    ]
    assert [row.bound for row in found.rows] == [7, 7, 2, 3]
    assert [row.target for row in found.rows] == [1, 0, None, None]
    assert [row.example for row in found.rows] == [0, 1, 2, 3]
    assert found.notes == {"rows": 4, "rows without a token": 1, "label '안개' is none of the model's": 1}


def test_numbers_are_targets_where_there_are_no_classes() -> None:
    assert [row.target for row in encode_labelled([Labelled("1", "비", "눈", "3.5")], WEATHER).rows] == [3.5]


def test_the_longer_text_is_cut_first_and_at_its_end() -> None:
    found = encode_labelled([Labelled("1", "비가 온다.", "눈.")], WEATHER, length=8)
    assert [shown(row) for row in found.rows] == ["[CLS] 비 ##가 온 [SEP] 눈 . [SEP]"]
    found = encode_labelled([Labelled("1", "비가 온다.", "눈이 온다.")], WEATHER, length=6)
    assert found.notes["rows cut"] == 1
    assert [shown(row) for row in found.rows] == ["[CLS] 비 ##가 [SEP] 눈 [SEP]"]
    found = encode_labelled([Labelled("1", "비가 온다.")], WEATHER, length=5)
    assert [shown(row) for row in found.rows] == ["[CLS] 비 ##가 온 [SEP]"]
    with pytest.raises(UserError, match="--length 4"):
        encode_labelled([], WEATHER, length=4)


@settings(max_examples=50)
@given(st.integers(0, 40), st.integers(0, 40), st.integers(2, 60))
def test_room_is_what_is_left_when_tokens_are_taken_away_one_by_one(first: int, second: int, room: int) -> None:
    a, b = first, second
    while a + b > room:
        a, b = (a - 1, b) if a > b else (a, b - 1)
    assert room_for(first, second, room) == (a, b)


def test_a_choice_is_a_row_for_each_way_to_go_on() -> None:
    examples = [Choice("1", "비가", ("온다.", "해", ""), right=1), Choice("2", "눈", ("온다", "해"))]
    found = encode_choices(examples, WEATHER)
    assert [shown(row) for row in found.rows] == [
        "[CLS] 비 ##가 [SEP] 온 ##다 . [SEP]",
        "[CLS] 비 ##가 [SEP] 해 [SEP]",
        "[CLS] 비 ##가 [SEP] [SEP]",
        "[CLS] 눈 [SEP] 온 ##다 [SEP]",
        "[CLS] 눈 [SEP] 해 [SEP]",
    ]
    assert [row.example for row in found.rows] == [0, 0, 0, 1, 1]
    assert [row.target for row in found.rows] == [1, 1, 1, None, None]
    assert [row.bound for row in found.rows] == [4, 4, 4, 3, 3]


@pytest.mark.parametrize("kind", TOKENIZERS)
@settings(max_examples=25)
@given(pairs=st.lists(st.tuples(TEXTS, st.none() | TEXTS), max_size=3), length=st.integers(5, 30))
def test_rows_hold_the_beginnings_of_their_texts(kind: str, pairs: list[tuple[str, str | None]], length: int) -> None:
    rows = encode_labelled([Labelled("", first, second) for first, second in pairs], TOKENIZERS[kind], length).rows
    for row, (first, second) in zip(rows, pairs, strict=True):
        assert len(row) <= length
        assert row.tokens.dtype == np.uint16
        a, b = row.tokens[1 : row.bound - 1], row.tokens[row.bound : -1]
        assert TOKENIZERS[kind].encode(first).ids[: len(a)].tolist() == a.tolist()
        assert TOKENIZERS[kind].encode(second or "").ids[: len(b)].tolist() == b.tolist()
        whole = len(TOKENIZERS[kind].encode(first)) + len(TOKENIZERS[kind].encode(second or ""))
        assert len(a) + len(b) == min(whole, length - (2 if second is None else 3))

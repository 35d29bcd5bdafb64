"""Tags from logits, compared with trying every row of tags."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from finetune.decode_names import best_tags, names, spans
from finetune.encode_names import encode_names, tags
from finetune.examples import Span, Tagged
from tests.vocab.vocabularies import wordpiece

KINDS = ("인물", "장소")
NAMES = tags(KINDS)
SCORES = st.integers(0, 4).flatmap(lambda rows: arrays(np.float64, (rows, 5), elements=st.integers(-9, 9)))


def is_valid(row: tuple[int, ...]) -> bool:
    """Every I after a B or I of its kind."""
    named = ["O", *(NAMES[number] for number in row)]
    return all(tag[0] != "I" or before[1:] == tag[1:] for before, tag in pairwise(named))


@settings(max_examples=60)
@given(SCORES)
def test_no_valid_row_of_tags_scores_more(scores: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> None:
    def total(row: tuple[int, ...]) -> float:
        return float(sum(scores[at, tag] for at, tag in enumerate(row)))

    found = tuple(best_tags(scores).tolist())
    assert is_valid(found)
    assert total(found) == max(total(row) for row in product(range(5), repeat=len(scores)) if is_valid(row))


@settings(max_examples=50)
@given(st.lists(st.integers(0, 4), max_size=8).filter(lambda row: is_valid(tuple(row))))
def test_names_are_runs_of_tags(row: list[int]) -> None:
    places = np.array([[3 * at, 3 * at + 2] for at in range(len(row))], np.int32).reshape(-1, 2)
    wanted = list[Span]()
    for at, number in enumerate(row):
        if NAMES[number][0] == "B":
            wanted.append(Span(3 * at, 3 * at + 2, NAMES[number][2:]))
        elif NAMES[number][0] == "I":
            wanted[-1] = Span(wanted[-1].start, 3 * at + 2, wanted[-1].kind)
    assert list(spans(places, np.array(row, np.int64), KINDS)) == wanted


def test_windows_become_one_text_again_and_padding_is_not_looked_at() -> None:
    text = "말모이는 우리말 사전의 첫 이름이다. " * 8
    examples = [Tagged("1", text), Tagged("2", ""), Tagged("3", text.strip())]
    sentences = encode_names(examples, wordpiece(), KINDS, length=16, stride=7)
    logits = []
    for window in sentences.windows:
        shown = np.full((24, 5), 99.0, np.float32)  # behind the row stands anything
        shown[: len(window.row)] = [1, 0, 0, 0, 0]
        at = [
            window.first + token for token, (start, _) in enumerate(window.places) if text.startswith("우리말", start)
        ]
        shown[at] = [0, 0, 0, 9, 0]
        shown[[0, len(window.row) - 1]] = [0, 9, 0, 0, 0]
        logits.append(shown)
    found = names(examples, sentences, logits, KINDS)
    assert [one.id for one in found] == ["1", "2", "3"]
    starts = [at for at in range(len(text)) if text.startswith("우리말", at)]
    assert [span.start for span in found[0].spans] == starts
    assert found[1].spans == ()
    assert found[2].spans == found[0].spans

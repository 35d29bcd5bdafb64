"""The answer ceiling: by hand, against a reader that tries every span, and against the published figure."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.errors import UserError
from vocab.ceiling import Passage, _choices, ceiling, read_questions
from vocab.imports import open_vocabulary
from vocab.korquad import exact_match, f1
from vocab.scheme import SPECIALS
from vocab.tokenizer import Tokenizer

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
CONTEXT = "재규어는 브라질에서 산다."
TOKENIZER = Tokenizer((*SPECIALS, "재", "##규", "##어는", "브라질", "##에서", "산다", "."))


def test_ceiling_by_hand() -> None:
    passages = [Passage(CONTEXT, (((0, "재규어"),), ((5, "브라질"),), ((5, "브라질"), (5, "브라질에서"))))]
    found = ceiling(TOKENIZER, passages)
    assert found["questions"] == 3
    assert found["answers aligned"] == pytest.approx(2 / 3)
    assert found["ceiling EM"] == pytest.approx(200 / 3)
    # 재규어 by whole pieces is 재규 (4/5) or 재규어는 (6/7)
    assert found["ceiling F1"] == pytest.approx(100 * (6 / 7 + 2) / 3)
    assert found["tokens per context"] == 7


def test_a_mark_that_scoring_ignores_costs_nothing() -> None:
    tokenizer = Tokenizer((*SPECIALS, "사전", "“", "말모이.", "."))
    assert ceiling(tokenizer, [Passage("사전.", (((0, "사전."),),))])["ceiling EM"] == 100
    found = ceiling(TOKENIZER, [Passage("산다.", (((0, "산"),), ((0, "산다"),), ((0, "산다."),)))])
    assert found["ceiling EM"] == pytest.approx(200 / 3)


@given(st.data())
def test_no_span_of_whole_pieces_does_better(data: st.DataObject) -> None:
    """Letters that occur once: then an answer can be found at its own place only."""
    context = "가나다라마바사아자차카타파하"
    inside = data.draw(st.sets(st.integers(1, len(context) - 1)))
    places = [0, *sorted(inside), len(context)]
    start = data.draw(st.integers(0, len(context) - 1))
    text = context[start : data.draw(st.integers(start + 1, len(context)))]
    spans = [context[a:b] for a in places[:-1] for b in places[1:] if a < b]
    choices = _choices(context, places[:-1], places[1:], start, text)
    assert set(choices) <= set(spans)
    assert max(f1(choice, text) for choice in choices) == pytest.approx(max(f1(span, text) for span in spans))
    assert any(exact_match(choice, text) for choice in choices) == any(exact_match(span, text) for span in spans)


def test_files_are_read_and_wrong_ones_refused(tmp_path: Path) -> None:
    def written(answer: dict[str, object]) -> Path:
        paragraph = {"context": CONTEXT, "qas": [{"id": "1", "question": "?", "answers": [answer]}]}
        (tmp_path / "qa.json").write_bytes(orjson.dumps({"data": [{"title": "재규어", "paragraphs": [paragraph]}]}))
        return tmp_path / "qa.json"

    assert read_questions(written({"text": "브라질", "answer_start": 5})) == [Passage(CONTEXT, (((5, "브라질"),),))]
    with pytest.raises(UserError, match="'브라질' does not stand at 4"):
        read_questions(written({"text": "브라질", "answer_start": 4}))
    with pytest.raises(UserError, match=r"format of KorQuAD 1\.0"):
        read_questions(written({"text": "브라질"}))
    (tmp_path / "qa.json").write_bytes(b'{"data": []}')
    with pytest.raises(UserError, match="no questions"):
        read_questions(tmp_path / "qa.json")


def test_syllables_stand_nearly_always_on_the_borders_of_answers() -> None:
    if not DATA.is_dir():
        pytest.skip(f"{DATA} is not here")
    found = ceiling(
        open_vocabulary(DATA / "vocabs" / "kocharelectra-11568.txt"),
        read_questions(DATA / "korquad" / "korquad-112.json.xz"),
    )
    assert found["questions"] == 4564
    assert found["answers aligned"] >= 0.9995  # published of all 5,774 questions

"""Questions as windows: where answers are, whatever the vocabulary, and what an encoding can reach at best."""

from __future__ import annotations

import time
from collections.abc import Sequence
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finetune.encode_questions import NONE_HERE, Windows, encode_questions
from finetune.examples import Answer, Question
from finetune.formats.qa import read_qa
from finetune.windows import Places, Window
from tests.finetune.vocabularies import TEXTS, TOKENIZERS
from tools.errors import UserError
from vocab.ceiling import ceiling, read_questions
from vocab.imports import open_vocabulary
from vocab.korquad import exact_match
from vocab.scheme import SPECIALS
from vocab.tokenizer import Tokenizer

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
BRAZIL = Tokenizer((*SPECIALS, "재규", "##어는", "브라질", "##에서", "산다", ".", "어디", "##에", "?"))
CONTEXT = "재규어는 브라질에서 산다."


def asked(*answers: tuple[str, int], context: str = CONTEXT, question: str = "어디에 산다?") -> Question:
    return Question("q", question, (context,), tuple(Answer(text, start) for text, start in answers))


def gold_text(question: Question, window: Window) -> str:
    """What the target of a window marks in its passage."""
    assert isinstance(window.row.target, tuple) and window.row.target != NONE_HERE
    first, last = (place - window.first for place in window.row.target)
    return question.passages[window.passage][window.places[first, 0] : window.places[last, 1]]


def reach(questions: Sequence[Question], found: Windows) -> float:
    """The exact match of a model that marks just what it was taught."""
    right = set[int]()
    for window in found.windows:
        question = questions[window.row.example]
        if window.row.target not in (None, NONE_HERE):
            text = gold_text(question, window)
            if any(exact_match(text, answer.text) for answer in question.answers or ()):
                right.add(window.row.example)
    return 100 * len(right) / len(questions)


def test_a_window_by_hand() -> None:
    (window,) = encode_questions([asked(("브라질", 5))], BRAZIL).windows
    pieces = [BRAZIL.pieces[token] for token in window.row.tokens]
    assert " ".join(pieces) == "[CLS] 어디 ##에 산다 ? [SEP] 재규 ##어는 브라질 ##에서 산다 . [SEP]"
    assert (window.row.bound, window.first, window.passage, window.row.example) == (6, 6, 0, 0)
    assert window.places.tolist() == [[0, 2], [2, 4], [5, 8], [8, 10], [11, 13], [13, 14]]
    assert window.row.target == (8, 8)


def test_an_answer_that_no_tokens_mark_is_covered_and_counted() -> None:
    question = asked(("재규어", 0))
    found = encode_questions([question], BRAZIL)
    assert gold_text(question, found.windows[0]) == "재규어는"
    assert found.notes["answers covered by more"] == 1
    assert "answers covered exactly" not in found.notes


def test_of_several_answers_that_which_tokens_can_mark() -> None:
    question = asked(("재규어", 0), ("브라질에서", 5), ("브라질", 5))
    found = encode_questions([question], BRAZIL)
    assert gold_text(question, found.windows[0]) == "브라질에서"
    assert found.notes["answers covered exactly"] == 1


def test_what_is_not_there_is_said_and_what_is_not_known_is_not() -> None:
    known = Question("1", "?", (CONTEXT,), ())
    hidden = Question("2", "?", (CONTEXT,), None)
    nowhere = Question("3", "?", (CONTEXT,), (Answer("사르트르", -1),))
    blank = asked((" ", 4))
    found = encode_questions([known, hidden, nowhere, blank], BRAZIL)
    assert [window.row.target for window in found.windows] == [NONE_HERE, None, None, None]
    assert found.notes["questions without an answer"] == 1
    assert found.notes["answers that stand nowhere"] == 2


def test_windows_of_a_long_passage() -> None:
    question = asked(("브라질", 5 + 15 * 3), context=" ".join([CONTEXT] * 5))
    found = encode_questions([question], BRAZIL, length=16, stride=4, question_length=4)
    assert found.notes["windows"] == len(found.windows) == 7  # 30 tokens, 9 at a time
    assert found.notes["questions"] == 1
    shown = [window for window in found.windows if window.row.target != NONE_HERE]
    assert {gold_text(question, window) for window in shown} == {"브라질"}
    assert len(shown) == 3
    assert all(len(window.row) <= 16 for window in found.windows)


def test_an_answer_longer_than_any_window_is_counted_and_not_taught_as_none() -> None:
    question = asked((CONTEXT, 0))
    found = encode_questions([question], BRAZIL, length=12, stride=2, question_length=4)
    assert {window.row.target for window in found.windows} == {None}
    assert found.notes["answers longer than any window"] == 1


def test_a_long_question_is_cut_at_its_end_and_counted() -> None:
    found = encode_questions([asked(("브라질", 5))], BRAZIL, question_length=2)
    assert [BRAZIL.pieces[token] for token in found.windows[0].row.tokens[:4]] == ["[CLS]", "어디", "##에", "[SEP]"]
    assert found.notes["questions cut"] == 1
    assert found.windows[0].row.target == (6, 6)


def test_several_passages() -> None:
    question = Question("q", "?", ("산다.", CONTEXT, ""), (Answer("브라질", 5, passage=1),))
    found = encode_questions([question], BRAZIL).windows
    assert [window.passage for window in found] == [0, 1, 2]
    assert [window.row.target for window in found] == [NONE_HERE, (5, 5), NONE_HERE]


def test_empty_questions_and_passages() -> None:
    (window,) = encode_questions([Question("q", "", ("",))], BRAZIL).windows
    assert [BRAZIL.pieces[token] for token in window.row.tokens] == ["[CLS]", "[SEP]", "[SEP]"]
    assert (window.first, window.row.bound, len(window.places)) == (2, 2, 0)
    assert encode_questions([], BRAZIL).windows == ()
    assert encode_questions([Question("q", "?", ())], BRAZIL).windows == ()


def test_lengths_that_leave_no_room_are_refused() -> None:
    with pytest.raises(UserError, match=r"window of 66 tokens has no room .* --length of at least 68"):
        encode_questions([], BRAZIL, length=66)
    with pytest.raises(UserError, match="--stride 0"):
        encode_questions([], BRAZIL, stride=0)


@pytest.mark.parametrize("kind", TOKENIZERS)
@settings(max_examples=25)
@given(data=st.data())
def test_gold_is_the_answer_where_tokens_can_mark_it_and_covers_it_otherwise(kind: str, data: st.DataObject) -> None:
    context = data.draw(TEXTS.filter(len))
    start = data.draw(st.integers(0, len(context) - 1))
    end = data.draw(st.integers(start + 1, len(context)))
    question = asked((context[start:end], start), context=context)
    (window,) = encode_questions([question], TOKENIZERS[kind], length=1000).windows
    places = TOKENIZERS[kind].encode(context).offsets
    held = sorted({place for first, last in places.tolist() for place in range(first, last)} & set(range(start, end)))
    if not held:
        assert window.row.target is None
        return
    assert isinstance(window.row.target, tuple)
    assert window.row.target[0] <= window.row.target[1]
    assert len(gold_text(question, window)) == shortest(places, held[0], held[-1] + 1)
    assert gold_text(question, window) in context
    covered = places[window.row.target[0] - window.first, 0], places[window.row.target[1] - window.first, 1]
    assert covered[0] <= held[0] and held[-1] < covered[1]


def shortest(places: Places, start: int, end: int) -> int:
    """Tries every pair of tokens."""
    firsts: list[int] = places[:, 0].tolist()
    lasts: list[int] = places[:, 1].tolist()
    return min(last - first for first, last in product(firsts, lasts) if first <= start and end <= last)


@pytest.mark.parametrize("kind", TOKENIZERS)
@settings(max_examples=25)
@given(context=TEXTS, room=st.integers(1, 12), stride=st.integers(1, 20))
def test_windows_together_show_every_token_where_it_is(kind: str, context: str, room: int, stride: int) -> None:
    question = Question("q", "우리말?", (context,))
    found = encode_questions([question], TOKENIZERS[kind], room + 5, stride, question_length=2).windows
    whole = TOKENIZERS[kind].encode(context)
    shown = {pair for window in found for pair in zip(ids(window), map(tuple, window.places), strict=True)}
    assert shown == set(zip(whole.ids.tolist(), map(tuple, whole.offsets), strict=True))
    for window in found:
        assert len(window.row) <= room + 5
        assert window.row.tokens[window.first - 1] == window.row.tokens[-1] == TOKENIZERS[kind].ids["[SEP]"]
        assert len(window.row) == window.first + len(window.places) + 1


def ids(window: Window) -> list[int]:
    found: list[int] = window.row.tokens[window.first : -1].tolist()
    return found


@pytest.mark.parametrize("kind", ["wordpiece", "jamo"])
def test_a_context_of_100000_characters_takes_linear_time(kind: str) -> None:
    def seconds(times: int) -> float:
        context = "우리말 사전의 첫 이름은 말모이다. " * times
        question = asked(("말모이다", context.rindex("말모이")), context=context)
        begun = time.process_time()
        found = encode_questions([question], TOKENIZERS[kind])
        taken = time.process_time() - begun
        assert gold_text(question, found.windows[-1]) == "말모이다"
        return taken

    seconds(500)
    assert seconds(5000) < 40 * max(seconds(500), 0.005)


@pytest.mark.parametrize("name", ["koelectra-v1-32200.txt", "krbert-subchar-12367.txt", "kodoc-8362.txt"])
def test_what_can_be_reached_is_what_the_comparison_of_vocabularies_predicts(name: str) -> None:
    path = DATA / "korquad" / "korquad-112.json.xz"
    if not path.is_file():
        pytest.skip(f"{path} is not here")
    tokenizer = open_vocabulary(DATA / "vocabs" / name)
    contexts = {passage.context for passage in read_questions(path)[::20]}
    passages = [passage for passage in read_questions(path) if passage.context in contexts]
    questions = [one for one in read_qa(path).examples if isinstance(one, Question) and one.passages[0] in contexts]
    found = encode_questions(questions, tokenizer)
    predicted = ceiling(tokenizer, passages)
    assert len(questions) == predicted["questions"]
    assert found.notes["answers covered exactly"] == pytest.approx(len(questions) * predicted["answers aligned"])
    assert reach(questions, found) == pytest.approx(predicted["ceiling EM"])
    assert np.mean([len(window.row) for window in found.windows]) <= 384

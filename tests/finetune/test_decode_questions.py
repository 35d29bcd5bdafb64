"""Answers from logits, compared with the obvious double loop over starts and ends."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from finetune.decode_questions import FAR, Candidate, answer, best_threshold, by_passage, replies
from finetune.encode_questions import NONE_HERE, encode_questions
from finetune.examples import Answer, Question
from finetune.predictions import Reply
from finetune.windows import Window
from tests.finetune.vocabularies import TEXTS, TOKENIZERS
from vocab.korquad import exact_match
from vocab.scheme import SPECIALS
from vocab.tokenizer import Tokenizer

Logits = list[NDArray[np.float32]]
SEA = Tokenizer((*SPECIALS, "동해", "##는", "서해", "깊다", "얕다", "어디", "?"))
DEPTH = Question("q", "어디?", ("동해는 깊다", "서해는 얕다"), (Answer("동해", 0),))
WINDOWS = encode_questions([DEPTH], SEA).windows  # [CLS] 어디 ? [SEP] 동해 ##는 깊다 [SEP]


def logits(*high: dict[int, float]) -> Logits:
    """A row of zeros for each window of DEPTH but for some numbers, and something behind its end."""
    rows = [np.zeros(11, np.float32) for _ in high]
    for row, some in zip(rows, high, strict=True):
        row[8:] = 99
        for place, number in some.items():
            row[place] = number
    return rows


def test_start_and_end_are_chosen_together() -> None:
    # by themselves the best start is 깊다 and the best end 동해
    starts, ends = logits({4: 5, 6: 6}, {}), logits({4: 7, 5: 6}, {})
    best, *others = replies(DEPTH, WINDOWS, starts, ends)
    assert (best.text, best.start, best.end, best.passage) == ("동해", 0, 2, 0)
    assert (best.start_logit, best.end_logit) == (5, 7)
    assert others[0].text == "동해는"
    assert best.null_score is None and best.best == "동해"
    assert {one.text for one in others} >= {"는", "깊다", "는 깊다", "서해는 얕다", "얕다"}
    assert len(others) == 11
    assert math.isclose(sum(one.probability for one in (best, *others)), 1)
    assert math.isclose(best.probability / others[0].probability, math.e)


def test_nothing_is_taken_from_the_question_or_across_windows() -> None:
    starts, ends = logits({1: 50, 2: 50, 3: 50, 6: 3}, {}), logits({1: 50, 7: 50}, {5: 3, 7: 50})
    assert replies(DEPTH, WINDOWS, starts, ends)[0].text == "깊다"
    found = replies(DEPTH, WINDOWS, starts, ends)
    assert all(one.text == DEPTH.passages[one.passage][one.start : one.end] != "" for one in found)


def test_the_longest_answer() -> None:
    starts, ends = logits({4: 9}, {}), logits({6: 9}, {})
    assert replies(DEPTH, WINDOWS, starts, ends, longest=3)[0].text == "동해는 깊다"
    assert replies(DEPTH, WINDOWS, starts, ends, longest=2)[0].text == "동해"
    assert {one.text for one in replies(DEPTH, WINDOWS, starts, ends, longest=1)} == set(
        "동해 는 깊다 서해 얕다".split()
    )
    assert len(replies(DEPTH, WINDOWS, starts, ends, most=4)) == 4


def test_none_is_as_likely_as_the_window_that_is_least_sure_of_it() -> None:
    starts, ends = logits({0: 4, 4: 3}, {0: 9}), logits({0: 4, 4: 3}, {0: 9})
    found = replies(DEPTH, WINDOWS, starts, ends, null=True)
    assert {one.null_score for one in found} == {2.0}
    assert {one.best for one in found} == {"동해"}
    assert (found[0].text, found[0].start, found[0].end) == ("", -1, -1)
    assert answer(found) == found[0]
    assert answer(found, 2.0).text == answer(found, 3.0).text == "동해"
    assert answer(found, 1.9).text == ""
    assert math.isclose(sum(one.probability for one in found), 1)
    assert answer(replies(DEPTH, WINDOWS, starts, ends)).text == "동해"


def test_a_passage_without_a_token() -> None:
    question = Question("q", "어디?", ("", " "))
    windows = encode_questions([question], SEA).windows
    some = [np.zeros(8, np.float32)] * 2
    assert replies(question, windows, some, some) == (Reply("q", ""),)
    (only,) = replies(question, windows, some, some, null=True)
    assert (only.text, only.null_score, only.probability) == ("", FAR, 1.0)
    assert replies(question, (), (), (), null=True) == (Reply("q", ""),)
    assert by_passage(question, windows, some, some) == ()


def test_passages_without_an_answer_are_dropped() -> None:
    starts, ends = logits({0: 4, 4: 3}, {4: 2, 0: -1}), logits({0: 4, 4: 3}, {4: 2, 0: -1})
    found = by_passage(DEPTH, WINDOWS, starts, ends)
    assert [(one.text, one.passage) for one in found] == [("서해", 1)]
    assert [one.text for one in by_passage(DEPTH, WINDOWS, starts, ends, threshold=2.0)] == ["동해", "서해"]


@pytest.mark.parametrize("kind", TOKENIZERS)
@settings(max_examples=25)
@given(data=st.data())
def test_the_best_answers_are_those_of_the_double_loop(kind: str, data: st.DataObject) -> None:
    passages = tuple(data.draw(st.lists(TEXTS, min_size=1, max_size=2)))
    question = Question("q", "우리말?", passages)
    windows = encode_questions(
        [question], TOKENIZERS[kind], 14, data.draw(st.integers(1, 9)), question_length=4
    ).windows
    random = np.random.default_rng(data.draw(st.integers(0, 99)))
    steps = data.draw(st.sampled_from([2, 1000]))  # few steps make many ties
    starts, ends = ([random.integers(0, steps, 20).astype(np.float32) for _ in windows] for _ in range(2))
    most, longest = data.draw(st.integers(1, 12)), data.draw(st.integers(1, 9))
    found = replies(question, windows, starts, ends, most=most, longest=longest)
    wanted = by_double_loop(windows, starts, ends, longest)[:most]
    assert [(one.passage, one.start, one.end, one.start_logit + one.end_logit) for one in found if one.text] == wanted


def by_double_loop(
    windows: tuple[Window, ...], starts: Logits, ends: Logits, longest: int
) -> list[tuple[int, int, int, float]]:
    """Every pair of tokens of every window; of those that share characters, only the outermost are asked."""
    best = dict[tuple[int, int, int], float]()
    for window, start, end in zip(windows, starts, ends, strict=True):
        places = window.places.tolist()
        for i, (first, stop) in enumerate(places):
            for j in range(i, min(i + longest, len(places))):
                is_first = stop > first and all(a != first or a == b for a, b in places[:i])
                is_last = places[j][1] > places[j][0] and all(b != places[j][1] or a == b for a, b in places[j + 1 :])
                if is_first and is_last:
                    score = float(start[window.first + i]) + float(end[window.first + j])
                    key = (window.passage, first, places[j][1])
                    best[key] = max(score, best.get(key, -math.inf))
    return [(*key, score) for score, key in sorted((-score, key) for key, score in best.items()) for score in [-score]]


@pytest.mark.parametrize("kind", TOKENIZERS)
@settings(max_examples=25)
@given(data=st.data())
def test_logits_that_know_the_target_give_the_text_it_covers(kind: str, data: st.DataObject) -> None:
    context = data.draw(TEXTS.filter(lambda text: text.strip()))
    start = data.draw(st.integers(0, len(context) - 1))
    gold = Answer(context[start : data.draw(st.integers(start + 1, len(context)))], start)
    question = Question("q", "우리말?", (context,), (gold,))
    windows = encode_questions([question], TOKENIZERS[kind], 30, 10, question_length=4).windows
    if not any(window.row.target not in (None, NONE_HERE) for window in windows):
        return
    starts, ends = ([np.zeros(30, np.float32) for _ in windows] for _ in range(2))
    for window, first, last in zip(windows, starts, ends, strict=True):
        assert isinstance(window.row.target, tuple)
        first[window.row.target[0]] += 9
        last[window.row.target[1]] += 9
    reply = answer(replies(question, windows, starts, ends, null=True))
    wanted = {marked(window) for window in windows if window.row.target != NONE_HERE}
    assert {(reply.start, reply.end)} == wanted
    assert reply.text == context[reply.start : reply.end] != ""


def marked(window: Window) -> tuple[int, int]:
    """The characters that the target of a window marks."""
    assert isinstance(window.row.target, tuple)
    first, last = (place - window.first for place in window.row.target)
    return int(window.places[first, 0]), int(window.places[last, 1])


def test_diverged_logits_give_no_answer() -> None:
    some = [np.full(9, np.nan, np.float32)] * 2
    assert replies(DEPTH, WINDOWS, some, some) == (Reply("q", ""),)


def test_a_candidate_is_ranked_by_the_sum() -> None:
    assert Candidate(0, 1, 2, 1.5, 2.0).score == 3.5


def test_the_threshold_answers_what_had_better_be_answered() -> None:
    def asked(score: float, given: str, right: str) -> tuple[Question, tuple[Reply, ...]]:
        answers = (Answer(right, 0),) if right else ()
        return Question("q", "?", (right,), answers), (Reply("q", given, null_score=score, best=given),)

    rows = [asked(-5, "동해", "동해"), asked(-1, "서해", "서해"), asked(1, "서해", "동해"), asked(3, "깊다", "")]
    questions, found = [question for question, _ in rows], [some for _, some in rows]
    assert best_threshold(questions, found, exact_match) == 0.0  # midway between -1 and 1
    assert best_threshold(questions[3:], found[3:], exact_match) == 2.0  # below all
    assert best_threshold(questions[:2], found[:2], exact_match) == -1.0
    plain = [(Reply("q", "동해"),)]
    assert best_threshold(questions[:1], plain, exact_match) == 0.0

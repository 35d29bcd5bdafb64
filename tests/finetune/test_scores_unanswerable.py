"""Thresholds, the curve and the halves of SQuAD 2.0."""

from __future__ import annotations

import random

import pytest

from finetune.scores.unanswerable import Doubted, best_threshold, curve, split
from tests.finetune import twins
from tests.finetune.fuzz import CASES, cases


def questions(draw: random.Random) -> list[Doubted]:
    """Questions whose doubts often tie."""
    found = []
    for _ in range(draw.randint(1, 12)):
        has, answered = draw.random() < 0.6, draw.random() < 0.8
        score = draw.choice([0.0, 0.5, 1.0, draw.random()]) if has and answered else float(not has and not answered)
        found.append(Doubted(draw.choice([0.0, 0.1, 0.5, draw.random()]), has, answered, score))
    return found


def test_the_best_threshold_is_the_best_of_all() -> None:
    for draw in cases(10, CASES // 4):
        asked = questions(draw)
        sums = twins.every_threshold([(one.doubt, one.answerable, one.answered, one.score) for one in asked])
        most = max(total for total, _ in sums)
        first = next(answered for total, answered in sums if total > most - 1e-9)
        score, threshold = best_threshold(asked, lowest=-1)
        assert score == pytest.approx(100 * most / len(asked))
        ordered = sorted(one.doubt for one in asked)
        assert threshold == (ordered[first - 1] if first else -1)


def test_a_threshold_between_doubts_gives_the_score_it_promises() -> None:
    for draw in cases(11, CASES // 4):
        asked = [Doubted(number / 20, *one) for number, one in enumerate(parts(draw))]
        score, threshold = best_threshold(asked, lowest=-1)
        reached = 100 * sum(thresholded(asked, threshold)) / len(asked)
        assert reached == pytest.approx(score)


def thresholded(questions: list[Doubted], threshold: float) -> list[float]:
    """The scores if "there is none" is said wherever the doubt is above a threshold."""
    return [float(not one.answerable) if one.doubt > threshold else one.score for one in questions]


def parts(draw: random.Random) -> list[tuple[bool, bool, float]]:
    return [(one.answerable, one.answered, one.score) for one in questions(draw)]


def test_average_precision_agrees_with_its_twin() -> None:
    for draw in cases(12, CASES // 4):
        asked = questions(draw)
        answerable = sum(one.answerable for one in asked)
        if not answerable:
            continue
        plain = [(one.doubt, one.answerable, one.answered, one.score) for one in asked]
        found = curve(asked, answerable)
        assert found.area == pytest.approx(twins.average_precision(plain, answerable))
        assert len(found.precisions) == len(found.recalls) == 1 + len({one.doubt for one in asked})
        assert list(found.recalls) == sorted(found.recalls)


def test_an_example_by_hand() -> None:
    asked = [Doubted(0.1, True, True, 1.0), Doubted(0.4, False, True, 0.0), Doubted(0.3, True, True, 0.5)]
    score, threshold = best_threshold(asked)
    assert score == pytest.approx(250 / 3)
    assert threshold == 0.3
    assert thresholded(asked, 0.3) == [1.0, 1.0, 0.5]
    found = curve(asked, 2)
    assert found.precisions == (1.0, 1.0, 0.75, 0.5)
    assert found.recalls == (0.0, 0.5, 0.75, 0.75)
    assert found.area == pytest.approx(100 * (0.5 + 0.75 * 0.25))


def test_nothing_is_best_left_unanswered_below_the_lowest_doubt() -> None:
    assert best_threshold([Doubted(-3.0, False, True, 0.0)], lowest=-4.0) == (100.0, -4.0)


def test_halves() -> None:
    assert split("f1", [1.0, 0.0, 0.5], [True, False, True]) == {"HasAns_f1": 75.0, "NoAns_f1": 0.0}
    assert split("f1", [1.0], [True]) == {"HasAns_f1": 100.0}

"""Classes, relations, correlations and calibration, against definitions counted pair by pair."""

from __future__ import annotations

import random
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finetune.scores import relations, similarity
from finetune.scores.calibration import bins, calibration_error
from finetune.scores.classes import accuracy, confusion, macro, micro, per_class, weighted
from tests.finetune import twins
from tests.finetune.fuzz import CASES, cases

NAMES = ["긍정", "부정", "중립", "no_relation"]


def drawn(draw: random.Random) -> tuple[list[str], list[str | None]]:
    gold = draw.choices(NAMES, k=draw.randint(1, 12))
    missing: list[str | None] = [*NAMES, "새것", None]
    return gold, [one if draw.random() < 0.5 else draw.choice(missing) for one in gold]


def test_classes_agree_with_their_twins() -> None:
    for draw in cases(30):
        gold, predicted = drawn(draw)
        rows = per_class(gold, predicted)
        assert macro(rows) == pytest.approx(twins.macro_f1(gold, predicted))
        right = sum(one == other for one, other in zip(gold, predicted, strict=True))
        assert accuracy(gold, predicted) == 100 * right / len(gold)
        assert micro(rows).right == right
        assert micro(rows).support == len(gold)
        by_support = sum(Fraction(row.support) * twins.class_f1(row.right, row.predicted, row.support) for row in rows)
        assert weighted(rows) == pytest.approx(float(100 * by_support / len(gold)))
        expected = twins.micro_f1_without(gold, predicted, "no_relation")
        assert 100 * relations.relation_score(gold, predicted).f1 == pytest.approx(expected)


def test_a_missing_prediction_is_no_class() -> None:
    rows = per_class(["가", "가", "나"], ["가", None, "나"])
    assert [(row.name, row.precision, row.recall) for row in rows] == [("가", 1.0, 0.5), ("나", 1.0, 1.0)]
    assert confusion(["가", "가", "나"], ["가", None, "나"]) == {
        "가": {"가": 1, "나": 0, None: 1},
        "나": {"가": 0, "나": 1, None: 0},
    }


def test_confusion_sums_to_all() -> None:
    for draw in cases(31, CASES // 10):
        gold, predicted = drawn(draw)
        table = confusion(gold, predicted)
        assert sum(sum(row.values()) for row in table.values()) == len(gold)
        assert {name: sum(row.values()) for name, row in table.items() if sum(row.values())} == {
            name: gold.count(name) for name in set(gold)
        }


def test_areas_agree_with_their_twin() -> None:
    for draw in cases(32, CASES // 2):
        gold = draw.choices(NAMES, k=draw.randint(1, 12))
        chances = [{name: draw.choice([0.0, 0.25, draw.random()]) for name in NAMES} for _ in gold]
        expected = [
            twins.pr_area([one == name for one in gold], [chance[name] for chance in chances]) for name in set(gold)
        ]
        assert relations.mean_area(gold, chances) == pytest.approx(100 * sum(expected) / len(expected))


def test_areas_by_hand() -> None:
    assert relations.area(np.array([True, False]), np.array([0.9, 0.1])) == 1
    assert relations.area(np.array([False, True]), np.array([0.9, 0.1])) == 0.25  # (0, 1), (0, 0), (1, 1/2)
    assert relations.area(np.array([False, True]), np.array([0.5, 0.5])) == 0.75  # one step to (1, 1/2)


NUMBERS = st.lists(st.tuples(st.integers(0, 10), st.integers(0, 10)), min_size=2, max_size=20)


@given(NUMBERS)
def test_correlations_agree_with_their_definitions(pairs: list[tuple[int, int]]) -> None:
    ones, others = ([pair[side] / 2 for pair in pairs] for side in (0, 1))
    if len(set(ones)) == 1 or len(set(others)) == 1:
        assert similarity.pearson(ones, others) == similarity.spearman(ones, others) == 0
        return
    assert similarity.pearson(ones, others) == pytest.approx(twins.pearson(ones, others), abs=1e-9)
    assert similarity.spearman(ones, others) == pytest.approx(twins.spearman(ones, others), abs=1e-9)


def test_correlations_of_many_random_pairs() -> None:
    for draw in cases(33, CASES // 4):
        ones = [draw.choice([0.0, 1.2, 5.0, draw.random()]) for _ in range(8)]
        others = [draw.gauss(one, 2) for one in ones]
        if len(set(ones)) > 1:
            assert similarity.pearson(ones, others) == pytest.approx(twins.pearson(ones, others), abs=1e-9)
            assert similarity.spearman(ones, others) == pytest.approx(twins.spearman(ones, others), abs=1e-9)


def test_equal_values_share_their_ranks() -> None:
    assert similarity.ranks([10, 20, 10, 5]).tolist() == [2.5, 4, 2.5, 1]
    assert similarity.spearman([1, 2, 3, 4], [1, 4, 9, 16]) == pytest.approx(100)
    assert similarity.pearson([1, 2, 3], [3, 2, 1]) == pytest.approx(-100)


def test_pairs_are_similar_from_three_on() -> None:
    assert similarity.similar_f1([3.0, 2.9, 5, 0], [3.0, 3.1, 1, 0]) == 50
    assert similarity.similar_f1([0.0], [1.0]) == 0


def test_calibration_agrees_with_its_twin() -> None:
    for draw in cases(34, CASES // 4):
        sure = [draw.choice([draw.random(), 0.2, 1.0]) or 0.5 for _ in range(draw.randint(1, 20))]
        right = [draw.random() < one for one in sure]
        found = bins(sure, right, 7)
        assert sum(one.count for one in found) == len(sure)
        assert calibration_error(sure, right, 7) == pytest.approx(twins.calibration_error(sure, right, 7), abs=1e-9)


def test_a_model_that_is_as_sure_as_it_is_right_has_no_error() -> None:
    assert calibration_error([0.75] * 4, [True, True, True, False]) == 0
    assert calibration_error([1.0, 1.0], [True, False]) == 0.5
    assert calibration_error([], []) == 0

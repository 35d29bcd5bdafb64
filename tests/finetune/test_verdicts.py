"""Right or wrong, one by one, and McNemar's test against fractions counted in full."""

from __future__ import annotations

from fractions import Fraction
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finetune.examples import Answer, Choice, Labelled, Question, Span, Tagged
from finetune.predictions import Chosen, Label, Names, Number, Reply
from finetune.tasks import TASKS
from finetune.verdicts import mcnemar, verdicts

ASKED = Question("1", "누구?", ("가람은 살았다.",), (Answer("가람", 0), Answer("가람은", 0)))
NAMED = Tagged("1", "가람은 마루시에서 살았다.", (Span(0, 2, "PS"), Span(4, 7, "LC")))


@given(st.integers(0, 60), st.integers(0, 60))
def test_mcnemar_is_the_exact_binomial(one: int, other: int) -> None:
    total = one + other
    tail = Fraction(sum(comb(total, k) for k in range(min(one, other) + 1)), 2**total)
    assert mcnemar(one, other) == pytest.approx(float(min(Fraction(1), 2 * tail)), rel=1e-9)


def test_mcnemar_of_some_and_of_very_many() -> None:
    assert mcnemar(0, 0) == 1
    assert mcnemar(0, 5) == pytest.approx(0.0625)
    assert mcnemar(5, 0) == mcnemar(0, 5)
    assert mcnemar(25_000, 25_000) == 1
    # The normal distribution with the correction for continuity: z = (300 - 1) / sqrt(50,000).
    assert mcnemar(24_850, 25_150) == pytest.approx(0.1812, abs=0.0005)
    assert mcnemar(10_000, 40_000) < 1e-300


@pytest.mark.parametrize(
    ("task", "example", "said", "value"),
    [
        ("korquad", ASKED, Reply("1", "가람은."), 1),
        ("korquad", ASKED, Reply("1", "가람은 살"), 0),
        ("squad2", Question("1", "누구?", ("가람은 살았다.",), ()), Reply("1", ""), 1),
        ("nsmc", Labelled("1", "좋다", None, "1"), Label("1", "1"), 1),
        ("nsmc", Labelled("1", "좋다", None, "1"), Label("1", "0"), 0),
        ("korsts", Labelled("1", "좋다", "참 좋다", "4.5"), Number("1", 4.0), -0.5),
        ("inline-ner", NAMED, Names("1", NAMED.names or ()), 1),
        ("inline-ner", NAMED, Names("1", (Span(0, 3, "PS"), Span(4, 7, "LC"))), 0),
        ("copa", Choice("1", "비가 와서", ("젖었다", "말랐다"), 0), Chosen("1", 0), 1),
        ("copa", Choice("1", "비가 와서", ("젖었다", "말랐다"), 0), Chosen("1", 1), 0),
    ],
)  # fmt: skip
def test_verdicts(task: str, example: object, said: object, value: float) -> None:
    assert verdicts(TASKS[task], [example], [said]) == [value]  # type: ignore[list-item]


def test_what_is_missing_is_wrong() -> None:
    assert verdicts(TASKS["korquad"], [ASKED], []) == [0]
    assert verdicts(TASKS["korsts"], [Labelled("1", "좋다", "참 좋다", "4.5")], []) == [-4.5]

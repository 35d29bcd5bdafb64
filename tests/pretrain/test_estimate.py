"""What an estimate measures is counted up rightly."""

from __future__ import annotations

import dataclasses

import pytest
import torch

from pretrain.estimate import Measured, estimate, lines, measured, span
from pretrain.options_training import Estimate
from pretrain.shape import shape
from tools.errors import UserError

TINY = Estimate(size="tiny", vocabulary=200, length=16, batch=8, micro=4, steps=3, updates=1000, device="cpu")
FOUND = Measured(shape("tiny", "bert", 200), rows=4, passes=(1.0, 2.0, 6.0), update=0.5, card=None)


def test_an_update_is_its_passes_and_one_change_of_the_weights() -> None:
    assert FOUND.seconds(batch=8) == 2 * 2.0 + 0.5


def test_time_and_price_of_the_whole() -> None:
    found = "\n".join(lines(dataclasses.replace(TINY, price=3.0, updates=8000), FOUND))
    assert "10.0 hours" in found  # 8,000 of 4.5 s
    assert "비용 cost (3/h)" in found and " 30\n" in found
    assert "3 passes of 4 rows, 2 s each (1 to 6)" in found
    assert f"{8 * 16 / 4.5:.1f} tokens/s" in found
    assert "MFU" not in found


def test_a_price_stands_only_where_one_is_given() -> None:
    found = "\n".join(lines(TINY, FOUND))
    assert "비용" not in found
    assert all(words in found for words in ("Titan X", "375 days", "V100", "강의의 값", "the lecture's figures"))


def test_the_share_of_a_cards_peak() -> None:
    found = "\n".join(lines(TINY, dataclasses.replace(FOUND, card="NVIDIA H200", passes=(1e-6,), update=0.0)))
    assert "here: NVIDIA H200" in found and "MFU" in found


@pytest.mark.parametrize("seconds, said", [(90, "90.0 seconds"), (7200, "2.0 hours"), (375 * 86_400, "53.6 weeks")])
def test_spans_are_in_units_that_people_plan_with(seconds: float, said: str) -> None:
    assert span(seconds) == said


def test_it_is_measured_here(capsys: pytest.CaptureFixture[str]) -> None:
    found = measured(TINY, torch.device("cpu"))
    assert found.rows == 4 and len(found.passes) == 3 and found.update > 0
    estimate(TINY)
    assert "3 passes of 4 rows" in capsys.readouterr().out


@pytest.mark.parametrize("changes", [{"steps": 0}, {"batch": 0}, {"price": -1.0}, {"vocabulary": 5}])
def test_what_cannot_be_measured_is_said(changes: dict[str, float]) -> None:
    with pytest.raises(UserError, match=next(iter(changes))):
        estimate(dataclasses.replace(TINY, **changes))  # type: ignore[arg-type]

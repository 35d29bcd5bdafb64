"""The schedules as curves: bounded, in one piece, up and then down; and against those of transformers."""

from __future__ import annotations

import math

import pytest
import torch
import transformers
from hypothesis import example, given
from hypothesis import strategies as st

from pretrain.schedule import FALLS, Budget, Phase, batch_at, parse_phases, phase_at, share
from tools.errors import UserError

PROGRESS = st.floats(0, 1)
SCHEDULE = st.sampled_from(sorted(FALLS))
PART = st.floats(0.01, 0.99) | st.just(0.0)


@given(SCHEDULE, PROGRESS, PROGRESS, PART, PART)
@example("trapezoid", 0.2, 0.4, 0.7, 0.6)  # warm-up and cool-down overlap
def test_a_rate_rises_then_falls_without_a_jump(
    schedule: str, one: float, other: float, warmup: float, cooldown: float
) -> None:
    early, late = sorted((one, other))
    first, second = (share(schedule, progress, warmup, cooldown) for progress in (early, late))
    assert 0 <= first <= 1
    if late <= min(warmup, 1 - cooldown):
        assert first <= second
    if early >= warmup:
        assert first >= second - 1e-12
    steepest = max(1 / (warmup or 1), math.pi / 2 / (1 - warmup), 1 / (cooldown or 1))
    if cooldown or schedule != "trapezoid":  # without a cool-down a trapezoid is cut off at the end
        assert abs(first - second) <= steepest * (late - early) + 1e-9


@given(SCHEDULE, PART, PART)
def test_a_rate_begins_at_its_bottom_peaks_and_ends_at_nothing(schedule: str, warmup: float, cooldown: float) -> None:
    assert share(schedule, 1.0, warmup, cooldown) == pytest.approx(0, abs=1e-12)
    assert share(schedule, 0.0, warmup, cooldown) == (0.0 if warmup else 1.0)
    if warmup + cooldown <= 1:
        assert share(schedule, warmup, warmup, cooldown) == pytest.approx(1)


@pytest.mark.parametrize("schedule", ["linear", "cosine"])
@pytest.mark.parametrize("warmup", [0, 7, 50])
def test_rates_are_those_of_transformers(schedule: str, warmup: int) -> None:
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    theirs = transformers.get_scheduler(schedule, optimizer, num_warmup_steps=warmup, num_training_steps=100)
    for step in range(101):
        assert share(schedule, step / 100, warmup / 100, 0.4) == pytest.approx(theirs.get_last_lr()[0], abs=1e-9)
        optimizer.step()
        theirs.step()


def test_a_trapezoid_is_flat_in_the_middle() -> None:
    found = [share("trapezoid", progress, 0.1, 0.4) for progress in (0.05, 0.1, 0.35, 0.6, 0.8, 0.9)]
    assert found == pytest.approx([0.5, 1, 1, 1, 0.5, 0.25])


@given(PROGRESS, PROGRESS, st.integers(1, 5000), PART)
def test_a_batch_grows_by_doubling(one: float, other: float, batch: int, ramp: float) -> None:
    early, late = (batch_at(progress, batch, ramp) for progress in sorted((one, other)))
    assert early <= late
    assert {early, late} <= {max(1, batch >> halvings) for halvings in range(4)}
    assert max(one, other) < ramp or late == batch
    assert batch_at(0.0, batch, ramp) == (max(1, batch // 8) if ramp else batch)


@given(st.lists(st.tuples(st.sampled_from([64, 128, 512]), st.integers(1, 9)), min_size=1, max_size=4))
def test_each_length_has_its_share(drawn: list[tuple[int, int]]) -> None:
    total = sum(weight for _, weight in drawn)
    phases = parse_phases([f"{length}:{weight / total}" for length, weight in drawn], [64, 128, 512])
    grid = [phase_at(phases, (at + 0.5) / (total * 16)) for at in range(total * 16)]
    for length in (64, 128, 512):
        assert grid.count(length) == 16 * sum(weight for each, weight in drawn if each == length)
    assert [phase_at(phases, at) for at in (0.0, 1.0)] == [drawn[0][0], drawn[-1][0]]


def test_without_phases_the_shortest_rows_are_taken_throughout() -> None:
    assert parse_phases((), [512, 128]) == (Phase(128, 1.0),)
    assert parse_phases(["512"], [512, 128]) == (Phase(512, 1.0),)


@pytest.mark.parametrize(
    "texts, message",
    [
        (["128:0.9", "512:0.2"], r"shares of 128:0.9 512:0.2 sum to 1.1; make them sum to 1"),
        (["128:0.9", "256:0.1"], r"phases: 256: there are instances of 128, 512 only"),
        (["128=0.9"], r"'128=0.9' is not LENGTH:SHARE; write it as in 128:0.9"),
        (["128:"], r"'128:' is not LENGTH:SHARE"),
        (["128:nan"], r"'128:nan': a share is above 0"),
        (["128:-1", "512:2"], r"'128:-1': a share is above 0 and at most 1"),
    ],
)
def test_phases_that_cannot_be(texts: list[str], message: str) -> None:
    with pytest.raises(UserError, match=message):
        parse_phases(texts, [512, 128])


@given(st.integers(0, 300), st.floats(0, 1e4), st.floats(0, 9))
def test_a_budget_counts_only_its_own_kind(step: int, seconds: float, epochs: float) -> None:
    assert Budget(steps=200).progress(step, seconds, epochs) == min(1, step / 200)
    assert Budget(minutes=25).progress(step, seconds, epochs) == pytest.approx(min(1, seconds / 1500))
    assert Budget(epochs=1.5).progress(step, seconds, epochs) == pytest.approx(min(1, epochs / 1.5))


def test_what_is_no_budget_is_said() -> None:
    with pytest.raises(UserError, match="no budget: training ends after steps, minutes or epochs; give exactly one"):
        Budget()
    with pytest.raises(UserError, match=r"steps 10 and minutes 2.5: are given, but training ends after"):
        Budget(steps=10, minutes=2.5)
    for value in (-1.0, math.inf, math.nan):
        with pytest.raises(UserError, match=f"epochs {value}: no length of training"):
            Budget(epochs=value)


def test_what_is_no_share_or_schedule_is_said() -> None:
    with pytest.raises(UserError, match=r"warmup 1.0: is a share of the budget; give a number from 0 to below 1"):
        share("linear", 0.5, 1.0, 0.0)
    with pytest.raises(UserError, match="schedule 'cosin': there is none of this name; did you mean 'cosine'"):
        share("cosin", 0.5, 0.1, 0.0)
    with pytest.raises(UserError, match="ramp 2: is a share of the budget"):
        batch_at(0.5, 8, 2)

"""The choice of a pass's size climbs as far as it should, and no further."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from pretrain.architectures import build
from pretrain.losses import Objective
from pretrain.micro import ACTIVATION, GROWTH, LOGITS, TOKENS, WEIGHTS, climb, fitting, quickest, rate, usual
from pretrain.options_training import Size
from pretrain.parameters import total
from pretrain.ranks import Ranks
from pretrain.shape import shape
from pretrain.trial import Trial, gradients, made_up, of
from tools.errors import UserError

CPU = torch.device("cpu")


def test_it_stops_where_twice_as_many_rows_are_worth_no_more() -> None:
    rates = {32: 100.0, 64: 180.0, 128: 190.0, 256: 191.0, 512: 400.0}
    assert climb(lambda rows: rates[rows]) == (128, 190.0)


@given(st.integers(1, 5000), st.integers(1, 5000))
def test_it_never_goes_beyond_memory_or_what_is_asked_for(fit: int, most: int) -> None:
    tried: list[int] = []

    def rate(rows: int) -> float | None:
        tried.append(rows)
        return float(rows) if rows <= fit else None

    rows, found = climb(rate, most)
    assert rows == found <= min(fit, most)
    assert 2 * rows > min(fit, most)  # the next size would have been too large
    assert max(tried) <= most
    assert len(set(tried)) == len(tried)


def test_a_device_without_room_for_one_row_is_an_error() -> None:
    with pytest.raises(UserError, match="not even one row fits"):
        climb(lambda rows: None)


@given(st.sampled_from(["tiny", "base", "large"]), st.sampled_from([128, 512]), st.integers(8, 200))
def test_a_pass_in_training_fits_by_the_count(size: Size, length: int, gigabytes: int) -> None:
    own = shape(size, "modern", 32_000)
    rows = fitting(own, length, gigabytes << 30)
    assert rows & (rows - 1) == 0 and 1 <= rows <= TOKENS // length
    assert rows <= fitting(own, length, (gigabytes + 1) << 30)
    each = ACTIVATION * own.layers * own.hidden + LOGITS * own.padded
    assert rows == 1 or rows * length * each + WEIGHTS * total(own) <= gigabytes << 30


def test_a_pass_in_training_is_large_where_there_is_memory() -> None:
    base = shape("base", "bert", 32_000)
    assert [fitting(base, 128, gigabytes << 30) for gigabytes in (1, 15, 79, 140)] == [1, 128, 512, 512]
    assert usual(base, 128, Ranks(0, 1, CPU)) == 32


def test_noise_is_no_growth() -> None:
    assert climb(lambda rows: 100.0 * (1 + (GROWTH - 1) * (rows % 3) / 2))[0] == 32


def test_a_real_model_is_measured_and_left_as_it_was() -> None:
    own = shape("tiny", "bert", 100, positions=16)
    objective = Objective(build(own, 1))
    before = {name: each.clone() for name, each in objective.state_dict().items()}
    assert quickest(objective, own, 16, 3, CPU, half=False, most=2) in (1, 2)
    assert all(torch.equal(before[name], each) for name, each in objective.state_dict().items())
    assert all(each.grad is None for each in objective.parameters())


def test_what_does_not_fit_into_memory_is_no_size() -> None:
    own = shape("tiny", "modern", 100, positions=16)
    model = build(own, 1)
    trial = of(Objective(model), CPU, half=False)

    def loss(taken: object) -> torch.Tensor:
        raise torch.OutOfMemoryError("too large")

    assert rate(trial, own, 2, 16, 3) is not None
    assert rate(Trial(trial.model, trial.taken, loss, (), CPU, False), own, 2, 16, 3) is None


@pytest.mark.parametrize("kind", ["bert", "modern"])
def test_made_up_rows_have_the_form_of_real_ones(kind: str) -> None:
    own = shape("tiny", kind, 100, positions=16)  # type: ignore[arg-type]
    batch = made_up(own, 4, 16, 3)
    assert batch.full and batch.tokens.shape == (4, 16)
    assert (batch.picks.view(4, 3) // 16 == torch.arange(4)[:, None]).all()
    assert len(batch.picks.unique()) == 12 and (batch.picks % 16 > 0).all()  # each once, never [CLS]
    assert (batch.labels >= 5).all() and (batch.labels < 100).all()
    assert (batch.random >= 0).all() == own.pairs
    assert torch.equal(made_up(own, 4, 16, 3).tokens, batch.tokens)
    trial = of(Objective(build(own, 1)), CPU, half=False)
    gradients(trial, trial.taken(batch))
    assert all(each.grad is not None and each.grad.isfinite().all() for each in trial.model.parameters())

"""Losses in place against the plain formula."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from pretrain import losses as module
from pretrain.architectures import build
from pretrain.losses import Objective, guessed, losses, plain
from pretrain.shape import Architecture, shape
from tests.pretrain.batches import random_batch

Formula = Callable[[Tensor, Tensor, Tensor, Tensor], tuple[Tensor, Tensor]]


def run(formula: Formula, parts: list[Tensor], labels: Tensor) -> list[Tensor]:
    states, table, bias = (part.clone().requires_grad_() for part in parts)
    loss, right = formula(states, table, bias, labels)
    (loss * 0.37).backward()
    return [loss.detach(), right, *(part.grad for part in (states, table, bias) if part.grad is not None)]


@settings(max_examples=50)
@given(st.integers(0, 40), st.sampled_from([3, 64, 200]), st.integers(0, 99), st.sampled_from([1, 30, 300]))
def test_losses_in_place_are_the_formula(guesses: int, pieces: int, seed: int, size: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    states, table = (size**0.5 * torch.randn(n, 8, generator=generator) for n in (guesses, pieces))
    bias = torch.randn(pieces, generator=generator)
    bias[-1] = -10_000.0
    labels = torch.randint(-1, pieces - 1, (guesses,), generator=generator)
    labels[labels < 0] = -100
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(module.CACHED, "cpu", 7 * pieces)
        found = run(guessed, [states, table, bias], labels)
    expected = run(plain, [states, table, bias], labels)
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other, atol=1e-4, rtol=2e-5)
    assert found[4][-1] == 0 and found[3][-1].eq(0).all()  # the row that is no piece


def test_half_precision_is_near_the_formula() -> None:
    generator = torch.Generator().manual_seed(1)
    parts = [torch.randn(n, 32, generator=generator) for n in (50, 300)] + [torch.randn(300, generator=generator)]
    labels = torch.randint(0, 300, (50,), generator=generator)
    with torch.autocast("cpu", torch.bfloat16):
        found = run(guessed, parts, labels)
    for one, other in zip(found, run(plain, parts, labels), strict=True):
        assert (one - other).double().norm() <= 0.01 * other.double().norm() + 1e-9


def test_a_model_that_knows_is_right_and_filler_counts_for_nothing() -> None:
    model = build(shape("tiny", "bert", 70, dropout=0.0), 1)
    batch = random_batch(4, 16, 70)
    batch.labels[1:3] = -100
    batch.random[0] = -100
    expected, guesses = losses(model, batch), model(batch)
    kept = batch.labels >= 0
    by_hand = -guesses.pieces.log_softmax(-1)[kept, batch.labels[kept]].sum()
    torch.testing.assert_close(expected.pieces, by_hand)
    assert guesses.order is not None
    torch.testing.assert_close(
        expected.other, -guesses.order.log_softmax(-1)[1:].gather(1, batch.random[1:, None]).sum()
    )
    batch.labels[kept] = guesses.pieces.argmax(-1)[kept]
    assert Objective(model)(batch).right == kept.sum()
    batch.random[1:] = guesses.order.argmax(-1)[1:]
    assert losses(model, batch).other_right == 3


def test_a_model_without_a_head_for_pairs_has_no_loss_of_order() -> None:
    model = build(shape("tiny", "modern", 70), 1)
    found = losses(model, random_batch(3, 12, 70))
    assert found.other == 0 and found.other_right == 0 and found.pieces > 0


@pytest.mark.parametrize("architecture", ["bert", "modern"])
def test_first_losses_are_those_of_knowing_nothing(architecture: Architecture) -> None:
    model = build(shape("tiny", architecture, 1000), 1).eval()
    batch = random_batch(8, 64, 1000, guesses=9)
    found = losses(model, batch)
    assert found.pieces.item() / len(batch.picks) == pytest.approx(6.908, abs=0.1)

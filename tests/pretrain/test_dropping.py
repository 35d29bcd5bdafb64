"""Dropout: what share is dropped, that the mean stays, and that gradients go where activations went."""

from __future__ import annotations

import pytest
import torch

from pretrain.dropping import Dropout, factors

MANY = torch.Size([1000, 1001])


@pytest.mark.parametrize("share", [0.1, 0.5, 0.003])
def test_the_share_and_the_mean_are_right(share: float) -> None:
    torch.manual_seed(1)
    found = factors(MANY, share, torch.float64)
    chance, deviation = found.eq(0).double().mean().item(), (share * (1 - share) / MANY.numel()) ** 0.5
    assert abs(chance - share) < 4 * deviation + 1 / 65536
    assert found.mean().item() == pytest.approx(1.0, abs=5 * deviation / (1 - share))
    assert len(found.unique()) == 2


def test_neighbours_are_dropped_independently() -> None:
    torch.manual_seed(2)
    gone = factors(MANY, 0.5, torch.float32).flatten().eq(0).double()
    for apart in range(1, 9):
        both = (gone[apart:] * gone[:-apart]).mean().item()
        assert both == pytest.approx(0.25, abs=0.003)


def test_the_gradient_is_that_of_what_stayed() -> None:
    drop = Dropout(0.25).train()
    states = torch.randn(50, 7, requires_grad=True)
    after = drop(states)
    after.sum().backward()
    assert states.grad is not None
    torch.testing.assert_close(states.grad * states, after)


def test_the_same_seed_drops_the_same_and_evaluation_drops_nothing() -> None:
    states, drop = torch.ones(9, 9), Dropout(0.5)
    torch.manual_seed(3)
    first = drop(states)
    torch.manual_seed(3)
    assert torch.equal(drop(states), first) and not torch.equal(first, states)
    assert drop.eval()(states) is states
    assert torch.equal(Dropout(0.0)(states), states)

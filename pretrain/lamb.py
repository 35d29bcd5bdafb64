"""LAMB (You et al. 2019), which torch does not have: Adam for batches so large that one rate no longer fits all layers.

Each matrix moves by the rate times its own length, so that none is thrown about while another stands still. Biases and
norms are not decayed and take plain Adam steps, as in the authors' code.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer

Tensors = list[Tensor]


class Lamb(Optimizer):
    """The optimizer; a group with `adapt` = False takes plain Adam steps."""

    def __init__(
        self, params: Iterable[dict[str, Any]], lr: float, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-6
    ) -> None:
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "weight_decay": 0.0, "adapt": True})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        """Move every parameter that has a gradient."""
        for group in self.param_groups:
            parameters = [parameter for parameter in group["params"] if parameter.grad is not None]
            if not parameters:
                continue
            updates = self._adam([parameter.grad for parameter in parameters], *self._slots(parameters), group)
            torch._foreach_add_(updates, parameters, alpha=group["weight_decay"])
            if group["adapt"]:
                torch._foreach_mul_(updates, _trust(parameters, updates))
            torch._foreach_add_(parameters, updates, alpha=-group["lr"])

    def _slots(self, parameters: Tensors) -> tuple[Tensors, Tensors, Tensors]:
        for parameter in parameters:
            if not self.state[parameter]:
                mean, square = torch.zeros_like(parameter), torch.zeros_like(parameter)
                self.state[parameter] = {"step": parameter.new_zeros(()), "exp_avg": mean, "exp_avg_sq": square}
        slots = [self.state[parameter] for parameter in parameters]
        return [s["step"] for s in slots], [s["exp_avg"] for s in slots], [s["exp_avg_sq"] for s in slots]

    def _adam(
        self, gradients: Tensors, steps: Tensors, means: Tensors, squares: Tensors, group: dict[str, Any]
    ) -> Tensors:
        """Mean over root of the squares, both corrected for having begun at zero. Nothing waits for the GPU."""
        first, second = group["betas"]
        torch._foreach_add_(steps, 1.0)
        torch._foreach_lerp_(means, gradients, 1 - first)
        torch._foreach_mul_(squares, second)
        torch._foreach_addcmul_(squares, gradients, gradients, 1 - second)
        roots = torch._foreach_div(squares, [1 - second**step for step in steps])
        torch._foreach_sqrt_(roots)
        torch._foreach_add_(roots, group["eps"])
        updates = list(torch._foreach_div(means, [1 - first**step for step in steps]))
        torch._foreach_div_(updates, roots)
        return updates


def _trust(parameters: Tensors, updates: Tensors) -> Tensors:
    """How many times longer each parameter is than its update; 1 where either is nothing."""
    lengths, steps = (torch.stack(list(torch._foreach_norm(tensors))) for tensors in (parameters, updates))
    return list(torch.where((lengths > 0) & (steps > 0), lengths / steps, 1.0).unbind())

"""Muon (Jordan 2024): momentum whose step is made orthogonal, so that every direction of a matrix moves equally far.

The numbers are those of torch.optim.Muon with adjust_lr_fn="match_rms_adamw" (Liu et al. 2025: steps as long as those
of AdamW, so that one rate fits both). Torch's does one matrix after the other, and takes a fused one for one. Here all
of one shape are done at once, and query, key and value each by itself. Only for the matrices inside a model.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer

MOMENTUM = 0.95


class Muon(Optimizer):
    """The optimizer. The matrices of a group have one shape; each is `parts` matrices, one below the other."""

    def __init__(self, params: Iterable[dict[str, Any]], lr: float) -> None:
        super().__init__(params, {"lr": lr, "weight_decay": 0.0, "parts": 1})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        """Move every matrix that has a gradient."""
        for group in self.param_groups:
            parameters = [parameter for parameter in group["params"] if parameter.grad is not None]
            if not parameters:
                continue
            gradients, momenta = [parameter.grad for parameter in parameters], self._momenta(parameters)
            torch._foreach_lerp_(momenta, gradients, 1 - MOMENTUM)
            ahead = torch.stack(list(torch._foreach_lerp(gradients, momenta, MOMENTUM)))  # Nesterov's look ahead
            matrices = ahead.view(len(parameters) * group["parts"], -1, ahead.size(-1))
            updates = orthogonal(matrices).view_as(ahead)
            length = 0.2 * max(matrices.shape[1:]) ** 0.5
            torch._foreach_mul_(parameters, 1 - group["lr"] * group["weight_decay"])
            torch._foreach_add_(parameters, list(updates.unbind()), alpha=-group["lr"] * length)

    def _momenta(self, parameters: list[Tensor]) -> list[Tensor]:
        for parameter in parameters:
            if not self.state[parameter]:
                self.state[parameter] = {"momentum_buffer": torch.zeros_like(parameter)}
        return [self.state[parameter]["momentum_buffer"] for parameter in parameters]


def orthogonal(matrices: Tensor) -> Tensor:
    """[n, rows, columns] with all singular values drawn to about 1, by five rounds of Newton and Schulz.

    In bfloat16 on a GPU, as torch does it. In float32 on a CPU: not every one can multiply bfloat16 quickly.
    """
    tall = matrices.size(-2) > matrices.size(-1)
    x = matrices.mT if tall else matrices
    x = x.bfloat16() if x.is_cuda else x
    x = x / x.norm(dim=(-2, -1), keepdim=True).clamp(min=1e-7)
    for _ in range(5):
        gram = x @ x.mT
        gram = torch.baddbmm(gram, gram, gram, beta=-4.7750, alpha=2.0315)
        x = torch.baddbmm(x, gram, x, beta=3.4445)
    x = x.to(matrices.dtype)
    return (x.mT if tall else x).contiguous()

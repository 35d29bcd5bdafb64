"""Dropout that costs little on a processor: torch draws a number for each activation there, here one serves four.

Sixteen random bits decide about an activation, so that the share is exact to 1/65536. A GPU draws quickly by itself.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

LEVELS = 1 << 16


class Dropout(nn.Module):
    """While training, some activations become 0 and the rest larger, so that the mean stays."""

    def __init__(self, share: float) -> None:
        super().__init__()
        self.share = share

    def forward(self, states: Tensor) -> Tensor:
        """The same shape again."""
        return dropped(states, self.share) if self.training else states


def dropped(states: Tensor, share: float) -> Tensor:
    """Drop a share of the activations."""
    if not share:
        return states
    if torch.compiler.is_compiling() or states.device.type != "cpu":
        return F.dropout(states, share)
    return states * factors(states.shape, share, states.dtype)


def factors(size: torch.Size, share: float, dtype: torch.dtype) -> Tensor:
    """0 for what is dropped and 1 / (1 - share) for what is not, drawn from torch's own generator."""
    level = max(1, min(LEVELS - 1, round(share * LEVELS)))
    count = math.prod(size)
    drawn = torch.empty(-(-count // 4), dtype=torch.int64).random_(-(1 << 63), None).view(torch.int16)[:count]
    kept = torch.ge(drawn, level - LEVELS // 2, out=drawn)
    return kept.to(dtype).mul_(LEVELS / (LEVELS - level)).view(size)

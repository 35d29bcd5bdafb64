"""The optimizer of fine-tuning: AdamW, with lower rates for lower layers if asked.

What lies near the text is of use to every task and is changed least: each layer down, the rate is multiplied by
`layer_decay`; the head and what is above the last layer have the whole of it. 1 = all the same.
"""

from __future__ import annotations

from torch import nn
from torch.optim import AdamW, Optimizer

from finetune.encoder import depth
from pretrain.optim import BETAS, EPSILON

WIDTH = 768


def optimizer(model: nn.Module, lr: float, weight_decay: float, layer_decay: float) -> Optimizer:
    """AdamW over all that is trained; biases and norms are not decayed."""
    depths = {name: depth(name) for name, _ in model.named_parameters()}
    top = 1 + max((each for each in depths.values() if each is not None), default=0)
    groups: dict[tuple[int, bool], list[nn.Parameter]] = {}
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            below = depths[name] if name.startswith("model.") else None
            groups.setdefault((top if below is None else below, parameter.ndim > 1), []).append(parameter)
    made = [
        {
            "params": each,
            "weight_decay": weight_decay if decayed else 0.0,
            "peak": lr * layer_decay ** (top - level),
        }
        for (level, decayed), each in groups.items()
    ]
    return AdamW(made, lr=lr, betas=BETAS, eps=EPSILON, fused=True)


def suitable_lr(lr: float, hidden: int) -> float:
    """A task's rate, which is that of a model 768 wide, for one of another width: narrower models take higher ones.

    At 128 it is 3e-4 for 5e-5, the best of those that Google tried on BERTs of that width.
    """
    return lr * WIDTH / hidden

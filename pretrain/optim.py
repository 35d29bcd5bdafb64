"""Optimizers by name: AdamW; LAMB for very large batches; Muon for the matrices inside a model and AdamW for the rest.

Who moves which parameter, at which rate, and how what they remember goes into a checkpoint: as a flat dict of tensors
named `parameter/slot`, without pickle. AdamW and the clipping of gradients are torch's; lamb.py and muon.py have what
it lacks. All of it works on the bare model, not on DDP's wrapper or a compiled one. How rates move is schedule.py's.
"""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import torch
from torch import Size, Tensor, nn
from torch.optim import AdamW, Optimizer

from pretrain.lamb import Lamb
from pretrain.muon import Muon
from tools.errors import UserError, nearest

# RoBERTa's: a second moment that remembers 50 updates, not 1,000, follows the first, steep part of a short run.
BETAS, EPSILON = (0.9, 0.98), 1e-6
LAYER = re.compile(r"(^|\.)\d+\.")  # a matrix in a numbered layer is hidden; embeddings and heads have no number
# Matrices that Muon takes apart. The value and the gate of GeGLU stay one: only their product goes anywhere.
FUSED = {"qkv": 3}
Parameters = Mapping[str, nn.Parameter]
Groups = list[dict[str, Any]]


def optimizers(model: nn.Module, name: str, lr: float, weight_decay: float) -> list[Optimizer]:
    """Optimizers that together move every parameter once, tied ones too; biases and norms are not decayed."""
    made = _kind(name).make(dict(model.named_parameters()), lr, weight_decay)
    for group in _groups(made):
        group["peak"] = lr
    return made


def default_lr(name: str, hidden: int, batch: int = 256) -> float:
    """A peak rate that suits: narrower models take higher ones, and the batch counts by its square root."""
    kind = _kind(name)
    return float(kind.lr * (768 / hidden) ** kind.width * (batch / kind.batch) ** 0.5)


def set_lr(optimizers: Sequence[Optimizer], factor: float) -> None:
    """Set all rates to this share of their peak."""
    for group in _groups(optimizers):
        group["lr"] = group["peak"] * factor


def updated(model: nn.Module, optimizers: Sequence[Optimizer], clip: float) -> bool:
    """Change the weights by their gradients, unless one of these is no number; `clip` is the longest, 0 = any."""
    norm = torch.nn.utils.clip_grad_norm_(model.parameters(), clip or math.inf)
    finite = math.isfinite(float(norm))
    for optimizer in optimizers:
        if finite:
            optimizer.step()
        optimizer.zero_grad(set_to_none=True)
    return finite


def state_tensors(optimizers: Sequence[Optimizer], model: nn.Module) -> dict[str, Tensor]:
    """What the optimizers remember, by parameter and slot; a parameter that never had a gradient has nothing."""
    names: dict[Tensor, str] = {parameter: name for name, parameter in model.named_parameters()}
    return {
        f"{names[parameter]}/{slot}": tensor
        for optimizer in optimizers
        for parameter, slots in optimizer.state.items()
        for slot, tensor in slots.items()
    }


def load_state_tensors(optimizers: Sequence[Optimizer], model: nn.Module, tensors: Mapping[str, Tensor]) -> None:
    """Put back what `state_tensors` gave, exactly; what is there now is forgotten."""
    parameters = dict(model.named_parameters())
    owners = {p: optimizer for optimizer in optimizers for group in optimizer.param_groups for p in group["params"]}
    found: dict[str, dict[str, Tensor]] = {}
    for key, tensor in tensors.items():
        name, _, slot = key.rpartition("/")
        found.setdefault(name, {})[slot] = tensor
    for name, slots in found.items():
        _check(name, slots, parameters, owners)
    for optimizer in optimizers:
        optimizer.state.clear()
    for name, slots in found.items():
        parameter = parameters[name]
        owners[parameter].state[parameter] = {
            slot: tensor.to(parameter.device, copy=True) for slot, tensor in slots.items()
        }


def _check(
    name: str, slots: Mapping[str, Tensor], parameters: Mapping[str, nn.Parameter], owners: Mapping[Tensor, Optimizer]
) -> None:
    again = "resume with the model and optimizer that the state was saved with"
    if name not in parameters:
        raise UserError(f"optimizer state of {name!r}: the model has no such parameter; {again}")
    parameter = parameters[name]
    wanted = SLOTS[type(owners[parameter])]
    if set(slots) != set(wanted):
        raise UserError(f"optimizer state of {name!r}: has {_listed(slots)} but needs {_listed(wanted)}; {again}")
    for slot, tensor in slots.items():
        if slot != "step" and tensor.shape != parameter.shape:
            shapes = f"has shape {list(tensor.shape)} but the parameter {list(parameter.shape)}"
            raise UserError(f"optimizer state of {name!r}: {slot} {shapes}; {again}")


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))


def _groups(optimizers: Sequence[Optimizer]) -> Groups:
    return [group for optimizer in optimizers for group in optimizer.param_groups]


def _decayed(parameters: Parameters, weight_decay: float) -> Groups:
    """Two groups: what is decayed, and what is not (biases and norms, which have one dimension)."""
    split: tuple[list[nn.Parameter], list[nn.Parameter]] = ([], [])
    for parameter in parameters.values():
        split[parameter.ndim < 2].append(parameter)
    decays = (weight_decay, 0.0)
    return [{"params": each, "weight_decay": decay} for each, decay in zip(split, decays, strict=True) if each]


def _adamw(parameters: Parameters, lr: float, weight_decay: float) -> list[Optimizer]:
    return [AdamW(_decayed(parameters, weight_decay), lr=lr, betas=BETAS, eps=EPSILON, fused=True)]


def _lamb(parameters: Parameters, lr: float, weight_decay: float) -> list[Optimizer]:
    groups = _decayed(parameters, weight_decay)
    for group in groups:
        group["adapt"] = group["params"][0].ndim > 1
    return [Lamb(groups, lr, BETAS, EPSILON)]


def _muon(parameters: Parameters, lr: float, weight_decay: float) -> list[Optimizer]:
    """Muon for the hidden matrices, AdamW for the embeddings, the heads, norms and biases."""
    alike: dict[tuple[Size, int], list[nn.Parameter]] = {}
    rest: dict[str, nn.Parameter] = {}
    for name, parameter in parameters.items():
        if parameter.ndim == 2 and LAYER.search(name):
            alike.setdefault((parameter.shape, _parts(name)), []).append(parameter)
        else:
            rest[name] = parameter
    groups = [{"params": each, "parts": parts, "weight_decay": weight_decay} for (_, parts), each in alike.items()]
    return [*([Muon(groups, lr)] if groups else []), *(_adamw(rest, lr, weight_decay) if rest else [])]


def _parts(name: str) -> int:
    module = name.removesuffix(".weight").rpartition(".")[2]
    return FUSED.get(module, 1)


def _kind(name: str) -> _Kind:
    if name not in OPTIMIZERS:
        raise UserError(f"optimizer {name!r}: there is none of this name; {nearest(name, OPTIMIZERS)}")
    return OPTIMIZERS[name]


@dataclasses.dataclass(frozen=True, slots=True)
class _Kind:
    make: Callable[[Parameters, float, float], list[Optimizer]]
    lr: float
    """The peak rate of a model 768 wide at `batch`."""
    batch: int
    """Rows in an update. With the root of this, BERT's rate gives RoBERTa's: 5.7e-4 at 8,192 (they took 6e-4)."""
    width: float
    """The power of 768 / hidden that a narrower model's rate rises with."""


SLOTS: dict[type[Optimizer], tuple[str, ...]] = {
    AdamW: ("step", "exp_avg", "exp_avg_sq"),
    Lamb: ("step", "exp_avg", "exp_avg_sq"),
    Muon: ("momentum_buffer",),
}
OPTIMIZERS: dict[str, _Kind] = {
    # BERT-base: 1e-4 at batch 256. The width rule gives ELECTRA-small's (256 wide) 5e-4 at 128 within a third.
    "adamw": _Kind(_adamw, lr=1e-4, batch=256, width=1.5),
    # You et al., table 4: 5e-3 at batch 32,768, and by the square root below; steps are relative, so width is nothing.
    "lamb": _Kind(_lamb, lr=5e-3, batch=32_768, width=0.0),
    # Liu et al. 2025: steps scaled like AdamW's work at AdamW's rate.
    "muon": _Kind(_muon, lr=1e-4, batch=256, width=1.5),
}

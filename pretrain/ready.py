"""What a training computes with: the model with its first or restored weights, its optimizers, its arithmetic."""

from __future__ import annotations

import dataclasses
import os
import sys

import torch
from torch import nn
from torch.optim import Optimizer

from pretrain.architectures import Model, build
from pretrain.batch import moved
from pretrain.checkpoint import RunState, named, newest, restore
from pretrain.folder import load_model
from pretrain.loader import batch_of
from pretrain.milestones import forget_after
from pretrain.optim import optimizers
from pretrain.packing import blank as blank_packed
from pretrain.packing import room
from pretrain.passes import Pass, blank, forms, layout
from pretrain.ranks import together
from pretrain.setting import Setting
from pretrain.shape import to_dict

CHECKPOINTS = "checkpoints"


@dataclasses.dataclass(frozen=True, slots=True)
class Ready:
    """A training before its next update."""

    model: Model
    """What a run is for: what is written at its end."""
    trained: nn.Module
    """All that learns, and what checkpoints hold: the model, with what an objective has beside it."""
    objective: nn.Module
    """The same with its losses, compiled and shared among ranks: what the loop calls."""
    optimizers: list[Optimizer]
    state: RunState


def ready(plan: Setting) -> Ready:
    """Make the model and all that belongs to it, and go back to the newest checkpoint if there is one."""
    _choose_arithmetic(plan)
    model = _first_weights(plan).to(plan.ranks.device)
    objective = plan.goal.over(model, plan.config.seed).to(plan.ranks.device)
    trained = plan.goal.trained(objective)
    chosen = optimizers(trained, plan.config.optimizer, plan.lr, plan.config.weight_decay)
    state = _resumed(plan, trained, chosen)
    if plan.compiled:
        objective.compile(dynamic=False)
    objective = together(objective, plan.ranks)
    if plan.compiled:
        _warm_up(objective, plan)
    return Ready(model, trained, objective, chosen, dataclasses.replace(state, ranks=plan.ranks.ranks))


def autocast(plan: Setting) -> torch.autocast:
    """The arithmetic of a forward pass."""
    return torch.autocast(plan.ranks.device.type, torch.bfloat16, enabled=plan.half)


def _first_weights(plan: Setting) -> Model:
    """Random weights, or those of another model as far as it has them: a new head stays random."""
    model = build(plan.shape, plan.config.seed)
    if plan.config.start is not None:
        given, _ = load_model(plan.config.start)
        mine = model.state_dict()
        model.load_state_dict({**mine, **{name: it for name, it in given.state_dict().items() if name in mine}})
    return model


def _resumed(plan: Setting, trained: nn.Module, chosen: list[Optimizer]) -> RunState:
    """Where the run stands: the first rank says which checkpoint is whole, if any, and all go back to it."""
    output, step = plan.config.output, 0
    if plan.ranks.first and (found := newest(output / CHECKPOINTS)):
        step = int(found.name.removeprefix("step-"))
        print(f"going on after update {step:,}", file=sys.stderr)
    [agreed] = plan.ranks.totals([step])
    if plan.ranks.first:
        forget_after(output, step)
    if not agreed:
        return RunState()
    return restore(named(output / CHECKPOINTS, int(agreed)), trained, chosen, to_dict(plan.shape))


def _choose_arithmetic(plan: Setting) -> None:
    torch.set_float32_matmul_precision("high")  # TF32 for what is not in bfloat16
    if plan.config.deterministic:
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # without it cuBLAS refuses to be deterministic
    if plan.config.deterministic != torch.are_deterministic_algorithms_enabled():  # asking costs less than saying so
        torch.use_deterministic_algorithms(plan.config.deterministic)


def _warm_up(objective: nn.Module, plan: Setting) -> None:
    """Compile for every form that a pass can have, so that nothing is compiled once training runs."""
    import torch._dynamo  # takes a second, and only who compiles needs it

    made = _one_of_each(plan)
    # Beyond its limit torch would not compile any more, and not fail either.
    torch._dynamo.config.recompile_limit = max(torch._dynamo.config.recompile_limit, 2 * len(made))
    for each in made:
        with autocast(plan):
            found = objective(moved(batch_of(each), plan.ranks.device))
        (found.pieces + found.other).backward()
    objective.zero_grad(set_to_none=True)


def _one_of_each(plan: Setting) -> list[Pass]:
    """A blank pass of every form."""
    found = []
    for length, rows in plan.rows.items():
        made = layout(rows, bins=plan.config.bins, micro=plan.micro(length), seed=0, fixed=True)
        if plan.config.pack:
            found.append(blank_packed(room(rows, made), made.special[0]))
        else:
            found += [blank(form, made.special) for form in forms(made, rows.lengths)]
    return found

"""What stays the same during a training: instances, model shape, budget, arithmetic.

Everything is checked here, so that a run that begins can also end.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from pretrain.folder import load_model
from pretrain.lengths import lengths
from pretrain.loader import check_ranks
from pretrain.micro import usual
from pretrain.objectives import OBJECTIVES, Goal
from pretrain.optim import default_lr
from pretrain.options_training import Train
from pretrain.order import packed_updates_in_epoch, updates_in_epoch
from pretrain.ranks import Ranks
from pretrain.rows import Rows, open_rows
from pretrain.schedule import Budget, Phase, batch_at, parse_phases, phase_at, share
from pretrain.shape import Shape, from_json, shape
from tools.errors import UserError


@dataclasses.dataclass(frozen=True, slots=True)
class Setting:
    """A training that has been thought through, before anything is computed."""

    config: Train
    ranks: Ranks
    rows: Mapping[int, Rows]
    """The instances of each length that a phase asks for."""
    phases: tuple[Phase, ...]
    budget: Budget
    shape: Shape
    most: int
    """How many rows of the first length one pass of a rank has, if an update has as many for each rank."""
    lr: float
    half: bool
    """Whether matrix products are in bfloat16."""
    compiled: bool

    @property
    def goal(self) -> Goal:
        """What it trains for."""
        return OBJECTIVES[self.config.objective]

    @property
    def steps(self) -> int | None:
        """How many updates there will be; None if the clock decides."""
        return self.budget.steps or None

    def progress(self, step: float, seconds: float) -> float:
        """How much of the budget is spent when an update begins."""
        return self.budget.progress(step, seconds, 0.0)

    def length(self, progress: float) -> int:
        """How long rows are now."""
        return phase_at(self.phases, progress)

    def batch(self, progress: float, length: int) -> int:
        """How many rows, or tokens of how many full ones, an update has now: as many tokens whatever their length."""
        return max(1, batch_at(progress, self.config.batch, self.config.ramp) * self.phases[0].length // length)

    def micro(self, length: int) -> int:
        """How many rows one forward pass of one rank has."""
        most = math.ceil(self.config.batch / self.ranks.ranks)
        return max(1, min(self.most, most) * self.phases[0].length // length)

    def rate(self, progress: float) -> float:
        """The factor on the peak learning rate now."""
        return share(self.config.schedule, progress, self.config.warmup, self.config.cooldown)


def setting(config: Train, ranks: Ranks) -> Setting:
    """Think a training through; the files of the instances are checked by the first rank alone."""
    _check(config)
    phases = parse_phases(config.phases, lengths(config.instances))
    wanted = sorted({phase.length for phase in phases})
    rows = {length: open_rows(config.instances / str(length) / "train", check=ranks.first) for length in wanted}
    for each in rows.values():
        check_ranks(each, ranks.ranks)
    first = rows[phases[0].length]
    chosen = _shape(config, first)
    if chosen.positions < max(wanted):
        raise UserError(
            f"phases: rows of {max(wanted)} tokens, but the model has only {chosen.positions} positions; "
            f"leave that length out, or give a model_config with a larger max_position_embeddings"
        )
    if config.pack and chosen.architecture != "modern":
        raise UserError("pack: bert computes on rectangles of rows; take --architecture modern, or leave pack out")
    return Setting(
        config=config,
        ranks=ranks,
        rows=rows,
        phases=phases,
        budget=_budget(config, first, phases),
        shape=chosen,
        most=config.micro or usual(chosen, phases[0].length, ranks),
        lr=config.lr or default_lr(config.optimizer, chosen.hidden, config.batch),
        half=uses_bfloat16(config.precision, ranks.device),
        compiled=config.compile == "on" or (config.compile == "auto" and ranks.device.type == "cuda"),
    )


def _check(config: Train) -> None:
    rules: dict[str, tuple[Any, bool, str]] = {
        "batch": (config.batch, config.batch > 0, "an update has at least one row"),
        "micro": (config.micro, config.micro >= 0, "rows in one pass; 0 lets the program choose"),
        "lr": (config.lr, 0 <= config.lr < math.inf, "a learning rate is positive; 0 lets the program choose"),
        "clip": (config.clip, config.clip >= 0, "the longest gradient; 0 = any"),
        "weight_decay": (config.weight_decay, config.weight_decay >= 0, "it is not negative"),
    }
    for name, (value, right, rule) in rules.items():
        if not right:
            raise UserError(f"{name} {value}: {rule}")
    share(config.schedule, 0.0, config.warmup, config.cooldown)  # these check their own options
    batch_at(0.0, config.batch, config.ramp)


def _budget(config: Train, rows: Rows, phases: tuple[Phase, ...]) -> Budget:
    """The budget in updates or minutes: passes over the data are counted out."""
    budget = Budget(config.steps, config.minutes, config.epochs)
    if not budget.epochs:
        return budget
    if len(phases) > 1 or config.ramp:
        raise UserError(
            f"epochs {config.epochs:g}: cannot be counted with several phases or a ramp; give steps or minutes"
        )
    each = [_updates(config, rows, epoch) for epoch in range(math.ceil(config.epochs))]
    part = config.epochs - (len(each) - 1)
    return Budget(steps=sum(each[:-1]) + math.ceil(part * each[-1]))


def _updates(config: Train, rows: Rows, epoch: int) -> int:
    """How many updates an epoch has."""
    if not config.pack:
        return updates_in_epoch(rows, config.batch)
    return packed_updates_in_epoch(rows, config.batch, config.bins, config.seed, epoch)


def _shape(config: Train, rows: Rows) -> Shape:
    goal, pieces = OBJECTIVES[config.objective], int(rows.about["pieces"])
    changes: dict[str, Any] = {
        "dropout": config.dropout,
        "head": goal.head,
        "pairs": goal.other is None and rows.about["nsp"] != "none",
    }
    if config.start is not None:
        model, tokenizer = load_model(config.start)
        if tokenizer.pieces != rows.tokenizer.pieces:
            raise UserError(
                f"start {config.start}: its vocabulary is not the one the instances were made with "
                f"({len(tokenizer):,} and {pieces:,} pieces); make instances with the model's own vocabulary"
            )
        return dataclasses.replace(model.shape, **changes)
    if config.model_config is None:
        return shape(config.size, config.architecture, pieces, **changes)
    found = from_json(config.model_config)
    if found.vocabulary != pieces:
        raise UserError(
            f"{config.model_config}: vocab_size {found.vocabulary:,}, but the instances were made with {pieces:,} "
            f"pieces; make the two equal"
        )
    return dataclasses.replace(found, **changes)


def uses_bfloat16(precision: str, device: torch.device) -> bool:
    """Whether matrix products are in bfloat16: as asked, or where the device has instructions for it."""
    if precision != "auto":
        return precision == "bfloat16"
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    return _cpu_has_bfloat16()


def _cpu_has_bfloat16(cpuinfo: Path = Path("/proc/cpuinfo")) -> bool:
    """Only processors with instructions for it gain by it; on others it is emulated."""
    try:
        text = cpuinfo.read_text(encoding="utf-8")
    except OSError:
        return False
    return "avx512_bf16" in text or "amx_bf16" in text

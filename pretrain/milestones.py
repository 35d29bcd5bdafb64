"""Models kept on the way, at 1/32, 1/16, ... of the budget: what learning curves are drawn from, and compared by.

Each is a model's folder (folder.py) named by its update, so that every command takes it. There is no state of an
optimizer in it: a run cannot go on from one, but it can start a new one.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from pretrain.architectures import Model
from pretrain.folder import save_model
from vocab.tokenizer import Tokenizer

MILESTONES = "milestones"
SHARES = (1 / 32, 1 / 16, 1 / 8, 1 / 4, 1 / 2)


def passed(before: float, now: float) -> bool:
    """Whether a milestone lies between two moments of the budget."""
    return any(before < share <= now for share in SHARES)


def keep(output: Path, step: int, model: Model, tokenizer: Tokenizer) -> Path:
    """Write the milestone of an update, whole or not at all; one that is there stays as it is."""
    final = output / MILESTONES / f"step-{step:08d}"
    if final.exists():
        return final
    part = final.with_name(f"{final.name}.part")
    try:
        save_model(model, tokenizer, part)
        part.rename(final)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    return final


def kept(output: Path) -> dict[int, Path]:
    """The milestones that there are, by their updates."""
    found = {path.name.removeprefix("step-"): path for path in (output / MILESTONES).glob("step-*")}
    return {int(number): path for number, path in sorted(found.items()) if number.isdecimal()}


def forget_after(output: Path, step: int) -> None:
    """Drop those of later updates, which a run that goes on from `step` passes again, and what a kill left torn.

    Where a clock decides, it will pass them at other updates.
    """
    torn = list((output / MILESTONES).glob("*.part"))
    for path in [*torn, *(path for number, path in kept(output).items() if number > step)]:
        shutil.rmtree(path)

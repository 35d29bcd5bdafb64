"""The verb `train-together`: several tasks learned by one model, each update for one of them.

The loop is that of train.py, and so are its promises. After each epoch every task is scored on its held-out part. The
epoch with the best mean of their first figures is kept for all of them, so that the models that are written differ in
their heads alone: OUTPUT/TASK is what `train` makes of a task, OUTPUT/run has the curves.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import orjson

from finetune.batches import Row
from finetune.curves import DEV, Judgement, judgements
from finetune.encoder import encoder
from finetune.finetuned import save_finetuned
from finetune.options_together import TrainTogether
from finetune.plan import Plan
from finetune.results import LEFT, REPORT, finish, finished, folder_of, settle
from finetune.running import Run, Work
from finetune.shared import Shared
from finetune.together_plan import Together, planned_together
from finetune.train import BEST, begun, judged, spend
from pretrain.journal import METRICS
from pretrain.ranks import joined
from pretrain.stopping import stopping
from tools.errors import Paused
from tools.holding import typed
from tools.shards import atomic, write_json
from tools.stage import Summary

RUN, MEAN = "run", "mean"


def train_together(config: TrainTogether) -> Summary | None:
    """Train one model for all tasks, from where an interrupted run of the same options stopped."""
    with joined(config.device) as ranks, stopping() as stop:
        plan = planned_together(config, ranks)
        [over] = ranks.totals([ranks.first and (config.output / REPORT).is_file()])
        done = bool(over) or spend(plan, ready(plan, config.seed, config.output / RUN), stop)
        if done and ranks.first:
            return _finish(plan, config.output)
    if ranks.first and not done:
        raise Paused(f"stopped, and saved; resume with: {typed()}")
    return None


def ready(plan: Together, seed: int, folder: Path) -> Run:
    """Make the model and all that belongs to it, and go back to the newest checkpoint if there is one."""
    folder.mkdir(parents=True, exist_ok=True)
    config, specs = plan.config, [part.spec for part in plan.parts]
    model = Shared(encoder(config.model, config.dropout), specs, config.dropout, seed).to(plan.ranks.device).train()
    work = Work(partial(_draw, plan, model), partial(_judge, plan, model), partial(_keep, plan, model), partly=True)
    return begun(plan, seed, folder, model, work, config.micro)


def _draw(plan: Together, model: Shared, update: tuple[int, Sequence[int]]) -> tuple[Plan, list[Row]]:
    number, rows = update
    part = plan.parts[number]
    model.turn(part.spec)
    return part, [part.rows[int(row)] for row in rows]


def _judge(plan: Together, model: Shared) -> dict[str, float]:
    """The first figure of each task on its held-out part, and before them their mean."""
    found = dict[str, float]()
    for part in plan.parts:
        model.turn(part.spec)
        name, value = next(iter(judged(part, model).items()))
        found[f"{part.task.name} {name}"] = value
    return {MEAN: sum(found.values()) / len(found), **found}


def _keep(plan: Together, model: Shared, folder: Path) -> None:
    for part in plan.parts:
        model.turn(part.spec)
        save_finetuned(model, folder / part.task.name)


def _finish(plan: Together, output: Path) -> Summary:
    """Make of the best epoch what `train` makes of each task, then forget how it came to it."""
    folder = output / RUN
    course = judgements(folder)
    best = max(course, key=lambda one: one.figure)
    for part, turns in zip(plan.parts, plan.turns, strict=True):
        own = folder_of(part, part.config.seed)
        if not finished(own):
            own.mkdir(parents=True, exist_ok=True)
            _write_curve(own / METRICS, part, course)
            settle(part, part.config.seed, folder / BEST.format(best.step) / part.task.name, best)
        print(f"{part.task.name} · {part.task.korean}: {turns:,} of {plan.updates_in_epoch:,} updates in an epoch")
        finish(part)
    write_json(output / REPORT, {"epoch": best.epoch, "updates": plan.turns, "dev": best.figures})
    for path in [each for name in LEFT for each in folder.glob(name)]:
        shutil.rmtree(path)
    return {"epoch": best.epoch, **{name: round(value, 2) for name, value in best.figures.items()}}


def _write_curve(path: Path, part: Plan, course: Sequence[Judgement]) -> None:
    """The judgements of one task, as its own training would have written them."""
    mine = f"{part.task.name} "
    with atomic(path) as file:
        for one in course:
            found = {DEV + name.removeprefix(mine): each for name, each in one.figures.items() if name.startswith(mine)}
            file.write(orjson.dumps({"step": one.step, "epoch": one.epoch, **found}, option=orjson.OPT_APPEND_NEWLINE))

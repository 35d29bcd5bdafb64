"""Fine-tuning, to be read from top to bottom: one loop for every head, the same on one CPU, one GPU, or many.

Everything random hangs on the seed and on the number of the update, so a run that is killed and started again computes
what it would have computed. After each epoch the model is scored on the held-out part, and the best so far is kept;
curves and these scores stand in metrics.jsonl, which is also how a resumed run knows them. What is decided before the
first update stands in plan.py, what is done with the best models in results.py.
"""

from __future__ import annotations

import dataclasses
import math
import shutil
import sys
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any

import torch
from tqdm import tqdm

from finetune.answering import predictions
from finetune.batches import Row, batch_of
from finetune.curves import Seen, judgements, record, told
from finetune.encoder import encoder
from finetune.finetuned import Finetuned, save_finetuned
from finetune.heads import asked, loss
from finetune.options_train import Train
from finetune.passes import passes, quickest, units_of
from finetune.plan import Plan, planned
from finetune.rates import optimizer
from finetune.results import figures, finish, finished, folder_of, settle
from finetune.running import Planned, Run, Work
from finetune.side_by_side import sample
from pretrain.batch import moved
from pretrain.checkpoint import RunState, Saver, named, newest, restore
from pretrain.draws import draws
from pretrain.journal import Journal, journal
from pretrain.masking import special
from pretrain.optim import set_lr, updated
from pretrain.ranks import joined, together
from pretrain.schedule import share
from pretrain.stopping import Stopping, stopping
from tools.errors import Paused, UserError
from tools.holding import typed
from tools.shards import write_json
from tools.stage import Summary

CHECKPOINTS, BEST = "checkpoints", "best-{:08d}"
CLIP = 1.0  # the longest gradient
HOPELESS = 20  # updates in a row whose gradient is no number


def train(config: Train) -> Summary | None:
    """Train once for each seed, from where an interrupted run of the same options stopped."""
    with joined(config.device) as ranks, stopping() as stop:
        plan = planned(config, ranks)
        done = all(trained(plan, seed, stop) for seed in plan.seeds)
        if done and ranks.first:
            return finish(plan)
    if ranks.first and not done:
        raise Paused(f"stopped, and saved; resume with: {typed()}")
    return None


def trained(plan: Plan, seed: int, stop: Stopping) -> bool:
    """Train with one seed, unless that is done; whether it came to its end."""
    folder, ranks = folder_of(plan, seed), plan.ranks
    [over] = ranks.totals([ranks.first and finished(folder)])
    if over:
        return True
    folder.mkdir(parents=True, exist_ok=True)
    run = ready(plan, seed, folder)
    if not spend(plan, run, stop):
        return False
    if ranks.first:
        best = max(judgements(folder), key=lambda one: one.figure)
        settle(plan, seed, folder / BEST.format(best.step), best)
    ranks.wait()
    return True


def ready(plan: Plan, seed: int, folder: Path) -> Run:
    """Make the model of a seed and all that belongs to it, and go back to the newest checkpoint if there is one."""
    config = plan.config
    first = encoder(config.model, config.dropout, fresh=seed if config.scratch else None)
    model = Finetuned(first, plan.spec, config.dropout, int(draws(seed, "head"))).to(plan.ranks.device).train()
    work = Work(partial(_rows, plan), partial(judged, plan, model), partial(save_finetuned, model))
    return begun(plan, seed, folder, model, work, _micro(plan, model, folder))


def begun(plan: Planned, seed: int, folder: Path, model: Finetuned, work: Work, micro: int) -> Run:
    """A run of this model, from its newest checkpoint if there is one."""
    config, ranks, step = plan.config, plan.ranks, 0
    torch.set_float32_matmul_precision("high")
    made = optimizer(model, plan.lr, config.weight_decay, config.layer_decay)
    if ranks.first:
        print(f"seed {seed}: {plan.steps:,} updates, {plan.updates_in_epoch:,} in an epoch", file=sys.stderr)
    if ranks.first and (found := newest(folder / CHECKPOINTS)):
        step = int(found.name.removeprefix("step-"))
        print(f"seed {seed}: going on after update {step:,}", file=sys.stderr)
    [agreed] = ranks.totals([step])
    state = restore(named(folder / CHECKPOINTS, int(agreed)), model, [made], plan.about) if agreed else RunState()
    if ranks.first:
        _forget(folder, [one.step for one in judgements(folder) if one.step <= state.step])
    return Run(seed, folder, model, together(model, ranks, partly=work.partly), made, work, micro, state)


def spend(plan: Planned, run: Run, stop: Stopping) -> bool:
    """Train until nothing is left to do or someone asks to stop; whether nothing is left."""
    config, ranks, state, unlucky = plan.config, plan.ranks, run.state, 0
    seen, last, saved = Seen(), state.seconds, state.seconds
    each, stopped = plan.updates_in_epoch, False
    order, ordered = list[Any](), -1
    with (
        journal(run.folder if ranks.first else None, state.step, plan.steps, told) as log,
        _saving(plan, run) as saver,
    ):
        over = _over(plan, run, state.step)
        begin = time.monotonic() - state.seconds
        while not over and not stopped:
            epoch, at = divmod(state.step, each)
            if epoch != ordered:
                order, ordered = plan.order(run.seed, epoch), epoch
            rate = share("linear", (state.step + 0.5) / plan.steps, config.warmup, 0.0)
            set_lr([run.optimizer], rate)
            part, rows = run.work.draw(order[at])
            nats, weight = _gradients(part, run, rows, state.step)
            lucky = updated(run.model, [run.optimizer], CLIP)
            unlucky = 0 if lucky else unlucky + 1
            if unlucky == HOPELESS:
                raise UserError(_advice(plan, state.step))
            # The first rank's clock is everybody's, and a wish to stop that has reached one rank has reached all.
            clock = (time.monotonic() - begin) * ranks.first
            nats, wishes, seconds = ranks.totals([nats, stop.asked, clock])
            more = Seen.of(rows, nats, weight, seconds - state.seconds, lucky=lucky)
            seen, stopped = seen.plus(more), wishes > 0
            state = _advanced(state, more, seconds)
            log.step()
            ends = state.step % each == 0 or state.step == plan.steps
            saves = ends or stopped or seconds - saved >= 60 * config.save_minutes
            if saves or seconds - last >= config.log_seconds:
                log.write(record(seen, state, steps=plan.steps, epoch=state.step / each, lr=rate * plan.lr))
                seen, last = Seen(), seconds
            if ends:
                if ranks.first:
                    _judge(plan, run, state.step, log)
                over = _over(plan, run, state.step)
                begin = time.monotonic() - state.seconds  # only time spent training counts
            if saver and saves:
                saver.save(run.model, [run.optimizer], state, plan.about)
                saved = seconds
                if ends:
                    saver.wait()
                    _forget(run.folder, [max(judgements(run.folder), key=lambda one: one.figure).step])
    return over


def _gradients(plan: Plan, run: Run, rows: Sequence[Row], step: int) -> tuple[float, float]:
    """Compute the gradients of one update; the loss that this rank has summed, and what all ranks were asked.

    Each row or token counts the same, on whatever rank and in whatever pass it stands. DDP gives the mean over ranks,
    which is why the loss is first multiplied by their number.
    """
    ranks, spec = plan.ranks, plan.spec
    whole = asked(spec, rows, plan.weights) or 1.0
    torch.manual_seed(int(draws(run.seed, "dropout", step, ranks.rank)))
    every = units_of(rows, together=spec.head == "choose")
    units = every[ranks.rank :: ranks.ranks]
    # A rank without rows still computes: the others wait for its gradients, which are zeros.
    factor, parts = (1.0, passes(units, run.micro, ranks.device)) if units else (0.0, every[:1])
    pad, total = special(run.model.tokenizer, "[PAD]"), torch.zeros((), device=ranks.device)
    for number, part in enumerate(parts, 1):
        shared = number == len(parts) or ranks.ranks == 1
        batch = moved(batch_of(part, pad, positions=run.model.encoder.positions), ranks.device)
        with nullcontext() if shared else run.module.no_sync():  # type: ignore[operator]
            with torch.autocast(ranks.device.type, torch.bfloat16, enabled=plan.half):
                logits = run.module(batch)
            nats = loss(spec, logits, part, batch, plan.weights) * factor
            (nats / whole * ranks.ranks).backward()
        total += nats.detach()
    return float(total), whole


def _advanced(state: RunState, more: Seen, seconds: float) -> RunState:
    return dataclasses.replace(
        state,
        step=state.step + 1,
        seconds=seconds,
        skipped=state.skipped + more.skipped,
        tokens=state.tokens + more.tokens,
        rows=state.rows + more.rows,
    )


def _rows(plan: Plan, numbers: Sequence[int]) -> tuple[Plan, list[Row]]:
    return plan, [plan.rows[int(number)] for number in numbers]


def judged(plan: Plan, model: Finetuned) -> dict[str, float]:
    """The figures of a model on the held-out part; what it says of some examples is printed."""
    given = list(predictions(model, plan.dev, half=plan.half))
    for at in sorted({0, len(plan.dev) // 2}):
        shown = f"  예 sample {plan.dev[at].id}\n{sample(plan.task, plan.dev[at], given[at])}"
        tqdm.write(shown, file=sys.stderr)
    return figures(plan.task, plan.dev, given)


def _judge(plan: Planned, run: Run, step: int, log: Journal) -> None:
    """Score the model on the held-out part, write it down, and keep the model if none before was as good."""
    before = [one.figure for one in judgements(run.folder)]
    found = run.work.judge()
    if next(iter(found.values())) > max(before, default=-math.inf):
        run.work.keep(run.folder / BEST.format(step))
    epoch = step / plan.updates_in_epoch
    log.write({"step": step, "epoch": epoch, **{f"dev_{name}": value for name, value in found.items()}})


def _over(plan: Planned, run: Run, step: int) -> bool:
    """Whether all updates are made, or so many judgements in a row were no better that training stops early."""
    over = step >= plan.steps
    if plan.ranks.first and plan.config.patience and not over:
        found = [one.figure for one in judgements(run.folder)]
        over = bool(found) and len(found) - 1 - found.index(max(found)) >= plan.config.patience
    return plan.ranks.totals([over * plan.ranks.first])[0] > 0


def _forget(folder: Path, wanted: Sequence[int]) -> None:
    """Remove the models that were kept on the way, but for some."""
    names = {BEST.format(step) for step in wanted}
    for path in folder.glob("best-*"):
        if path.name not in names:
            shutil.rmtree(path)


def _micro(plan: Plan, model: Finetuned, folder: Path) -> int:
    """The rows of a pass: as asked, or as measured; a resumed run takes what the first one found."""
    path = folder.parent / "pass.json"
    if not plan.config.auto_batch:
        return plan.config.micro
    found = 0
    if plan.ranks.first:
        if not path.exists():
            write_json(path, quickest(model, plan.rows, plan.batch, plan.half))
        found = int(path.read_text())
        print(f"{found} rows in a pass", file=sys.stderr)
    return int(plan.ranks.totals([found])[0])


def _saving(plan: Planned, run: Run) -> AbstractContextManager[Saver | None]:
    """The first rank saves for all."""
    return Saver(run.folder / CHECKPOINTS, keep_last=1, keep_every=0) if plan.ranks.first else nullcontext()


def _advice(plan: Planned, step: int) -> str:
    return (
        f"update {step:,}: the gradients of {HOPELESS} updates in a row were no numbers; try a smaller --lr than "
        f"{plan.lr:g}, a longer --warmup{', --precision float32' if plan.half else ''}"
    )

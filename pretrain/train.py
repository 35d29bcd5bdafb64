"""Pretraining, to be read from top to bottom: one loop, the same on one CPU, one GPU, or many under torchrun.

Everything random hangs on the seed and on the number of the update, so a run that is killed and started again computes
what it would have computed. What is decided before the first update stands in setting.py, what is computed with in
ready.py, what comes after the last update in finish.py.
"""

from __future__ import annotations

import dataclasses
import resource
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext

import torch
from torch import Tensor

from pretrain.batch import moved
from pretrain.checkpoint import RunState, Saver
from pretrain.draws import draws
from pretrain.feed import feeding
from pretrain.finish import finish
from pretrain.flops import mfu
from pretrain.journal import Moment, Tally, journal, record
from pretrain.loader import Update
from pretrain.milestones import keep, passed
from pretrain.optim import set_lr, updated
from pretrain.options_training import Train
from pretrain.order import epochs, from_json, to_json
from pretrain.ranks import joined
from pretrain.ready import CHECKPOINTS, Ready, autocast, ready
from pretrain.setting import Setting, setting
from pretrain.shape import to_dict
from pretrain.stopping import Stopping, stopping
from tools.errors import Paused, UserError
from tools.holding import typed
from tools.stage import Summary

HOPELESS = 20  # updates in a row whose gradient is no number


def train(config: Train) -> Summary | None:
    """Train until the budget is spent, from where an interrupted run of the same options stopped."""
    with joined(config.device) as ranks, stopping() as stop:
        plan = setting(config, ranks)
        run = ready(plan)
        state = spend(plan, run, stop)
        done = plan.progress(state.step, state.seconds) >= 1
        if done and ranks.first:
            return finish(plan, run.model, state)
    if ranks.first and not done:
        raise Paused(f"stopped after update {state.step:,}, which is saved; resume with: {typed()}")
    return None


def spend(plan: Setting, run: Ready, stop: Stopping) -> RunState:
    """Train until nothing of the budget is left or someone asks to stop, and say where the run stands then."""
    config, ranks, state, unlucky = plan.config, plan.ranks, run.state, 0
    tally, told, saved = Tally(), state.seconds, state.seconds
    progress, stopped = plan.progress(state.step, state.seconds), False
    with (
        journal(config.output if ranks.first else None, state.step, plan.steps) as log,
        feeding(plan) as feed,
        _saving(plan) as saver,
    ):
        begin = time.monotonic() - state.seconds
        while progress < 1 and not stopped:
            length = plan.length(progress)
            update, waited = feed.next(length, plan.batch(progress, length), state)
            rate = plan.rate(plan.progress(state.step + 0.5, state.seconds))
            set_lr(run.optimizers, rate)
            asked = ranks.totals(plan.goal.counts(update))
            found = _gradients(run, update, plan, state.step, asked)
            lucky = updated(run.trained, run.optimizers, config.clip)
            unlucky = 0 if lucky else unlucky + 1
            if unlucky == HOPELESS:
                raise UserError(_advice(plan, state.step))
            # The first rank's clock is everybody's, and a wish to stop that has reached one rank has reached all.
            clock = (time.monotonic() - begin) * ranks.first
            *sums, wishes, seconds = ranks.totals([*found.tolist(), stop.asked, clock])
            more = _counted(update, asked, sums, lucky=lucky)
            tally = tally.plus(dataclasses.replace(more, seconds=seconds - state.seconds, wait=waited))
            state = _advanced(state, update, length, more, seconds)
            before, progress, stopped = progress, plan.progress(state.step, seconds), wishes > 0
            log.step()
            left = seconds * (1 - progress) / progress
            saves = progress >= 1 or stopped or seconds - saved >= 60 * config.save_minutes
            # With a checkpoint there is always a record, so that a resumed curve has no gap; and no record is so near
            # the end that little is left for the last one.
            if saves or (seconds - told >= config.log_seconds and left > config.log_seconds / 2):
                log.write(record(tally, _moment(plan, state, tally, length, rate * plan.lr, left)))
                tally, told = Tally(), seconds
            if saver and saves:
                saver.save(run.trained, run.optimizers, state, to_dict(plan.shape))
                saved = seconds
            if saver and config.milestones and passed(before, progress):
                keep(config.output, state.step, run.model, plan.rows[length].tokenizer)
    return state


def _saving(plan: Setting) -> AbstractContextManager[Saver | None]:
    """The first rank saves for all."""
    if not plan.ranks.first:
        return nullcontext()
    config = plan.config
    return Saver(config.output / CHECKPOINTS, keep_last=config.keep_last, keep_every=config.keep_every)


def _gradients(run: Ready, update: Update, plan: Setting, step: int, asked: Sequence[float]) -> Tensor:
    """Compute the gradients of one update; the sums are of this rank: nats and right guesses, of both questions.

    Each token counts the same, on whatever rank and in whatever pass it stands: sums are divided by how many guesses
    and other answers are `asked` of all ranks together. DDP gives the mean over ranks, which is why the loss is first
    multiplied by their number.
    """
    guesses, others = (max(count, 1) for count in asked)
    torch.manual_seed(int(draws(plan.config.seed, "dropout", step, plan.ranks.rank)))
    sums = torch.zeros(4, dtype=torch.float64, device=plan.ranks.device)
    for number, batch in enumerate(update.batches, 1):
        shared = number == len(update.batches) or plan.ranks.ranks == 1
        with nullcontext() if shared else run.objective.no_sync():  # type: ignore[operator]
            with autocast(plan):
                found = run.objective(moved(batch, plan.ranks.device))
            loss = found.pieces / guesses + plan.goal.weight * found.other / others
            (loss * plan.ranks.ranks).backward()
        sums += torch.stack([found.pieces, found.right, found.other, found.other_right]).detach()
    return sums


def _counted(update: Update, asked: Sequence[float], sums: Sequence[float], *, lucky: bool) -> Tally:
    """What an update did; the losses of one that was skipped may be no numbers and are not counted."""
    nats, right, other_nats, other_right = sums
    seen = Tally(updates=1, rows=update.rows, tokens=update.tokens)
    if not lucky:
        return dataclasses.replace(seen, skipped=1)
    guesses, others = map(int, asked)
    pieces = dataclasses.replace(seen, guesses=guesses, nats=nats, right=int(right))
    return dataclasses.replace(pieces, others=others, other_nats=other_nats, other_right=int(other_right))


def _advanced(state: RunState, update: Update, length: int, more: Tally, seconds: float) -> RunState:
    return dataclasses.replace(
        state,
        step=state.step + 1,
        seconds=seconds,
        loaders={**state.loaders, str(length): to_json(update.state)},
        skipped=state.skipped + more.skipped,
        guesses=state.guesses + more.guesses,
        tokens=state.tokens + more.tokens,
        rows=state.rows + more.rows,
    )


def _moment(plan: Setting, state: RunState, tally: Tally, length: int, lr: float, left: float) -> Moment:
    device, rows = plan.ranks.device, plan.rows[length]
    each = plan.goal.flops(plan.shape, tally.tokens / max(tally.rows, 1), tally.guesses / max(tally.tokens, 1))
    rate = each * tally.tokens / max(tally.seconds, 1e-9)
    cuda = device.type == "cuda"
    return Moment(
        step=state.step,
        seconds=state.seconds,
        steps=plan.steps,
        lr=lr,
        epoch=epochs(rows, from_json(state.loaders[str(length)])),
        asked=plan.goal.other or rows.about["nsp"],
        mfu=mfu(rate, torch.cuda.get_device_name(device), plan.ranks.ranks) if cuda else None,
        memory=torch.cuda.max_memory_allocated(device)
        if cuda
        else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        left=left,
    )


def _advice(plan: Setting, step: int) -> str:
    ways = [f"a smaller --lr than {plan.lr:g}", "a longer --warmup"]
    ways += ["--precision float32"] if plan.half else []
    return (
        f"update {step:,}: the gradients of {HOPELESS} updates in a row were no numbers, so no weight changed; "
        f"begin again (--replace) with {' or '.join(ways)}"
    )

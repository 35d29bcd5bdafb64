"""How long, and for how much money, a whole pretraining would take here: a little is measured, the rest is counted.

Measured are passes over made-up full rows, and apart from them changes of the weights, since an update may have many
passes. What reading rows, saving and logging cost is not in it: in a training they go on beside the passes. Below it
stands what others needed, as a Korean lecture on BERT tabled it; its runs are of 1,000,000 updates of 256 rows of 512.
"""

from __future__ import annotations

import dataclasses
import statistics
from collections.abc import Iterator
from typing import Any

import torch

from pretrain.flops import flops_per_token, mfu
from pretrain.journal import short
from pretrain.micro import START, quickest
from pretrain.options_training import Estimate
from pretrain.ranks import joined
from pretrain.setting import uses_bfloat16
from pretrain.shape import Shape, shape
from pretrain.trial import Trial, gradients, guesses_of, made_up, ours, seconds, update
from tools.columns import aligned
from tools.errors import UserError
from tools.progress import progress

USUAL, POSITIONS = 128, 512
UPDATES = 5  # how often the weights are changed, at most, to see how long it takes
HOUR, DAY = 3600, 86_400


@dataclasses.dataclass(frozen=True, slots=True)
class Measured:
    """What a machine did."""

    shape: Shape
    rows: int
    """In one pass."""
    passes: tuple[float, ...]
    """Seconds of each."""
    update: float
    """Seconds of changing the weights."""
    card: str | None
    """The GPU."""

    def seconds(self, batch: int) -> float:
        """How long an update of so many rows takes."""
        return batch / self.rows * statistics.median(self.passes) + self.update


def estimate(config: Estimate) -> None:
    """Measure, and print the tables."""
    _check(config)
    with joined(config.device) as ranks:
        print("\n".join(lines(config, measured(config, ranks.device))))


def measured(config: Estimate, device: torch.device) -> Measured:
    """Do some passes, and some updates of the weights."""
    own = shape(config.size, config.architecture, config.vocabulary, positions=max(config.length, POSITIONS))
    half, cuda = uses_bfloat16("auto", device), device.type == "cuda"
    torch.set_float32_matmul_precision("high")  # as in training
    guesses = guesses_of(config.length)
    trial = ours(own, device, half=half)
    rows = min(_rows(config, own, trial), config.batch)
    if cuda:
        trial.model.compile(dynamic=False)
    taken = trial.taken(made_up(own, rows, config.length, guesses))
    for _ in range(2):  # what is made ready at first use does not count
        gradients(trial, taken)
    update(trial)
    passes, updates = _times(trial, taken, config.steps)
    return Measured(
        shape=own,
        rows=rows,
        passes=tuple(passes),
        update=statistics.median(updates),
        card=torch.cuda.get_device_name(device) if cuda else None,
    )


def lines(config: Estimate, found: Measured) -> Iterator[str]:
    """What was measured, what follows from it, and the lecture's table."""
    each, tokens = found.seconds(config.batch), config.batch * config.length
    pieces, size = f"어휘 vocabulary {config.vocabulary:,}", f"배치 batch {config.batch:,} = {tokens:,} tokens"
    yield f"{config.size} ({config.architecture}) · {pieces} · 길이 length {config.length} · {size}"
    middle, low, high = statistics.median(found.passes), min(found.passes), max(found.passes)
    yield (
        f"잰 것 measured: {len(found.passes)} passes of {found.rows} rows, {middle:.4g} s each "
        f"({low:.4g} to {high:.4g}); the weights change in {found.update:.4g} s"
    )
    work = flops_per_token(found.shape, config.length, guesses_of(config.length) / config.length) * tokens / each
    share = mfu(work, found.card) if found.card else None
    used = "" if share is None else f" · MFU {100 * share:.1f} %"
    yield f"빠르기 speed: {short(tokens / each, 'tokens/s')} · {short(config.batch / each, 'sequences/s')}{used}"
    yield ""
    yield from _table(config, found.card or f"CPU, {torch.get_num_threads()} threads", each * config.updates)


def _table(config: Estimate, machine: str, whole: float) -> Iterator[str]:
    head = ("기계 machine", "모델 model", "기간 time")
    own = (f"여기 here: {machine}", config.size, span(whole))
    rows = [own, *((name, size, time) for name, size, time, _ in LECTURE)]
    if not config.price:
        yield from aligned([head, *rows])
    else:
        costs = [f"{config.price * whole / HOUR:,.0f}", *(cost for *_, cost in LECTURE)]
        costly = [(*row, cost) for row, cost in zip(rows, costs, strict=True)]
        yield from aligned([(*head, f"비용 cost ({config.price:g}/h)"), *costly])
    yield f"첫 줄은 여기서 업데이트 {config.updates:,}번, 나머지는 강의의 값"
    yield f"the first line is {config.updates:,} updates here, the others are the lecture's figures"


def span(seconds: float) -> str:
    """A time as people plan with it."""
    for unit, size in (("years", 365 * DAY), ("weeks", 7 * DAY), ("days", DAY), ("hours", HOUR), ("minutes", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.1f} seconds"


def _rows(config: Estimate, own: Shape, trial: Trial) -> int:
    if config.micro or trial.device.type == "cpu":
        return config.micro or max(1, START * USUAL // config.length)
    guesses = guesses_of(config.length)
    return quickest(trial.model, own, config.length, guesses, trial.device, trial.half, most=config.batch)


def _times(trial: Trial, taken: Any, count: int) -> tuple[list[float], list[float]]:
    """Seconds of each pass, and of each of some changes of the weights between them."""
    passes, updates = list[float](), list[float]()
    with progress("estimate", count, "passes") as bar:
        for number in range(count):
            passes.append(seconds(lambda: gradients(trial, taken), trial.device))
            if number % max(1, count // UPDATES) == 0:
                updates.append(seconds(lambda: update(trial), trial.device))
            bar.update()
    return passes, updates


def _check(config: Estimate) -> None:
    for name, least, what in (
        ("vocabulary", 6, "pieces, of which five are special"),
        ("length", 8, "tokens in a row"),
        ("batch", 1, "rows in an update"),
        ("updates", 1, "updates in the whole training"),
        ("steps", 1, "passes to measure"),
        ("micro", 0, "rows in a pass; 0 lets the program choose"),
        ("price", 0, "what an hour costs; 0 leaves the cost out"),
    ):
        if getattr(config, name) < least:
            raise UserError(f"{name} {getattr(config, name)}: {what}; give {least} or more")


LECTURE = (  # machine, model, time, cost
    ("Cloud TPU 4대 (칩 16, P100 약 72장) four Cloud TPUs (16 chips, about 72 P100)", "base", "4 days", ""),
    ("Cloud TPU 16대 (칩 64) sixteen Cloud TPUs (64 chips)", "large", "4 days", ""),
    ("TPU 1대 one TPU (64 GB, 180 TFLOPS, $4.50/h)", "base", "about 2 weeks", f"${4.5 * 14 * 24:,.0f}"),
    ("V100 1장 one V100 (32 GB, 112 TFLOPS)", "base", "about 8 weeks", ""),
    ("Titan X 1장 one Titan X", "base", "about 375 days", ""),
)

"""How near to what a GPU can do models are trained on it: base and large, rows of 128 and 512, ours and transformers'.

A row is a way to train: the pass as large as micro.py finds best for it, in bfloat16; the median of several spans of
steps, the first step apart. `of peak` and `of matmul` are the share of the card's published peak, and of what a large
product reaches on this very card, that useful work is: that of a model whose head guesses only what is masked, for all
ways alike. Of packed rows (packing.py) half are full, and filler is not counted. For the first case there is also where
a step's time goes. What does not fit into memory, or does not run, says so. Base comes first, and once the time is
spent what is left is left out, so that the suite ends in time.
"""

from __future__ import annotations

import dataclasses
import gc
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any, get_args

import torch

from pretrain.batch import Batch
from pretrain.breakdown import breakdown, loader_wait
from pretrain.flops import flops_per_token, peak
from pretrain.micro import MOST, climb, rate
from pretrain.peers import theirs
from pretrain.shape import Architecture, Shape, shape
from pretrain.trial import Trial, guesses_of, made_up, made_up_packed, ours, seconds, steps
from tools.command import described

PIECES = 32_000
PATIENCE = 360.0  # seconds after which nothing new is begun
EDGE = 8192  # of the product that says what the card can do
SPANS, SPAN = 5, 0.5  # seconds
Row = dict[str, Any]
Make = Callable[..., Trial]


@dataclasses.dataclass(frozen=True, slots=True)
class Case:
    """What is trained."""

    size: str
    shape: Shape
    length: int
    packed: bool = False

    @property
    def row(self) -> Row:
        """What the rows of the case begin with."""
        name = f"{self.size} {self.shape.architecture}"
        return {"model": f"{name}, packed" if self.packed else name, "length": self.length}

    def batch(self, rows: int) -> Batch:
        """A pass of so many rows, or of the tokens of so many."""
        if self.packed:
            return made_up_packed(self.shape, rows * self.length, self.length)
        return made_up(self.shape, rows, self.length, guesses_of(self.length))


@dataclasses.dataclass(frozen=True, slots=True)
class Bench:
    """How all cases are measured."""

    device: torch.device
    matmul: float
    """Operations a second of a large product."""
    compiled: bool
    most: int
    """No pass has more rows."""
    span: float


def cards(
    cases: Sequence[Case],
    device: torch.device,
    *,
    compiled: bool = True,
    most: int = MOST,
    span: float = SPAN,
    edge: int = EDGE,
    patience: float = PATIENCE,
) -> list[Row]:
    """The rows of this device, each also told as soon as it is known."""
    begun = time.monotonic()
    torch.set_float32_matmul_precision("high")
    bench = Bench(device, product_rate(device, edge), compiled, most, span)
    found: list[Row] = [_told({"model": f"a product of {edge} x {edge}", "TFLOP/s": round(bench.matmul / 1e12, 1)})]
    passes: dict[tuple[Case, Make], int] = {}
    for case, way in _order(cases):
        if time.monotonic() - begun > patience:
            found.append(_told({**case.row, "way": way, "note": "no time was left"}))
        else:
            found += _measured(bench, case, way, passes, detailed=case is cases[0])
    return _with_ratios(found)


def product_rate(device: torch.device, edge: int) -> float:
    """What a product of two large bfloat16 matrices reaches, in operations a second."""
    left, right = (torch.randn(edge, edge, device=device, dtype=torch.bfloat16) for _ in range(2))  # zeros are quicker
    times = 10
    spent = [seconds(lambda: [left @ right for _ in range(times)], device) for _ in range(4)]
    return times * 2 * edge**3 / min(spent[1:])


def _order(cases: Sequence[Case]) -> Iterator[tuple[Case, str]]:
    """What is measured first: the smaller models in all ways, then the larger ones; transformers has only BERT here."""
    for size in dict.fromkeys(case.size for case in cases):
        for way in WAYS:
            for case in cases:
                if case.size == size and (way == OURS or case.shape.architecture == "bert"):
                    yield case, way


def _measured(bench: Bench, case: Case, way: str, passes: dict[tuple[Case, Make], int], *, detailed: bool) -> list[Row]:
    """The rows of one way; if it fails, which must not cost the others, it is said how."""
    found: list[Row] = []
    try:
        for row in _way(bench, case, way, passes, detailed=detailed):
            found.append(_told({**case.row, "way": way, **row}))  # what was measured before a failure stays
    except Exception as error:
        why = "out of memory" if isinstance(error, torch.OutOfMemoryError) else f"{type(error).__name__}: {error}"
        found.append(_told({**case.row, "way": way, "note": why.splitlines()[0][:160]}))
    with suppress(Exception):  # a GPU that a kernel has left broken can do nothing any more, as further rows will say
        if bench.compiled:
            torch.compiler.reset()
        gc.collect()
        if bench.device.type == "cuda":
            torch.cuda.empty_cache()
    return found


def _way(bench: Bench, case: Case, way: str, passes: dict[tuple[Case, Make], int], *, detailed: bool) -> Iterator[Row]:
    make, compiled = WAYS[way]
    trial, guesses = make(case.shape, bench.device, half=True), guesses_of(case.length)
    if (case, make) not in passes:  # compiled as not compiled
        passes[case, make], _ = climb(lambda rows: rate(trial, case.shape, rows, case.length, guesses), bench.most)
    rows = passes[case, make]
    if compiled and bench.compiled:
        trial.model.compile(dynamic=False)
    batch = case.batch(rows)
    taken = trial.taken(batch)
    yield {"rows": rows, **_rates(bench, case, trial, batch, taken)}
    if detailed and way == OURS:
        yield from _parts(case, trial, rows, taken)


def _rates(bench: Bench, case: Case, trial: Trial, batch: Batch, taken: Any) -> Row:
    cuda = bench.device.type == "cuda"
    if cuda:
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats(bench.device)
    first = seconds(lambda: steps(trial, taken, 1), bench.device)
    for _ in range(2):
        once = seconds(lambda: steps(trial, taken, 1), bench.device)
    times = max(1, round(bench.span / once))
    spans = [seconds(lambda: steps(trial, taken, times), bench.device) for _ in range(SPANS)]
    rate = times / statistics.median(spans)
    lengths, tokens = batch.lengths.double(), int(batch.lengths.sum())
    seen = float(lengths.square().sum()) / tokens  # by a token on average
    work = rate * tokens * flops_per_token(case.shape, seen, len(batch.labels) / tokens)
    best = peak(torch.cuda.get_device_name(bench.device)) if cuda else None
    return {
        "tokens/s": round(rate * tokens),
        "sequences/s": round(rate * int((lengths > 0).sum())),
        "of peak": round(work / best, 3) if best else "",
        "of matmul": round(work / bench.matmul, 3),
        "spread": round(max(spans) / min(spans) - 1, 3),
        "GB": round(torch.cuda.max_memory_allocated(bench.device) / 1e9, 1) if cuda else "",
        "first step s": round(first, 1),
    }


def _parts(case: Case, trial: Trial, rows: int, taken: Any) -> Iterator[Row]:
    """Where a step's time goes."""
    parts = breakdown(trial, case.shape, taken)
    parts["waiting for the loader"] = loader_wait(trial, case.shape, rows, case.length, taken)
    whole = sum(parts.values())
    for name, spent in parts.items():
        yield {"part of a step": name, "ms": round(spent, 2), "share": round(spent / whole, 3)}


def _with_ratios(rows: list[Row]) -> list[Row]:
    """Each whole row of ours beside the quickest way of transformers in the same case."""
    best: dict[tuple[str, int], int] = {}
    for row in rows:
        if "tokens/s" in row and row["way"] != OURS:
            case = row["model"], row["length"]
            best[case] = max(best.get(case, 0), row["tokens/s"])

    def with_ratio(row: Row) -> Row:
        peer = best.get((row["model"], row.get("length", 0)))
        return {**row, "x transformers": round(row["tokens/s"] / peer, 2)} if peer and "tokens/s" in row else row

    return [with_ratio(row) for row in rows]


def _told(row: Row) -> Row:
    print(described(row).removeprefix(" · "), file=sys.stderr, flush=True)
    return row


OURS = "malmoi, compiled"
WAYS: dict[str, tuple[Make, bool]] = {
    OURS: (ours, True),
    "transformers": (theirs, False),
    "transformers, compiled": (theirs, True),
}
CASES = [
    Case(size, shape(size, kind, PIECES), length, packed)
    for size in ("base", "large")
    for length in (128, 512)
    for kind in get_args(Architecture)
    for packed in (False, True)
    if not packed or (kind == "modern" and length == 512)
]

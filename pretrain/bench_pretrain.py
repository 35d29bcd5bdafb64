"""How fast models train, ours and BertForPreTraining of transformers: same weights, same rows, same threads, one run.

On a machine without a GPU: 4 x 256 with 32,000 pieces, 32 rows of 128 tokens with 20 guesses, a step being forward,
backward, clipping and AdamW, with dropout as people train. The ways take turns, so that whatever else the machine does
falls on all of them; given are medians over the turns, and of the ratios within each turn. `first loss` is that of the
first step without dropout: who computes the same, has the same (a modern model has no loss of the order of rows). On a
GPU it is bench_gpu.py that measures.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import torch

from pretrain.bench_gpu import CASES, cards
from pretrain.peers import theirs
from pretrain.shape import Shape, shape
from pretrain.trial import Trial, first_loss, made_up, ours, seconds, steps

PEER = "transformers, float32"
ROWS, LENGTH, GUESSES = 32, 128, 20
PIECES = 32_000
TURNS, STEPS = 7, 2
SAME = {False: 1e-4, True: 1e-2}  # how near the losses of one model are, in float32 and in bfloat16
Make = Callable[..., Trial]


def models() -> list[dict[str, Any]]:
    """A row for each way to train."""
    if torch.cuda.is_available():
        return cards(CASES, torch.device("cuda"))
    shapes = {kind: shape("mini", kind, PIECES) for kind in ("bert", "modern")}
    return compared(shapes["bert"], shapes["modern"])


def compared(
    bert: Shape, modern: Shape, *, rows: int = ROWS, length: int = LENGTH, guesses: int = GUESSES, turns: int = TURNS
) -> list[dict[str, Any]]:
    """The rows of the CPU: every way in turn, again and again."""
    ways = _ways(bert, modern)
    batch = made_up(bert, rows, length, guesses)
    inputs = {name: way.taken(batch) for name, way in ways.items()}
    losses = {name: first_loss(way, inputs[name]) for name, way in ways.items()}
    for name, way in ways.items():
        ours_is = losses[name] / losses[PEER]
        assert "modern" in name or abs(ours_is - 1) < SAME[way.half], f"{name}: {losses}"
        steps(way, inputs[name], 1)  # what is made ready at first use does not count
    spent: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(turns):
        for name in _rotated(ways, turn):
            run = partial(steps, ways[name], inputs[name], STEPS)
            spent[name].append(seconds(run, ways[name].device) / STEPS)
    return [{**_row(name, rows * length, spent), "first loss": round(losses[name], 5)} for name in ways]


def _ways(bert: Shape, modern: Shape) -> dict[str, Trial]:
    made: dict[str, tuple[Make, Shape]] = {"transformers": (theirs, bert), "malmoi": (ours, bert)}
    made["malmoi modern"] = (ours, modern)
    return {
        f"{name}, {'bfloat16' if half else 'float32'}": make(of, torch.device("cpu"), half=half)
        for name, (make, of) in made.items()
        for half in (False, True)
    }


def _rotated(ways: Mapping[str, Trial], turn: int) -> list[str]:
    """The names in another order each turn, so that none always follows the same one."""
    names = list(ways)
    start = turn % len(names)
    return names[start:] + names[:start]


def _row(name: str, tokens: int, spent: Mapping[str, list[float]]) -> dict[str, Any]:
    mine = spent[name]
    ratios = [peer / own for peer, own in zip(spent[PEER], mine, strict=True)]
    return {
        "way": name,
        "threads": torch.get_num_threads(),
        "tokens/s": round(tokens / statistics.median(mine)),
        "slowest": round(tokens / max(mine)),
        "fastest": round(tokens / min(mine)),
        "x transformers": round(statistics.median(ratios), 2),
    }

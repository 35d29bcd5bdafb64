"""How many rows one forward pass should have: twice as many, and again, until tokens come no quicker.

Small passes leave a GPU waiting for the next kernel; from some size on nothing is gained, and memory is only lost. What
is tried are passes forward and backward over made-up rows, of a model that is not compiled: compiling for every size
would take minutes, and a compiled model is content with fewer rows and less memory than this one.

A training measures nothing: what it computes may not depend on how busy a machine was when it began. It takes what fits
by the count, and no more than keeps any GPU busy.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn

from pretrain.parameters import total
from pretrain.ranks import Ranks
from pretrain.shape import Shape
from pretrain.trial import Trial, gradients, made_up, of, seconds
from tools.errors import UserError

START, MOST = 32, 4096  # rows
GROWTH = 1.03  # what twice as many rows must be worth
RUNS = 3
SPARE = 0.95  # of a GPU's memory; the rest is lost between the pieces
MOMENTS = 8  # bytes that an optimizer remembers for a number of the model
ROWS, TOKENS = 32, 1 << 16  # of a pass in training, on a CPU and at most on a GPU
ACTIVATION = 64  # bytes that a pass keeps for a token, a layer and a number of its width, nothing compiled
LOGITS = 10 * 0.3  # bytes for a token and a piece, with up to so many of the tokens guessed
WEIGHTS = 8 + MOMENTS  # bytes for a number of the model and its gradient, and what an optimizer remembers


def quickest(
    objective: nn.Module, shape: Shape, length: int, guesses: int, device: torch.device, half: bool, most: int = MOST
) -> int:
    """The rows of `length` tokens and so many guesses each that a pass should have on this device, `most` at most."""
    trial = of(objective, device, half=half)
    return climb(lambda rows: rate(trial, shape, rows, length, guesses), most)[0]


def usual(shape: Shape, length: int, ranks: Ranks) -> int:
    """The rows of a pass in training if nobody says how many."""
    if ranks.device.type == "cpu":
        return ROWS
    # Every rank has to make as many passes, so the first one's card stands for all.
    [memory] = ranks.totals([torch.cuda.get_device_properties(ranks.device).total_memory * ranks.first])
    return fitting(shape, length, int(memory))


def fitting(shape: Shape, length: int, memory: int) -> int:
    """The rows, a power of two, that fit into so much memory beside the model and its optimizer."""
    each = ACTIVATION * shape.layers * shape.hidden + LOGITS * shape.padded
    left = SPARE * memory - WEIGHTS * total(shape)
    rows = max(1, int(min(left / each, TOKENS)) // length)
    return 1 << (rows.bit_length() - 1)


def climb(rate: Callable[[int], float | None], most: int = MOST) -> tuple[int, float]:
    """Rows, and their rate, from which on twice as many are no quicker; None as a rate says there is no memory."""
    rows = max(1, min(START, most))
    while (best := rate(rows)) is None:
        if rows == 1:
            raise UserError(
                "not even one row fits into the memory of this device; take a smaller --size or shorter rows"
            )
        most, rows = rows - 1, rows // 2
    while 2 * rows <= most and (more := rate(2 * rows)) is not None and more > best * GROWTH:
        rows, best = 2 * rows, more
    return rows, best


def rate(trial: Trial, shape: Shape, rows: int, length: int, guesses: int) -> float | None:
    """Tokens a second in passes of so many rows; None if they do not fit into memory."""
    cuda = trial.device.type == "cuda"
    if cuda:
        torch.cuda.reset_peak_memory_stats(trial.device)
    try:
        taken = trial.taken(made_up(shape, rows, length, guesses))
        gradients(trial, taken)  # what is made ready at first use does not count
        best = min(seconds(lambda: gradients(trial, taken), trial.device) for _ in range(RUNS))
        found = rows * length / best if leaves_room(trial.model, trial.device) else None
    except torch.OutOfMemoryError:
        found = None
    # Not before the error is gone, which holds on to all that was computed until then.
    trial.model.zero_grad(set_to_none=True)
    taken = None
    if cuda:
        torch.cuda.empty_cache()
    return found


def leaves_room(model: nn.Module, device: torch.device) -> bool:
    """Whether what an optimizer will remember fits as well."""
    if device.type != "cuda":
        return True
    moments = MOMENTS * sum(each.numel() for each in model.parameters())
    _, whole = torch.cuda.mem_get_info(device)
    return torch.cuda.max_memory_allocated(device) + moments <= SPARE * whole

"""Batches and small models for tests."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

from pretrain.batch import Batch

FIRST = 5  # below stand the special pieces


def random_batch(
    rows: int, width: int, vocabulary: int, *, seed: int = 0, full: bool = False, guesses: int = 3, asked: bool = True
) -> Batch:
    """Rows of random lengths and tokens, with two segments and some guesses in each."""
    draw = np.random.default_rng(seed)
    lengths = np.full(rows, width) if full else draw.integers(4, width + 1, rows)
    if not full:
        lengths[-1] = 4  # the shortest and, first, the longest are always there
        lengths[0] = width
    tokens = draw.integers(FIRST, vocabulary, (rows, width))
    tokens[np.arange(width) >= lengths[:, None]] = 0
    picks = np.concatenate(
        [r * width + np.sort(draw.choice(lengths[r], min(guesses, lengths[r] - 1), False)) for r in range(rows)]
    )
    labels = draw.integers(FIRST, vocabulary, len(picks))
    bounds = draw.integers(2, lengths)
    random = draw.integers(0, 2, rows) if asked else np.full(rows, -100)
    arrays = {
        "tokens": tokens,
        "lengths": lengths,
        "bounds": bounds,
        "picks": picks,
        "labels": labels,
        "random": random,
    }
    tensors: dict[str, Any] = {name: torch.from_numpy(array) for name, array in arrays.items()}
    return Batch(**tensors, full=full)


def packed(batch: Batch, spare: int = 0, empty: int = 0) -> Batch:
    """The rows of a rectangle one after another, with so many tokens of filler and so many empty rows behind."""
    width, lengths = batch.tokens.shape[1], batch.lengths
    row, place = batch.picks // width, batch.picks % width
    return Batch(
        tokens=F.pad(batch.tokens[torch.arange(width) < lengths[:, None]], (0, spare)),
        lengths=F.pad(lengths, (0, empty)),
        bounds=F.pad(batch.bounds, (0, empty)),
        picks=(lengths.cumsum(0) - lengths)[row] + place,
        labels=batch.labels,
        random=F.pad(batch.random, (0, empty), value=-100),
        full=False,
        longest=width,
    )

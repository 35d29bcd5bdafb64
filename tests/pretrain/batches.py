"""Batches and small models for tests."""

from __future__ import annotations

import numpy as np
import torch

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
    return Batch(**{name: torch.from_numpy(array) for name, array in arrays.items()}, full=full)

"""Where the time of a step goes, by what torch's profiler says of its operations.

Matrix products are known by their edges: one as long as the vocabulary is the head's, one as wide as the inside of a
feed-forward layer is that layer's, the others are of attention (and one small one of the head). Compiled code joins
what lies between products into kernels of its own, "norms, GELU, dropout, losses". What of a step no operation
accounts for is "waiting": a GPU waits for its next kernel. The loader's wait is measured in a loop of its own.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
from torch.profiler import ProfilerActivity, profile

from pretrain.batch import moved
from pretrain.loader import updates
from pretrain.order import LoaderState
from pretrain.rows import Rows, RowShard
from pretrain.shape import Shape
from pretrain.store import VOCABULARY
from pretrain.trial import FIRST, MASKED, SPECIAL, Trial, guesses_of, seconds, settle, steps
from vocab.folder import save
from vocab.tokenizer import Tokenizer

OTHER, WAITING = "norms, GELU, dropout, losses", "waiting"
COMPILED = ("triton", "cpp_fused")
PRODUCTS = ("mm", "linear", "matmul")
WORDS = {
    "optimizer": ("adam", "foreach", "muon", "lamb"),
    "attention": ("attention", "flash", "bmm"),
    "casts and copies": ("memcpy", "memset", "copy_", "_to_copy"),
}
NAMES = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")


def breakdown(trial: Trial, shape: Shape, taken: Any, count: int = 5) -> dict[str, float]:
    """Milliseconds of a step by what they are spent on, the most first."""
    cuda = trial.device.type == "cuda"
    whole = seconds(lambda: steps(trial, taken, count), trial.device)
    with profile(
        activities=[ProfilerActivity.CPU, *([ProfilerActivity.CUDA] if cuda else [])], record_shapes=True
    ) as found:
        steps(trial, taken, count)
        settle(trial.device)
    parts: dict[str, float] = {}
    for event in found.key_averages(group_by_input_shape=True):
        # A kernel is there twice: by itself, and as time of the operation that started it.
        if event.device_type.name == "CPU":
            spent = event.self_device_time_total if cuda else event.self_cpu_time_total
            part = part_of(event.key, event.input_shapes, shape)
            parts[part] = parts.get(part, 0.0) + spent / 1e3 / count
    parts[WAITING] = max(0.0, whole * 1e3 / count - sum(parts.values()))
    return dict(sorted(parts.items(), key=lambda item: -item[1]))


def part_of(name: str, shapes: Sequence[Any], shape: Shape) -> str:
    """Which part of a step an operation belongs to, by its name and the shapes of what it takes."""
    lower = name.lower()
    if any(word in lower for word in COMPILED):  # their names list all that was joined
        return OTHER
    for part, words in WORDS.items():
        if any(word in lower for word in words):
            return part
    if not any(word in lower for word in PRODUCTS):
        return OTHER
    edges = {edge for each in shapes if isinstance(each, (list, tuple)) for edge in each}
    if edges & {shape.padded, shape.vocabulary}:
        return "head"
    return "feed-forward" if edges & {shape.inner, 2 * shape.inner} else "matrices of attention"


def loader_wait(trial: Trial, shape: Shape, rows: int, length: int, taken: Any, count: int = 20) -> float:
    """Milliseconds that a step waits until the loader has the rows of the next.

    They are fetched, but computed on is `taken`, so that a compiled model meets no new form.
    """
    waited, cuda = 0.0, trial.device.type == "cuda"
    with tempfile.TemporaryDirectory() as name:
        made = instances(Path(name), shape, length, 4 * rows)
        source = updates(made, LoaderState(), batch=rows, micro=rows, seed=1, bins=8, fixed=True, pin=cuda)
        with closing(source):
            next(source)
            for _ in range(count):
                start = time.perf_counter()
                batches = next(source).batches
                waited += time.perf_counter() - start
                fetched = [moved(batch, trial.device) for batch in batches]
                steps(trial, taken, 1)
                settle(trial.device)
                del fetched
    return waited * 1e3 / count


def instances(folder: Path, shape: Shape, length: int, count: int) -> Rows:
    """Made-up instances in memory; only their vocabulary is in the folder."""
    names = (*NAMES, *(f"piece{number}" for number in range(FIRST, shape.vocabulary)))
    save(Tokenizer(names), folder / VOCABULARY)
    _, cls, sep = SPECIAL
    tokens = np.random.default_rng(1).integers(FIRST, shape.vocabulary, (count, length)).astype(np.uint32)
    tokens[:, 0], tokens[:, length // 2], tokens[:, -1] = cls, sep, sep
    shard = RowShard(
        tokens=tokens.reshape(-1),
        ends=np.arange(length, (count + 1) * length, length, dtype=np.uint32),
        bounds=np.full(count, length // 2 + 1, np.uint16),
        random=np.zeros(count, np.uint8) if shape.pairs else None,
    )
    nsp = "nsp" if shape.pairs else "none"
    about = {
        "length": length,
        "unit": "token",
        "masking": "dynamic",
        "nsp": nsp,
        "mask_rate": MASKED,
        "cap": guesses_of(length),
        "seed": 1,
    }
    return Rows(folder / str(length) / "train", (shard,), about)

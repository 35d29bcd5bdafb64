"""What a corpus of so many tokens asks of the stages as they are, on paper: where the first of them gives in.

Rates and sizes are those measured on two cores (docs/pretrain.md, docs/scaling.md), counted up in proportion.
"""

from __future__ import annotations

STORED = 2 + 1 / 8  # bytes of a token: uint16, and a bit where words begin
ENCODED = 94_366_896 / 23.5 / 2  # tokens a second and core
PLANNED = 213e6 / 130e6  # bytes of memory of `instances` for a token
ORDERED = 32  # bytes of memory for a row while the order of an epoch is drawn (tracemalloc, two million rows)
DRAWN = 0.386 / 2e6  # seconds for a row of it
HASHED = 1.29e9  # bytes a second through sha256 on one core
NUMBERS = 2**32  # rows that an order can name: its numbers are uint32
SAVED = 12  # bytes of a checkpoint for a parameter: the weight and AdamW's two moments
OUTAGE = 54 * 24 * 16_384 / 419  # GPU hours between unexpected failures: Llama 3's 54 days on 16,384 GPUs had 419
MINUTE, HOUR = 60, 3600


def at_rest(tokens: float, length: int, gpus: int, speed: float, parameters: int) -> list[tuple[str, str]]:
    """What is asked, and how much of it; `speed` is a GPU's tokens a second."""
    rows = tokens / length
    return [
        ("tokens on disk", f"{STORED * tokens / 1e9:,.0f} GB"),
        ("read while training, all GPUs", f"{STORED * speed * gpus / 1e6:,.0f} MB/s"),
        ("one pass over them", f"{tokens / speed / gpus / HOUR:,.1f} hours"),
        ("encode", f"{tokens / ENCODED / HOUR:,.0f} core hours"),
        ("instances: memory of the one machine that pairs", f"{PLANNED * tokens / 1e9:,.0f} GB"),
        ("train: files hashed by the first rank before it begins", f"{STORED * tokens / HASHED / MINUTE:,.1f} minutes"),
        ("train: memory of each process while it orders an epoch", f"{ORDERED * rows / 1e9:,.0f} GB"),
        ("train: time of that", f"{DRAWN * rows / MINUTE:,.0f} minutes"),
        ("train: rows, of those that can be numbered", f"{100 * rows / NUMBERS:,.0f} %"),
        ("a checkpoint", f"{SAVED * parameters / 1e9:,.1f} GB"),
        ("hours between failures of a GPU or its machine", f"{OUTAGE / gpus:,.0f}"),
    ]

"""How many random cases a scorer is compared with its twin on: MALMOI_FUZZ=100000 for the whole count."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator

CASES = int(os.environ.get("MALMOI_FUZZ", "2000"))
MARKS = "'\"《》<>〈〉()‘’“”「」·…,.!-_%~"


def cases(seed: int, count: int = CASES) -> Iterator[random.Random]:
    """One generator for each case, so that a case can be made again by its number."""
    for number in range(count):
        yield random.Random(seed * 1_000_003 + number)


def answer_pair(draw: random.Random, alphabet: str) -> tuple[str, str]:
    """A right answer and one that is more or less like it: the same, cut, longer, spaced otherwise, or another."""
    right = text(draw, alphabet)
    edits = {
        "same": lambda: right,
        "cut": lambda: right[draw.randint(0, 2) : len(right) - draw.randint(0, 2)],
        "longer": lambda: text(draw, alphabet, 3) + right + text(draw, alphabet, 3),
        "spaced": lambda: " ".join(right) if draw.random() < 0.5 else right.replace(" ", ""),
        "shuffled": lambda: "".join(draw.sample(right, len(right))),
        "upper": lambda: right.upper(),
        "other": lambda: text(draw, alphabet),
        "empty": lambda: draw.choice(["", " ", "."]),
    }
    return edits[draw.choice(list(edits))](), right


def text(draw: random.Random, alphabet: str, longest: int = 14) -> str:
    """A short text."""
    return "".join(draw.choices(alphabet, k=draw.randint(0, longest)))

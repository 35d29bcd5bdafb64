"""How well and how fast the sentence splitters do: `python -m tools bench sentences`.

The gold paragraphs are our own, a paragraph a line, "|" where a new sentence begins and "⏎" for a line end; lines with
"#" are comments. The score counts the boundaries inside paragraphs.
"""

from __future__ import annotations

import dataclasses
import itertools
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from corpus.sentences import SPLITTERS
from tools.errors import UserError

GOLD = Path(__file__).resolve().parent.parent / "tests" / "corpus" / "sentences.txt"
Split = Callable[[str], list[str]]


@dataclasses.dataclass(frozen=True, slots=True)
class Score:
    """Of boundaries: precision, recall, F1; of paragraphs: the part whose sentences are all right."""

    precision: float
    recall: float
    f1: float
    exact: float


def read_gold(path: Path) -> list[list[str]]:
    """The paragraphs of a gold file as lists of sentences."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line.replace("⏎", "\n").split("|") for line in lines if line and not line.startswith("#")]


def score(split: Split, gold: Iterable[list[str]]) -> Score:
    """Compare a splitter with paragraphs whose sentences are known."""
    right = found = wanted = exact = paragraphs = 0
    for sentences in gold:
        want, have = _boundaries(sentences), _boundaries(split("".join(sentences)))
        right, found, wanted = right + len(want & have), found + len(have), wanted + len(want)
        exact, paragraphs = exact + (want == have), paragraphs + 1
    return Score(right / max(1, found), right / max(1, wanted), 2 * right / max(1, found + wanted), exact / paragraphs)


def speed(split: Split, paragraphs: Iterable[str]) -> float:
    """Megabytes of UTF-8 per second of processor time, all threads counted."""
    size, start = 0, time.process_time()
    for paragraph in paragraphs:
        split(paragraph)
        size += len(paragraph.encode())
    return size / (time.process_time() - start) / 1e6


def rows() -> list[dict[str, Any]]:
    """One row for each splitter that is installed."""
    gold = read_gold(GOLD)
    paragraphs = ["".join(sentences) for sentences in gold]
    measured = []
    for name, split in SPLITTERS.items():
        try:
            split("준비.")
        except UserError:
            continue
        figures = {key: round(value, 3) for key, value in dataclasses.asdict(score(split, gold)).items()}
        repeats = 100 if name == "rules" else 1
        measured.append({"splitter": name, **figures, "MB/s/core": round(speed(split, paragraphs * repeats), 2)})
    return measured


def _boundaries(sentences: list[str]) -> set[int]:
    return set(itertools.accumulate(map(len, sentences[:-1])))

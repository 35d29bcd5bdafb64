"""What memory `finetune evaluate` takes for ever more questions on the same texts, in a process of its own each time.

The model is as small as can be, for its size has no part in what grows. Given is the most that the process held, and
how much more that is for every 1,000 more questions, the file itself and its contexts included.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from finetune.encoder import encoder
from finetune.examples import Question
from finetune.finetuned import Finetuned, save_finetuned
from finetune.formats.articles import Article, Asked, Paragraph
from finetune.formats.squad import write_tree
from finetune.spec import Spec
from pretrain.architectures import build
from pretrain.folder import save_model
from pretrain.shape import shape
from vocab.tokenizer import Tokenizer

QUESTIONS, TIMES = 500, (1, 4, 16)
LENGTH, STRIDE = 384, 128
# A parent's memory would count as that of its child: the one that asks must be small.
ASKED = (
    "import resource, subprocess, sys\n"
    "subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)\n"
    "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)\n"
)


def memory(
    home: Path, tokenizer: Tokenizer, questions: Sequence[Question], times: Sequence[int] = TIMES
) -> list[dict[str, Any]]:
    """A row for each number of questions."""
    some = questions[:QUESTIONS]
    reader(home / "reader", tokenizer)
    found, counts, peaks = list[dict[str, Any]](), list[int](), list[float]()
    for time in times:
        path = home / f"{time}.json"
        write_questions(path, some, time)
        counts.append(time * len(some))
        peaks.append(peak("evaluate", str(home / "reader"), "--file", str(path), "--output", str(home / f"{time}")))
        row = {"way": f"evaluate, {counts[-1]:,} questions", "peak MB": round(peaks[-1])}
        if len(counts) > 1:
            row["MB/1,000 more"] = round(1000 * (peaks[-1] - peaks[0]) / (counts[-1] - counts[0]), 2)
        found.append(row)
    return found


def reader(folder: Path, tokenizer: Tokenizer) -> None:
    """Write a model that answers questions, however badly."""
    small = shape("tiny", "bert", len(tokenizer), layers=1, hidden=32, heads=1, inner=64)
    save_model(build(small, 1), tokenizer, folder / "encoder")
    spec = Spec(task="korquad", head="span", length=LENGTH, stride=STRIDE)
    save_finetuned(Finetuned(encoder(folder / "encoder"), spec), folder)


def peak(*arguments: str) -> float:
    """The most MB that a verb of finetune holds."""
    command = [sys.executable, "-c", ASKED, sys.executable, "-m", "finetune", *arguments]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return int(done.stdout) / 1024


def write_questions(path: Path, questions: Sequence[Question], times: int = 1) -> None:
    """A file as KorQuAD's, with every question as often as asked for, each time under another id."""
    paragraphs = (
        Paragraph(text, tuple(Asked(f"{one.id}-{time}", one.question, one.answers or ()) for one in some))
        for time in range(times)
        for (text, *_), some in groupby(questions, key=lambda one: one.passages)
    )
    write_tree((Article("", (each,)) for each in paragraphs), path, "korquad")

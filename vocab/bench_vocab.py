"""The bars of this package in one run: the trainers, the encoders and the analysers, one after another.

Each is also a suite by itself (vocab-train, vocab-encode, vocab-analysis). Here the trainers get the small text only.
Where to cut words is another question, and a quarter of an hour: the suite josa.
"""

from __future__ import annotations

from typing import Any

from vocab.bench_analysis import analyzers
from vocab.bench_encode import encoders
from vocab.bench_train import MEGABYTES, trainers


def everything() -> list[dict[str, Any]]:
    """The rows of all three, with a column that says whose they are."""
    suites = {"train": trainers(MEGABYTES[:1]), "encode": encoders(), "analysis": analyzers()}
    return [{"of": name, **row} for name, rows in suites.items() for row in rows]

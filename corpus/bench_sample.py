"""`python -m tools bench sample`: how long the little world takes, by the real command."""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import orjson

SIZES = ((3_000, 1), (3_000, 2), (20_000, 2))


def sample() -> list[dict[str, Any]]:
    """A row for each number of articles and workers."""
    rows = []
    for articles, workers in SIZES:
        with tempfile.TemporaryDirectory() as name:
            output = Path(name) / "world"
            command = [sys.executable, "-m", "corpus", "sample", "--output", str(output)]
            before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
            options = ["--articles", str(articles), "--workers", str(workers)]
            subprocess.run([*command, *options], check=True, stdout=subprocess.DEVNULL)
            wall, after = time.monotonic() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
            counts = orjson.loads((output / "expected.json").read_bytes())
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        figures = {"wall s": round(wall, 2), "cpu s": round(cpu, 2), "articles/s": round(articles / wall)}
        text = {"clean MB": round(counts["clean.bytes"] / 1e6, 2), "sentences": counts["sentences"]}
        rows.append({"articles": articles, "workers": workers, **figures, **text})
    return rows

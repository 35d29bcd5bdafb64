"""`python -m tools bench kowiki`: two thirds of Korean Wikipedia as WikiExtractor left it, through `clean` in one run.

The texts are not ours to pass on; they are read from ../shared/data. Words are counted before and after: a repair
that damages sentences would show there first.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import orjson

from corpus import readers
from corpus.document import read_documents
from corpus.residue import RESIDUE, count_residue
from tools.errors import UserError

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "kowiki"
Row = dict[str, Any]


def kowiki() -> list[Row]:
    """Time, memory and drops of the run; residue and words before and after."""
    sources = sorted(DATA.glob("*.xz"))
    if not sources:
        raise UserError(f"bench kowiki: {DATA} holds no WikiExtractor output (*.xz); put some there")
    with tempfile.TemporaryDirectory() as name:
        output = Path(name) / "clean"
        run = _clean(sources, output)
        counts = orjson.loads((output / "counts.json").read_bytes())
        before = _measured(
            d.text for path in sources for part in readers.split(str(path)) for d, _ in readers.read(part)
        )
        after = _measured(document.text for document in read_documents(output))
    run |= {"read": counts["read"], "kept": counts["kept"], **counts["dropped"]}
    rows = [{"measured": key, "value": value} for key, value in run.items()]
    return rows + [{"measured": key, "before": before[key], "after": after[key]} for key in before]


def _clean(sources: Iterable[Path], output: Path) -> Row:
    command = [sys.executable, "-m", "corpus", "clean", "--output", str(output), "--input", *map(str, sources)]
    start = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise UserError(f"bench kowiki: the run failed; try it by itself: {' '.join(command)}")
    seconds = used.ru_utime + used.ru_stime
    largest = round(used.ru_maxrss / 1024, 1)  # of the parent and its workers, the largest
    return {"wall s": round(time.monotonic() - start, 1), "cpu s": round(seconds, 1), "largest process MB": largest}


def _measured(texts: Iterable[str]) -> Row:
    residue: Counter[str] = Counter()
    totals: Counter[str] = Counter()
    for text in texts:
        residue.update(count_residue(text))
        totals.update({"bytes": len(text.encode()), "eojeols": len(text.split())})
    per_mb = {name: round(residue[name] * 1e6 / max(1, totals["bytes"]), 3) for name in RESIDUE}
    return {
        "bytes": totals["bytes"],
        "eojeols": totals["eojeols"],
        **{f"{name} per MB": n for name, n in per_mb.items()},
    }

"""What encoding with a vocabulary costs: CPU seconds and memory, in a process that does nothing else.

Run as a script it measures and prints; `cost` runs it so. Two rates: ids with word starts, which pretraining needs, and
places of all pieces too. Analysers are part of the work.
"""

from __future__ import annotations

import re
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson

from corpus.document import read_documents
from tools.errors import UserError
from vocab.imports import open_vocabulary

MEGABYTE = 1_000_000


def cost(vocabulary: Path, documents: Path) -> dict[str, float]:
    """The cost of encoding about a megabyte of a folder of documents."""
    command = [sys.executable, "-m", "vocab.cost", str(vocabulary.resolve()), str(documents.resolve())]
    done = subprocess.run(command, check=False, capture_output=True, cwd=Path(__file__).resolve().parents[1])
    if done.returncode:
        last = done.stderr.decode(errors="replace").strip().rpartition("\n")[2]
        raise UserError(f"{vocabulary}: measuring its speed failed: {last}")
    found: dict[str, float] = orjson.loads(done.stdout)
    return found


def measured(vocabulary: Path, documents: Path) -> dict[str, Any]:
    """Load and encode, here and now; each rate is that of a fresh tokenizer on the second half, after the first."""
    texts, size = [], 0
    for document in read_documents(documents):
        texts.append(document.text)
        size += len(document.text.encode())
        if size >= MEGABYTE:
            break
    before, start = _memory(), time.process_time()
    open_vocabulary(vocabulary).encode("가")
    loaded = time.process_time() - start
    rates = [_rate(getattr(open_vocabulary(vocabulary), name), texts) for name in ("encode_ids_batch", "encode_batch")]
    ids, places = rates
    return {"load s": loaded, "ids MB/s": ids, "places MB/s": places, "memory MB": _memory() - before}


def _rate(encode: Callable[[list[str]], object], texts: list[str]) -> float:
    half = len(texts) // 2
    encode(texts[:half])
    start = time.process_time()
    encode(texts[half:])
    return sum(len(text.encode()) for text in texts[half:]) / 1e6 / max(time.process_time() - start, 1e-9)


def _memory() -> float:
    """The most memory that this process held so far, in MB."""
    status = Path("/proc/self/status")
    if status.exists():  # getrusage would tell the parent's before the exec, too
        return int(re.findall(r"VmHWM:\s*(\d+) kB", status.read_text())[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20)


if __name__ == "__main__":
    sys.stdout.buffer.write(orjson.dumps(measured(Path(sys.argv[1]), Path(sys.argv[2]))))

"""How fast and how lean the BPE trainers are on the same text, and whether they learn the same.

The text is an encyclopedia's with its words already apart, so that every trainer only splits at spaces; counting the
words is part of the work. Each trainer has a process of its own and one thread; what is given is all its CPU seconds
and its peak memory.
"""

from __future__ import annotations

import hashlib
import io
import lzma
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import orjson

from tools.errors import UserError
from vocab.words import words

TEXT = Path(__file__).resolve().parents[2] / "shared" / "data" / "kowiki" / "kowiki-2023-a.txt.xz"
MEGABYTES = (10, 64)
PIECES = 32_000
SPECIALS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
SEEDS = range(5)
Digests = dict[str, str]
"""What was learned, in short: of the pieces in the order of their ids, of the merges in their order."""


def trainers(sizes: Sequence[int] = MEGABYTES) -> list[dict[str, Any]]:
    """A row for each trainer and each MB of text; "as tokenizers" compares all ids and merges with that library's."""
    rows = []
    for megabytes in sizes:
        with tempfile.TemporaryDirectory() as folder:
            text = Path(folder) / "text"
            text.write_text(spaced(megabytes * 1_000_000), encoding="utf-8")
            library = measured("tokenizers", text)
            rows.append(_row("tokenizers", megabytes, library, library))
            ours = measured("malmoi", text)
            same = "yes" if ours["digests"] == library["digests"] else "no"
            rows.append({**_row("malmoi", megabytes, ours, library), "as tokenizers": same})
            runs = [measured("malmoi ##", text, seed) for seed in SEEDS]
            results = len({str(run["digests"]) for run in runs})
            rows.append(
                {**_row("malmoi ##", megabytes, runs[0], library), f"results of {len(SEEDS)} hash seeds": results}
            )
            if megabytes == min(MEGABYTES):  # minutes already
                rows.append(_row("subword-nmt", megabytes, measured("subword-nmt", text), library))
    return rows


def measured(trainer: str, text: Path, seed: int = 0) -> dict[str, Any]:
    """Train in a process of its own."""
    surroundings = {"RAYON_NUM_THREADS": "1", "TQDM_DISABLE": "1", "PYTHONHASHSEED": str(seed)}
    command = [sys.executable, "-m", "vocab.bench_train", trainer, str(text)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, env={**os.environ, **surroundings})
    found: dict[str, Any] = orjson.loads(done.stdout)
    return found


def spaced(size: int) -> str:
    """The first `size` bytes of the encyclopedia with a space between the words, a line for each line."""
    if not TEXT.is_file():
        raise UserError(f"{TEXT}: not there; the trainers are compared on this text")
    lines, left = [], size
    with lzma.open(TEXT, "rt", encoding="utf-8") as file:
        for line in file:
            found = " ".join(words(re.sub(r"</?doc\b.*", "", line)))
            left -= len(found.encode()) + 1
            if left < 0:
                break
            lines.append(found)
    return "\n".join(lines)


def _row(trainer: str, megabytes: int, found: dict[str, Any], library: dict[str, Any]) -> dict[str, Any]:
    ratio = round(found["cpu s"] / library["cpu s"], 2)
    figures = {key: found[key] for key in ("cpu s", "peak MB", "merges")}
    return {"trainer": trainer, "MB": megabytes, **figures, "x tokenizers": ratio}


def _digest(items: Iterable[Any]) -> str:
    return hashlib.sha256(repr(list(items)).encode()).hexdigest()


def _malmoi(text: Path, prefix: str = "") -> tuple[int, Digests]:
    from vocab.bpe import train

    counts = Counter[str]()
    with text.open(encoding="utf-8") as lines:
        for line in lines:
            counts.update(line.split())
    trained = train(counts, PIECES, prefix=prefix, specials=SPECIALS)
    merges = [(merge.left, merge.right) for merge in trained.merges]
    return len(merges), {"pieces": _digest(trained.pieces), "merges": _digest(merges)}


def _tokenizers(text: Path) -> tuple[int, Digests]:
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    specials = list(SPECIALS)
    trainer = trainers.BpeTrainer(vocab_size=PIECES, min_frequency=2, special_tokens=specials, show_progress=False)
    with text.open(encoding="utf-8") as lines:
        tokenizer.train_from_iterator(lines, trainer)
    model = orjson.loads(tokenizer.to_str())["model"]
    merges = [(left, right) for left, right in model["merges"]]
    return len(merges), {"pieces": _digest(sorted(model["vocab"], key=model["vocab"].get)), "merges": _digest(merges)}


def _subword_nmt(text: Path) -> tuple[int, Digests]:
    from subword_nmt.learn_bpe import learn_bpe

    learned = io.StringIO()
    with text.open(encoding="utf-8") as lines:
        learn_bpe(lines, learned, PIECES, min_frequency=2, total_symbols=True)
    merges = [tuple(line.split()) for line in learned.getvalue().splitlines()[1:]]
    return len(merges), {"merges": _digest(merges)}


def _peak() -> float:
    """The most memory this process held, in MB: of it alone, where getrusage also knows its parent's."""
    status = Path("/proc/self/status").read_text()
    return int(re.findall(r"VmHWM:\s*(\d+) kB", status)[0]) / 1024


TRAINERS: dict[str, Callable[[Path], tuple[int, Digests]]] = {
    "malmoi": _malmoi,
    "malmoi ##": lambda text: _malmoi(text, "##"),
    "tokenizers": _tokenizers,
    "subword-nmt": _subword_nmt,
}

if __name__ == "__main__":
    merges, digests = TRAINERS[sys.argv[1]](Path(sys.argv[2]))
    figures = {"cpu s": round(time.process_time(), 2), "peak MB": round(_peak()), "merges": merges}
    sys.stdout.buffer.write(orjson.dumps({**figures, "digests": digests}))

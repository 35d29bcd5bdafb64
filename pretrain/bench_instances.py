"""How fast instances are made, here and by the algorithm of Google's script: same text, same pieces, one core.

What is given are CPU seconds of one thread, the best of several runs, after the store was read once. "in memory":
text cut, paired and gathered, static masks drawn, as arrays. "written": the same through all of the stage, hashed and
on disk; also by the clock. Google's algorithm (pretrain/google.py) finds its sentences as lists of pieces in memory.
The last row repeats the store until it is as large as two dumps of the Korean Wikipedia; `peak MB` is the most that
a process held itself, memory maps left out.
"""

from __future__ import annotations

import contextlib
import io
import lzma
import random
import re
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from corpus.document import Document, write_documents
from pretrain import google
from pretrain.arrays import write_arrays
from pretrain.cuts import CutRule, cut
from pretrain.encode import encode
from pretrain.instances import Pass, rounds, rows_made
from pretrain.options_instances import Encode, Instances
from pretrain.pairs import segments
from pretrain.store import VOCABULARY, Store, open_store
from tools.errors import UserError
from tools.shards import write_manifest
from vocab.bench_train import PIECES, SPECIALS, TEXT
from vocab.bpe import train
from vocab.folder import save
from vocab.tokenizer import Tokenizer
from vocab.words import words

LENGTHS = (128, 512)
SIZE, LEARNED = 24_000_000, 6_000_000  # bytes of text
LISTED = 600_000  # tokens for Google's algorithm, which takes a second for as many
LARGE = 130_000_000  # tokens
RUNS = 9


def instances() -> list[dict[str, Any]]:
    """A row for each length and way to make instances."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        store = _store(folder)
        found = []
        for length in LENGTHS:
            config = Instances(folder / "store", folder / f"rows-{length}", str(length), masking="static")
            rows = [_google(store, length, config), _in_memory(store, length, config), _written(store, config)]
            found += [{**row, "x Google's": round(row["instances/s"] / rows[0]["instances/s"], 1)} for row in rows]
        large = folder / "large"
        repeated = _repeated(store, large)
        row = _written(repeated, Instances(large, folder / "rows-large", masking="static"))
        return [*found, {**row, "maker": f"malmoi, written, of {repeated.about['tokens'] / 1e6:.0f} M tokens"}]


def _store(folder: Path) -> Store:
    """The token store of some of the encyclopedia, and the vocabulary learned from it."""
    if not TEXT.is_file():
        raise UserError(f"{TEXT}: not there; instances are made of this text")
    with lzma.open(TEXT) as file:
        text = file.read(SIZE).decode(errors="ignore")
    texts = [part.strip() for part in re.split(r"</?doc\b.*", text) if part.strip()]
    counts = Counter(words(text[: LEARNED * len(text) // SIZE]))
    save(Tokenizer(train(counts, PIECES, prefix="##", specials=SPECIALS).pieces), folder / "vocab")
    (folder / "corpus").mkdir()
    documents = [Document(str(number), "", part, "kowiki") for number, part in enumerate(texts)]
    shard = write_documents(folder / "corpus" / "documents-00000.jsonl.zst", documents)
    write_manifest(folder / "corpus", [shard], kind="documents")
    (folder / "store").mkdir()
    with contextlib.redirect_stdout(io.StringIO()):
        encode(Encode(folder / "corpus", folder / "vocab", folder / "store", workers=1))
    return open_store(folder / "store")


def _google(store: Store, length: int, config: Instances) -> dict[str, Any]:
    """Its algorithm on the same sentences, as lists of pieces."""
    documents, pieces = _listed(store), list(store.tokenizer.pieces)
    settings = google.Settings(length, round(length * config.mask_rate + 0.5))

    def run() -> tuple[int, int]:
        chance = random.Random(1)
        found = [
            instance
            for at in range(len(documents))
            for instance in google.instances(documents, at, settings, pieces, chance)
        ]
        return len(found), sum(len(instance.tokens) for instance in found)

    return {"length": length, "maker": "Google's algorithm", **_rates(run, 2)}


def _listed(store: Store) -> list[google.Document]:
    pieces, shard = store.tokenizer.pieces, store.shards[0]
    found, sentence, start = list[google.Document](), 0, 0
    for last in shard.documents.tolist():
        document = []
        for end in shard.sentences[sentence:last].tolist():
            document.append([pieces[token] for token in shard.tokens[start:end].tolist()])
            start = end
        found.append(document)
        sentence = last
        if start > LISTED:
            break
    return found


def _in_memory(store: Store, length: int, config: Instances) -> dict[str, Any]:
    of, tokenizer, room = Pass(config, length, 0), store.tokenizer, length - 3
    rule = CutRule(room, True, config.short_rate, config.seed, (length, 0))

    def run() -> tuple[int, int]:
        cuts = cut(store.shards[0], 0, rule)
        pieces, labels = segments(cuts, np.zeros(len(cuts), np.int64), "nsp", room, config.seed, (length, 0))
        return len(cuts), len(rows_made(of, store, tokenizer, pieces, labels, 0)["tokens"])

    return {"length": length, "maker": "malmoi, in memory", **_rates(run, RUNS)}


def _written(store: Store, config: Instances) -> dict[str, Any]:
    """All rounds of the stage one after another in this process."""

    def each(function: Callable[[Any], Any], tasks: Any, _label: str) -> list[Any]:
        return [function(task) for task in tasks]

    def run() -> tuple[int, int]:
        summary, tokens = rounds(config, store, each)
        return sum(value for name, value in summary.items() if name.endswith("rows")), tokens

    config.output.mkdir()
    with _peak() as peak:
        rates = _rates(run, 2 if store.about["tokens"] < LARGE else 1)
    return {"length": int(config.lengths), "maker": "malmoi, written", **rates, "peak MB": peak[0]}


def _repeated(store: Store, folder: Path) -> Store:
    """The same store again and again, as shards of a large one."""
    times = -(-LARGE // store.about["tokens"])
    arrays = {path.name.split(".")[1]: np.load(path) for path in sorted(store.folder.glob("00000.*.npy"))}
    folder.mkdir()
    (folder / VOCABULARY).symlink_to(store.folder / VOCABULARY)
    shards = [shard for number in range(times) for shard in write_arrays(folder, number, arrays)]
    counts = {name: store.about[name] * times for name in ("documents", "sentences", "tokens", "words")}
    write_manifest(folder, shards, format="npy", **{**store.about, **counts})
    return open_store(folder)


def _rates(run: Callable[[], tuple[int, int]], runs: int) -> dict[str, float]:
    """Instances and tokens a second, of CPU and by the clock; a run gives how many there were."""
    cpu, clock, made, tokens = float("inf"), float("inf"), 0, 0
    for _ in range(runs):
        begun, begun_clock = time.process_time(), time.perf_counter()
        made, tokens = run()
        cpu = min(cpu, time.process_time() - begun)
        clock = min(clock, time.perf_counter() - begun_clock)
    return {
        "instances": made,
        "instances/s": round(made / cpu),
        "M tokens/s": round(tokens / 1e6 / cpu, 2),
        "by the clock": round(tokens / 1e6 / clock, 2),
    }


@contextmanager
def _peak() -> Iterator[list[int]]:
    """The most memory in MB that this process holds in the block, looked at a hundred times a second."""
    peak, over = [0], threading.Event()

    def watch() -> None:
        while not over.wait(0.01):
            status = Path("/proc/self/status").read_text()
            peak[0] = max(peak[0], int(re.findall(r"RssAnon:\s*(\d+) kB", status)[0]) >> 10)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield peak
    finally:
        over.set()
        watcher.join()

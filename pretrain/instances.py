"""The stage `instances`: a token store -> rows of [CLS] A [SEP] B [SEP], for each length and part.

Three rounds over the engine: cut every shard of the store into rows (cuts.py), find for all rows of a part the B that
stand behind another A (pairs.py), gather text and draw masks for every shard of rows (assemble.py). What a round leaves
for the next lies in the work folder. Rows stand on disk in the order of their A in the corpus, one pass of --dupe after
another; who reads them shuffles.
"""

from __future__ import annotations

import dataclasses
import functools
import math
import shutil
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pretrain import masking, rows
from pretrain.arrays import write_arrays
from pretrain.assemble import assembled, masked
from pretrain.cuts import CUT, CutRule, cut, held_out, held_out_threshold
from pretrain.masking import WIDEST, special
from pretrain.options_instances import Instances
from pretrain.pairs import Segments, segments
from pretrain.store import VOCABULARY, Store, open_store
from tools.engine import Engine, kept, run
from tools.errors import UserError
from tools.shards import Shard, write_manifest
from tools.stage import LEDGER
from vocab.tokenizer import Tokenizer

PARTS = ("train", "held-out")
NARROWEST = 16
SHARD_TOKENS = 12_800_000  # of full rows: 100,000 of length 128
BINS = 8
Each = Callable[[Callable[[Any], Any], Sequence[Any], str], list[Any]]
"""Calls a function for every task, under a label, and gives the results in the order of the tasks."""


@dataclasses.dataclass(frozen=True, slots=True)
class Pass:
    """One way through the corpus for one length; its number tells its randomness from that of the others."""

    config: Instances
    length: int
    number: int

    def __str__(self) -> str:
        return f"length {self.length}, pass {self.number + 1}"

    @property
    def work(self) -> Path:
        """Where it leaves what is not for the user."""
        return self.config.output / LEDGER / f"{self.length}-{self.number}"

    @property
    def special(self) -> int:
        """How many tokens of a row are no text."""
        return 2 if self.config.nsp == "none" else 3


@dataclasses.dataclass(frozen=True, slots=True)
class CutTask:
    """A shard of the store to cut into rows; `first` is the number of its first document."""

    of: Pass
    shard: int
    first: int
    threshold: int

    def __str__(self) -> str:
        return f"{self.of}, shard {self.shard} of the store"


@dataclasses.dataclass(frozen=True, slots=True)
class PairTask:
    """The rows of a part, to be paired."""

    of: Pass
    part: str

    def __str__(self) -> str:
        return f"{self.of}, {self.part}"


@dataclasses.dataclass(frozen=True, slots=True)
class WriteTask:
    """A shard of rows to write: the rows `start` to `end` of a pass, the first of which is called `first`."""

    of: Pass
    part: str
    shard: int
    first: int
    start: int
    end: int

    def __str__(self) -> str:
        return f"{self.of}, {self.part}, shard {self.shard}"


def instances(config: Instances) -> dict[str, Any]:
    """The stage."""
    begun = time.monotonic()
    store = open_store(config.store)
    with kept(Engine(config.engine, config.workers)) as engine:

        def each(function: Callable[[Any], Any], tasks: Sequence[Any], label: str) -> list[Any]:
            return run(function, tasks, engine, label=label, ledger=config.output / LEDGER / label)

        summary, tokens = rounds(config, store, each)
    seconds = time.monotonic() - begun
    print(f"{tokens / 1e6:,.1f} M tokens in {seconds:.1f} s: {tokens / 1e6 / seconds:.1f} M tokens/s")
    return summary


def rounds(config: Instances, store: Store, each: Each) -> tuple[dict[str, Any], int]:
    """Make all instances; `each` maps a function over tasks. The headline figures, and how many tokens there are."""
    lengths = _lengths(config, store)
    shutil.copytree(config.store / VOCABULARY, config.output / VOCABULARY, dirs_exist_ok=True)
    passes = [Pass(config, length, number) for length in lengths for number in range(config.dupe)]
    # What is only measured on is needed once.
    pairings = [PairTask(of, part) for of in passes for part in PARTS if part == "train" or of.number == 0]
    each(_cut, _cut_tasks(store, passes), "cut")
    tasks = _write_tasks(pairings, each(_pair, pairings, "pair"))
    written = each(_write, tasks, "write")
    summary = {}
    for key in dict.fromkeys((task.of.length, task.part) for task in tasks):
        mine = [result for task, result in zip(tasks, written, strict=True) if (task.of.length, task.part) == key]
        summary.update(_finish(config, store, *key, mine))
    return summary, sum(result["counts"]["tokens"] for result in written)


def about_rows(config: Instances, store: Store, length: int) -> dict[str, Any]:
    """What the manifest says of all rows of a length."""
    return {
        "length": length,
        **{name: getattr(config, name) for name in ("nsp", "unit", "masking", "mask_rate", "dupe", "seed")},
        "cap": config.cap or math.ceil(config.mask_rate * length * 1.1) + 4,
        "pieces": store.about["pieces"],
        "vocabulary": store.about["vocabulary"],
    }


def rows_made(
    of: Pass, store: Store, tokenizer: Tokenizer, segments: Segments, random: NDArray[np.uint8], first: int
) -> dict[str, NDArray[Any]]:
    """The arrays of some rows as rows.py describes them; the first row is called `first`."""
    config = of.config
    labels = None if config.nsp == "none" else random
    ids = special(tokenizer, "[CLS]"), special(tokenizer, "[SEP]")
    arrays = assembled(store, segments, labels, config.unit, *ids)
    if config.masking == "static":
        arrays |= masked(arrays, first, masking.rule(about_rows(config, store, of.length), tokenizer))
    return arrays


def _lengths(config: Instances, store: Store) -> list[int]:
    """The lengths, if all options make sense."""
    try:
        lengths = [int(part) for part in config.lengths.split(",")]
    except ValueError:
        lengths = []
    if not lengths or len(set(lengths)) < len(lengths) or not all(NARROWEST <= n <= WIDEST for n in lengths):
        bounds = f"different whole numbers from {NARROWEST} to {WIDEST:,} with commas"
        raise UserError(f"lengths {config.lengths!r}: must be {bounds}, as in 128,512")
    bounds_of = {
        "mask_rate": (0 < config.mask_rate < 1, "above 0 and below 1"),
        "short_rate": (0 <= config.short_rate < 1, "0 or more and below 1"),
        "held_out": (0 <= config.held_out <= 0.5, "from 0 to 0.5"),
        "dupe": (config.dupe >= 1, "1 or more"),
        "cap": (config.cap >= 0, "0 or more"),
    }
    for name, (right, bounds) in bounds_of.items():
        if not right:
            raise UserError(f"{name} {getattr(config, name)}: must be {bounds}")
    if config.unit == "morpheme" and any(shard.morphemes is None for shard in store.shards):
        raise UserError(
            f"{config.store}: does not say where morphemes begin, which --unit morpheme needs; "
            f"make it with `python -m pretrain encode --analyzer mecab`"
        )
    return lengths


def _cut_tasks(store: Store, passes: Sequence[Pass]) -> list[CutTask]:
    *firsts, documents = np.cumsum([0, *(len(shard.documents) for shard in store.shards)]).tolist()
    share = passes[0].config.held_out
    threshold = held_out_threshold(documents, share)
    if share and not threshold:
        print(f"nothing is held out: {documents:,} documents are too few to keep some of them for evaluation")
    return [CutTask(of, shard, first, threshold) for of in passes for shard, first in enumerate(firsts)]


def _write_tasks(pairings: Sequence[PairTask], counts: Sequence[int]) -> list[WriteTask]:
    """Shards of rows, numbered within their length and part."""
    found, shards, firsts = list[WriteTask](), Counter[tuple[int, str]](), Counter[tuple[int, str]]()
    for task, count in zip(pairings, counts, strict=True):
        of, part = task.of, task.part
        key, step = (of.length, part), SHARD_TOKENS // of.length
        for start in range(0, count, step):
            end = min(start + step, count)
            found.append(WriteTask(of, part, shards[key], firsts[key] + start, start, end))
            shards[key] += 1
        firsts[key] += count
    if not any(task.part == "train" for task in found):
        raise UserError(f"{pairings[0].of.config.store}: no text to make instances of; encode a larger corpus")
    return found


def _cut(task: CutTask) -> None:
    config, pairs, length = task.of.config, task.of.config.nsp != "none", task.of.length
    counters = length, task.of.number
    rule = CutRule(length - task.of.special, pairs, config.short_rate, config.seed, counters)
    cuts = cut(open_store(config.store, check=False).shards[task.shard], task.first, rule)
    out = held_out(cuts["document"], task.threshold)
    task.of.work.mkdir(parents=True, exist_ok=True)
    write_arrays(task.of.work, task.shard, dict(zip(PARTS, (cuts[~out], cuts[out]), strict=True)))


def _pair(task: PairTask) -> int:
    """Say for each row of a part what it is made of; how many rows there are."""
    of, config = task.of, task.of.config
    found = [np.load(path) for path in sorted(of.work.glob(f"?????.{task.part}.npy"))]
    cuts = np.concatenate([np.zeros(0, CUT), *found])
    shard = np.repeat(np.arange(len(found)), list(map(len, found)))
    counters = of.length, of.number
    pieces, random = segments(cuts, shard, config.nsp, of.length - of.special, config.seed, counters)
    write_arrays(of.work, 0, {f"{task.part}-segments": pieces, f"{task.part}-random": random})
    return len(cuts)


def _write(task: WriteTask) -> dict[str, Any]:
    of, config = task.of, task.of.config
    store, tokenizer = _opened(config.store)
    pieces, random = (
        np.load(of.work / f"00000.{task.part}-{name}.npy", mmap_mode="r")[task.start : task.end]
        for name in ("segments", "random")
    )
    arrays = rows_made(of, store, tokenizer, np.asarray(pieces), np.asarray(random), task.first)
    target = config.output / str(of.length) / task.part
    target.mkdir(parents=True, exist_ok=True)
    shards = write_arrays(target, task.shard, arrays)
    sizes = np.diff(arrays["ends"].astype(np.int64), prepend=0)
    counts = {
        "rows": len(sizes),
        "tokens": int(sizes.sum()),
        "padded": int((-(-sizes // BINS) * BINS).sum()),
        "full": int((sizes == of.length).sum()),
        "random": int(random.sum()),
    }
    return {"shards": list(map(dataclasses.asdict, shards)), "counts": counts}


@functools.lru_cache(maxsize=1)
def _opened(path: Path) -> tuple[Store, Tokenizer]:
    store = open_store(path, check=False)
    return store, store.tokenizer


def _finish(config: Instances, store: Store, length: int, part: str, results: Sequence[Any]) -> dict[str, Any]:
    """Declare the rows of a length and part complete, and give their headline figures."""
    counts = Counter[str]()
    for result in results:
        counts.update(result["counts"])
    shards = [Shard(**shard) for result in results for shard in result["shards"]]
    about = {"rows": counts["rows"], "tokens": counts["tokens"], **about_rows(config, store, length)}
    write_manifest(config.output / str(length) / part, shards, format="npy", kind=rows.KIND, **about)
    if part != "train":
        return {f"{length} {part} rows": counts["rows"]}
    return {
        f"{length} rows": counts["rows"],
        f"{length} tokens": counts["tokens"],
        f"{length} full %": round(100 * counts["full"] / counts["rows"], 2),
        f"{length} padding %": round(100 * (1 - counts["tokens"] / counts["padded"]), 2),
        **({} if config.nsp == "none" else {f"{length} random %": round(100 * counts["random"] / counts["rows"], 2)}),
    }

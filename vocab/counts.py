"""How often each unit of a corpus occurs, counted in parallel and in memory that does not grow with the corpus.

A folder of counts holds shards with rows {"unit", "count"}: each unit once, in the order of its characters' codes. A
task counts one shard of documents and writes a folder whenever its table is full; folders are then merged, a few at a
time, until one is left: the same bytes for any number of workers, any order and any size of the table. Counts of
several corpora add up in the same way. What a unit is, the caller says, with a function from a row to its units.
"""

from __future__ import annotations

import dataclasses
import gc
import heapq
import itertools
import operator
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tools.engine import Engine, run
from tools.shards import Shard, read_manifest, read_shard, write_manifest, write_shard

Units = Callable[[Mapping[str, Any]], Iterable[str]]
"""The units of a row (a document, or what was made of one), in its order; a function that can be pickled."""

TABLE = 1_000_000  # units that a task keeps in memory, some 150 MB
SHARD = 500_000  # units of a shard, some 5 MB
FAN_IN = 16  # folders merged at once, a shard of each in memory
DONE = "done"  # where the engine records the tasks, so that a killed count goes on where it was


@dataclasses.dataclass(frozen=True, slots=True)
class _Count:
    """Count one shard of documents into folders."""

    documents: Path
    shard: Shard
    units: Units
    parts: Path
    table: int


@dataclasses.dataclass(frozen=True, slots=True)
class _Merge:
    """Add up some folders into one."""

    folders: tuple[Path, ...]
    output: Path


def count(documents: Path, units: Units, output: Path, engine: Engine, *, table: int = TABLE) -> dict[str, int]:
    """Count the units of a folder of documents into the folder `output`; gives the totals."""
    parts = output / "parts"
    tasks = [_Count(documents, shard, units, parts, table) for shard in read_manifest(documents).shards]
    names = itertools.chain.from_iterable(run(_count, tasks, engine, label="count", ledger=parts / DONE))
    return _merge_all([parts / name for name in names], output, parts, engine)


def merge(folders: Sequence[Path], output: Path, engine: Engine) -> dict[str, int]:
    """Add up folders of counts into one; gives the totals."""
    return _merge_all(folders, output, output / "parts", engine)


def read_counts(folder: Path, *, least: int = 1) -> dict[str, int]:
    """The counts of a folder, of the units that occur at least `least` times."""
    return {unit: times for unit, times in _rows(folder) if times >= least}


def write_counts(folder: Path, counts: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Write counts that are sorted by unit, each unit once, as a folder; gives the totals."""
    folder.mkdir(parents=True, exist_ok=True)
    counts, shards, total = iter(counts), list[Shard](), 0
    while part := list(itertools.islice(counts, SHARD)):
        rows = ({"unit": unit, "count": times} for unit, times in part)
        shards.append(write_shard(folder / f"{len(shards):05d}.jsonl.zst", rows))
        total += sum(times for _, times in part)
    distinct = sum(shard.records for shard in shards)
    write_manifest(folder, shards, distinct=distinct, total=total)
    return {"distinct": distinct, "total": total}


def _count(task: _Count) -> list[str]:
    """Count a shard of documents; gives the names of the folders of counts."""
    gc.disable()  # in a process of its own, where analysers make millions of tuples and no cycle: a tenth of its time
    names, counts = list[str](), Counter[str]()

    def spill() -> None:
        names.append(f"{task.shard.name.partition('.')[0]}-{len(names)}")
        write_counts(task.parts / names[-1], sorted(counts.items()))
        counts.clear()

    for row in read_shard(task.documents, task.shard):
        counts.update(task.units(row))
        if len(counts) >= task.table:
            spill()
    if counts:
        spill()
    return names


def _merge_all(folders: Sequence[Path], output: Path, parts: Path, engine: Engine) -> dict[str, int]:
    """Add up any number of folders: in rounds, until few enough are left to be merged into the result."""
    for turn in itertools.count():
        if len(folders) <= FAN_IN:
            break
        groups = [tuple(folders[at : at + FAN_IN]) for at in range(0, len(folders), FAN_IN)]
        tasks = [_Merge(group, parts / f"merged-{turn}-{index}") for index, group in enumerate(groups)]
        run(_merge, tasks, engine, label="merge counts")
        folders = [task.output for task in tasks]
    totals = _merge(_Merge(tuple(folders), output))
    shutil.rmtree(parts / DONE, ignore_errors=True)  # before what it vouches for
    shutil.rmtree(parts, ignore_errors=True)
    return totals


def _merge(task: _Merge) -> dict[str, int]:
    rows = heapq.merge(*map(_rows, task.folders))
    same = itertools.groupby(rows, key=operator.itemgetter(0))
    return write_counts(task.output, ((unit, sum(times for _, times in group)) for unit, group in same))


def _rows(folder: Path) -> Iterator[tuple[str, int]]:
    """The counts of a folder in their order; one shard at a time is in memory."""
    for shard in read_manifest(folder).shards:
        yield from ((row["unit"], row["count"]) for row in read_shard(folder, shard))

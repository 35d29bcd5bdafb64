"""The stage `clean`: sources -> clean documents, none of them lost without a reason.

Three rounds over the engine, each a function of its task alone: clean every part (`_clean_part`), find the duplicates
among all parts (`corpus.dedup`), write the shards without them (`_write_part`). What each round leaves for the next
lies in the work folder, so a run that is killed goes on with the tasks that are not done.
"""

from __future__ import annotations

import dataclasses
import functools
import itertools
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from corpus import dedup, readers
from corpus.document import Document, write_documents
from corpus.filters import AFTER, BEFORE, reason
from corpus.guard import TooSlow, mark, marked, marked_number, simple_text, time_limit
from corpus.normalize import normalize
from corpus.parts import Part
from corpus.repair import repair
from corpus.stages import Clean
from corpus.tally import SAMPLES, Tally, merged
from corpus.templates import Templates, load
from corpus.wikitext import Cleaned, Policy, strip
from tools.engine import Engine, TasksFailed, kept, run
from tools.errors import UserError
from tools.shards import Shard, describe, read_shard, write_json, write_manifest
from tools.stage import LEDGER

PART_SECONDS = 600.0
MEMORY = 1 << 30
SHARD_LETTERS = 8_000_000  # about 20 MB of Korean text: shards are what later stages share out


@dataclasses.dataclass(frozen=True, slots=True)
class PartTask:
    """One part to clean; `poison` are documents of it that no attempt at cleaning has survived."""

    number: int
    part: Part
    config: Clean
    work: Path
    poison: tuple[int, ...] = ()

    def __str__(self) -> str:
        end = "its end" if self.part.end is None else f"byte {self.part.end:,}"
        return f"{self.part.path} from byte {self.part.start:,} to {end}"

    def path(self, kind: str) -> Path:
        """A file of this part in the work folder."""
        return self.work / f"{self.number:05d}.{kind}"


@dataclasses.dataclass(frozen=True, slots=True)
class WriteTask:
    """One shard of cleaned documents to write out without those in `dropped`: (index in the shard, why)."""

    work: Path
    shard: Shard
    target: Path
    dropped: tuple[tuple[int, str], ...]

    def __str__(self) -> str:
        return str(self.target)


def clean(config: Clean) -> dict[str, Any]:
    """Make a folder of clean documents from every input."""
    parts = [part for path in config.input for part in readers.split(path, config.source)]
    kinds = Counter(kind for _, kind in {(part.path, part.kind) for part in parts})
    said = ", ".join(f"{kind} {count:,}" for kind, count in sorted(kinds.items()))
    print(f"files, by what they were taken for: {said}", flush=True)
    work = config.output / LEDGER
    tasks = [PartTask(number, part, config, work) for number, part in enumerate(parts)]
    with kept(Engine(config.engine, config.workers, timeout=PART_SECONDS, memory=MEMORY)) as engine:
        rows = _clean_all(tasks, engine)
        shards = [Shard(**shard) for row in rows for shard in row["shards"]]
        dropped = _duplicates(tasks, shards, config, engine)
        targets = [config.output / f"documents-{number:05d}.jsonl.zst" for number in range(len(shards))]
        writes = [WriteTask(work, *each) for each in zip(shards, targets, map(tuple, dropped), strict=True)]
        written = run(_write_shard, writes, engine, label="write", ledger=work / "written")
    tally = merged(Tally.from_row(row["tally"]) for row in rows)
    for pairs in dropped:
        for _index, why in pairs:
            tally.drop(why)
    samples = [sample for row in written for sample in row["samples"]]
    return _finish(config, tally, [Shard(**row["shard"]) for row in written if row["shard"]["records"]], samples)


def _finish(config: Clean, tally: Tally, shards: Sequence[Shard], duplicates: Sequence[Any]) -> dict[str, Any]:
    kept = sum(shard.records for shard in shards)
    tally.check(kept)
    if not kept:
        why = ", ".join(f"{name} {count:,}" for name, count in tally.dropped.items()) or "there was none"
        raise UserError(f"no document is left of {tally.read:,}: {why}; look at the input or lower --min_chars")
    for why, title, text in duplicates:
        tally.sample(why, title, text)
    (config.output / "dropped").mkdir(exist_ok=True)
    for why, rows in tally.samples.items():
        write_json(config.output / "dropped" / f"{why.replace(' ', '-')}.json", rows)
    write_json(config.output / "counts.json", tally.to_report(kept))
    write_manifest(config.output, shards, kind="documents")
    return {"read": tally.read, "documents": kept, **dict(sorted(tally.dropped.items()))}


def _clean_all(tasks: Sequence[PartTask], engine: Engine) -> list[Any]:
    """Clean every part; a document that kills its process at every attempt is named poison and the part tried again."""
    while True:
        try:
            return run(_clean_part, tasks, engine, label="clean", ledger=tasks[0].work / "cleaned")
        except TasksFailed as failed:
            found = {task.number: marked_number(task.path("page")) for task, _ in failed.failures}
            known = {task.number: task.poison for task, _ in failed.failures}
            if not found or any(page is None or page in known[number] for number, page in found.items()):
                raise
            tasks = [dataclasses.replace(t, poison=(*t.poison, *_present(found.get(t.number)))) for t in tasks]


def _present(page: int | None) -> tuple[int, ...]:
    return () if page is None else (page,)


def _clean_part(task: PartTask) -> dict[str, Any]:
    tally = Tally()
    ids: list[int] = []
    texts: list[int] = []
    signatures: list[dedup.Array] = []

    def some(documents: Iterator[Document]) -> Iterator[Document]:
        size = 0
        for document in documents:
            ids.append(dedup.key(f"{document.source}\0{document.id}"))
            texts.append(dedup.key(document.text))
            signatures.append(dedup.signature(document.text))
            yield document
            size += len(document.text)
            if size >= SHARD_LETTERS:
                return

    documents = _cleaned(task, tally)
    shards: list[Shard] = []
    while (first := next(documents, None)) is not None:
        path = task.path(f"{len(shards):04d}.jsonl.zst")
        shards.append(write_documents(path, some(itertools.chain([first], documents))))
    dedup.write_marks(task.path("marks"), ids, texts, signatures)
    return {"shards": list(map(dataclasses.asdict, shards)), "tally": tally.to_row()}


def _cleaned(task: PartTask, tally: Tally) -> Iterator[Document]:
    kind = readers.SOURCES[task.part.kind].text
    with marked(task.path("page")) as descriptor:
        for number, (raw, fault) in enumerate(readers.read(task.part)):
            mark(descriptor, number)
            tally.read += 1
            why = fault or reason(raw, task.config, BEFORE)
            if why is None:
                poisoned = number in task.poison
                document = dataclasses.replace(raw, text=_text(raw, kind, task.config, poisoned, tally))
                why = reason(document, task.config, AFTER)
                if why is None:
                    yield document
                    continue
                raw = document
            tally.drop(why)
            tally.sample(why, raw.title, raw.text)


def _text(raw: Document, kind: str, config: Clean, poisoned: bool, tally: Tally) -> str:
    if kind == "plain":
        return normalize(raw.text)
    templates, policy = tables(config)
    try:
        if poisoned:
            raise TooSlow
        with time_limit(config.page_seconds):
            if kind == "extracted":
                return repair(raw.text, policy)
            cleaned = strip(raw.text, raw.title, templates, policy)
    except (TooSlow, MemoryError) as error:
        tally.simplified.append(f"{raw.id} {raw.title}: {type(error).__name__}")
        return simple_text(raw.text)
    tally.count(cleaned)
    return cleaned.text


def tables(config: Clean) -> tuple[Templates, Policy]:
    """The template table with the user's own rows, and what else the config decides about a page."""
    policy = Policy(config.math, config.captions)
    if config.drop_sections:
        policy = dataclasses.replace(policy, sections=config.drop_sections)
    return _templates(config.templates), policy


@functools.cache
def _templates(own: Path | None) -> Templates:
    return load(*([own] if own else []))


def one_page(text: str, title: str, config: Clean) -> Cleaned:
    """What the stage would make of one page of wikitext."""
    return strip(text, title, *tables(config))


def _duplicates(
    tasks: Sequence[PartTask], shards: Sequence[Shard], config: Clean, engine: Engine
) -> list[list[tuple[int, str]]]:
    """For each shard, the documents in it that repeat an earlier one."""
    total = sum(shard.records for shard in shards)
    marks = [task.path("marks") for task in tasks]
    found: dict[int, int] = {}
    todo = dedup.buckets(marks, total, config.near_duplicates)
    for rows in run(dedup.duplicates, todo, engine, label="duplicates", ledger=tasks[0].work / "duplicates"):
        for document, why in rows:
            found[document] = min(why, found.get(document, why))
    result, start = [], 0
    for shard in shards:
        mine = [d for d in range(start, start + shard.records) if d in found]
        result.append([(d - start, dedup.REASONS[found[d]]) for d in mine])
        start += shard.records
    return result


def _write_shard(task: WriteTask) -> dict[str, Any]:
    if not task.dropped:
        shutil.copyfile(task.work / task.shard.name, task.target)
        return {"shard": dataclasses.asdict(describe(task.target, task.shard.records)), "samples": []}
    why = dict(task.dropped)
    kept: list[Document] = []
    samples: list[list[str]] = []
    for index, row in enumerate(read_shard(task.work, task.shard)):
        if index not in why:
            kept.append(Document(**row))
        elif len(samples) < SAMPLES:
            samples.append([why[index], row["title"], row["text"]])
    shard = write_documents(task.target, kept)
    if not kept:
        task.target.unlink()
    return {"shard": dataclasses.asdict(shard), "samples": samples}

"""The analysis of a corpus, done once: documents with their morphemes, as shards that every scheme can be counted from.

Analysing costs more than all the rest of a vocabulary together, so it is a stage of its own, whose output stays valid
while corpus and analyser do. What counts its rows takes those of plain documents too, and analyses as it reads. A row
keeps the text in the composed, clean form that words are cut from; places are places in that.
"""

from __future__ import annotations

import dataclasses
import gc
import time
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import accumulate
from pathlib import Path
from typing import Any

from tools.engine import Engine, run
from tools.errors import UserError
from tools.shards import Shard, read_manifest, read_shard, write_manifest, write_shard
from tools.stage import LEDGER
from vocab.analyzers import analyzer
from vocab.segment import segmentation
from vocab.stages import AnalyzeCorpus
from vocab.tags import Morpheme
from vocab.words import clean


@dataclasses.dataclass(frozen=True, slots=True)
class Analysis:
    """A document's clean text and its morphemes."""

    id: str
    text: str
    morphemes: list[Morpheme]


def analyze_corpus(config: AnalyzeCorpus) -> dict[str, Any]:
    """The stage: every shard of documents becomes a shard of analyses."""
    analyzer(config.analyzer)  # what is missing is said once and at once
    tasks = [(config.corpus, shard, config.output, config.analyzer, config.share) for shard in _documents(config)]
    engine = Engine(config.engine, config.workers)
    results = run(_analyze_shard, tasks, engine, label=f"analyze ({config.analyzer})", ledger=config.output / LEDGER)
    tags: Counter[str] = Counter()
    for result in results:
        tags.update(result["tags"])
    size, seconds = sum(result["bytes"] for result in results), sum(result["seconds"] for result in results)
    if not size:
        raise UserError(
            f"{config.corpus}: no text to analyse; is --share {config.share} too small, or the corpus empty?"
        )
    print(f"{config.analyzer}: {size / 1e6:,.1f} MB at {size / 1e6 / max(seconds, 1e-9):,.2f} MB/s in each process")
    shards = [Shard(**result["shard"]) for result in results]
    about = {"analyzer": config.analyzer, "bytes": size, "tags": dict(sorted(tags.items()))}
    manifest = write_manifest(config.output, shards, **about)
    return {"documents": manifest.records, "bytes": size, "morphemes": tags.total()}


def analysis_of(row: Mapping[str, Any], name: str) -> Analysis:
    """What a row of a shard says or, if it is a plain document, what the analyser of that name says about it now."""
    if "forms" in row:
        return _unpacked(row)
    text = clean(row["text"])
    return Analysis(row["id"], text, analyzer(name)(text))


def row_units(row: Mapping[str, Any], scheme: str, name: str) -> list[str]:
    """The units of a row, as they are counted: what continues a word is written with ##."""
    analysis = analysis_of(row, name)
    return [unit.marked for unit in segmentation(scheme).cut(analysis.text, analysis.morphemes)]


def spaced_words(row: Mapping[str, Any], name: str) -> list[str]:
    """The words of a row with a space wherever the josa scheme cuts them."""
    analysis = analysis_of(row, name)
    words: list[str] = []
    for unit in segmentation("josa").cut(analysis.text, analysis.morphemes):
        if unit.continues:
            words[-1] += " " + unit.text
        else:
            words.append(unit.text)
    return words


def _documents(config: AnalyzeCorpus) -> tuple[Shard, ...]:
    manifest = read_manifest(config.corpus)
    if "analyzer" in manifest.about:
        raise UserError(f"{config.corpus}: holds analyses already; give the folder of documents")
    return manifest.shards


def _analyze_shard(task: tuple[Path, Shard, Path, str, float]) -> dict[str, Any]:
    gc.disable()  # in a process of its own, which makes millions of tuples and no cycle: a seventh of its time
    folder, shard, output, name, share = task
    tags: Counter[str] = Counter()
    size, begun = 0, time.process_time()

    def rows() -> Iterator[dict[str, Any]]:
        nonlocal size
        for row in read_shard(folder, shard):
            if zlib.crc32(row["id"].encode(errors="replace")) < share * (1 << 32):
                analysis = analysis_of(row, name)
                tags.update(morpheme.tag for morpheme in analysis.morphemes)
                size += len(analysis.text.encode())
                yield _packed(analysis)

    written = write_shard(output / shard.name, rows())
    seconds = time.process_time() - begun
    return {"shard": dataclasses.asdict(written), "tags": dict(tags), "bytes": size, "seconds": seconds}


def _packed(analysis: Analysis) -> dict[str, Any]:
    """Columns, and steps instead of places: half the bytes of a list for each morpheme."""
    forms, tags, starts, ends = zip(*analysis.morphemes, strict=True) if analysis.morphemes else ((), (), (), ())
    steps = [here - before for before, here in zip((0, *starts), starts, strict=False)]
    lengths = [end - start for start, end in zip(starts, ends, strict=True)]
    row = {"id": analysis.id, "text": analysis.text, "forms": " ".join(forms), "tags": " ".join(tags)}
    return {**row, "steps": steps, "lengths": lengths}


def _unpacked(row: Mapping[str, Any]) -> Analysis:
    columns = row["forms"].split(" "), row["tags"].split(" "), accumulate(row["steps"]), row["lengths"]
    morphemes = [Morpheme(form, tag, start, start + length) for form, tag, start, length in zip(*columns, strict=False)]
    return Analysis(row["id"], row["text"], morphemes)

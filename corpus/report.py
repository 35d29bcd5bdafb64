"""The report of a folder of documents: what is in it, what was dropped and why, and what markup is still left."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from corpus.document import Document
from corpus.residue import RESIDUE, count_residue
from corpus.sentences import split
from corpus.stages import Report
from tools.charts import Bars, Block, Histogram, Prose, Section, Table, write_page
from tools.columns import aligned
from tools.engine import Engine, run
from tools.shards import Shard, read_manifest, read_shard, write_json

COUNTED = ("documents", "sentences", "eojeols", "characters", "bytes")
HEADS = ("출처 source", "문서 documents", "문장 sentences", "어절 eojeols", "글자 characters", "바이트 bytes")
DOCUMENT_EDGES = (0, 200, 400, 800, 1600, 3200, 6400, 12800, 25600, 51200)
SENTENCE_EDGES = tuple(range(0, 200, 10))


@dataclasses.dataclass(frozen=True, slots=True)
class CountTask:
    """One shard to count."""

    folder: Path
    shard: Shard

    def __str__(self) -> str:
        return str(self.folder / self.shard.name)


def report(config: Report) -> dict[str, Any]:
    """Count a folder of documents and draw the page; the terminal gets the same in short."""
    tasks = [CountTask(config.input, shard) for shard in read_manifest(config.input).shards]
    engine = Engine(config.engine, config.workers)
    rows = run(count_shard, tasks, engine, label="count")
    sources: dict[str, Counter[str]] = {}
    found: dict[str, Counter[str]] = {name: Counter() for name in ("residue", "documents", "sentences")}
    for row in rows:
        for source, counts in row["sources"].items():
            sources.setdefault(source, Counter()).update(counts)
        for name, counter in found.items():
            counter.update(row[name])
    cleaned = _cleaning(config.input)
    megabytes = sum(counts["bytes"] for counts in sources.values()) / 1e6
    residue = {name: found["residue"][name] / megabytes for name in RESIDUE} if megabytes else {}
    value = {"sources": sources, "residue per MB": residue, "cleaning": cleaned}
    write_json(config.output / "report.json", value)
    sections = _sections(sources, residue, found, cleaned)
    write_page(config.output / "report.html", f"말뭉치 보고서 Corpus report: {config.input.name}", sections)
    _print(sources, residue, cleaned)
    total: Counter[str] = sum(sources.values(), Counter())
    return {name: total[name] for name in COUNTED} | {"residue per MB": round(sum(residue.values()), 2)}


def count_shard(task: CountTask) -> dict[str, Any]:
    """What one shard holds."""
    sources: dict[str, Counter[str]] = {}
    residue: Counter[str] = Counter()
    documents: Counter[str] = Counter()
    sentences: Counter[str] = Counter()
    for row in read_shard(task.folder, task.shard):
        document = Document(**row)
        lines = split(document.text)
        counts = sources.setdefault(document.source, Counter())
        counts.update(_sizes(document.text, len(lines)))
        documents[str(_bin(len(document.text), DOCUMENT_EDGES))] += 1
        sentences.update(str(_bin(len(line), SENTENCE_EDGES)) for line in lines)
        residue.update(count_residue(document.text))
    return {"sources": sources, "residue": residue, "documents": documents, "sentences": sentences}


def _sizes(text: str, sentences: int) -> dict[str, int]:
    numbers = (1, sentences, len(text.split()), len(text), len(text.encode()))
    return dict(zip(COUNTED, numbers, strict=True))


def _bin(size: int, edges: Sequence[int]) -> int:
    return max(i for i, edge in enumerate(edges[:-1]) if size >= edge)


def _cleaning(folder: Path) -> dict[str, Any]:
    """What the cleaner counted when it made the folder, if it was the cleaner who did."""
    path = folder / "counts.json"
    if not path.exists():
        return {}
    value: dict[str, Any] = orjson.loads(path.read_bytes())
    samples = {p.stem: orjson.loads(p.read_bytes())[:5] for p in sorted((folder / "dropped").glob("*.json"))}
    return {**value, "samples": samples}


def _table(sources: Mapping[str, Counter[str]]) -> Table:
    rows = [[name, *(f"{counts[key]:,}" for key in COUNTED)] for name, counts in sorted(sources.items())]
    if len(rows) > 1:
        total: Counter[str] = sum(sources.values(), Counter())
        rows.append(["합계 total", *(f"{total[key]:,}" for key in COUNTED)])
    return Table(HEADS, rows)


def _sections(
    sources: Mapping[str, Counter[str]],
    residue: Mapping[str, float],
    found: Mapping[str, Counter[str]],
    cleaned: Mapping[str, Any],
) -> list[Section]:
    lengths: list[Block] = [
        _histogram("문서 길이 Document length", found["documents"], DOCUMENT_EDGES),
        _histogram("문장 길이 Sentence length", found["sentences"], SENTENCE_EDGES),
    ]
    left = Table(["흔적 residue", "MB당 per MB"], [[name, f"{value:,.2f}"] for name, value in residue.items()])
    sections = [Section("크기 Size", [_table(sources)]), Section("길이 Lengths", lengths)]
    if cleaned:
        sections += _cleaning_sections(cleaned)
    return [*sections, Section("남은 표시 Residue", [Prose("남아 있으면 안 되는 것. What should not be left."), left])]


def _cleaning_sections(cleaned: Mapping[str, Any]) -> list[Section]:
    lost = sum(cleaned["dropped"].values())
    flow = f"읽은 문서 read {cleaned['read']:,} = 남긴 문서 kept {cleaned['kept']:,} + 버린 문서 dropped {lost:,}"
    drops: list[Block] = [Prose(flow)]
    if cleaned["dropped"]:
        drops.append(Bars("버린 까닭 Dropped, by reason", cleaned["dropped"]))
        samples = [[why, row["title"], row["text"]] for why, rows in cleaned["samples"].items() for row in rows]
        drops.append(Table(["까닭 reason", "제목 title", "처음 beginning"], samples))
    unresolved: list[Block] = [
        Prose(
            f"표에 없는 틀 {cleaned['unresolved names']:,}가지가 {cleaned['unresolved uses']:,}번 쓰였다. "
            "Inline templates that corpus/templates.toml does not know; add rows with --templates FILE."
        ),
        Table(
            ["틀 template", "수 count", "보기 example"],
            [[row["name"], f"{row['count']:,}", row["example"]] for row in cleaned["unresolved"]],
        ),
    ]
    losses = Table(["종류 kind", "수 count"], [[name, f"{count:,}"] for name, count in cleaned["losses"].items()])
    return [
        Section("버린 문서 Dropped documents", drops),
        Section("본문에서 뺀 것 Left out of pages", [losses]),
        Section("모르는 틀 Unresolved templates", unresolved),
    ]


def _histogram(title: str, counts: Counter[str], edges: Sequence[int]) -> Histogram:
    return Histogram(title, edges, [counts[str(i)] for i in range(len(edges) - 1)], "글자 수 characters")


def _print(sources: Mapping[str, Counter[str]], residue: Mapping[str, float], cleaned: Mapping[str, Any]) -> None:
    table = _table(sources)
    print(*aligned([table.head, *table.rows], numbers=True), sep="\n")
    if cleaned:
        drops = ", ".join(f"{why} {count:,}" for why, count in cleaned["dropped"].items()) or "none"
        print(f"버림 dropped of {cleaned['read']:,}: {drops}")
        uses, names = cleaned["unresolved uses"], cleaned["unresolved names"]
        print(f"모르는 틀 unresolved templates: {uses:,} uses of {names:,} names")
    left = ", ".join(f"{name} {value:.2f}" for name, value in residue.items() if value) or "none"
    print(f"흔적 residue per MB: {left}")

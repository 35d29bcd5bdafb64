"""The stage `corpus sample`: the little world written out as dump, clean text and task data.

Blocks of 500 articles are written by workers into part files, and put together in their order; every part depends on
its articles and the seed alone, so the bytes are the same however many workers there were.
"""

from __future__ import annotations

import bz2
import dataclasses
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import orjson

from corpus.document import Document, write_documents
from corpus.sample import export, questions, tagging
from corpus.sample.article import compose
from corpus.sample.chance import stream
from corpus.sample.damage import broken, is_broken
from corpus.sample.others import RawPage, article_id, others
from corpus.sample.page import Page, write_page
from corpus.sample.pairs import write_pairs
from corpus.sample.reviews import write_reviews
from corpus.sample.world import LIMIT, REGION
from corpus.stages import Sample
from tools.engine import Engine, run
from tools.errors import UserError
from tools.shards import Shard, atomic, write_json, write_manifest

BLOCK = 500
PARTS = "parts"
SPLITS = ("train", "dev")
TASK_CAP = 60_000  # reviews and pairs, like questions, grow with the world up to here


@dataclasses.dataclass(frozen=True, slots=True)
class Block:
    """A task: the articles from `first` up to `last`, of a world of `articles`."""

    output: str
    seed: int
    first: int
    last: int
    articles: int


def sample(config: Sample) -> dict[str, Any]:
    """Write the world of a seed; the figures say how much of what there is."""
    if not 1 <= config.articles <= LIMIT:
        raise UserError(
            f"--articles {config.articles}: names are distinct up to {LIMIT:,}; give a number from 1 to that"
        )
    output = config.output
    for folder in (PARTS, "dump", "clean", "qa", "ner", "reviews", "pairs"):
        (output / folder).mkdir(exist_ok=True)
    blocks = [
        Block(str(output), config.seed, first, min(first + BLOCK, config.articles), config.articles)
        for first in range(0, config.articles, BLOCK)
    ]
    results = run(write_block, blocks, Engine(workers=config.workers), label="sample")
    counts = sum((Counter(result["counts"]) for result in results), Counter[str]())
    write_manifest(output / "clean", [Shard(**result["shard"]) for result in results], source="sample")
    _join_dump(output, [result["part"] for result in results])
    _join_lines(output, blocks)
    shutil.rmtree(output / PARTS)
    tasks = min(TASK_CAP, max(200, config.articles * 2))
    write_reviews(output / "reviews", config.seed, tasks)
    write_pairs(output / "pairs", config.seed, tasks)
    write_json(output / "expected.json", dict(sorted(counts.items())))
    return dict(counts)


def write_block(block: Block) -> dict[str, Any]:
    """Everything about some articles, as part files."""
    pages, raw = _pages(block)
    output, name = Path(block.output), f"{block.first // BLOCK:05}"
    data, index = export.streams(raw)
    parts = output / PARTS
    _put(parts / f"{name}.bz2", data)
    _put(parts / f"{name}.index", "".join(line + "\n" for line in index).encode())
    texts = [
        Document(str(article_id(page.article.entity.n)), page.article.entity.title, page.text, "sample")
        for page in pages
    ]
    shard = write_documents(output / "clean" / f"{name}.jsonl.zst", texts)
    bad = [page.id for page in raw if page.kind == "broken"]
    _put(parts / f"{name}.broken", "".join(f"{page}\n" for page in bad).encode())
    counts = Counter(f"pages.{page.kind}" for page in raw)
    counts |= Counter(
        {"pages": len(raw), "sentences": sum(len(p.sentences) for page in pages for p in page.paragraphs)}
    )
    counts["clean.bytes"] = sum(len(text.text.encode()) for text in texts)
    counts |= _tasks(block, pages, parts, name)
    return {"part": name, "shard": dataclasses.asdict(shard), "counts": counts}


def _pages(block: Block) -> tuple[list[Page], list[RawPage]]:
    """The well-formed articles, and all pages of the dump in the order of their ids."""
    pages: list[Page] = []
    raw: list[RawPage] = []
    for n in range(block.first, block.last):
        page = write_page(compose(block.seed, n))
        title, markup, kind = page.article.entity.title, page.markup, "article"
        if is_broken(block.seed, n):
            markup, kind = broken(markup, stream(block.seed, "damage", n)), "broken"
        else:
            pages.append(page)
        raw.append(RawPage(article_id(n), 0, title, markup, kind))
        if n % REGION == REGION - 1 or n == block.articles - 1:
            raw += others(block.seed, n // REGION, n % REGION + 1)
    return pages, raw


def _tasks(block: Block, pages: list[Page], parts: Path, name: str) -> Counter[str]:
    """Questions and tagged sentences of the block, split by article."""
    counts: Counter[str] = Counter()
    asked: dict[str, list[bytes]] = {split: [] for split in SPLITS}
    lines: dict[str, list[bytes]] = {split: [] for split in SPLITS}
    for page in pages:
        n = page.article.entity.n
        split = "dev" if (n + n // REGION) % 10 == 0 else "train"
        entry = questions.questions(page, _share(questions.CAP, questions.MOST, block.articles, n))
        if entry:
            asked[split].append(orjson.dumps(entry))
            counts[f"qa.{split}"] += sum(len(paragraph["qas"]) for paragraph in entry["paragraphs"])
        tagged = tagging.tagged_sentences(page, _share(tagging.CAP, tagging.MOST, block.articles, n))
        lines[split] += [line.encode() for line in tagged]
        counts[f"ner.{split}"] += len(tagged)
    for split in SPLITS:
        _put(parts / f"{name}.qa.{split}", b"".join(line + b"\n" for line in asked[split]))
        _put(parts / f"{name}.ner.{split}", b"".join(line + b"\n" for line in lines[split]))
    return counts


def _share(cap: int, most: int, articles: int, n: int) -> int:
    """How many of a capped number fall to article n: all alike, or one to some articles of a large world."""
    if cap >= most * articles:
        return most
    return (n + 1) * cap // articles - n * cap // articles


def _join_dump(output: Path, parts: list[str]) -> None:
    """The streams one behind another, between the site's and the closing one; the index with its offsets moved."""
    with atomic(output / "dump" / export.DUMP) as dump, atomic(output / "dump" / export.INDEX) as index:
        lines = bz2.BZ2Compressor()
        place = dump.write(bz2.compress(export.header().encode()))
        for part in parts:
            for line in (output / PARTS / f"{part}.index").read_text(encoding="utf-8").splitlines():
                offset, rest = line.split(":", 1)
                index.write(lines.compress(f"{place + int(offset)}:{rest}\n".encode()))
            place += dump.write((output / PARTS / f"{part}.bz2").read_bytes())
        dump.write(bz2.compress(export.FOOTER.encode()))
        index.write(lines.flush())


def _join_lines(output: Path, blocks: list[Block]) -> None:
    names = [f"{block.first // BLOCK:05}" for block in blocks]
    parts = output / PARTS
    for split in SPLITS:
        entries = _lines(parts / f"{name}.qa.{split}" for name in names)
        with atomic(output / "qa" / f"{split}.json") as file:
            file.write(b'{"version":"malmoi-1.0","data":[')
            for at, entry in enumerate(entries):
                file.write((b",\n" if at else b"\n") + entry)
            file.write(b"\n]}\n")
        _concatenate(output / "ner" / f"{split}.txt", (parts / f"{name}.ner.{split}" for name in names))
    _concatenate(output / "broken.txt", (parts / f"{name}.broken" for name in names))


def _lines(paths: Iterable[Path]) -> Iterator[bytes]:
    for path in paths:
        yield from path.read_bytes().splitlines()


def _concatenate(target: Path, parts: Iterable[Path]) -> None:
    with atomic(target) as file:
        for part in parts:
            file.write(part.read_bytes())


def _put(path: Path, data: bytes) -> None:
    with atomic(path) as file:
        file.write(data)

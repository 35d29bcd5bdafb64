"""The comparison of vocabularies, ours or published, on the same text: one page, one JSON, one table on the terminal.

The stage chooses a sample of the corpus by the ids of its documents, so that it hangs neither on their order nor on
chance; each vocabulary is then measured in a task of its own. Speeds are measured before that, one after another, in
processes of their own. All figures but speeds and memory are the same in every run.
"""

from __future__ import annotations

import dataclasses
import hashlib
import heapq
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from corpus.document import Document, read_documents, write_documents
from tools.columns import aligned
from tools.engine import Engine, run
from tools.errors import UserError
from tools.holding import seconds_taken
from tools.progress import progress
from tools.shards import write_json, write_manifest
from tools.stage import read_record
from vocab import measure, ngram
from vocab.ceiling import ceiling, read_questions
from vocab.compare_page import draw, summary_table, verdict
from vocab.cost import cost
from vocab.criteria import HEADLINES
from vocab.encoded import bare, encoded, shared_name
from vocab.exactness import exactness
from vocab.imports import open_vocabulary
from vocab.morphology import morphology, read_treebank
from vocab.stages import Compare
from vocab.tokenizer import Tokenizer

SAMPLE, HELD_OUT = "sample", "held-out"
HELD = 10  # every tenth document of the sample is held out from the trigram
EXAMPLES = (
    "멕시코부터 브라질까지 그리고 카리브해 섬 지역에서 발견된다. 8종으로 이루어져 있다.",
    "경찰청 철창살은 외철창살이고 검찰청 철창살은 쌍철창살이다",
    "아버지가방에들어가신다.",
    "말모이는 주시경과 제자들이 1911년 무렵 짓기 시작한 첫 우리말 사전의 원고이다.",
    "비가 왔는데도 우산을 안 가져간 게 못내 아쉬웠어요ㅠㅠ",
    "뷁! 訓民正音을 Python 3.11로 똠방각하처럼 펲시 3캔에…",
)


@dataclasses.dataclass(frozen=True, slots=True)
class Measure:
    """A task: everything about one vocabulary that does not hang on the clock."""

    vocabulary: Path
    sample: Path
    held_out: Path
    treebanks: tuple[Path, ...]
    questions: tuple[Path, ...]

    def __str__(self) -> str:
        return str(self.vocabulary)


def compare(config: Compare) -> dict[str, Any]:
    """The stage: measure every vocabulary, draw the page, print the table."""
    if not config.vocabularies:
        raise UserError("no vocabulary given; name folders or files, e.g. build/tiny/vocab vocab.txt")
    names = _names(config.vocabularies, "vocabulary")
    tokenizers = {name: open_vocabulary(path) for name, path in names.items()}  # what cannot be read is said at once
    for paths, read in ((config.qa, read_questions), (config.treebank, read_treebank)):
        for path in paths:
            read(path)
    sample, held_out = config.output / SAMPLE, config.output / HELD_OUT
    about = _write_sample(config, sample, held_out)
    costs = []
    with progress("speed", len(names), "vocabularies") as bar:
        for path in names.values():
            costs.append(cost(path, sample))
            bar.update()
    tasks = [Measure(path, sample, held_out, config.treebank, config.qa) for path in names.values()]
    measured = run(measure_vocabulary, tasks, Engine(config.engine, config.workers), label="compare")
    rows = {name: {**found, **spent} for name, found, spent in zip(names, measured, costs, strict=True)}
    examples = {text: {name: cut(tokenizer, text) for name, tokenizer in tokenizers.items()} for text in EXAMPLES}
    report = {"sample": about, "vocabularies": rows, "overlap": overlap(tokenizers), "examples": examples}
    for folder in (sample, held_out):
        shutil.rmtree(folder)
    write_json(config.output / "report.json", report)
    draw(config.output / "report.html", report)
    _print(rows)
    return {"vocabularies": len(rows), "documents": about["documents"], "bytes": about["bytes"]}


def measure_vocabulary(task: Measure) -> dict[str, Any]:
    """All figures of one vocabulary."""
    tokenizer = open_vocabulary(task.vocabulary)
    learning = encoded(tokenizer, [document.text for document in read_documents(task.sample)])
    asked = encoded(tokenizer, [document.text for document in read_documents(task.held_out)])
    figures: dict[str, Any] = {
        **measure.size(learning),
        **measure.unknown(learning),
        **measure.use(learning),
        **measure.distribution(learning),
        **exactness(learning),
        "bits per character": ngram.bits_per_character(ngram.learn(learning), asked),
        "training": _training(task.vocabulary),
    }
    for name, path in _names(task.treebanks, "treebank").items():
        found = morphology(tokenizer, read_treebank(path))
        figures |= {f"{key} [{name}]": value for key, value in found.items()}
    for name, path in _names(task.questions, "question file").items():
        found = ceiling(tokenizer, read_questions(path))
        figures |= {f"{key} [{name}]": value for key, value in found.items()}
    return figures


def choose(documents: Iterable[Document], size: int) -> list[Document]:
    """The documents whose ids come first in a scrambled order, until they hold `size` bytes."""
    kept: list[tuple[int, str, int, Document]] = []  # the last in that order is at the top
    total = 0
    for document in documents:
        rank = int.from_bytes(hashlib.sha256(f"{document.source}/{document.id}".encode()).digest()[:8])
        own = len(document.text.encode())
        heapq.heappush(kept, (-rank, document.id, own, document))
        total += own
        while total - kept[0][2] >= size:
            total -= heapq.heappop(kept)[2]
    return [document for *_, document in sorted(kept, key=lambda row: (-row[0], row[1]))]


def overlap(tokenizers: Mapping[str, Tokenizer]) -> dict[str, dict[str, float]]:
    """For each two vocabularies, the share of all their pieces that both have (Jaccard's index)."""
    sets = {
        name: {shared_name(piece, found.scheme) for piece in found.pieces if piece not in found.specials}
        for name, found in tokenizers.items()
    }
    return {
        one: {other: len(own & others) / max(len(own | others), 1) for other, others in sets.items()}
        for one, own in sets.items()
    }


def cut(tokenizer: Tokenizer, text: str) -> list[list[str]]:
    """A text as words of pieces, without marks; what is unknown is [UNK], a piece for a space is ␣."""
    words: list[list[str]] = []
    encoding = tokenizer.encode(text)
    for id_, begins in zip(encoding.ids.tolist(), encoding.word_starts.tolist(), strict=True):
        piece = tokenizer.pieces[id_]
        shown = "[UNK]" if id_ == tokenizer.unknown else bare(piece, tokenizer.scheme).replace(" ", "␣") or piece
        if begins or not words:
            words.append([])
        words[-1].append(shown)
    return words


def _write_sample(config: Compare, sample: Path, held_out: Path) -> dict[str, Any]:
    if config.sample_mb <= 0:
        raise UserError(f"--sample_mb {config.sample_mb}: no text to compare on; give a size above 0, e.g. 5")
    documents = choose(read_documents(config.corpus), int(config.sample_mb * 1e6))
    if len(documents) < 2:
        raise UserError(
            f"{config.corpus}: a sample of {config.sample_mb:g} MB has {len(documents)} documents, but some must be "
            "left for the trigram to be asked about; give a larger --sample_mb or more documents"
        )
    held = max(len(documents) // HELD, 1)
    for folder, own in ((held_out, documents[:held]), (sample, documents[held:])):
        folder.mkdir()
        write_manifest(folder, [write_documents(folder / "00000.jsonl.zst", own)])
    size = sum(len(document.text.encode()) for document in documents)
    return {"corpus": config.corpus.name, "documents": len(documents), "bytes": size}


def _names(paths: Sequence[Path], what: str) -> dict[str, Path]:
    """A short name for each path: its last part, with as many before it as tell them apart."""
    for parts in range(1, max((len(path.parts) for path in paths), default=1) + 1):
        named = {"/".join((*path.parts[-parts:-1], _stem(path))): path for path in paths}
        if len(named) == len(paths):
            return named
    raise UserError(f"{next(path for path in paths if paths.count(path) > 1)}: this {what} is given twice")


def _stem(path: Path) -> str:
    return path.name if path.is_dir() else path.name.partition(".")[0]


def _training(path: Path) -> dict[str, Any]:
    """How long a vocabulary took to make and what its stage said of it, if a stage made it."""
    summary = (read_record(path) or {}).get("summary", {})
    told = {"seconds": seconds_taken(path), **summary}
    return {key: value for key, value in told.items() if isinstance(value, (int, float, str))}


def _print(rows: Mapping[str, Mapping[str, Any]]) -> None:
    table = summary_table(rows, HEADLINES)
    cells = [[str(cell) for cell in line] for line in [table.head, *table.rows]]
    print(*aligned(cells, numbers=True), *verdict(rows), sep="\n")

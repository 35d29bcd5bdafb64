"""How fast the analysers are on the same text, how long lines slow them down, and whether their places are right.

On one core, in CPU seconds of this process after a first call that loads what there is to load. Of the slow ones only a
sample is analysed. A place is wrong if it is empty or goes back, or if text that is no white space has none. The row of
a corpus is `analyze-corpus` as people wait for it: by the clock, with its processes' start and what it writes.
"""

from __future__ import annotations

import lzma
import re
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from corpus.document import Document, write_documents
from tools.errors import UserError
from tools.shards import write_manifest
from vocab.analysis import analyze_corpus
from vocab.analyzers import ANALYZERS, analyzer
from vocab.stages import AnalyzeCorpus
from vocab.tags import Morpheme
from vocab.words import clean

TEXT = Path(__file__).resolve().parents[2] / "shared" / "data" / "kowiki" / "kowiki-2023-a.txt.xz"
SAMPLES = {"mecab": 5_000_000, "none": 5_000_000, "kiwi": 1_000_000, "komoran": 200_000, "okt": 100_000}
SMALLEST = 20_000  # bytes, for those that are slower still
LINES = (10_000, 100_000, 1_000_000)
CORPUS, SHARDS, DOCUMENT, PROCESSES = 20_000_000, 8, 20, 2  # bytes; a document is so many lines
SLOW_LINES = 100_000  # bytes of the longest line that the wrapper of mecab is given: its time is quadratic


def analyzers() -> list[dict[str, Any]]:
    """A row for each analyser that is installed, and for mecab one for each length of line, beside its own wrapper."""
    text = clean(_text(max(SAMPLES.values())))
    rows = []
    for name in ANALYZERS:
        try:
            analyzer(name)("가")
        except UserError as error:
            rows.append({"analyser": name, "text": str(error)})
            continue
        sample = _first(text, SAMPLES.get(name, SMALLEST)).splitlines()
        rows.append(_row(name, "by lines", sample, analyzer(name)))
    wrapper = _wrapper()
    rows.append(_row("python-mecab-ko", "by lines", _first(text, 1_000_000).splitlines(), wrapper))
    for size in LINES:
        line = [_first(text, size).replace("\n", " ")]
        rows.append(_row("mecab", f"one line of {size / 1000:,.0f} kB", line, analyzer("mecab")))
        if size <= SLOW_LINES:
            rows.append(_row("python-mecab-ko", f"one line of {size / 1000:,.0f} kB", line, wrapper))
    return [*rows, corpus_row(_text(CORPUS))]


def corpus_row(text: str) -> dict[str, Any]:
    """The whole command on a corpus, in several processes, by the clock."""
    lines = text.splitlines()
    texts = ["\n".join(lines[at : at + DOCUMENT]) for at in range(0, len(lines), DOCUMENT)]
    documents = [Document(str(number), "", text, "bench") for number, text in enumerate(texts)]
    with tempfile.TemporaryDirectory() as folder:
        corpus, output = Path(folder) / "corpus", Path(folder) / "analyses"
        corpus.mkdir()
        output.mkdir()
        names = [f"{number:05d}.jsonl.zst" for number in range(SHARDS)]
        shards = [write_documents(corpus / name, documents[at::SHARDS]) for at, name in enumerate(names)]
        write_manifest(corpus, shards)
        begun = time.monotonic()
        found = analyze_corpus(AnalyzeCorpus(corpus, output, workers=PROCESSES))
        seconds = time.monotonic() - begun
    size = found["bytes"] / 1e6
    row = {"analyser": "mecab", "text": f"a corpus, {PROCESSES} processes", "MB": round(size, 2)}
    return {**row, "MB/s": round(size / seconds, 4), "morphemes": found["morphemes"]}


def wrong_places(text: str, morphemes: list[Morpheme]) -> int:
    """How many morphemes have an impossible place, and how many stretches of the text have none."""
    wrong, start, end = 0, 0, 0
    for morpheme in morphemes:
        if not (start <= morpheme.start < morpheme.end and end <= morpheme.end <= len(text)):
            wrong += 1
        wrong += bool(text[end : morpheme.start].strip())
        start, end = morpheme.start, morpheme.end
    return wrong + bool(text[end:].strip())


def _row(name: str, what: str, texts: Sequence[str], function: Callable[[str], Any]) -> dict[str, Any]:
    seconds, morphemes, wrong = 0.0, 0, 0
    for text in texts:
        begun = time.process_time()
        found = function(text)
        seconds += time.process_time() - begun
        if found is not None:
            morphemes += len(found)
            wrong += wrong_places(text, found)
    size = sum(len(text.encode()) for text in texts)
    row = {"analyser": name, "text": what, "MB": round(size / 1e6, 2), "MB/s": round(size / 1e6 / seconds, 4)}
    return {**row, "morphemes": morphemes, "wrong places": wrong} if morphemes else row


def _wrapper() -> Callable[[str], None]:
    from mecab import MeCab

    wrapper = MeCab()

    def tagged(text: str) -> None:
        wrapper.pos(text)

    return tagged


def _first(text: str, size: int) -> str:
    return text.encode()[:size].decode(errors="ignore")


def _text(size: int) -> str:
    if not TEXT.is_file():
        raise UserError(f"{TEXT}: not there; the analysers are compared on this text")
    with lzma.open(TEXT) as file:
        return re.sub(r"</?doc\b.*", "", file.read(size + size // 10).decode(errors="ignore"))

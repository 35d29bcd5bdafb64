"""`python -m tools bench corpus` and `bench sample`: our cleaner beside its peers on the same pages in one run.

Speeds are CPU seconds, so that other work on the machine does not count. The pages are a real English and a real Korean
excerpt; they are not ours to pass on and are read from ../shared/data.
"""

from __future__ import annotations

import bz2
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import orjson

from corpus.audit import twin
from corpus.clean import one_page
from corpus.document import Document, read_documents
from corpus.dump import pages, split
from corpus.residue import residue_per_megabyte
from corpus.stages import Clean
from tools.errors import UserError

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "wikitext"
DUMPS = ("enwiki-206-pages.xml.bz2", "kowiki-minidump-berlin.xml.bz2")
STREAM = 100
Row = dict[str, Any]


def corpus() -> list[Row]:
    """Speed beside wikiextractor and mwparserfromhell, residue of all three, the whole way from bz2, and memory."""
    articles = _articles()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        return [*_speeds(articles, folder), *_whole_way(articles, folder)]


def _articles() -> list[Document]:
    if not all((DATA / name).exists() for name in DUMPS):
        raise UserError(f"bench corpus: {DATA} does not hold {', '.join(DUMPS)}; put these dumps there")
    found = [page for name in DUMPS for part in split(str(DATA / name)) for page in pages(part)]
    return [Document(str(p.id), p.title, p.text, "bench") for p in found if p.namespace == 0 and not p.redirect]


def _speeds(articles: list[Document], folder: Path) -> Iterator[Row]:
    size = sum(len(article.text.encode()) for article in articles)
    options = Clean((), folder)
    cleaners: dict[str, Callable[[Document], str]] = {
        "malmoi": lambda article: one_page(article.text, article.title, options).text,
        "mwparserfromhell": lambda article: twin(article.text),
    }
    rates = {}
    for name, cleaner in cleaners.items():
        seconds, texts = _timed(cleaner, articles)
        rates[name] = size / 1e6 / seconds
        yield {"measured": f"strip, {name}", "MB/s/core": round(rates[name], 2), **_residue(texts)}
    seconds, texts = _wikiextractor(articles, folder)
    rates["wikiextractor"] = size / 1e6 / seconds
    yield {"measured": "strip, wikiextractor", "MB/s/core": round(rates["wikiextractor"], 2), **_residue(texts)}
    for peer, bar in {"wikiextractor": 2.0, "mwparserfromhell": 8.0}.items():
        ratio = round(rates["malmoi"] / rates[peer], 2)
        yield {"measured": f"malmoi / {peer}", "ratio": ratio, "bar": bar}
    korean = [article for article in articles if article.title == "베를린"] * 20
    seconds, texts = _timed(cleaners["malmoi"], korean)
    size = sum(len(article.text.encode()) for article in korean)
    yield {"measured": "strip, malmoi, 베를린 x 20", "MB/s/core": round(size / 1e6 / seconds, 2), **_residue(texts)}


def _timed(cleaner: Callable[[Document], str], articles: list[Document]) -> tuple[float, list[str]]:
    """The best of three rounds after one that warms caches; the texts of the last."""
    best, texts = float("inf"), []
    for _ in range(4):
        start = time.process_time()
        texts = [cleaner(article) for article in articles]
        best = min(best, time.process_time() - start)
    return best, texts


def _residue(texts: list[str]) -> Row:
    found = residue_per_megabyte(texts)
    empty = found["empty bracket"] + found["dangling bracket"]
    size = sum(len(text.encode()) for text in texts)
    return {"residue/MB": round(sum(found.values()), 2), "empty brackets/MB": round(empty, 2), "output bytes": size}


def _wikiextractor(articles: list[Document], folder: Path) -> tuple[float, list[str]]:
    """Its own process without templates (its fastest way), less the time it takes for an empty dump."""
    one, none = folder / "one.xml", folder / "none.xml"
    one.write_text(_xml(articles), encoding="utf-8")
    none.write_text(_xml([Document("1", "x", "x", "")]), encoding="utf-8")
    output = folder / "extracted"
    seconds = min(_extract(one, output) for _ in range(3)) - min(_extract(none, folder / "nothing") for _ in range(3))
    lines = [line for path in sorted(output.rglob("wiki_*")) for line in path.read_bytes().splitlines()]
    return seconds, [orjson.loads(line)["text"] for line in lines]


def _extract(dump: Path, output: Path) -> float:
    command = [sys.executable, "-m", "wikiextractor.WikiExtractor", "--no-templates", "--json", "--processes", "1"]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([*command, "-q", "-o", str(output), str(dump)], check=True, capture_output=True, timeout=300)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _whole_way(articles: list[Document], folder: Path) -> Iterator[Row]:
    """From multistream bz2 to shards by the real command, at two sizes twenty-fold apart."""
    for times in (1, 20):
        dump = folder / f"dump{times}.xml.bz2"
        size = _write_multistream(dump, articles, times)
        seconds, peak, documents = _clean(dump, folder / f"clean{times}")
        yield {
            "measured": f"bz2 to shards, {size / 1e6:.0f} MB of XML",
            "MB/s/core": round(size / 1e6 / seconds, 2),
            "largest process MB": round(peak / 2**20, 1),
            "documents": documents,
            "bar": 12.0,
        }


def _clean(dump: Path, output: Path) -> tuple[float, int, int]:
    command = [sys.executable, "-m", "corpus", "clean", "--input", str(dump), "--output", str(output), "--workers", "1"]
    script = (
        "import resource, subprocess, sys\n"
        "subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)\n"
        "used = resource.getrusage(resource.RUSAGE_CHILDREN)\n"
        "print(used.ru_utime + used.ru_stime, used.ru_maxrss * 1024)\n"
    )
    options = ["--near_duplicates", "1", "--min_hangul", "0"]
    done = subprocess.run(
        [sys.executable, "-c", script, *command, *options], check=True, capture_output=True, text=True
    )
    seconds, peak = done.stdout.split()
    return float(seconds), int(peak), sum(1 for _ in read_documents(output))


def _write_multistream(path: Path, articles: list[Document], times: int) -> int:
    """A multistream dump of the pages under changed titles, each with a line that makes it another text."""
    changed = [
        Document(f"{n * 10**6 + int(a.id)}", f"{a.title} {n}", f"{n}번째 글이다.\n\n{a.text}", "")
        for n in range(times)
        for a in articles
    ]
    size = 0
    with path.open("wb") as file:
        for stream in [HEADER, *_streams(changed), FOOTER]:
            size += len(stream.encode())
            file.write(bz2.compress(stream.encode()))
    return size


def _streams(articles: list[Document]) -> Iterator[str]:
    for start in range(0, len(articles), STREAM):
        yield "".join(map(_page, articles[start : start + STREAM]))


def _xml(articles: list[Document]) -> str:
    return HEADER + "".join(map(_page, articles)) + FOOTER


def _page(article: Document) -> str:
    return (
        f"  <page>\n    <title>{escape(article.title)}</title>\n    <ns>0</ns>\n    <id>{article.id}</id>\n"
        f"    <revision>\n      <id>{article.id}</id>\n      <model>wikitext</model>\n"
        f'      <text xml:space="preserve">{escape(article.text)}</text>\n    </revision>\n  </page>\n'
    )


HEADER = (
    '<mediawiki xmlns="http://www.mediawiki.org/xml/export-0.11/" version="0.11" xml:lang="ko">\n  <siteinfo>\n'
    "    <sitename>위키백과</sitename>\n    <dbname>kowiki</dbname>\n"
    '    <namespaces>\n      <namespace key="0" case="first-letter" />\n'
    '      <namespace key="10" case="first-letter">틀</namespace>\n    </namespaces>\n  </siteinfo>\n'
)
FOOTER = "</mediawiki>\n"

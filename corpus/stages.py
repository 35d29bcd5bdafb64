"""What `python -m corpus` can do: the options of each verb, and the tables that name what runs."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Annotated, Literal

from tyro.conf import Positional, arg

from tools.stage import Command, Stage, Verb

ABOUT = "Raw sources to clean documents."


@dataclasses.dataclass(frozen=True, slots=True)
class Sample:
    """Write an invented country: a Wikipedia dump with its exact clean text, and task data about the same facts.

    Example: python -m corpus sample --articles 3000 --seed 1 --output build/world
    """

    output: Path
    """The folder to make."""
    articles: int = 3000
    """How many articles; 3,000 are about 4 MB of clean text."""
    seed: int = 1
    """The same seed gives the same bytes, on any machine."""
    workers: int = 0
    """Processes; 0 = one for each core."""


@dataclasses.dataclass(frozen=True, slots=True)
class Download:
    """Fetch the newest dump of Korean Wikipedia, or the data of a task, with checksums and resume.

    Example: python -m corpus download kowiki --output data/kowiki
    """

    output: Path
    """The folder to make."""
    name: Positional[str] = "kowiki"
    """kowiki, korquad1, korquad2, nsmc, klue, kornlu or naver-ner."""
    date: str = ""
    """Of a dump: its date as YYYYMMDD; empty = the newest that is complete."""
    mirror: str = ""
    """Another address: of a dump, that of the dump site; else that of a folder with the files."""


@dataclasses.dataclass(frozen=True, slots=True)
class Clean:
    """Make clean documents of dumps, extracted text, plain text, JSON lines or reading-task files.

    Example: python -m corpus clean --input data/kowiki-20261101-pages-articles-multistream.xml.bz2 --output build/clean
    """

    input: tuple[str, ...]
    """Files, folders or URLs."""
    output: Path
    """The folder to make."""
    source: str = "auto"
    """What the input is; auto recognises each file by its content."""
    min_chars: int = 100
    """Documents with fewer characters of clean text are dropped."""
    min_hangul: float = 0.3
    """The least share of Hangul among the letters of a document."""
    max_repeated: float = 0.5
    """The largest share of lines that repeat another line of the document."""
    near_duplicates: float = 0.9
    """Documents that share about this much of their text with an earlier one are dropped; 1 = only equal ones."""
    math: Literal["token", "tex", "drop"] = "token"
    """What a formula becomes: the text [수식], its TeX source, or nothing."""
    captions: Literal["drop", "keep"] = "drop"
    """What becomes of the captions of images: nothing, or lines of their own."""
    drop_sections: tuple[str, ...] = ()
    """Names of the sections to drop, in place of the built-in list (각주, 외부 링크, ...)."""
    templates: Path | None = None
    """A TOML file with templates of your own, over those of corpus/templates.toml."""
    page_seconds: float = 20.0
    """A page that takes longer is cleaned in a simpler way."""
    engine: Literal["local", "ray"] = "local"
    """Where the work is done: processes here, or a Ray cluster."""
    workers: int = 0
    """Processes; 0 = one for each core."""


@dataclasses.dataclass(frozen=True, slots=True)
class Report:
    """Count a folder of documents and draw its report.

    Example: python -m corpus report build/tiny/corpus --output build/tiny/corpus-report
    """

    input: Positional[Path]
    """A folder of documents, as clean makes it."""
    output: Path
    """The folder for report.html and report.json."""
    engine: Literal["local", "ray"] = "local"
    """Where the work is done: processes here, or a Ray cluster."""
    workers: int = 0
    """Processes; 0 = one for each core."""


@dataclasses.dataclass(frozen=True, slots=True)
class Audit:
    """Compare our scanner with mwparserfromhell on the pages of a dump, side by side.

    Example: python -m corpus audit --input dump.xml.bz2 --output build/audit --pages 500
    """

    input: tuple[str, ...]
    """MediaWiki dumps."""
    output: Path
    """The folder for report.html and audit.json."""
    pages: int = 200
    """How many pages to compare."""
    agreement: float = 0.95
    """Pages with a smaller share of common words are listed."""


@dataclasses.dataclass(frozen=True, slots=True)
class Strip:
    """Clean one page of wikitext from standard input.

    Example: python -m corpus strip --title 베를린 < page.wikitext
    """

    title: str = ""
    """The page's title, for {{PAGENAME}} and its like."""
    math: Literal["token", "tex", "drop"] = "token"
    """What a formula becomes: the text [수식], its TeX source, or nothing."""
    captions: Literal["drop", "keep"] = "drop"
    """What becomes of the captions of images: nothing, or lines of their own."""
    templates: Path | None = None
    """A TOML file with templates of your own."""


@dataclasses.dataclass(frozen=True, slots=True)
class Sentences:
    """Split text from standard input into sentences, one a line.

    Example: echo "이것은 문장이다.그는 말했다." | python -m corpus sentences
    """

    splitter: Literal["rules", "kiwi"] = "rules"
    """Our rules, or Kiwi (pip install -e '.[analyzers]'), which also splits text without punctuation."""


@dataclasses.dataclass(frozen=True, slots=True)
class Text:
    """Print a folder of documents, one sentence a line and a blank line between documents.

    Example: python -m corpus text build/tiny/corpus > corpus.txt
    """

    folder: Positional[Path]
    """A folder of documents, or any file that clean can read."""
    splitter: Literal["rules", "kiwi"] = "rules"
    """How sentences are found."""


@dataclasses.dataclass(frozen=True, slots=True)
class Head:
    """Print the first documents of a folder, or of any file that clean can read.

    Example: python -m corpus head build/tiny/corpus -n 3
    """

    path: Positional[Path]
    """A folder of documents or a source file."""
    n: Annotated[int, arg(aliases=["-n"])] = 3
    """How many."""
    chars: int = 400
    """Longer documents are cut here."""


STAGES = {
    "sample": Stage(
        "corpus.sample",
        Sample,
        "corpus.sample.write:sample",
        neutral=("workers",),
        next="python -m corpus clean --input {output}/dump --output build/clean",
    ),
    "download": Stage(
        "corpus.download",
        Download,
        "corpus.download:download",
        neutral=("mirror",),
        resumable=True,
        next="python -m corpus clean --input {output} --output build/clean",
    ),
    "clean": Stage(
        "corpus.clean",
        Clean,
        "corpus.clean:clean",
        inputs=("input", "templates"),
        neutral=("engine", "workers"),
        resumable=True,
        next="python -m corpus report {output} --output {output}-report",
    ),
    "report": Stage(
        "corpus.report",
        Report,
        "corpus.report:report",
        inputs=("input",),
        neutral=("engine", "workers"),
    ),
    "audit": Stage("corpus.audit", Audit, "corpus.audit:audit", inputs=("input",)),
}
COMMANDS = {
    "strip": Command("corpus.strip", Strip, "corpus.show:strip"),
    "sentences": Command("corpus.sentences", Sentences, "corpus.show:split"),
    "text": Command("corpus.text", Text, "corpus.show:text"),
    "head": Command("corpus.head", Head, "corpus.show:head"),
}
SUITES = {
    "corpus": "corpus.bench:corpus",
    "kowiki": "corpus.bench_kowiki:kowiki",
    "sample": "corpus.bench_sample:sample",
    "sentences": "corpus.bench_sentences:rows",
}
VERBS: dict[str, Verb] = {**STAGES, **COMMANDS}

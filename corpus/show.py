"""The verbs that print: a page stripped, text as sentences, documents as plain text, the first of a source."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from corpus import readers, sentences
from corpus.clean import one_page
from corpus.document import Document, read_documents
from corpus.parts import Part
from corpus.stages import Clean, Head, Sentences, Strip, Text
from tools.errors import UserError
from tools.shards import MANIFEST


def strip(config: Strip) -> None:
    """One page of wikitext from standard input to clean text; what was not understood goes to standard error."""
    options = Clean((), Path(), math=config.math, captions=config.captions, templates=config.templates)
    page = one_page(_standard_input(), config.title, options)
    print(page.text)
    for name, count in page.unresolved.items():
        print(f"unresolved template {name}, {count} times: {page.examples[name]}", file=sys.stderr)


def split(config: Sentences) -> None:
    """Text from standard input, one sentence a line."""
    splitter = sentences.SPLITTERS[config.splitter]
    for line in _standard_input().splitlines():
        for sentence in splitter(line):
            if sentence.strip():
                print(sentence.strip())


def text(config: Text) -> None:
    """A folder of documents as other people's scripts want it: a sentence a line, a blank line between documents."""
    splitter = sentences.SPLITTERS[config.splitter]
    for document in documents(config.folder):
        for sentence in splitter(document.text):
            if sentence.strip():
                print(sentence.strip())
        print()


def head(config: Head) -> None:
    """The first documents of a folder, or of any file that the cleaner can read, as they are."""
    for document in islice(documents(config.path), config.n):
        size = f"{len(document.text):,} characters"
        print(f"── {document.title}  (id {document.id}, {document.source}, {size})")
        print(document.text if len(document.text) <= config.chars else document.text[: config.chars] + " …")
        print()


def documents(path: Path) -> Iterator[Document]:
    """The documents of a finished folder, or what the readers find in anything else."""
    if (path / MANIFEST).exists():
        return read_documents(path)
    if not path.exists():
        raise UserError(f"{path}: not there; give a folder that the clean stage made, or a file that it can read")
    return _read(readers.split(str(path)))


def _read(parts: Iterable[Part]) -> Iterator[Document]:
    for part in parts:
        for document, fault in readers.read(part):
            if fault is None:
                yield document


def _standard_input() -> str:
    if sys.stdin.isatty():
        print("reading from the terminal; end with Ctrl-D, or use `< FILE`", file=sys.stderr)
    try:
        return sys.stdin.buffer.read().decode()
    except UnicodeDecodeError as error:
        raise UserError(f"standard input: byte {error.start:,} is not UTF-8; convert it with iconv -t UTF-8") from None

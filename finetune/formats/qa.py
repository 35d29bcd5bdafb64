"""A file of questions in any format: which one it is, seen from its content, and the examples it holds.

KorQuAD 1 and 2, SQuAD 1.1 and 2.0, KLUE-MRC and TyDi are JSON (squad.py); Konkuk's is lines (konkuk.py); a table is
CSV or TSV (qa_table.py). What a file was taken for, and what had to be set right in it, is said in a line each.
"""

from __future__ import annotations

import codecs
import sys
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

from corpus.packed import head
from finetune.formats.articles import Article, questions
from finetune.formats.konkuk import FIRST, read_konkuk
from finetune.formats.qa_table import read_table, separator
from finetune.formats.squad import SHAPES, is_bundle, read_tree, shape_of, trees
from finetune.reading import Reading, gathered, text
from tools.errors import UserError

NAMES = {key: shape.name for key, shape in SHAPES.items()} | {
    "konkuk": "Konkuk's line format",
    "csv": "CSV",
    "tsv": "TSV",
}
"""Format -> what it is called."""


def read_qa(path: Path) -> Reading:
    """The questions of a file; their answers are put where they stand in the context, at -1 where they do not."""
    notes, counts = Counter[str](), Counter[str]()
    key, found = opened(path)
    reading = gathered(path, questions(counted(found, counts), notes))
    figures = ", ".join(f"{count:,} {what}" for what, count in counts.items())
    for line in (f"taken for {NAMES[key]}: {figures}", *(f"{what}: {count:,}" for what, count in (+notes).items())):
        print(f"{path}: {line}", file=sys.stderr)
    return reading


def opened(path: Path) -> tuple[str, Iterator[Article]]:
    """The key in NAMES of the format that a file is in, and its articles."""
    key = outside(path)
    if key == "konkuk":
        return key, read_konkuk(path)
    if key in ("csv", "tsv"):
        return key, read_table(path)
    if key != "json":
        known = ", ".join(NAMES.values())
        raise UserError(f"{path}: holds no questions in a format known here ({known}); give another file")
    found = trees(path)
    name, tree = next(found)
    return _shape(tree, name), chain.from_iterable(
        read_tree(tree, _shape(tree, name), name) for name, tree in chain([(name, tree)], found)
    )


def outside(path: Path) -> str:
    """What a file is by its first characters: json, konkuk, csv, tsv, or empty if nothing that can hold questions."""
    begin = beginning(path).lstrip()
    if begin.startswith(f"{FIRST} "):
        return "konkuk"
    if begin.startswith(("{", "[")):
        return "json"
    return {"\t": "tsv", ",": "csv"}.get(separator(begin.partition("\n")[0].removesuffix("\r")), "")


def beginning(path: Path) -> str:
    """The first characters of a file; of a folder or zip of JSON files `{`, and of another folder nothing."""
    if path.is_dir():
        return "{" if is_bundle(map(str, path.rglob("*"))) else ""
    if path.is_file() and zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            return "{" if is_bundle(archive.namelist()) else text(path)
    first = head(str(path))
    wide = first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return first.decode("utf-16" if wide else "utf-8-sig", errors="replace")


def counted(articles: Iterable[Article], counts: Counter[str]) -> Iterator[Article]:
    """The same articles, and how many articles, paragraphs and questions went by."""
    for article in articles:
        counts["articles"] += 1
        counts["paragraphs"] += len(article.paragraphs)
        counts["questions"] += sum(len(part.asked) for part in article.paragraphs)
        yield article


def _shape(tree: Any, name: str) -> str:
    if shape := shape_of(tree):
        return shape
    raise UserError(f"{name}: JSON, but no questions in it: data > paragraphs > qas, or data > qas; give another file")

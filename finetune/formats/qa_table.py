"""Questions as a table, CSV or TSV, with a header: id, title, question, context, answer, answer_start.

Only question and context must be there. Rows of the same id are one question with several answers; an empty answer
says that there is none, a table without the column that answers are not known. The order of columns is free. A cell may
hold line ends and tabs in quotation marks; in a TSV whose quotation marks do not agree they are characters like others.
"""

from __future__ import annotations

import csv
import io
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import Literal

from finetune.examples import Answer
from finetune.formats.articles import Article, Asked, Paragraph
from finetune.reading import text
from tools.errors import UserError
from tools.shards import atomic

COLUMNS = ("id", "title", "question", "context", "answer", "answer_start")
Row = dict[str, str]


def separator(header: str) -> str:
    """The separator of a table of questions, known by its header; empty if it is none."""
    for mark in "\t,":
        names = {name.strip().strip('"').lower() for name in header.split(mark)}
        if {"question", "context"} <= names:
            return mark
    return ""


def read_table(path: Path) -> Iterator[Article]:
    """The rows of a table; those that follow one another with the same title and context are one paragraph."""
    for title, below in groupby(_rows(path), key=lambda row: row["title"]):
        parts = groupby(below, key=lambda row: row["context"])
        yield Article(title, tuple(Paragraph(context, tuple(_asked(rows))) for context, rows in parts))


def write_csv(articles: Iterable[Article], path: Path) -> Mapping[str, int]:
    """Write a comma-separated table; the result is what it could not hold, and how often."""
    return _write(articles, path, ",")


def write_tsv(articles: Iterable[Article], path: Path) -> Mapping[str, int]:
    """Write a tab-separated table."""
    return _write(articles, path, "\t")


def _write(articles: Iterable[Article], path: Path, mark: str) -> Mapping[str, int]:
    dropped, kept = Counter[str](), list(articles)
    known = any(asked.answers is not None for row in kept for part in row.paragraphs for asked in part.asked)
    columns = COLUMNS if known else COLUMNS[:4]
    with atomic(path) as file:
        written = io.TextIOWrapper(file, "utf-8", newline="")
        table = csv.writer(written, delimiter=mark)  # its \r\n is why it quotes a \r in a text
        table.writerow(columns)
        for article in kept:
            dropped.update(f"dropped: {key}" for key in article.more)
            for part in article.paragraphs:
                dropped["dropped: contexts without questions"] += not part.asked
                for asked in part.asked:
                    cells = (asked.id, article.title, asked.question, part.context)
                    table.writerows((*cells, *answer)[: len(columns)] for answer in _cells(asked, known, dropped))
        written.detach()
    return dict(+dropped)


def _cells(asked: Asked, known: bool, dropped: Counter[str]) -> list[tuple[str, str]]:
    """The answer and its place for each row of a question."""
    dropped.update(f"dropped: {key}" for key in asked.more)
    dropped["dropped: plausible answers"] += len(asked.plausible)
    if asked.answers is None and known:
        dropped["dropped: questions whose answer is not known"] += 1
        return []
    if not asked.answers or asked.impossible:
        dropped["dropped: answers of questions marked impossible"] += len(asked.answers or ())
        return [("", "")]
    return [(answer.text, str(answer.start) if answer.start >= 0 else "") for answer in asked.answers]


def _rows(path: Path) -> Iterator[Row]:
    content = text(path)
    mark = separator(content.partition("\n")[0].removesuffix("\r"))
    if not mark:
        columns = ", ".join(COLUMNS)
        raise UserError(f"{path}: its header names no question and context; a table of questions has {columns}")
    found = _parsed(content, mark, csv.QUOTE_MINIMAL)
    if found is None and mark == "\t":  # quotation marks that are only text
        found = _parsed(content, mark, csv.QUOTE_NONE)
    if found is None:
        raise UserError(f"{path}: its quotation marks or columns do not agree in all rows; mend it or save it as TSV")
    names = [name.strip().lower() for name in found[0]]
    for number, cells in enumerate(found[1:], 2):
        row = dict(zip(names, cells, strict=True))
        start = row.get("answer_start") or "-1"
        if not _WHOLE.fullmatch(start):
            raise UserError(f"{path}: row {number}: answer_start is {start!r}, not a whole number; mend it")
        name = row.get("id") or f"{path.name.split('.')[0]}-{number}"
        yield {"title": "", **row, "id": name, "answer_start": start}


def _parsed(content: str, mark: str, quoting: Literal[0, 3]) -> list[list[str]] | None:
    """The cells of all rows, or None if they do not agree."""
    csv.field_size_limit(sys.maxsize)  # a page of KorQuAD 2 is longer than the 131,072 characters it allows
    try:
        parsed = csv.reader(io.StringIO(content, newline=""), delimiter=mark, quoting=quoting, strict=True)
        found = [row for row in parsed if row]
    except csv.Error:
        return None
    return found if all(len(row) == len(found[0]) for row in found) else None


def _asked(rows: Iterable[Row]) -> Iterator[Asked]:
    for (name, question), same in groupby(rows, key=lambda row: (row["id"], row["question"])):
        cells = list(same)
        if "answer" not in cells[0]:
            yield Asked(name, question)
            continue
        answers = tuple(Answer(row["answer"], int(row["answer_start"])) for row in cells if row["answer"])
        yield Asked(name, question, answers, not answers)


_WHOLE = re.compile(r"-?\d+")

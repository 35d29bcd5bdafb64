"""Texts with a label each, from tables: sentiment, topics, hate speech, any `text <TAB> label`, NeMo's included.

What differs between data sets is a `Layout`: what its columns are called, and how editions spell the labels. The
readers of pairs use the same. Texts and labels lose only the white space around them.
"""

from __future__ import annotations

import dataclasses
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path

from finetune.examples import Labelled
from finetune.formats.table import QUOTED, Row, Table, by_content, read_table
from finetune.reading import Reading, gathered
from tools.errors import UserError
from tools.shards import atomic

TEXT = tuple("document text sentence comment comments review 문장 텍스트 리뷰 본문 내용 댓글".split())
LABEL = ("label", "labels", "class", "category", "sentiment", "라벨", "레이블", "분류", "감정")
LIST = "python -m finetune list"
NO_LABEL = frozenset({"", "-", "?"})
"""What stands where annotators did not agree, or where nobody was asked."""
FEW = 10
"""In so many rows a column that nearly never repeats itself holds ids, not labels."""
BOOLEAN = {"0": "False", "1": "True", "false": "False", "true": "True", "FALSE": "False", "TRUE": "True"}
TOPICS = ("IT과학", "경제", "사회", "생활문화", "세계", "스포츠", "정치")


@dataclasses.dataclass(frozen=True, slots=True)
class Layout:
    """What the columns of a data set may be called, and its labels."""

    texts: tuple[tuple[str, ...], ...]
    """For each text the names of its column."""
    label: tuple[str, ...] = LABEL
    labels: tuple[str, ...] = ()
    """All there are; none given = any."""
    spelled: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """How some editions write a label -> the label."""
    number: bool = False
    """The label is a number, from 0 to 5."""
    optional: bool = False
    """The second text may be missing."""


def read_layout(path: Path, layout: Layout) -> Reading:
    """The labelled texts of a table of this layout."""
    known = [*layout.label, *(name for names in layout.texts for name in names)]
    return gathered(path, labelled(_spaced(read_table(path, known)), layout))


def labelled(table: Table, layout: Layout) -> Iterator[Labelled | str]:
    """An example for each row, or why it gives none."""
    texts, label = _columns(table, layout)
    for found in table.whole(texts if label is None else [*texts, label]):
        if isinstance(found, str):
            yield found
            continue
        id, row = found
        parts = [row.cells[at].strip() for at in texts]
        name = None if label is None else _label(row, label, layout)
        if not all(parts[: 1 if layout.optional else None]):
            yield "empty text"
        elif name in NO_LABEL:
            yield "no label"
        else:
            yield Labelled(id, parts[0], parts[1] if len(parts) > 1 and parts[1] else None, name)


def _columns(table: Table, layout: Layout) -> tuple[list[int], int | None]:
    """The columns of the texts, and of the label; None where the answers are kept back."""
    if table.names:
        first, label = table.required(layout.texts[0]), table.column(layout.label)
        others = [table.column(names) if layout.optional else table.required(names) for names in layout.texts[1:]]
        texts = [first, *(at for at in others if at is not None)]
    else:
        texts, label = by_content(table, 1 if layout.optional else len(layout.texts), partial(_fits, layout))
    if label is None:
        return texts, None
    given = [row.cells[label] for row in table.rows if label < len(row.cells)]
    ids = not table.names and len(given) >= FEW and 2 * len(set(given)) > len(given) and not layout.number
    return texts, None if ids or NO_LABEL.issuperset(given) else label


def _fits(layout: Layout, cell: str) -> bool:
    """Whether a cell can be a label."""
    if layout.number:
        return bool(_NUMBER.fullmatch(cell)) and 0 <= float(cell) <= 5
    return not layout.labels or cell in layout.labels or cell in layout.spelled


def _label(row: Row, at: int, layout: Layout) -> str:
    written = unicodedata.normalize("NFC", row.cells[at]).strip()
    name = layout.spelled.get(written, written)
    if name in NO_LABEL:
        return name
    if layout.labels and name not in layout.labels:
        rule = f"is none of {', '.join(layout.labels)}"
        raise UserError(f"{row.where}: label {written!r} {rule}; mend the row, or see whose file it is: {LIST}")
    if layout.number and not _NUMBER.fullmatch(name):
        raise UserError(f"{row.where}: {written!r} must be a number; mend the row, or name the columns in a header")
    return name


def _spaced(table: Table) -> Table:
    """The layout `label sentence`, with a space between them: every line of a single column begins with a number."""
    if table.names or table.width > 1:
        return table
    headed = [word in names for word, names in zip(table.rows[0].cells[0].split(" "), (LABEL, TEXT), strict=False)]
    rows = list[Row]()
    for row in table.rows[len(headed) == 2 and all(headed) :]:
        if not (found := _LABEL_FIRST.fullmatch(row.cells[0])):
            return table
        rows.append(Row(row.where, (found[1], found[2] or "")))
    return Table(table.path, (LABEL[0], TEXT[0]), tuple(rows), 2)


def write_tsv(examples: Iterable[Labelled], path: Path) -> None:
    """Write `text <TAB> label` lines under a header, as NeMo and most scripts take them; pairs get two columns.

    Tabs and line ends in a text become spaces. Quotes stay as they are, unless all of them would be read as a
    spreadsheet's; then they are written as one does it.
    """
    rows = list(examples)
    texts = ["sentence1", "sentence2"] if any(row.second is not None for row in rows) else ["sentence"]
    table = [[*texts, "label"], *([*[row.first, row.second or ""][: len(texts)], row.label or ""] for row in rows)]
    table = [[re.sub(r"[\t\r\n]+", " ", cell) for cell in cells] for cells in table]
    if all(QUOTED.fullmatch(cell) for cells in table for cell in cells if '"' in cell):
        table = [['"' + cell.replace('"', '""') + '"' if '"' in cell else cell for cell in cells] for cells in table]
    with atomic(path) as file:
        file.writelines(("\t".join(cells) + "\n").encode() for cells in table)


def read_tsv(path: Path) -> Reading:
    """Any table with a text and a label, NeMo's `sentence <TAB> label` and `label sentence` among them."""
    return read_layout(path, Layout(((*TEXT, "title", "제목"),)))


def read_nsmc(path: Path) -> Reading:
    """The Naver movie reviews, `id <TAB> document <TAB> label` or `label sentence`; 0 is negative."""
    return read_layout(path, Layout((TEXT,), labels=("0", "1")))


def read_hate(path: Path) -> Reading:
    """Comments on news and how hateful they are; the title of the news is the second text."""
    return read_layout(path, Layout((TEXT, ("title",)), ("hate", *LABEL), ("none", "offensive", "hate"), optional=True))


def read_bias(path: Path) -> Reading:
    """The same comments and against whom they are biased."""
    return read_layout(path, Layout((TEXT, ("title",)), ("bias", *LABEL), ("none", "gender", "others"), optional=True))


def read_ynat(path: Path) -> Reading:
    """KLUE-YNAT: headlines and their topics, which other editions number."""
    numbered = {str(number): topic for number, topic in enumerate(TOPICS)}
    return read_layout(path, Layout((("title", *TEXT),), ("label", "topic_idx", *LABEL), TOPICS, numbered))


def read_sentineg(path: Path) -> Reading:
    """KoBEST SentiNeg: product reviews, their test set with the sense turned round; 0 is negative."""
    return read_layout(path, Layout((TEXT,), labels=("0", "1")))


_NUMBER = re.compile(r"[+-]?\d+(\.\d*)?")
_LABEL_FIRST = re.compile(r"(?:__label__)?(\d+|(?<=__label__)\S+)(?:[ ]+(.*))?", re.DOTALL)

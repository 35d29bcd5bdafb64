"""A file of rows and columns, whatever it is written as, and which of its columns hold what.

Tab- or comma-separated text, with or without a header; a JSON list of objects; one JSON object a line. A quote is an
ordinary character of tab-separated text, unless all cells of the file that have one are quoted as spreadsheets do it.
Columns are found by the names in the header. Without one, the label is the column with the fewest different values
and the texts are the longest of the others.
"""

from __future__ import annotations

import dataclasses
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path

from finetune.reading import numbered, parsed, text
from tools.errors import UserError

IDS = ("id", "guid", "uid", "번호")


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """The cells of a row, and where it stands: `file:12` or `file: [3]`."""

    where: str
    cells: tuple[str, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Table:
    """The rows of a file under the names in its header, in small letters; no names without a header."""

    path: Path
    names: tuple[str, ...]
    rows: tuple[Row, ...]
    width: int
    """How many cells a row should have."""

    def column(self, names: Sequence[str]) -> int | None:
        """The column that has one of these names, the first of them that there is; None if there is none."""
        return next((self.names.index(name) for name in names if name in self.names), None)

    def required(self, names: Sequence[str]) -> int:
        """The same, for a column that must be there."""
        at = self.column(names)
        if at is None:
            have = ", ".join(self.names) or "no header"
            lacks = f"has no column {names[0]!r} ({have})"
            raise UserError(f"{self.path}: {lacks}; name it so, or see whose file it is: python -m finetune list")
        return at

    def whole(self, used: Collection[int] = ()) -> Iterator[tuple[str, Row] | str]:
        """The rows with an id for each, and in place of a row of another width the reason to leave it out."""
        for id, row in zip(self.ids(used), self.rows, strict=True):
            yield (id, row) if len(row.cells) == self.width else f"not {self.width} columns"

    def ids(self, used: Collection[int]) -> Sequence[str]:
        """The ids in the file, if they are all different, otherwise the numbers of the rows from 1.

        Without a header an unused column with a different value in each row holds them.
        """
        named = self.column(IDS)
        free = [at for at in range(self.width) if at not in used] if not self.names else []
        for at in free if named is None else [named]:
            given = [row.cells[at] if at < len(row.cells) else "" for row in self.rows]
            if all(given) and len(set(given)) == len(given):
                return given
        return [str(number) for number in range(1, len(self.rows) + 1)]


def read_table(path: Path, known: Collection[str]) -> Table:
    """A file as a table; the first line is a header if two of its cells, or its only one, are `known` names."""
    content = text(path)
    if _JSON_LIST.match(content):
        return _objects(path, [(f"{path}: [{at}]", one) for at, one in enumerate(parsed(content, str(path)))])
    filled = [(f"{path}:{number}", line) for number, line in numbered(content) if line.strip()]
    if _JSON_LINE.match(content):
        return _objects(path, [(where, parsed(line, where)) for where, line in filled])
    if ".csv" in path.suffixes and "\t" not in filled[0][1]:
        rows = _quoted(path, content, _COMMA)
        if isinstance(rows, int):
            rule = "double the quotes within it, or take them out"
            raise UserError(f"{path}:{rows}: a quoted cell has no end; {rule}")
        return _headed(path, rows, known)
    rows = _quoted(path, content, _TAB) if '"' in content else 0
    if isinstance(rows, int):  # a quote is a character like others here
        rows = [Row(where, tuple(line.split("\t"))) for where, line in filled]
    return _headed(path, rows, known)


def by_content(table: Table, texts: int, is_label: Callable[[str], bool]) -> tuple[list[int], int | None]:
    """The columns of so many texts, and of the label, in a table without a header.

    The label is where most cells can be one; of equals, where the fewest are different; of these, the shortest.
    """
    columns = list(zip(*(row.cells for row in table.rows if len(row.cells) == table.width), strict=True))
    if len(columns) < texts:
        wanted = f"{texts} text{'s' * (texts > 1)} and a label"
        raise UserError(f"{table.path}: has {len(columns)} column(s); write {wanted} on a line, with tabs between them")
    length = [sum(map(len, column)) for column in columns]
    kinds = [len(set(column)) for column in columns]
    fitting = [sum(map(is_label, column)) for column in columns]
    order = sorted(range(len(columns)), key=lambda at: (-fitting[at], kinds[at], length[at]))
    label = order[0] if len(columns) > texts else None
    others = sorted((at for at in range(len(columns)) if at != label), key=lambda at: -length[at])
    return sorted(others[:texts]), label


def folded(name: str) -> str:
    """The name of a column without what people write differently."""
    return unicodedata.normalize("NFC", name).strip().strip('"').lower()


def _headed(path: Path, rows: Sequence[Row], known: Collection[str]) -> Table:
    names = tuple(folded(cell) for cell in rows[0].cells)
    familiar = sum(name in known or name in IDS for name in names)
    if familiar < min(2, len(names)):
        return Table(path, (), tuple(rows), Counter(len(row.cells) for row in rows).most_common(1)[0][0])
    if len(rows) == 1:
        raise UserError(f"{path}: holds a header and nothing below it; give a file with examples")
    return Table(path, names, tuple(rows[1:]), len(names))


def _quoted(path: Path, content: str, cell: re.Pattern[str]) -> list[Row] | int:
    """The rows of a file in which a quoted cell may go over lines; the line where the quotes are no such thing."""
    content = "\n".join(line for _, line in numbered(content))
    rows, cells, place, line, start, end = list[Row](), list[str](), 0, 1, 1, "\n"
    while place < len(content) or end != "":
        found = cell.match(content, place)
        if not found:
            return line
        quoted, bare, end = found.groups()
        cells.append(bare if quoted is None else quoted.replace('""', '"'))
        line, place = line + found[0].count("\n"), found.end()
        if end in ("\n", ""):
            if any(cells):
                rows.append(Row(f"{path}:{start}", tuple(cells)))
            cells, start = [], line
    return rows


def _objects(path: Path, objects: Sequence[tuple[str, object]]) -> Table:
    flat = list[tuple[str, dict[str, str]]]()
    for where, value in objects:
        if not isinstance(value, dict):
            raise UserError(f"{where}: {value!r:.40} must be an object with named values")
        flat.append((where, dict(_flat(value, ""))))
    names = tuple(dict.fromkeys(name for _, cells in flat for name in cells))
    rows = tuple(Row(where, tuple(cells.get(name, "") for name in names)) for where, cells in flat)
    return Table(path, names, rows, len(names))


def _flat(value: Mapping[str, object], prefix: str) -> Iterator[tuple[str, str]]:
    """An object within an object as `outer.inner`; what is no text as JSON writes it."""
    for key, one in value.items():
        name = prefix + folded(key)
        if isinstance(one, dict):
            yield from _flat(one, f"{name}.")
        else:
            yield name, one if isinstance(one, str) else "" if one is None else json.dumps(one, ensure_ascii=False)


_JSON_LIST, _JSON_LINE = re.compile(r"\s*\[\s*\{"), re.compile(r'\s*\{\s*"')
QUOTED = re.compile(r'"((?:[^"\t]|"")*+)"')
_TAB = re.compile(rf'(?:{QUOTED.pattern}|([^"\t\n]*+))(\t|\n|\Z)')
_COMMA = re.compile(r'(?:"((?:[^"]|"")*+)"|((?!")[^,\n]*+))(,|\n|\Z)')

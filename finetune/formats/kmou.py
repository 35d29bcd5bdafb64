"""KMOU's corpus, whose tags stand on morphemes, in the two forms that it was given out in.

Three files side by side: `train.words.txt`, `train.pos.txt` and `train.tags.txt`, a sentence a line; any of the three
is given and the others are found beside it. They have no text: surface.py puts it together, so that a model reads
Korean as it is written. Without the file of parts of speech the morphemes stand with spaces between, as published
results have it. The later form has a line for each morpheme, `_` for a space, below the text on a line with ##.
"""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

from finetune.examples import Tagged
from finetune.formats.surface import surface
from finetune.formats.tokens import EMPTY, Row, read_rows, report
from finetune.reading import Reading, lines
from tools.errors import UserError


def read_kmou(path: Path) -> Reading:
    """The sentences of a part of the corpus; their names are not known if there is no file of tags."""
    named = _NAME.fullmatch(path.name)
    return _read_three(path, named[1], named[3]) if named else _read_upright(path)


def _read_three(path: Path, before: str, after: str) -> Reading:
    words, *others = (path.with_name(f"{before}{role}{after}") for role in ("words", "pos", "tags"))
    rows = [line.split() for _, line in lines(words)]
    pos, tags = (_beside(words, len(rows), file) for file in others)
    where = [f"{words}:{number}" for number in range(1, len(rows) + 1)]
    return read_rows(path, (_row(*row) for row in zip(where, rows, pos, tags, strict=True)))


def _read_upright(path: Path) -> Reading:
    rows, said = list[Row | str](), dict[str, str]()
    block: list[list[str]] = []
    heads: list[str] = []
    for number, line in [*lines(path), (0, "")]:
        if line.startswith("## ") and not block:
            heads.append(line[3:])
        elif line.strip():
            block.append(line.split("\t"))
        elif block:
            id = str(len(rows) + 1)
            said |= {id: heads[1]} if len(heads) > 2 else {}
            rows.append(_upright(f"{path}:{number - len(block)}", id, block))
            block, heads = [], []
    if not any(isinstance(row, Row) for row in rows):
        raise UserError(f"{path}: has no morphemes with tags; give NAME.words.txt, or a file with columns")
    reading = read_rows(path, rows)
    texts = [example for example in reading.examples if isinstance(example, Tagged)]
    if differ := sum(said.get(example.id, example.text) != example.text for example in texts):
        report(path, {"text above that is not what the morphemes spell: the morphemes were taken": differ})
    return reading


def _upright(where: str, id: str, block: list[list[str]]) -> Row | str:
    if any(len(cells) < 2 for cells in block):
        return "line without a tag"
    tokens = [" " if cells[0] == "_" else cells[0] for cells in block]
    return Row(where, id, tokens, [cells[-1] for cells in block], frozenset(range(len(tokens))))


def _beside(words: Path, count: int, file: Path) -> list[list[str] | None]:
    """What another file says of each sentence; None of each if it is not there."""
    if not file.exists():
        return [None] * count
    rows: list[list[str] | None] = [line.split() for _, line in lines(file)]
    if len(rows) != count:
        raise UserError(f"{file}: has {len(rows):,} lines, but {words.name} {count:,}; give files that belong together")
    return rows


def _row(where: str, forms: list[str], pos: list[str] | None, tags: list[str] | None) -> Row | str:
    if not forms:
        return EMPTY
    id = where.rpartition(":")[2]
    if pos is None:
        return Row(where, id, forms, tags)
    if len(pos) != len(forms):
        return f"{'more' if len(pos) > len(forms) else 'fewer'} parts of speech than morphemes"
    borders = {here for here, two in enumerate(pairwise(tags or ()), 1) if _is_border(*two)}
    written, glued = surface(forms, pos, borders)
    return Row(where, id, written, tags, glued)


def _is_border(tag: str, after: str) -> bool:
    """Whether a name begins or ends between two tokens; nothing contracts there."""
    return not (tag == after == "O" or (tag != "O" and after[:1] == "I"))


_NAME = re.compile(r"(.*\.)(words|pos|tags)(\..+)")

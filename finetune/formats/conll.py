"""CoNLL's columns: a token a line with its tag in the last column, an empty line between sentences.

Columns are parted by a tab if a line has one, else by spaces; what stands between token and tag is not read, except
SpaceAfter=No, which treebanks say of a token that the next is glued to. Our own files have it, so that 경찰 and 은 are
경찰은 again. A file with a token for each character, spaces among them, is glued throughout. Lines that begin with #
and have no tag are comments; -DOCSTART- is none of a sentence. IOB2, IOB1 and BIOES are told apart by what is there.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from finetune.examples import Tagged
from finetune.formats.bio import parted
from finetune.formats.tokens import Row, read_rows, rows_of
from finetune.reading import Reading, lines
from tools.shards import atomic

DOCUMENT, GLUED = "-DOCSTART-", "SpaceAfter=No"


def read_conll(path: Path) -> Reading:
    """The sentences of a file; without tags if it has but one column."""
    blocks = list(_blocks(path))
    bare = all(len(cells) == 1 for block in blocks for _, cells in block)
    spelled = any(cells[0] == " " for block in blocks for _, cells in block)
    return read_rows(path, (_row(path, number, block, bare, spelled) for number, block in enumerate(blocks, 1)))


def write_conll(examples: Sequence[Tagged], path: Path) -> Mapping[str, int]:
    """Write tokens with IOB2 tags, and what holds them together between; the result is what was lost, how often."""
    dropped = Counter[str]()
    with atomic(path) as file:
        for row in rows_of(examples, dropped):
            glue = (GLUED if number in row.glued else "_" for number in range(len(row.tokens)))
            file.write(columns([row.tokens, glue, row.tags or ()]))
    return dropped


def columns(cells: Iterable[Iterable[str]]) -> bytes:
    """The lines of a sentence from its columns, and the empty one that ends it."""
    return ("".join("\t".join(row) + "\n" for row in zip(*cells, strict=True)) + "\n").encode()


def _blocks(path: Path) -> Iterator[list[tuple[int, list[str]]]]:
    block: list[tuple[int, list[str]]] = []
    for number, line in [*lines(path), (0, "")]:
        cells = line.split("\t") if "\t" in line else re.findall(r"[^ ]+", line)
        if "\t" not in line and not line.strip():
            if block and (len(block) > 1 or block[0][1][0] != DOCUMENT):
                yield block
            block = []
        elif block or not _is_comment(cells):
            block.append((number, cells))


def _row(path: Path, number: int, block: list[tuple[int, list[str]]], bare: bool, spelled: bool) -> Row | str:
    cells = [row for _, row in block]
    if not bare and any(len(row) < 2 for row in cells):
        return "line without a tag"
    if any(not row[0] for row in cells):
        return "line without a token"
    glued = frozenset(place for place, row in enumerate(cells) if spelled or GLUED in row[1:-1])
    tags = None if bare else [row[-1].strip() for row in cells]
    return Row(f"{path}:{block[0][0]}", str(number), [row[0] for row in cells], tags, glued)


def _is_comment(cells: list[str]) -> bool:
    if not cells[0].startswith("#") or len(cells) < 2:
        return False
    try:
        parted(cells[-1])
    except ValueError:
        return True
    return False

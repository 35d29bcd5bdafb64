"""All formats of texts with names: how each is read and written, and how a file of it is recognised by its content.

KMOU's is only read, as it needs parts of speech; the category markup is read by the reader of the other markup.
"""

from __future__ import annotations

import dataclasses
import itertools
import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from finetune.examples import Tagged
from finetune.formats.bio import parted
from finetune.formats.conll import read_conll, write_conll
from finetune.formats.inline import CATEGORY, SHORT, read_inline, write_category, write_inline
from finetune.formats.klue_ner import read_klue_ner, write_klue_ner
from finetune.formats.kmou import read_kmou
from finetune.formats.naver_ner import read_naver_ner, write_naver_ner
from finetune.formats.nemo import parts, read_nemo, write_nemo
from finetune.reading import Reading, lines
from tools.errors import UserError

SOME = 400
"""How many lines of a file are looked at."""


@dataclasses.dataclass(frozen=True, slots=True)
class NameFormat:
    """A format of texts with names."""

    name: str
    read: Callable[[Path], Reading]
    write: Callable[[Sequence[Tagged], Path], Mapping[str, int]]
    looks: Callable[[Path], bool]
    """Whether a file, or a folder, is in this format; of those that say so the first in FORMATS is it."""


def _is_klue(path: Path) -> bool:
    some = _lines(path)
    return any(one.startswith("## ") and _row(two, 1) for one, two in itertools.pairwise(some))


def _is_kmou(path: Path) -> bool:
    if re.search(r"\.(words|pos|tags)\.", path.name):
        return True
    return any(line.startswith("## ") for line in _lines(path)) and any(line.startswith("_\t") for line in _lines(path))


def _is_nemo(path: Path) -> bool:
    if path.is_dir():
        return bool(parts(path))
    return bool(re.fullmatch(r"(text|labels)_.+", path.name))


def _is_naver(path: Path) -> bool:
    rows = [line.split("\t") for line in _lines(path) if line.strip()]
    upright = all(len(row) == 3 and row[0].isdecimal() and re.fullmatch(r"-|\w+_[BI]", row[2]) for row in rows)
    flat = all(len(row) == 2 and _are_tags(row[1].split(" ")) for row in rows)
    tags = (row[1] for row in rows)
    return bool(rows) and (upright or (flat and any(" " in one for one in tags)))


def _is_conll(path: Path) -> bool:
    some = [line for line in _lines(path) if line.strip() and not line.startswith("#")]
    return bool(some) and all(_row(line, len(line)) for line in some)


def _is_inline(path: Path, *, category: bool) -> bool:
    markup = CATEGORY if category else SHORT
    return any(markup.name.search(line) for line in _lines(path))


def _row(line: str, longest: int) -> bool:
    """Whether a line is a token, not too long, and a tag."""
    cells = line.split("\t") if "\t" in line else line.split(" ")
    return len(cells) > 1 and len(cells[0]) <= longest and _are_tags([cells[-1].strip()])


def _are_tags(words: Sequence[str]) -> bool:
    try:
        return all(word == "-" or parted(word) for word in words)
    except ValueError:
        return False


def _lines(path: Path) -> list[str]:
    return [] if path.is_dir() else [line for _, line in itertools.islice(lines(path), SOME)]


def _unwritable(_examples: Sequence[Tagged], path: Path) -> Mapping[str, int]:
    raise UserError(f"{path}: KMOU's format needs parts of speech, which no other has; write conll or klue-ner")


FORMATS: Mapping[str, NameFormat] = {
    "kmou-ner": NameFormat("KMOU's morphemes", read_kmou, _unwritable, _is_kmou),
    "klue-ner": NameFormat("KLUE's characters", read_klue_ner, write_klue_ner, _is_klue),
    "nemo": NameFormat("NeMo's folder", read_nemo, write_nemo, _is_nemo),
    "naver-ner": NameFormat("Naver's eojeols", read_naver_ner, write_naver_ner, _is_naver),
    "conll": NameFormat("CoNLL's columns", read_conll, write_conll, _is_conll),
    "category": NameFormat("category markup", read_inline, write_category, partial(_is_inline, category=True)),
    "inline": NameFormat("inline markup", read_inline, write_inline, partial(_is_inline, category=False)),
    "inline-bare": NameFormat(
        "inline markup without josa in it", read_inline, partial(write_inline, bare=True), lambda _path: False
    ),
}

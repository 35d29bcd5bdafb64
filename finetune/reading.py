"""A file of task data as numbered lines or as JSON, and what its reader makes of it.

Files may be packed (xz, gzip, bz2, zstd, or a zip of one file), begin with a byte order mark, end their lines as
Windows does, and be in CP949 or UTF-16, as spreadsheets write them. Only a line feed ends a line: other control
characters and Unicode's own line separators stay in it, so that places counted over it stay right. What the lines
mean is the business of `finetune/formats`.
"""

from __future__ import annotations

import codecs
import dataclasses
import io
import json
import re
import sys
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from corpus.packed import plain
from finetune.examples import Example
from tools.errors import UserError


@dataclasses.dataclass(frozen=True, slots=True)
class Reading:
    """The examples of a file, and why the rows that gave none were left out: "empty text" 3."""

    examples: tuple[Example, ...]
    skipped: Mapping[str, int]


def gathered(path: Path, found: Iterable[Example | str]) -> Reading:
    """A reading from what a reader finds row by row: an example, or the reason why the row gives none."""
    examples, skipped = list[Example](), Counter[str]()
    for one in found:
        if isinstance(one, str):
            skipped[one] += 1
        else:
            examples.append(one)
    if not examples:
        why = ", ".join(f"{reason} {count:,}" for reason, count in skipped.items())
        mend = "give a file with some, or see whose file it is: python -m finetune list"
        raise UserError(f"{path}: holds no example{why and f' ({why})'}; {mend}")
    return Reading(tuple(examples), dict(skipped))


def lines(path: Path) -> Iterator[tuple[int, str]]:
    """The lines of a file without their ends, numbered from 1."""
    return numbered(text(path))


def numbered(content: str) -> Iterator[tuple[int, str]]:
    """The same of a text that has been read."""
    rows = content.removesuffix("\n").split("\n")
    return ((number, line.removesuffix("\r")) for number, line in enumerate(rows, 1))


def load_json(path: Path) -> Any:
    """What a JSON file holds."""
    return parsed(text(path), str(path))


def parsed(content: str, where: str) -> Any:
    """The value of some JSON; `where` begins an error about it."""
    try:
        value = json.loads(content)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise UserError(f"{where}: is not JSON: {error.msg} at {place}; mend or download the file again") from None
    except RecursionError:
        raise UserError(f"{where}: is JSON nested too deeply to be task data; give another file") from None
    if _SURROGATE.search(content) and (half := _HALF.search(json.dumps(value, ensure_ascii=False))):
        raise UserError(f"{where}: holds {half[0]!a}, half of a character; take it out")
    return value


def text(path: Path) -> str:
    """All the text of a file, its line ends as they are."""
    content = _decoded(path, _unpacked(path))
    if not content.strip():
        raise UserError(f"{path}: is empty; give a file with examples")
    if (at := content.find("\0")) >= 0:
        line = content.count("\n", 0, at) + 1
        raise UserError(f"{path}:{line}: holds a NUL character, so it is no text or is damaged; make the file again")
    return content


def _unpacked(path: Path) -> bytes:
    content = b"".join(plain(str(path)))
    if content.startswith(b"PK\x03\x04"):
        return _unzipped(path, content)
    if content[257:262] == b"ustar":
        raise UserError(f"{path}: is a tar archive; unpack it and give one of its files")
    return content


def _unzipped(path: Path, content: bytes) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = [name for name in archive.namelist() if not _ASIDE.search(name)]
            if len(members) != 1:
                names = ", ".join(members[:4]) or "nothing"
                raise UserError(f"{path}: a zip must hold one file, this one holds {names}; unpack it and give one")
            return archive.read(members[0])
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:  # RuntimeError: a password
        raise UserError(f"{path}: cannot be unzipped ({error}); unpack it yourself and give the file") from None


def _decoded(path: Path, content: bytes) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    else:
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            bad = error.start
        encoding = "cp949"
        if not _is_cp949(content):
            line = content.count(b"\n", 0, bad) + 1
            what = f"byte {bad:,} (0x{content[bad]:02x}) is not UTF-8, nor is the file CP949"
            raise UserError(f"{path}:{line}: {what}; save it as UTF-8")
    try:
        decoded = content.decode(encoding)
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: byte {error.start:,} breaks its UTF-16; save it as UTF-8") from None
    print(f"{path}: not UTF-8; read as {encoding.upper()}", file=sys.stderr)
    return decoded


def _is_cp949(content: bytes) -> bool:
    """Damaged UTF-8 often passes for CP949 too, but most of its Hangul can still be read as UTF-8."""
    try:
        content.decode("cp949")
    except UnicodeDecodeError:
        return False
    as_utf8 = content.decode(errors="replace")
    return as_utf8.count("\ufffd") > len(_HANGUL.findall(as_utf8))


_SURROGATE, _HALF = re.compile(r"\\u[dD][89a-fA-F]"), re.compile("[\ud800-\udfff]")
_HANGUL = re.compile("[가-힣]")
_ASIDE = re.compile(r"(^|/)(__MACOSX/|\.)|/$")

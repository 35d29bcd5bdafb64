"""The sources that the cleaner can read: one table, and the two verbs that use it.

`split` says which parts there are, `read` gives a part's documents. A source is recognised by the content of its
files, never by their names.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

from corpus import dump, formats
from corpus.formats import Pair
from corpus.packed import explained, head, is_url
from corpus.parts import BLOCK, Part
from tools.errors import UserError, nearest
from tools.stage import RECORD

INDEX = re.compile(r"-multistream-index\d*\.txt[^/]*$")
ASIDE = re.compile(rf"/[._]|/{re.escape(RECORD)}$")
"""Files of a folder that are no data: hidden ones, and the record that a stage such as `download` leaves."""


@dataclasses.dataclass(frozen=True, slots=True)
class Source:
    """A kind of file: `recognise` sees its first plain bytes, `split` cuts it, `read` gives a part's documents."""

    recognise: Callable[[bytes], bool]
    split: Callable[[str, int], list[Part]]
    read: Callable[[Part], Iterator[Pair]]
    text: Literal["wikitext", "extracted", "plain"]
    """What the cleaner gets in the documents."""


def split(path: str, source: str = "auto", block_bytes: int = BLOCK) -> list[Part]:
    """The parts of a file, or of all files below a folder in the order of their names; URLs are opened by fsspec."""
    if source not in (*SOURCES, "auto"):
        raise UserError(f"source {source!r}: unknown; {nearest(source, [*SOURCES, 'auto'])}")
    root = path.rstrip("/") if is_url(path) else str(Path(path).resolve())
    given = root.rsplit("/", 1)[-1]
    parts = []
    for file in files(root):
        kind = recognise(file, source)
        name = file.removeprefix(root).lstrip("/") or given
        for part in SOURCES[kind].split(file, block_bytes):
            parts.append(dataclasses.replace(part, kind=kind, source=given, name=name))
    return parts


def read(part: Part) -> Iterator[Pair]:
    """Every document of a part, each with None or the reason why it must be dropped."""
    return SOURCES[part.kind].read(part)


def recognise(path: str, source: str = "auto") -> str:
    """The name of the source that reads a file; with a source given, a check that it can."""
    begin = head(path)
    if not begin:
        raise UserError(f"{path}: is empty; leave it out or make it again")
    if INDEX.search(path):
        raise UserError(f"{path}: is the index of a dump; give the dump itself (...-multistream.xml.bz2)")
    fitting = [name for name, row in SOURCES.items() if row.recognise(begin)]
    if source in fitting:
        return source
    seen = next((phrase for look, phrase in LOOKS.items() if re.match(look, begin, re.DOTALL)), "")
    if source != "auto":
        other = f"looks like {seen or fitting[0] if fitting else 'binary data'}"
        raise UserError(
            f"{path}: --source {source} was given, but the file {other}; give --source auto or another file"
        )
    if fitting and (fitting[0] != "text" or not seen):
        return fitting[0]
    raise UserError(f"{path}: looks like {seen or _encoding(begin)}; known sources are {', '.join(SOURCES)}")


def files(root: str) -> list[str]:
    """A file itself, or the files below a folder by name, without hidden ones and the index files of dumps."""
    if is_url(root):
        import fsspec

        with explained(root):
            system, inner = fsspec.url_to_fs(root)
        if not system.isdir(inner):
            return [root]
        found = [root + name.removeprefix(inner.rstrip("/")) for name in system.find(inner)]
    elif not Path(root).is_dir():
        return [root]
    else:
        found = [str(file) for file in Path(root).rglob("*") if file.is_file()]
    if wanted := sorted(file for file in found if not (ASIDE.search(file, len(root)) or INDEX.search(file))):
        return wanted
    raise UserError(f"{root}: a folder without files to read; give a folder that holds some, or a file")


def _encoding(begin: bytes) -> str:
    try:
        begin[:-1].decode("cp949")
    except UnicodeDecodeError:
        return "binary data"
    return "text in CP949 or another old encoding; convert it with `iconv -f CP949 -t UTF-8`"


_TEXTS = "text|document|content|contents|body|sentence|review|본문|내용|문장|텍스트|글"
LOOKS = {
    rb"PK\x03\x04": "a zip archive; unpack it",
    rb".{257}ustar": "a tar archive; unpack it",
    rb"7z\xbc\xaf|Rar!": "an archive; unpack it",
    rb"%PDF": "a PDF file; extract its text",
    rb"\xff\xfe|\xfe\xff": "UTF-16 text; convert it with `iconv -f UTF-16 -t UTF-8`",
    rb"(?i:\s*<(?:\?xml|!doctype|html)\b)": "XML or HTML without <mediawiki> or <doc id=...>",
    rb"(?:\xef\xbb\xbf)?(?=[^\n]*[,\t])(?![^\n]*, )(?:[^\n,\t]*[,\t])*\"?(?i:%s)\"?[,\t\r\n]" % _TEXTS.encode(): (
        'a table; write its column of texts as lines of JSON, {"text": ...}'
    ),
    rb'\s*(?:\{\s*"|\[\s*\{)': 'JSON, but neither lines with a "text" field nor SQuAD paragraphs',
}

SOURCES = {
    "mediawiki": Source(dump.is_dump, dump.split, formats.read_dump, "wikitext"),
    "wikiextractor": Source(formats.is_extracted, formats.split_extracted, formats.read_extracted, "extracted"),
    "wikiextractor-json": Source(formats.is_extracted_lines, formats.split_lines, formats.read_lines, "extracted"),
    "squad": Source(formats.is_squad, formats.split_whole, formats.read_squad, "plain"),
    "jsonl": Source(formats.is_lines, formats.split_lines, formats.read_lines, "plain"),
    "parquet": Source(formats.is_parquet, formats.split_parquet, formats.read_parquet, "plain"),
    "text": Source(formats.is_text, formats.split_text, formats.read_text, "plain"),
}

"""The formats that hold documents: how each looks, how it is cut into parts, and how its documents are read.

A reader gives a pair for every document it meets: the document as it stands in the file, and None or the reason why
it must be dropped. So nothing is lost uncounted. A file that is cut short, unreadable or of another kind is an error.
Turning wikitext or extracted text into clean text is the cleaner's work.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import IO, Any

import orjson

from corpus import dump
from corpus.document import Document
from corpus.packed import open_file, packing_of, plain
from corpus.parts import LARGEST, Part, lines, ranges, records
from tools.errors import UserError

Pair = tuple[Document, str | None]
DOC = re.compile(r'<doc id="([^"]*)"(?: revid="[^"]*")? url="[^"]*" title="(.*)">[^\S\n]*\n')
BOM = b"\xef\xbb\xbf"


def is_extracted(begin: bytes) -> bool:
    """WikiExtractor output."""
    return begin.lstrip().startswith(b'<doc id="')


def is_extracted_lines(begin: bytes) -> bool:
    """WikiExtractor output made with --json."""
    return is_lines(begin) and all(key in begin for key in (b'"id":', b'"url":', b'"title":'))


def is_lines(begin: bytes) -> bool:
    """JSON lines with a text; of a first line longer than what is seen, the beginning decides."""
    line, end, _ = begin.removeprefix(BOM).partition(b"\n")
    try:
        row = orjson.loads(line)
    except orjson.JSONDecodeError:
        return not end and re.match(rb'\s*\{.*"text":', line) is not None and not is_squad(begin)
    return isinstance(row, dict) and "text" in row


def is_squad(begin: bytes) -> bool:
    """SQuAD and KorQuAD 1."""
    return begin.lstrip().startswith(b"{") and re.search(rb'"(?:paragraphs|qas)"\s*:', begin) is not None


def is_parquet(begin: bytes) -> bool:
    """Parquet."""
    return begin.startswith(b"PAR1")


def is_text(begin: bytes) -> bool:
    """UTF-8, but for a few damaged bytes."""
    text = begin.decode(errors="replace")
    return "\0" not in text and text.count("\ufffd") <= 1 + len(text) // 100


def split_extracted(path: str, block: int) -> list[Part]:
    """Before a `<doc>`."""
    return _split_plain(path, block, re.compile(rb'\n(?=<doc id=")'))


def split_lines(path: str, block: int) -> list[Part]:
    """Before a line."""
    return _split_plain(path, block, re.compile(rb"\n(?=[^\n])"))


def split_text(path: str, block: int) -> list[Part]:
    """After blank lines."""
    return _split_plain(path, block, re.compile(rb"\n[ \t\r]*\n(?=[^\n])"))


def split_whole(path: str, block: int) -> list[Part]:
    """Not at all: the format has to be read from its beginning to its end."""
    return [Part(path)]


def read_dump(part: Part) -> Iterator[Pair]:
    """The pages of a dump as wikitext."""
    for page in dump.pages(part):
        reason = page.fault or ("namespace" if page.namespace else "redirect" if page.redirect else None)
        yield _pair(part, str(page.id), page.title, page.text, reason)


def read_extracted(part: Part) -> Iterator[Pair]:
    """The `<doc>` blocks that WikiExtractor writes, without the title that it repeats as first line."""
    for record in records(part, b'<doc id="', b"\n</doc>"):
        text, reason = _decoded(record.data)
        match = DOC.match(text)
        if match is None or not record.closed:
            yield _pair(part, match[1] if match else f"{part.name}:{record.offset}", "", text, reason or "broken xml")
            continue
        title = html.unescape(match[2])
        body = text[match.end() :].removesuffix("\n</doc>").strip("\n")
        first, _, rest = body.partition("\n")
        yield _pair(part, match[1], title, rest.strip("\n") if first in (title, match[2]) else body, reason)


def read_lines(part: Part) -> Iterator[Pair]:
    """JSON lines: `text`, and `id` and `title` if they are there."""
    for offset, line in lines(part):
        if not line.strip():
            continue
        name = f"{part.name}:{offset}"
        try:
            row = orjson.loads(line.removeprefix(BOM))
        except orjson.JSONDecodeError as error:
            if part.end is None and not line.endswith(b"\n"):
                raise UserError(
                    f"{part.path}: cut short: its last line is no whole JSON value ({error}); download or make it again"
                ) from None
            text, reason = _decoded(line)
            yield _pair(part, name, "", text, reason or "broken json")
            continue
        yield _row(part, row, name)


def read_text(part: Part) -> Iterator[Pair]:
    """Plain text: blank lines stand between documents."""
    block: list[bytes] = []
    start = size = 0
    for offset, line in lines(part):
        if line.strip():
            start = start if block else offset
            size += len(line)
            block.append(line)
            if size > LARGEST:
                raise UserError(
                    f"{part.path}: no blank line in {LARGEST >> 20} MB; put a blank line between documents"
                    ' or make a JSONL file with a "text" field'
                )
        elif block:
            yield _text_pair(part, start, block)
            block, size = [], 0
    if block:
        yield _text_pair(part, start, block)


def read_squad(part: Part) -> Iterator[Pair]:
    """The contexts of a SQuAD or KorQuAD 1 file: one document an article, one line a paragraph; read whole."""
    try:
        articles = orjson.loads(b"".join(plain(part.path)))["data"]
        for index, article in enumerate(articles):
            text = "\n".join(paragraph["context"] for paragraph in article["paragraphs"])
            yield _pair(part, f"{part.name}:{index}", article.get("title", ""), text)
    except orjson.JSONDecodeError as error:
        raise UserError(f"{part.path}: no whole JSON value ({error}); download or make the file again") from None
    except (KeyError, TypeError, AttributeError) as error:
        raise UserError(
            f"{part.path}: not in SQuAD form ({type(error).__name__}: {error}); articles need paragraphs with a context"
            " (KorQuAD 2 holds web pages instead)"
        ) from None


def split_parquet(path: str, block: int) -> list[Part]:
    """Parts of whole row groups."""
    with open_file(path) as file:
        about = _parquet(path, file).metadata
        starts, size = [0], 0
        for group in range(about.num_row_groups):
            if size >= block:
                starts.append(group)
                size = 0
            size += about.row_group(group).total_byte_size
        return [Part(path, *ends) for ends in zip(starts, [*starts[1:], about.num_row_groups], strict=True)]


def read_parquet(part: Part) -> Iterator[Pair]:
    """Rows with a `text` column, and `id` and `title` if they are there."""
    with open_file(part.path) as file:
        table = _parquet(part.path, file)
        columns = [name for name in table.schema_arrow.names if name in ("id", "title", "text")]
        groups = range(part.start, part.end or 0)
        index = sum(table.metadata.row_group(group).num_rows for group in range(part.start))
        for batch in table.iter_batches(batch_size=256, row_groups=list(groups), columns=columns):
            for row in batch.to_pylist():
                yield _row(part, row, f"{part.name}:{index}")
                index += 1


def _split_plain(path: str, block: int, landmark: re.Pattern[bytes]) -> list[Part]:
    """A packed file cannot be entered in its middle: it is one part."""
    with open_file(path) as file:
        packed = packing_of(file.read(16)) is not None
    return [Part(path, *ends) for ends in ([(0, None)] if packed else ranges(path, block, landmark))]


def _parquet(path: str, file: IO[bytes]) -> Any:
    try:
        from pyarrow import ArrowInvalid, parquet
    except ImportError:
        raise UserError(f"{path}: a Parquet file needs pyarrow; pip install pyarrow") from None
    try:
        return parquet.ParquetFile(file)
    except (ArrowInvalid, OSError) as error:
        raise UserError(f"{path}: not readable as Parquet ({error}); download or make the file again") from None


def _row(part: Part, row: Any, name: str) -> Pair:
    if not isinstance(row, dict) or not isinstance(row.get("text", 0), str | None):
        keys = ", ".join(row) if isinstance(row, dict) else type(row).__name__
        raise UserError(f'{part.path}: record {name} has no string field "text" (it has: {keys}); rename the field')
    return _pair(part, str(row.get("id", name)), str(row.get("title") or ""), row["text"] or "")


def _text_pair(part: Part, start: int, block: list[bytes]) -> Pair:
    text, reason = _decoded(b"".join(block))
    return _pair(part, f"{part.name}:{start}", "", text.replace("\r\n", "\n").strip("\n"), reason)


def _pair(part: Part, name: str, title: str, text: str, reason: str | None = None) -> Pair:
    if reason is None and not text.strip():
        reason = "empty"
    return Document(name, title, text, part.source), reason


def _decoded(data: bytes) -> tuple[str, str | None]:
    try:
        return data.decode("utf-8-sig"), None
    except UnicodeDecodeError:
        return data.decode("utf-8", errors="replace"), "invalid utf-8"

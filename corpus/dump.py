"""MediaWiki XML dumps: cut into byte ranges, and read page by page.

Any range of a dump can be read without the rest, so there is no one reader that all workers wait for. A multistream
bz2 file is cut where a stream begins with a page; the index file that comes with it says the same and is not needed.
Plain XML is cut before a page. Other dumps (one bz2 stream, gzip, xz, zstd) are one part, read as a stream.

Each page is parsed by expat as a document of its own, so that a broken page costs itself and not its neighbours.
Of a dump with histories the last revision of each page is read. Dumps older than export-0.5 name no namespace number:
their pages all count as articles.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree import ElementTree

from corpus.packed import PACKINGS, head, open_file, packing_of, plain
from corpus.parts import BLOCK, Part, Record, ranges, records
from tools.errors import UserError

ROOT = b"<mediawiki"
END = b"</mediawiki>"
PAGE = re.compile(rb"(?=<page>)")
STREAM = re.compile(rb"(?=BZh[1-9]1AY&SY)")
REDIRECT = re.compile(r"\s*#\s*(?:redirect|넘겨주기)\b", re.IGNORECASE)
TAIL = 8 << 20
"""Stored bytes among which the last stream of a multistream dump begins."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page as the dump has it. With a `fault`, `text` is the raw XML and the other fields are what could be saved."""

    id: int
    title: str
    namespace: int
    redirect: bool
    text: str
    fault: str = ""
    """"" or "broken xml" or "invalid utf-8"."""


def is_dump(start: bytes) -> bool:
    """Whether a file that begins like this is a MediaWiki dump."""
    return ROOT in start[:4096]


def split(path: str, block_bytes: int = BLOCK) -> list[Part]:
    """The parts of a dump, each about `block_bytes` of the file as it is stored."""
    if not is_dump(head(path)):
        raise UserError(
            f"{path}: no <mediawiki> at its beginning, so it is no MediaWiki dump; give a pages-articles file"
        )
    with open_file(path) as file:
        packing = packing_of(file.read(16))
    if packing is None:
        cuts = ranges(path, block_bytes, PAGE)
    elif packing is PACKINGS["bz2"]:
        cuts = ranges(path, block_bytes, STREAM, _begins_with_page)
    else:
        cuts = [(0, None)]
    if len(cuts) > 1:  # a single part finds out for itself as soon as it has read it
        _check_ending(path)
    return [Part(path, start, end, "mediawiki") for start, end in cuts]


def pages(part: Part) -> Iterator[Page]:
    """The pages of a part in order, broken ones too; an error if the file is cut short or the dump has no page."""
    none = True
    for record in records(part, b"<page>", b"</page>", END):
        none = False
        yield _page(record)
    if none and part.start == 0 and part.end is None:
        raise UserError(f"{part.path}: a dump without a single page; download or make the file again")


def _page(record: Record) -> Page:
    try:
        page = ElementTree.fromstring(record.data)
        revisions = page.findall("revision")
        wikitext = (revisions[-1].findtext("text") if revisions else None) or ""
        return Page(
            id=int(page.findtext("id", "")),
            title=page.findtext("title", ""),
            namespace=int(page.findtext("ns", "0")),
            redirect=page.find("redirect") is not None or REDIRECT.match(wikitext) is not None,
            text=wikitext,
        )
    except (ElementTree.ParseError, ValueError):
        return _broken(record)


def _broken(record: Record) -> Page:
    text = record.data.decode(errors="replace")
    fault = "broken xml" if text.encode() == record.data else "invalid utf-8"
    number, title = re.search(r"<id>(\d+)</id>", text), re.search(r"<title>([^<]*)</title>", text)
    return Page(int(number[1]) if number else 0, title[1] if title else "", 0, False, text, fault)


def _begins_with_page(path: str, at: int) -> bool:
    begin = b""
    try:
        for chunk in plain(path, at):
            begin = (begin + chunk).lstrip()
            if len(begin) >= len(b"<page>"):
                break
    except UserError:  # bytes that only look like a stream; a stream that is damaged is met again by its reader
        return False
    return begin.startswith(b"<page>")


def _check_ending(path: str) -> None:
    """Find out now, not after an hour, that a dump of several parts was cut short."""
    with open_file(path) as file:
        size = file.seek(0, 2)
        start = file.seek(max(0, size - TAIL))
        tail = file.read()
    streams = [match.end() for match in STREAM.finditer(tail)]
    if streams:
        tail = b"".join(plain(path, start + streams[-1]))[-4096:]
    if END not in tail[-4096:]:
        raise UserError(f"{path}: cut short: it ends without {END.decode()}; download or make the file again")

"""A MediaWiki export: pages as XML, a hundred to a bz2 stream, with an index of where each stream begins.

Streams can be put one behind another, so workers compress their own and only the offsets are added up.
"""

from __future__ import annotations

import bz2
import hashlib
from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

from corpus.sample.names import table
from corpus.sample.others import RawPage

DUMP = "malmoi-pages-articles-multistream.xml.bz2"
INDEX = "malmoi-pages-articles-multistream-index.txt.bz2"
STREAM = 100
FOOTER = "</mediawiki>\n"


def header() -> str:
    """What stands before the first page: the site and its namespaces."""
    rows = "".join(
        f'      <namespace key="{key}" case="first-letter"' + (f">{name}</namespace>\n" if name else " />\n")
        for key, name in table("wiki")["namespaces"].items()
    )
    return (
        '<mediawiki xmlns="http://www.mediawiki.org/xml/export-0.11/" version="0.11" xml:lang="ko">\n  <siteinfo>\n'
        "    <sitename>위키백과</sitename>\n    <dbname>malmoiwiki</dbname>\n    <base>http://www.example.org/wiki/</base>\n"
        "    <generator>Malmoi little world</generator>\n    <case>first-letter</case>\n"
        f"    <namespaces>\n{rows}    </namespaces>\n  </siteinfo>\n"
    )


def page_xml(page: RawPage) -> str:
    """One page with its only revision."""
    redirect = f"    <redirect title={quoteattr(page.target)} />\n" if page.target else ""
    model, form = ("Scribunto", "text/plain") if page.namespace == 828 else ("wikitext", "text/x-wiki")
    data = page.markup.encode()
    digest = _base36(hashlib.sha1(data, usedforsecurity=False).digest())
    revision, when = page.id + 7_000_000, f"2020-01-{1 + page.id % 28:02}T09:{page.id % 60:02}:00Z"
    return (
        f"  <page>\n    <title>{escape(page.title)}</title>\n    <ns>{page.namespace}</ns>\n    <id>{page.id}</id>\n"
        f"{redirect}    <revision>\n      <id>{revision}</id>\n      <timestamp>{when}</timestamp>\n"
        "      <contributor>\n        <username>벼루</username>\n        <id>12</id>\n      </contributor>\n"
        f"      <origin>{revision}</origin>\n      <model>{model}</model>\n      <format>{form}</format>\n"
        f'      <text bytes="{len(data)}" sha1="{digest}" xml:space="preserve">{escape(page.markup)}</text>\n'
        f"      <sha1>{digest}</sha1>\n    </revision>\n  </page>\n"
    )


def streams(pages: Sequence[RawPage]) -> tuple[bytes, list[str]]:
    """The pages compressed, and their lines of the index, with offsets counted from here."""
    data, index = bytearray(), []
    for first in range(0, len(pages), STREAM):
        group = pages[first : first + STREAM]
        index += [f"{len(data)}:{page.id}:{page.title}" for page in group]
        data += bz2.compress("".join(map(page_xml, group)).encode())
    return bytes(data), index


def _base36(digest: bytes) -> str:
    number, letters = int.from_bytes(digest, "big"), ""
    while number:
        number, rest = divmod(number, 36)
        letters = "0123456789abcdefghijklmnopqrstuvwxyz"[rest] + letters
    return letters.rjust(31, "0")

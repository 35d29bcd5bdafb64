"""Our scanner against mwparserfromhell on the pages of a user's own dump, side by side where they disagree.

mwparserfromhell drops the text of templates and keeps that of tables, so only running text can agree: pages are
compared as bags of words, and a page counts as differing when fewer words than asked are common to both.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from corpus import readers
from corpus.clean import one_page
from corpus.document import Document
from corpus.stages import Audit, Clean
from tools.charts import Prose, Section, Table, write_page
from tools.errors import UserError
from tools.progress import progress
from tools.shards import write_json

WORD = re.compile(r"\w+")
SHOWN = 50
LINES = 20


def audit(config: Audit) -> dict[str, Any]:
    """Compare the two on the first pages of the inputs and draw the differing ones."""
    compared, words_ours, words_both, rows = 0, 0, 0, []
    with progress("audit", config.pages, "pages") as bar:
        for document in _pages(config):
            ours = one_page(document.text, document.title, Clean(config.input, config.output)).text
            theirs = twin(document.text)
            common = _words(ours) & _words(theirs)
            share = common.total() / max(1, _words(ours).total())
            compared += 1
            words_ours += _words(ours).total()
            words_both += common.total()
            if share < config.agreement:
                rows.append((share, document.title, ours, theirs))
            bar.update()
    if not compared:
        raise UserError(f"{', '.join(config.input)}: no article found to compare; give a MediaWiki dump")
    rows.sort(key=lambda row: (row[0], row[1]))
    summary = {
        "pages": compared,
        "differing": len(rows),
        "words of ours that both have, %": round(100 * words_both / max(1, words_ours), 2),
    }
    write_json(config.output / "audit.json", {**summary, "titles": [[title, share] for share, title, _, _ in rows]})
    write_page(config.output / "report.html", "두 정리기의 비교 Audit", _sections(rows, summary))
    for share, title, _, _ in rows[:10]:
        print(f"{share:6.1%}  {title}")
    return summary


def twin(wikitext: str) -> str:
    """The text that mwparserfromhell makes of a page."""
    import mwparserfromhell

    return str(mwparserfromhell.parse(wikitext).strip_code(normalize=True, collapse=True))


def _pages(config: Audit) -> Iterator[Document]:
    left = config.pages
    for part in (part for path in config.input for part in readers.split(path)):
        if readers.SOURCES[part.kind].text != "wikitext":
            raise UserError(f"{part.path}: is {part.kind}, which holds no wikitext to compare; give a MediaWiki dump")
        for document, fault in readers.read(part):
            if fault is None:
                yield document
                left -= 1
            if left <= 0:
                return


def _words(text: str) -> Counter[str]:
    return Counter(WORD.findall(text))


def _sections(rows: list[tuple[float, str, str, str]], summary: dict[str, Any]) -> list[Section]:
    about = Prose(
        "말모이와 mwparserfromhell 이 낸 글을 나란히 놓았다. 한쪽에만 있는 줄만 보인다. "
        "Only lines that one of the two lacks are shown; mwparserfromhell keeps tables and drops templates' text."
    )
    figures = Table(["수치 figure", "값 value"], [[name, value] for name, value in summary.items()])
    sections = [Section("요약 Summary", [about, figures])]
    for share, title, ours, theirs in rows[:SHOWN]:
        a, b = ours.split("\n"), [line.strip() for line in theirs.split("\n") if line.strip()]
        only = [line for line in a if line not in set(b)][:LINES], [line for line in b if line not in set(a)][:LINES]
        depth = max(map(len, only))
        padded = [[*lines, *[""] * (depth - len(lines))] for lines in only]
        cells = [list(pair) for pair in zip(*padded, strict=True)]
        sections.append(Section(f"{title} ({share:.0%})", [Table(["말모이 Malmoi", "mwparserfromhell"], cells)]))
    return sections

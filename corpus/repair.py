"""Repair of text that WikiExtractor has made: what it lost cannot be had back, what it left behind can go.

Entities are decoded (once; `&amp;` alone between words, a slip of the writer, too), left-over links and tags
resolved, `formula_12` follows the math policy, headings that it made into sentences are taken out
(`corpus.headings`), and the brackets closed that it emptied (`가타카나(, , )는` -> `가타카나는`). Html tags stay in a
line that speaks of them; an unclosed `<ref>` takes the rest of its line, which is the source it names.
"""

from __future__ import annotations

import re
from collections import Counter

from corpus.entities import decode
from corpus.headings import without_fake_headings
from corpus.lines import CUT_REF, settle
from corpus.links import link_text, outside_links
from corpus.markup import GONE
from corpus.normalize import normalize
from corpus.tags import FORMULA
from corpus.wikitext import Policy

CODE = "[코드]"
"""What stands for a piece of code (`codice_3`), as FORMULA does for a formula."""

LINKS_IN_LINKS = 3
"""An image holds links in its caption, and they may hold one more: the inner ones are resolved first."""

_PLACEHOLDER = re.compile(r"(formula|codice)_\d+")
_LINK = re.compile(r"\[\[([^\[\]\n]*+)\]\]")
_PAIRED = re.compile(
    r"<(ref|math|chem|ce|score|gallery|timeline|imagemap)\b[^<>]*+>((?:[^<]++|<(?!/?\1\b)){0,200}+)</\1\s*+>", re.I
)
_OPEN_REF = re.compile(r"</ref>|<ref(?![a-z])(?:(?=[^<>\n]*+>)[^<>\n]*name[^<>\n]*+>|[^\n]*+)", re.IGNORECASE)
_TAG = re.compile(
    r"</?(br|references|math|chem|ce|score|gallery|poem|nowiki|small|big|sub|sup|center|div|span|font|u|s|i|b|del"
    r"|blockquote|onlyinclude|noinclude)(?:\s[^<>]*+)?/?>",
    re.IGNORECASE,
)
_TABLE_LINE = re.compile(r"[!|][!|\s]*(?:style|class|align|valign|bgcolor|colspan|rowspan|width|scope)\s*=")
_SPEAKS_OF_TAGS = re.compile("태그|요소|엘리먼트|HTML|XML|CSS|마크업", re.IGNORECASE)


def repair(text: str, policy: Policy) -> str:
    """The text of one extracted document, repaired and normalised."""
    lines = without_fake_headings(text.split("\n"))
    text = decode("\n".join(lines)).replace(" &amp; ", " & ")
    text = _PLACEHOLDER.sub(lambda match: _placeholder(match[1], policy.math), text)
    if "<" in text:
        text = _PAIRED.sub(lambda match: _placeholder("formula", policy.math) if match[1] in _FORMULAS else GONE, text)
        text = _OPEN_REF.sub(GONE, CUT_REF.sub(GONE, text))
    losses: Counter[str] = Counter()
    for _ in range(LINKS_IN_LINKS):
        if "[[" in text:
            text = _LINK.sub(lambda match: link_text(match[1], "drop", losses), text)
    return normalize("\n".join(map(_line, outside_links(text).split("\n"))))


def _placeholder(kind: str, math: str) -> str:
    """What stands for a formula or a piece of code; the TeX is gone, so its policy cannot be followed."""
    if math == "drop":
        return GONE
    return FORMULA if kind == "formula" else CODE


def _line(line: str) -> str:
    if _TABLE_LINE.match(line):
        return ""
    if "<" in line and not _SPEAKS_OF_TAGS.search(line):
        line = _TAG.sub(lambda match: " " if match[1].lower() == "br" else "", line)
    return settle(line.replace("[[", "").replace("]]", "")) if GONE in line or "[[" in line or "]]" in line else line


_FORMULAS = ("math", "chem", "ce")

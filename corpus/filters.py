"""Why a document is dropped: each filter looks at one document and gives a reason, or None to keep it.

Two tables: BEFORE sees the text as its source has it, where markup still says what a page is; AFTER sees the clean
text. The name in the table is the reason under which drops are counted and sampled. Duplicates are another matter
(`corpus.dedup`), because no document shows by itself that it is one.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from corpus.document import Document
from corpus.stages import Clean

_DISAMBIGUATION_TITLE = re.compile(r"\((?:동음이의|동명이인|disambiguation)[^()]*\)\s*$", re.IGNORECASE)
_DISAMBIGUATION_TEMPLATE = re.compile(
    r"\{\{\s*(?:(?:틀|template)\s*:\s*)?"
    r"(?:동음이의(?:[ _](?:문서|지명|인명|성씨|숫자))?|동명이인|disambig(?:uation)?(?: page)?|dab|hndis|geodis)"
    r"\s*(?:\||\}\})",
    re.IGNORECASE,
)
_HANGUL = re.compile("[가-힣]")
_LETTER = re.compile(r"[^\W\d_]")
_SAMPLE = 1000  # letters at the beginning of a text are enough to tell its language


def is_disambiguation(document: Document, _config: Clean) -> bool:
    """A page that only tells other pages apart."""
    return bool(_DISAMBIGUATION_TITLE.search(document.title) or _DISAMBIGUATION_TEMPLATE.search(document.text))


def is_short(document: Document, config: Clean) -> bool:
    """Less text than `min_chars`."""
    return len(document.text) < config.min_chars


def has_little_hangul(document: Document, config: Clean) -> bool:
    """Most letters are of other scripts: lists of foreign names, text in another language."""
    text = document.text[:_SAMPLE]
    return len(_HANGUL.findall(text)) < config.min_hangul * len(_LETTER.findall(text))


def is_repetitive(document: Document, config: Clean) -> bool:
    """The same lines over and over, as generated pages and broken extractions have them."""
    lines = document.text.split("\n")
    return len(lines) >= 10 and len(set(lines)) < (1 - config.max_repeated) * len(lines)


Filter = Callable[[Document, Clean], bool]


def reason(document: Document, config: Clean, filters: dict[str, Filter]) -> str | None:
    """The first reason of a table to drop a document, None to keep it."""
    return next((name for name, applies in filters.items() if applies(document, config)), None)


BEFORE: dict[str, Filter] = {"disambiguation": is_disambiguation}
AFTER: dict[str, Filter] = {
    "short": is_short,
    "little hangul": has_little_hangul,
    "repetitive": is_repetitive,
}

"""Residue: what must not be left in clean text, as a table of patterns, and how much of it there is per megabyte.

A bracket counts as empty when it holds nothing or only separators; `f()` (directly after a Latin letter, a digit or
`_`) and `쉼표(,)` (a separator spoken of) are text. Words such as `파일:` and `thumb` count only where markup has
them, so that a sentence about the word "File:" is no residue. Formula numbers and fake headings are what
WikiExtractor leaves.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from corpus.markup import BLOCK_TAGS, INLINE_TAGS

_TAGS = "|".join(sorted(BLOCK_TAGS | INLINE_TAGS | {"br", "gallery", "timeline", "score"}, key=len, reverse=True))


def count_residue(text: str) -> Counter[str]:
    """How often each kind of residue occurs in a text."""
    return Counter({name: count for name, pattern in RESIDUE.items() if (count := len(pattern.findall(text)))})


def residue_per_megabyte(texts: Iterable[str]) -> dict[str, float]:
    """Residue of many texts per million bytes of UTF-8, every kind in the order of the table, zeros included."""
    found: Counter[str] = Counter()
    size = 0
    for text in texts:
        found += count_residue(text)
        size += len(text.encode())
    return {name: found[name] * 1e6 / max(1, size) for name in RESIDUE}


_EMPTY = "[ ,;·~/、，；:–-]"

RESIDUE: dict[str, re.Pattern[str]] = {
    "template braces": re.compile(r"\{\{|\}\}"),
    "link brackets": re.compile(r"\[\[|\]\]"),
    "bar": re.compile(r"\|"),
    "table": re.compile(r"\{\||\|\}|\n\|-|\n!!"),
    "empty bracket": re.compile(
        rf"\((?:\)(?:(?<![A-Za-z0-9_]\(\))|(?<=[A-Z0-9]\(\))(?= ?[가-힣]))|{_EMPTY}{{2,}}\)| \))"
        rf"|（{_EMPTY}*）|\[\](?<![A-Za-z0-9_]\[\])|《》|〈〉|「」|『』"
    ),
    "dangling bracket": re.compile(
        r"[(（] ?[,;、，；](?![)）])|[)）](?:(?<=[,;、，；] [)）])|(?<=[^(（][,;、，；][)）]))"
    ),
    "thumb": re.compile(r"(?:thumb|섬네일|썸네일)(?=\|)|\|(?:thumb|섬네일|썸네일)\b"),
    "file link": re.compile(
        r"(?:파일|그림|[Ff]ile|[Ii]mage):[^\s:][^\n:]{0,80}\.(?i:jpe?g|png|svg|gif|ogg|webm|pdf|tiff?)\b"
    ),
    "category link": re.compile(r"(?:분류|Category):(?=\S)"),
    "quotes": re.compile("''"),
    "heading": re.compile(r"^=+[^=\n]+=+$", re.MULTILINE),
    "reference": re.compile(r"</?(?i:ref)\b"),
    "html tag": re.compile(rf"</?(?i:{_TAGS})(?:\s[^<>]*)?/?>"),
    "attribute": re.compile(
        r"(?:style|class|align|valign|bgcolor|colspan|rowspan|width|height|scope|cellpadding) ?= ?[\"\d]"
    ),
    "entity": re.compile(r"&(?:#\d+|#x[0-9a-fA-F]+|lt|gt|amp|quot|nbsp|[mn]dash|thinsp|ensp);"),
    "pixels": re.compile(r"px(?<=\dpx)(?=[|\]\n])"),
    "magic word": re.compile(r"__(?:[A-Z]{3,}|[가-힣]{2,})__"),
    "formula": re.compile(r"(?:formula|codice)_\d+"),
    "fake heading": re.compile(
        r"^(?=[^\n]*[가-힣])[^\n.,:=?!※\[]{1,30}"
        r"(?<![다요까죠뇨냐랴자라지네오소서며고면여군게니함됨임음짐킴림것등외])(?<!기준)(?<!참조)\.$",
        re.MULTILINE,
    ),
    "marker": re.compile(r"^(?:[*#;:]|-{4})", re.MULTILINE),
}
"""Name of each kind of residue and the pattern that finds it."""

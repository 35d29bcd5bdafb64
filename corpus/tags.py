"""Extension tags: the first pass over a page takes out everything whose content is not wikitext.

Comments, references, `<nowiki>`, formulas, galleries, code: what is inside them must not be read as markup, so they
go before templates and links are looked at. What an unclosed tag takes with it is kept small on purpose, because on
real pages it is a slip of the writer and not an end of the article:

* `<nowiki>`, `<pre>`, `<references>`, a named `<ref name=..>` (nearly always a forgotten slash): only the tag itself;
* a plain `<ref>`: up to the end of its line or the next `<ref>`; a comment and every other tag: up to the end of its
  line.
"""

from __future__ import annotations

import re
from collections import Counter

from corpus.entities import decode
from corpus.markup import DISCARDED_TAGS, GONE, LITERAL_TAGS, MASK, MATH_TAGS

FORMULA = "[수식]"
"""What stands for a formula under the math policy `token`."""

_NAMES = sorted({*DISCARDED_TAGS, *LITERAL_TAGS, *MATH_TAGS}, key=len, reverse=True)
_OPEN = re.compile(rf"<(?:!--|((?i:ref))(?=[\s/>])[^<>\n]*+>|((?i:{'|'.join(_NAMES)}))(?=[\s/>])[^<>]*+>)")
_CLOSE = {name: re.compile(rf"</{name}\s*+>", re.IGNORECASE) for name in _NAMES}
_REF = re.compile(r"<(/?)ref(?=[\s/>])[^<>\n]*+>", re.IGNORECASE)


def take_tags(text: str, math: str, dropped: Counter[str]) -> str:
    """Replace every extension tag by what it leaves in the text, and count what was dropped by kind."""
    if "<" not in text:
        return text
    parts: list[str] = []
    unclosed: set[str] = set()
    position = 0
    while opening := _OPEN.search(text, position):
        parts.append(text[position : opening.start()])
        name = (opening[1] or opening[2] or "!--").lower()
        if name == "ref":
            dropped["ref"] += 1
            parts.append(GONE)
            position = _end_of_ref(text, opening)
        elif opening[0].endswith("/>"):
            position = opening.end()
        else:
            content, position = _content(text, opening.end(), name, unclosed)
            parts.append(_left_over(name, content, math, dropped))
    parts.append(text[position:])
    return "".join(parts)


def _end_of_ref(text: str, opening: re.Match[str]) -> int:
    """Where the text goes on after a reference; one that meets another `<ref>` before its end was never closed."""
    if opening[0].endswith("/>"):
        return opening.end()
    following = _REF.search(text, opening.end())
    if following and following[1]:
        return following.end()
    if "name" in opening[0]:
        return opening.end()
    return _end_of_line(text, opening.end(), following.start() if following else len(text))


def _content(text: str, start: int, name: str, unclosed: set[str]) -> tuple[str | None, int]:
    """What a tag encloses and where it ends; None for a tag that is never closed.

    A closing tag once searched for in vain is not searched for again: that keeps the time linear.
    """
    if name not in unclosed:
        if name == "!--":
            end = text.find("-->", start)
            if end >= 0:
                return text[start:end], end + 3
        elif closing := _CLOSE[name].search(text, start):
            return text[start : closing.start()], closing.end()
        unclosed.add(name)
    return None, start if name in LITERAL_TAGS or name == "references" else _end_of_line(text, start, len(text))


def _end_of_line(text: str, start: int, limit: int) -> int:
    end = text.find("\n", start, limit)
    return limit if end < 0 else end


def _left_over(name: str, content: str | None, math: str, dropped: Counter[str]) -> str:
    """The text that stays of one tag."""
    if name == "!--" or (content is None and name in LITERAL_TAGS):
        return ""
    if name in LITERAL_TAGS:
        return decode(content or "").translate(MASK)
    if name in MATH_TAGS:
        if math == "drop":
            dropped["math"] += 1
        return formula(content or "", math)
    dropped[DISCARDED_TAGS[name]] += 1
    return ""


def formula(tex: str, math: str) -> str:
    """A formula by the math policy: one token, its TeX source on one line, or nothing."""
    if math == "drop" or not tex.strip():
        return GONE
    return FORMULA if math == "token" else decode(" ".join(tex.split())).translate(MASK)

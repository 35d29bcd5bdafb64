"""Markup within lines: what is left of a page once templates, links and tables are resolved.

Bold and italic quotes, html tags, outside links, magic words, language variants, entities (decoded once), list
markers. Marks of things that vanished decide here about spaces: after the end of a sentence one stays
(`이다.<ref/>그는` -> `이다. 그는`), before a comma or full stop none does (`서울 <ref/>, ` -> `서울, `).
"""

from __future__ import annotations

import re
from collections import Counter

from corpus.brackets import close_brackets
from corpus.entities import decode
from corpus.links import outside_links
from corpus.markup import BLOCK_TAGS, CAPTION_CLOSE, CAPTION_OPEN, GONE, INLINE_TAGS, UNMASK

_TAG_NAMES = "|".join(sorted(BLOCK_TAGS | INLINE_TAGS | {"br"}, key=len, reverse=True))
_TAG = re.compile(rf"</?((?i:{_TAG_NAMES}))(?=[\s/>])[^<>]*+>")
_QUOTES = re.compile("'''''|'''|''")
_MAGIC_WORD = re.compile(r"__(?:[A-Z]{2,30}|[가-힣]{2,30})__")
_VARIANT = re.compile(r"-\{([^{}\n]*+)\}-")
_MARKERS = re.compile(r"\n(?:[ \t]*[*#:;]+|-{4,})[ \t]*")
_TERM = re.compile(r"\n[ \t]*[*#:]*;((?:[^\n:]++|:(?=//)|(?<=\d):(?=\d))*+):[ \t]*+")
_STRAY_ROW = re.compile(r"\n[ \t]*(?:\||(?:파일|그림|[Ff]ile|[Ii]mage):[^\n|]*\.[A-Za-z]{3,4}(?:\||(?=\n)))[^\n]*")
_RUBY_BRACKET = re.compile(r"<rp>[^<\n]*+</rp>", re.IGNORECASE)
_RUBY_TEXT = re.compile(r"<(/?)rt>", re.IGNORECASE)
_UNMASKED = re.compile("[\ufdd8-\ufdef]")
_CAPTION = re.compile(f"{CAPTION_OPEN}([^{CAPTION_OPEN}{CAPTION_CLOSE}]*){CAPTION_CLOSE}")
_GONE_RUN = re.compile(f"{GONE}(?:[ \t]*{GONE})+")
_CLOSING_QUOTES = "\"'”’」』)]"
_OPENING_QUOTES = ("“", "‘", "《", "〈", "「", "『")

CUT_REF = re.compile(r"<ref(?:\s++\w++\s*+=\s*+(?:\"[^\"<>\n]*+\"|[^\s\"<>/]++))++(?!\s*+/?>)", re.IGNORECASE)
"""The beginning of a reference whose bracket was never closed."""


def clean_lines(text: str, dropped: Counter[str]) -> str:
    """The text of a scanned page without any markup; white space is still as it was."""
    text = _without_rows(f"\n{text}", dropped)
    text = _without_tags(text)
    text = _QUOTES.sub("", outside_links(text))
    if "-{" in text:
        text = _VARIANT.sub(_variant, text)
    if "__" in text:
        text = _MAGIC_WORD.sub("", text)
    text = _MARKERS.sub("\n", _TERM.sub(lambda match: f"\n{match[1].strip()}: ", text))
    text = decode(text)
    if GONE in text:
        text = close_brackets(_GONE_RUN.sub(GONE, text))
    return "\n".join(line if line.isprintable() else _finish(line) for line in text.split("\n"))


def _finish(line: str) -> str:
    """A line with marks in it: captions, things that vanished, masked characters."""
    if CAPTION_OPEN in line:
        line = _captions_first(line)
    if GONE in line:
        line = settle(line)
    return _UNMASKED.sub(lambda match: UNMASK[ord(match[0])], line)


def settle(line: str) -> str:
    """Take out the marks of what vanished, with one space after a sentence end and none before punctuation."""
    first, *rest = line.split(GONE)
    out = [first]
    for right in rest:
        left, following = out[-1], right[:1]
        if following and following in ",.;:!?)]。，":
            out[-1] = left.rstrip(" \t")
        elif (following.isalnum() or following in _OPENING_QUOTES) and _ends_sentence(left, following):
            out.append(" ")
        out.append(right)
    return "".join(out)


def _ends_sentence(left: str, following: str) -> bool:
    end = left[-8:].rstrip(_CLOSING_QUOTES)[-2:]
    return end[-1:] in (".", "!", "?", "…", "。") and not (following.isdigit() and end[:1].isdigit())


def _without_rows(text: str, dropped: Counter[str]) -> str:
    """Drop rows of a table or gallery that was never closed, and nothing else of the page.

    Header rows (`!`) are only known as such up to the next empty line after `{|`.
    """
    if "\n{|" in text:
        kept: list[str] = []
        inside = False
        for line in text.split("\n"):
            opens = line.startswith("{|")
            dropped["unclosed"] += opens
            inside = opens or (inside and bool(line.strip()))
            if not opens and not (inside and line.lstrip().startswith("!")):
                kept.append(line)
        text = "\n".join(kept)
    return _STRAY_ROW.sub("", text)


def _without_tags(text: str) -> str:
    """Html tags: `<br>` is a space, a block tag ends the line, ruby text gets its brackets, all others vanish."""
    if "<" not in text:
        return text
    if "<rt" in text.lower():
        text = _RUBY_TEXT.sub(lambda match: ")" if match[1] else "(", _RUBY_BRACKET.sub("", text))
    text = CUT_REF.sub(GONE, text)
    return _TAG.sub(lambda match: _TAG_TEXT.get(match[1].lower(), ""), text)


def _variant(match: re.Match[str]) -> str:
    """`-{zh-hans:A; zh-hant:B}-`: the Korean variant or the first one; flags (`-{A|..}-`) are left out."""
    variants = [part.partition(":") for part in match[1].rpartition("|")[2].split(";") if part.strip()]
    if not variants:
        return GONE
    korean = (text for name, _, text in variants if name.strip() == "ko")
    name, colon, text = variants[0]
    return next(korean, text if colon else name).strip()


def _captions_first(line: str) -> str:
    """Captions found in a line, each as a line of its own, then the line."""
    captions = [caption.replace("\n", " ") for caption in _CAPTION.findall(line)]
    return "\n".join([*captions, _CAPTION.sub(GONE, line)]) if captions else line


_TAG_TEXT = {"br": " ", **dict.fromkeys(BLOCK_TAGS, "\n")}

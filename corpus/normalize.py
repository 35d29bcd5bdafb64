"""Characters and white space of clean text, for every source alike.

NFC, never NFKC. Control characters, zero-width characters, the soft hyphen and noncharacters vanish; every odd space
is a space, runs of them are one, none at the edge of a line; lines without text vanish; empty brackets are closed
(`corpus.brackets`). Letters, punctuation, Hanja and emoji stay as they are (a joined emoji falls apart into its
parts).
"""

from __future__ import annotations

import re
import unicodedata

from corpus.brackets import close_brackets

_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\ufeff\ufff9-\ufffc\ufdd0-\ufdef\ufffe\uffff]+"
)
_ODD_SPACE = re.compile("[\t\x0b\x0c\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000\u3164\uffa0]")
_LINE_ENDS = ("\r\n", "\r", "\x85", "\u2028", "\u2029")
_FILLERS = ("\u3164", "\uffa0")
_SPACES = re.compile("  +")


def normalize(text: str) -> str:
    """Clean characters and white space; applying it again changes nothing."""
    for end in _LINE_ENDS:
        text = text.replace(end, "\n")
    for filler in _FILLERS:
        text = text.replace(filler, " ")
    lines = map(_line, unicodedata.normalize("NFC", text).split("\n"))
    text = "\n".join(line for line in lines if line)
    closed = close_brackets(text)
    return text if closed == text else "\n".join(line for line in map(_line, closed.split("\n")) if line)


def _line(line: str) -> str:
    """One line. Most lines need nothing, and the tests that say so are the cheapest there are."""
    if not line.isprintable():
        line = unicodedata.normalize("NFC", _INVISIBLE.sub("", _ODD_SPACE.sub(" ", line)))
    if "  " in line:
        line = _SPACES.sub(" ", line)
    return line.strip(" ")

"""Sentences of running Korean text, by rules, without losing a character.

The sentences joined are the text again: white space after a sentence stays at its end. A line end always ends a
sentence. A full stop, a question or exclamation mark ends one unless it stands in a closed pair of brackets or quotes,
in a number, a date, an initial, an abbreviation or the mark of a list item, or a particle goes on after it
(`"그렇다."고`, `「…다.」라는`). `다.` ends one even when no space follows (`이다.그는`); an ellipsis only after a final
ending. Written for punctuated text such as Wikipedia's: what has no punctuation is not split (see `kiwi_split`).
"""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Callable
from typing import Any

from tools.errors import UserError

PAIRS = {"(": ")", "[": "]", "{": "}", "（": "）", "［": "］", "【": "】"} | {
    "“": "”", "‘": "’", "「": "」", "『": "』", "《": "》", "〈": "〉"
}  # fmt: skip
CLOSING = frozenset(PAIRS.values())
QUOTES = frozenset("\"'”’")
TITLES = frozenset("」』》〉")
STOPS = frozenset(".。!?！？…‥")
FINAL = frozenset("다요죠까음함임됨")
ASKING = FINAL | frozenset("가나지니야")
LONGEST = 400
"""Characters that a pair may enclose and still hold its sentences together: a quotation, not a stray mark."""

TOKEN = re.compile(r"[.!?。！？…‥]+|\n\s*|[\"'" + re.escape("".join([*PAIRS, *CLOSING])) + "]")
BLANK = re.compile(r"\s*")
NOTE = re.compile(r"(?:\[[^\[\]\n]{1,30}\]|\([^()\n]{1,100}\))+")
PARTICLE = re.compile(
    r"(?:은|는|을|를|의|에|에서|에게|으?로|과|이?란|이다|이었다|였다|인)(?=[\s,.])|이?라(?:고|는|며|면서)"
)
QUOTATIVE = re.compile(
    r"(?:고|며|면서|하고|하며|하는|하던|하니|하자|하여|한|했다|하였다|했으나|이라)(?=[\s,.])|" + PARTICLE.pattern
)
LINE = re.compile(r"\s*[^\n]+(?:\n\s*)?|\s+")
MARK = re.compile(
    r"[(\[<]?(?:\d{1,3}(?:\.\d{1,2})*|[가나다라마바사아자차카타파하]|[A-Za-z]|[IVXivx]{1,4}|[①-⑳]|제\d{1,3}[조장절항편])"
    r"[)\]>]?\."
)
DATE = re.compile(r"\d\.[ ]?\d{1,2}\.")
UNIT = re.compile(r"\d ?$|[가-힣]$")
LATIN = re.compile(r"[A-Za-z]+$")
ABBREVIATIONS = re.compile(
    r"(?:al|approx|bros|ca|capt|cf|ch|co|col|corp|dept|dr|eds?|eg|est|etc|ex|feat|figs?|fl|fr|ft|gen|gov|hon|ie|inc|jr"
    r"|lt|ltd|maj|mr|mrs|ms|mt|nos?|op|pl|pp|pres|prof|rep|rev|sen|sgt|sr|ste?|vols?|vs)$",
    re.IGNORECASE,
)


def split(text: str) -> list[str]:
    """The sentences of a text; joined they are the text."""
    ends = _ends(text)
    return [text[start:end] for start, end in zip([0, *ends], [*ends, len(text)], strict=True)] if text else []


def _ends(text: str) -> list[int]:
    """Where sentences after the first begin. A pair that closes takes back the ends found inside it."""
    first = begin = _skip(text, 0)
    ends: list[int] = []
    opened: dict[str, list[int]] = {}
    stopped = -1  # where the last run of stops, and closing marks directly after it, ended
    for match in TOKEN.finditer(text, first):
        token, at, after = match[0], match.start(), match.end()
        end = -1
        if token[0] == "\n":
            opened.clear()
            end = after
        elif token[0] in STOPS:
            stopped = after
            if not _closes(text, after, opened):
                end = _stop_end(text, begin, at, after)
        elif _closes(text, at, opened):
            open_at = opened[token].pop() if opened.get(token) else -1
            if 0 <= at - open_at <= LONGEST and open_at >= 0:
                while ends and open_at < ends[-1] <= at:
                    ends.pop()
                begin = ends[-1] if ends else first
            if stopped == at:
                stopped = after
                if not _closes(text, after, opened):
                    end = _closing_end(text, begin, open_at, at)
        elif _opens(text, at):
            if token in PAIRS:
                opened.setdefault(PAIRS[token], []).append(at)
            else:
                opened[token] = [at]
        if end >= 0:
            end = _skip(text, end)
            if begin < end < len(text):
                ends.append(end)
                begin = end
    return ends


def _skip(text: str, at: int) -> int:
    """Where the white space that begins at `at` ends."""
    blank = BLANK.match(text, at)
    assert blank is not None
    return blank.end()


def _closes(text: str, at: int, opened: dict[str, list[int]]) -> bool:
    """Whether a closing mark stands there; straight quotes close when one is open and this is no apostrophe."""
    mark = text[at : at + 1]
    if mark not in QUOTES:
        return mark in CLOSING
    before, after = text[at - 1 : at], text[at + 1 : at + 2]
    if mark in "'’" and "a" <= after <= "z":
        return False
    if mark in "\"'":
        return bool(opened.get(mark)) and (not before.isspace() or after.isspace() or not after)
    return True


def _opens(text: str, at: int) -> bool:
    mark, before, after = text[at], text[at - 1 : at] if at else "", text[at + 1 : at + 2]
    if mark in PAIRS:
        return True
    if not after or after.isspace() or mark not in "\"'":
        return False
    return mark == '"' or not (before.isascii() and before.isalnum())


def _stop_end(text: str, begin: int, at: int, after: int) -> int:
    """Where the sentence ends whose stops stand from `at` to `after`, -1 if it goes on."""
    stops, before = text[at:after], text[at - 1] if at > begin else ""
    following = text[after : after + 1]
    if following in ("[", "(") and (note := NOTE.match(text, after)):
        after = note.end()
        following = text[after : after + 1]
    if not following:
        return -1
    if not following.isspace():
        return after if _ends_glued(text, at, after, before, following) else -1
    start = _skip(text, after)
    if PARTICLE.match(text, start):
        return -1
    if stops == ".":
        return -1 if _is_inner(text, begin, at, before, text[start : start + 1]) else after
    trailing = stops[0] in "…‥" or stops.startswith("..")
    return after if not trailing or before in FINAL or stops[-1] in "!?" else -1


def _is_inner(text: str, begin: int, at: int, before: str, following: str) -> bool:
    """Whether a single full stop before a space is part of a list mark, a date, an initial or an abbreviation."""
    if at - begin <= 8 and (mark := MARK.match(text, begin)) and mark.end() == at + 1:
        return True
    if not before.isascii():
        return False
    if before.isdigit():
        return following.isdigit() or DATE.search(text, max(begin, at - 6), at + 1) is not None
    if not before.isalpha():
        return not before
    word = LATIN.search(text[max(begin, at - 12) : at])
    assert word is not None
    left = text[max(0, at - len(word[0]) - 2) : at - len(word[0])]
    initial = len(word[0]) == 1 and not UNIT.search(left)
    return initial or "a" <= following <= "z" or ABBREVIATIONS.match(word[0]) is not None


def _ends_glued(text: str, at: int, after: int, before: str, following: str) -> bool:
    """Whether stops end a sentence although no space follows."""
    if text[at] == "。":
        return True
    if (
        before not in (ASKING if text[at] in "?？" else FINAL)
        or not "가" <= text[at - 2 : at - 1] <= "힣"
        or not (following.isalnum() or following in "“‘\"'「『")
    ):
        return False
    return not ("a" <= following <= "z" or PARTICLE.match(text, after) or QUOTATIVE.match(text, after))


def _closing_end(text: str, begin: int, open_at: int, at: int) -> int:
    """Where the sentence ends whose stops stand inside the pair that closes at `at`, -1 if it goes on."""
    after = at + 1
    if not text[after : after + 1].isspace() or QUOTATIVE.match(text, _skip(text, after)):
        return -1
    if open_at < 0:
        return after
    full = text[at - 1] in ".。"
    if text[at] in QUOTES:
        return after if full or open_at == begin else -1
    return after if open_at == begin and (full or text[at] not in TITLES) else -1


def kiwi_split(text: str) -> list[str]:
    """The same by the morphological analyser Kiwi: slower by far, better on text without punctuation."""
    return [sentence for line in LINE.findall(text) for sentence in _kiwi_line(line)]


def _kiwi_line(line: str) -> list[str]:
    starts = [sentence.start for sentence in _kiwi().split_into_sents(line)]
    return [line[start:end] for start, end in itertools.pairwise([0, *starts[1:], len(line)])]


@functools.cache
def _kiwi() -> Any:
    try:
        from kiwipiepy import Kiwi
    except ImportError:
        raise UserError(
            "splitter 'kiwi': needs kiwipiepy; pip install kiwipiepy, or use the splitter 'rules'"
        ) from None
    return Kiwi()


SPLITTERS: dict[str, Callable[[str], list[str]]] = {"rules": split, "kiwi": kiwi_split}

"""The token stream: templates, links and tables of a page, resolved innermost first in one walk.

A regular expression cuts the page into literal text and tokens; a stack holds the constructs still open and one list
the text so far, so a construct that closes takes its content off the end of the list and puts its text there instead.
The most common tokens are whole flat links and flat templates, which never touch the stack.

Rules for what is not well formed. No damage goes beyond a heading: there every open construct is given up.

* an unclosed `[[`, or one closed only in another paragraph: the brackets vanish, the text stays (an unclosed image:
  up to the end of its line; the caption of a closed one may hold paragraphs);
* an unclosed `{{`: the rest of its line vanishes (the lines after it that begin with a bar do so anyway, as table
  rows);
* an unclosed `{|` loses only its rows, the lines that begin with a bar or an exclamation mark (`corpus.lines`);
* a closing token that nothing opened vanishes;
* more than `DEPTH` constructs in each other are an accident or an attack: the deeper brackets vanish, the text stays.
  This bound is what makes the time linear, as text is copied once for every construct around it.
"""

from __future__ import annotations

import dataclasses
import functools
import re
from collections import Counter
from collections.abc import Callable

from corpus.links import link_text
from corpus.markup import FILE_SPACES, GONE, MASK

DEPTH = 40

_TOKEN = re.compile(
    r"(\[\[[^\[\]{}<\n]*+\]\]"
    r"|\{\{(?!\{)[^{}\[\]]*+\}\}(?!\})"
    r"|\[\[|\]\]|\{\{+|\}\}+"
    r"|\n[ \t:*#]*+\{\||\n[ \t]*+\|\}(?!\})"
    r"|</?[tT][aA][bB][lL][eE](?=[\s>])[^<>]*+>"
    r"|\n={1,6}[^=\n][^\n]*=[ \t" + GONE + r"]*(?=\n))"
)
_TABLE_ENDS = re.compile(r"\n?[ \t]*\|\}|</table", re.IGNORECASE)
_BAR, _EQUALS = chr(MASK[ord("|")]), chr(MASK[ord("=")])
_TEMPLATE_IN_HEADING = re.compile(r"\{\{[^{}]*\}\}")


@dataclasses.dataclass(slots=True)
class Scan:
    """One page on its way: what was dropped by kind so far, and the text and open constructs of the walk."""

    captions: str
    sections: frozenset[str]
    template: Callable[[str, bool], str]
    """Gives the text of a template from what stood in its braces, and whether it stood alone on its line."""
    dropped: Counter[str]
    out: list[str] = dataclasses.field(default_factory=list)
    stack: list[tuple[int, int]] = dataclasses.field(default_factory=list)
    """(number of braces, or 0 for a link; where its content begins in `out`)"""
    ignored: int = 0
    """How many pairs of braces were opened beyond DEPTH and not closed yet."""


def scan(text: str, state: Scan) -> str:
    """The page without templates, links, tables, headings and dropped sections; all other markup is still in it."""
    parts = _TOKEN.split(f"\n{text}\n")
    tables = _tables(parts) if "{|" in text or "<t" in text or "<T" in text else {}
    out, stack, captions, dropped = state.out, state.stack, state.captions, state.dropped
    out.append(parts[0])
    skipping = 0
    index = 1
    while index < len(parts):
        token = parts[index]
        if token[0] == "\n" and token[1] == "=":
            skipping = _heading(token, skipping, state)
        elif skipping:
            index += 2
            continue
        elif token[0] == "[":
            if len(token) > 2:
                link = link_text(token[2:-2], captions, dropped)
                out.append(_inside(link) if stack else link)
            else:
                _open(0, state)
        elif token[0] == "{":
            if token[-1] == "}":
                _template(token[2:-2], parts[index + 1], len(out), state)
            else:
                _open(len(token), state)
        elif token[0] == "]":
            _close_link(state)
        elif token[0] == "}":
            _close_braces(len(token), parts[index + 1], state)
        elif index in tables:
            dropped["table"] += 1
            index = tables[index]
        elif not _TABLE_ENDS.match(token):
            out.append("\n{|")
        out.append(parts[index + 1] if not skipping else "")
        index += 2
    _give_up(state)
    return "".join(out)


@functools.cache
def section_names(names: tuple[str, ...]) -> frozenset[str]:
    """Section names in the form in which they are compared: no spaces, lower case."""
    return frozenset(name.replace(" ", "").lower() for name in names)


def _heading(token: str, skipping: int, state: Scan) -> int:
    """Close everything before a heading; the level of the section being dropped from here on, 0 for none."""
    _give_up(state)
    state.out.append("\n")
    line = token.strip(" \t\n" + GONE)
    level = min(len(line) - len(line.lstrip("=")), len(line) - len(line.rstrip("=")))
    if skipping and level > skipping:
        return skipping
    if not _is_dropped(line.strip("="), state.sections):
        return 0
    state.dropped["section"] += 1
    return level


@functools.lru_cache(maxsize=1 << 14)
def _is_dropped(heading: str, names: frozenset[str]) -> bool:
    """Whether a section is on the list, or is two of the list in one (`주석 및 참고 문헌`)."""
    plain = _TEMPLATE_IN_HEADING.sub("", heading)
    plain = re.sub(r"'{2,}|<[^<>]*>|\[\[(?:[^\[\]|]*\|)?|\]\]|" + GONE, "", plain).strip(" \t:").lower()
    squeezed = re.sub(r"\s+", "", plain)
    if squeezed in names:
        return True
    halves = re.split(r"\s+(?:및|와|과|and)\s+|(?<=\S)[와과]\s+|\s*[,·/&]\s*", plain)
    return len(halves) > 1 and all(re.sub(r"\s+", "", half) in names for half in halves)


def _open(braces: int, state: Scan) -> None:
    if len(state.stack) < DEPTH:
        state.stack.append((braces, len(state.out)))
    else:
        state.ignored += max(1, braces // 2)


def _close_link(state: Scan) -> None:
    """A link ends only at its own brackets: inside a template begun later, `]]` belongs to nothing."""
    if state.ignored:
        state.ignored -= 1
    elif state.stack and not state.stack[-1][0]:
        _, start = state.stack.pop()
        body = "".join(state.out[start:])
        del state.out[start:]
        if "\n\n" not in body or _is_file(body):
            body = link_text(body, state.captions, state.dropped)
        state.out.append(_inside(body) if state.stack else body)


def _close_braces(count: int, following: str, state: Scan) -> None:
    """Closing braces end as many templates as they can pay for; links left open inside are given up."""
    if state.ignored:
        paid = min(state.ignored, count // 2)
        state.ignored -= paid
        count -= 2 * paid
    while count >= 2 and any(braces for braces, _ in state.stack):
        braces, start = state.stack.pop()
        if not braces:
            continue
        paid = 3 if braces >= 3 and count >= 3 else 2
        body = "".join(state.out[start:])
        del state.out[start:]
        if paid == 3:
            state.out.append(body.partition("|")[2])
        else:
            _template(body, following if count == 2 else "", start, state)
        count -= paid
        if braces - paid >= 2:
            state.stack.append((braces - paid, start))


def _template(body: str, following: str, start: int, state: Scan) -> None:
    """Put the text of a template on the list; a block one is known by standing alone on its line."""
    before = next((part for part in reversed(state.out[max(0, start - 8) : start]) if part), "\n")
    alone = before[-1] == "\n" and (not following or following[0] == "\n")
    text = state.template(body, alone)
    state.out.append(_inside(text) if state.stack else text)


def _inside(text: str) -> str:
    """Text that goes into the arguments of a template must not bring bars and equals signs of its own."""
    return text.replace("|", _BAR).replace("=", _EQUALS) if "|" in text or "=" in text else text


def _give_up(state: Scan) -> None:
    """End every open construct where a section ends, with as little loss as the rules above say."""
    out = state.out
    for braces, start in reversed(state.stack):
        rest = "".join(out[start:])
        if braces or _is_file(rest):
            state.dropped["unclosed"] += 1
            rest = rest[rest.find("\n") :] if "\n" in rest else ""
        else:
            line, newline, after = rest.partition("\n")
            rest = line.rpartition("|")[2] + newline + after
        out[start:] = [rest]
    state.stack.clear()
    state.ignored = 0


def _is_file(body: str) -> bool:
    return body.partition(":")[0].strip().lower() in FILE_SPACES


def _tables(parts: list[str]) -> dict[int, int]:
    """For every table that is closed in its own section and in no other table, the indices of its two tokens."""
    ends: dict[int, int] = {}
    opened: list[int] = []
    for index in range(1, len(parts), 2):
        token = parts[index]
        if token[0] not in "\n<":
            continue
        if token[0] == "\n" and token[1] == "=":
            opened.clear()
        elif not _TABLE_ENDS.match(token):
            opened.append(index)
        elif opened:
            ends[opened.pop()] = index
    return ends

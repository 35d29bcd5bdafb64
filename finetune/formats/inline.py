"""Names in the text itself: `<증권거래소:OG>에`, or `<category="Modifier">colon</category>`, a sentence a line.

A type is ASCII letters, digits and _ . - after a letter; anything else between < and > is text, and so is the < of
1 < 2. A backslash before < or > makes it text. Markup within markup, or half of one, is a mistake whose names nobody
can tell: such a line is left out and counted.
"""

from __future__ import annotations

import dataclasses
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from finetune.examples import Span, Tagged
from finetune.formats.bare import bare_names
from finetune.formats.tokens import EMPTY, UNKNOWN
from finetune.reading import Reading, gathered, lines
from tools.errors import UserError
from tools.shards import atomic

NESTED, HALF = "markup within markup", "half of a markup"
UNNAMED = "NE"
"""What is written for a name that has no type."""


@dataclasses.dataclass(frozen=True, slots=True)
class Markup:
    """One way to mark a name."""

    name: re.Pattern[str]
    """A marked name, its parts called text and kind."""
    half: str
    """A pattern of what is left of a marked name if the other half is missing; KIND stands for the types."""
    written: str
    kind: re.Pattern[str]
    """The types that can be written."""


def read_inline(path: Path) -> Reading:
    """The sentences of a file in either markup; category markup if there is any."""
    rows = list(lines(path))
    shapes = [_shape(line)[0] for _, line in rows]
    markup = CATEGORY if any(CATEGORY.name.search(shape) for shape in shapes) else SHORT
    kinds = {match["kind"] for shape in shapes for match in markup.name.finditer(shape)}
    return gathered(path, (parsed(str(number), line, markup, kinds) for number, line in rows))


def write_inline(examples: Sequence[Tagged], path: Path, *, bare: bool = False) -> Mapping[str, int]:
    """Write `<name:TYPE>`, with `bare` without the josa and marks of a name; the result is what was lost, how often."""
    return _write(examples, path, SHORT, bare)


def write_category(examples: Sequence[Tagged], path: Path, *, bare: bool = False) -> Mapping[str, int]:
    """Write `<category="TYPE">name</category>`; otherwise the same."""
    return _write(examples, path, CATEGORY, bare)


def parsed(id: str, line: str, markup: Markup, kinds: Collection[str]) -> Tagged | str:
    """The example of a line, or why it gives none; `kinds` are the types of the whole file."""
    shape, literal = _shape(line)
    text, place, names = "", 0, list[Span]()
    for match in markup.name.finditer(shape):
        text += shape[place : match.start()]
        names.append(Span(len(text), len(text) + len(match["text"]), match["kind"]))
        text, place = text + match["text"], match.end()
    text += shape[place:]
    if not text.strip():
        return EMPTY
    if markup.name.search(text):
        return NESTED
    if kinds and re.search(markup.half.replace("KIND", f"(?:{'|'.join(map(re.escape, kinds))})"), text):
        return HALF
    characters = iter(literal)
    return Tagged(id, re.sub("\0", lambda _: next(characters), text), tuple(names))


def marked(text: str, names: Sequence[Span], markup: Markup, kinds: Collection[str]) -> str:
    """A line with its names marked, and with backslashes only if it were read otherwise without."""
    line = _marked(text, names, markup, escape=False)
    other = CATEGORY if markup is SHORT else SHORT
    if parsed("", line, markup, kinds) == Tagged("", text, tuple(names)) and not other.name.search(_shape(line)[0]):
        return line
    return _marked(text, names, markup, escape=True)


def _shape(line: str) -> tuple[str, str]:
    """A line with NUL for whatever a backslash makes text, and what those are; a text file has no NUL of its own."""
    return _ESCAPED.sub("\0", line), "".join(match[1] for match in _ESCAPED.finditer(line))


def _write(examples: Sequence[Tagged], path: Path, markup: Markup, bare: bool) -> Mapping[str, int]:
    dropped = Counter[str]()
    kinds = {name.kind or UNNAMED for example in examples for name in example.names or ()}
    for kind in sorted(kinds):
        if not markup.kind.fullmatch(kind):
            raise UserError(f"{path}: the type {kind!r} cannot be written in this markup; rename it to ASCII letters")
    with atomic(path) as file:
        for example in examples:
            text = re.sub("[\r\n]", " ", example.text)
            names = bare_names(text, example.names or ()) if bare else example.names or ()
            dropped["josa or marks taken off a name"] += len(set(names) - set(example.names or ()))
            dropped["line break made a space"] += text != example.text
            dropped[f"name without a type: written as {UNNAMED}"] += sum(not name.kind for name in names)
            dropped[UNKNOWN] += example.names is None
            dropped[EMPTY] += not text.strip()
            if text.strip():
                named = [dataclasses.replace(name, kind=name.kind or UNNAMED) for name in names]
                file.write(f"{marked(text, named, markup, kinds)}\n".encode())
    return +dropped


def _marked(text: str, names: Sequence[Span], markup: Markup, escape: bool) -> str:
    line, place = "", 0
    for name in names:
        before, inside = text[place : name.start], text[name.start : name.end]
        if escape:
            before, inside = _escaped(before, "<"), _escaped(inside, markup.written.partition("{text}")[2])
        line += before + markup.written.format(text=inside, kind=name.kind)
        place = name.end
    return line + (_escaped(text[place:], "") if escape else text[place:])


def _escaped(text: str, after: str) -> str:
    """A text that means itself before `after`: each < and > with a backslash, those before one doubled."""
    text = re.sub(r"(\\*)([<>])", r"\1\1\\\2", text)
    return text + (len(text) - len(text.rstrip("\\"))) * "\\" if after[:1] == "<" else text


_ESCAPED = re.compile(r"\\(?=\\*[<>])([\\<>])")
_KIND = r"[A-Za-z][A-Za-z0-9_.-]*"
SHORT = Markup(
    re.compile(rf"<(?P<text>[^<>]+):(?P<kind>{_KIND})>"),
    r"<[^<>]*:KIND(?![\w>])|:KIND>",
    "<{text}:{kind}>",
    re.compile(_KIND),
)
CATEGORY = Markup(
    re.compile(r'<category="(?P<kind>[^"<>\0]+)">(?P<text>(?:(?!</?category\b).)+)</category>', re.DOTALL),
    r"</?category\b",
    '<category="{kind}">{text}</category>',
    re.compile(r'[^"<>\\\r\n\t]+'),
)

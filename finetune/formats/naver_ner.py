"""The Naver and Changwon corpus, where a tag marks an eojeol: a sentence and its tags, a tab between, `PER-B`.

The corpus as Changwon gives it out has a line for each eojeol, `number eojeol PER_B`, with - for none; it is read too.
Names are read as they are tagged: whole eojeols, josa and marks included (송인영은). Published scores count those, so
what a model predicts is widened to eojeols too before it is scored (`on_words`). Where the name itself is wanted,
bare.py takes josa and marks off. Some rows have an I behind another type; CoNLL's scorer, and the published figures
with it, take it as the beginning of a name, and so does the reader, which says how often.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from finetune.examples import Span, Tagged
from finetune.formats.bio import tags_of
from finetune.formats.tokens import EMPTY, EVENED, UNKNOWN, Row, read_rows
from finetune.reading import Reading, lines
from tools.errors import UserError
from tools.shards import atomic


def read_naver_ner(path: Path) -> Reading:
    """The sentences of a file; a line without a tab is one whose names are not known."""
    return read_rows(path, _rows(path))


def write_naver_ner(examples: Sequence[Tagged], path: Path) -> Mapping[str, int]:
    """Write sentences with a tag for each eojeol; the result is what that cannot say, how often."""
    dropped = Counter[str]()
    with atomic(path) as file:
        for example in examples:
            words, names = example.text.split(), example.names or ()
            dropped[EMPTY] += not words
            dropped[EVENED] += bool(words) and example.text != " ".join(words)
            dropped[UNKNOWN] += example.names is None
            numbered, wide = _numbered(_words(example.text), names), on_words(example.text, names)
            dropped["second name in an eojeol: left out"] += len(names) - len(wide)
            dropped["name widened to its eojeols"] += len(set(wide) - set(names))
            if words:
                tags = " ".join(_TAG.sub(r"\2-\1", tag) for tag in tags_of(numbered, len(words)))
                file.write(f"{' '.join(words)}\t{tags}\n".encode())
    return +dropped


def on_words(text: str, names: Iterable[Span]) -> tuple[Span, ...]:
    """Names widened to whole eojeols; of two in one eojeol the first is kept, as it has but one tag."""
    words = _words(text)
    return tuple(Span(words[one.start].start, words[one.end - 1].end, one.kind) for one in _numbered(words, names))


def _numbered(words: Sequence[Span], names: Iterable[Span]) -> list[Span]:
    """The same, as numbers of eojeols."""
    starts, ends = [word.start for word in words], [word.end for word in words]
    found = list[Span]()
    for name in names:
        first, after = bisect_right(ends, name.start), bisect_left(starts, name.end)
        if first < after and not (found and first < found[-1].end):
            found.append(Span(first, after, name.kind))
    return found


def _words(text: str) -> list[Span]:
    return [Span(*word.span()) for word in re.finditer(r"\S+", text)]


def _rows(path: Path) -> Iterator[Row | str]:
    numbered = [(number, line) for number, line in lines(path)]
    if _EOJEOL.fullmatch(numbered[0][1]):
        yield from _upright(path, numbered)
        return
    for number, line in numbered:
        sentence, tab, tags = line.partition("\t")
        if not sentence.strip():
            yield EMPTY
        elif "\t" in tags:
            yield "more than one tab"
        else:
            yield Row(f"{path}:{number}", str(number), sentence.split(), _usual(tags.split()) if tab else None)


def _upright(path: Path, numbered: list[tuple[int, str]]) -> Iterator[Row | str]:
    """Sentences with a line for each eojeol."""
    row: list[tuple[str, str]] = []
    count = 0
    for number, line in [*numbered, (len(numbered) + 1, "")]:
        if found := _EOJEOL.fullmatch(line):
            row.append((found[1], found[2]))
        elif line.strip():
            raise UserError(f"{path}:{number}: {line!r} is not number, eojeol and tag with tabs between; mend the line")
        elif row:
            count += 1
            tokens, tags = zip(*row, strict=True)
            yield Row(f"{path}:{number - len(row)}", str(count), tokens, _usual(tags))
            row = []


def _usual(tags: Iterable[str]) -> list[str]:
    """Tags as others write them: Changwon has PER_B for PER-B and - for O."""
    return ["O" if tag == "-" else re.sub("_(?=[BI]$)", "-", tag) for tag in tags]


_TAG = re.compile(r"([BI])-(.+)")
_EOJEOL = re.compile(r"\d+\t([^\t]+)\t([^\t]+)")

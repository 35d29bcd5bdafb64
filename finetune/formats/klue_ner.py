"""KLUE-NER: a character a line with its tag, a space being one too, under a line with the sentence and its markup.

    ## example-1 <TAB> <가람온:PS>은 걷는다.
    가 <TAB> B-PS

The tags are what counts. Whether the line above says the same is checked character by character; it may hold a < that
is none of the markup, so it is never read by itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from finetune.examples import Tagged
from finetune.formats.bio import tags_of
from finetune.formats.conll import columns
from finetune.formats.tokens import EMPTY, UNKNOWN, Row, read_rows, report
from finetune.reading import Reading, lines
from tools.shards import atomic


def read_klue_ner(path: Path) -> Reading:
    """The sentences of a file under their own ids; how often the line above disagrees with the tags is said."""
    said = dict[str, str]()
    reading = read_rows(path, _rows(path, said))
    texts = [example for example in reading.examples if isinstance(example, Tagged)]
    differ = sum(said.get(example.id) not in (None, marked(example)) for example in texts)
    if differ:
        report(path, {"markup that disagrees with the tags: the tags were taken": differ})
    return reading


def write_klue_ner(examples: Sequence[Tagged], path: Path) -> Mapping[str, int]:
    """Write characters with IOB2 tags; the result is what was lost, how often."""
    dropped = Counter[str]()
    with atomic(path) as file:
        for example in examples:
            text = example.text.translate(_BREAKS)
            dropped["tab or line break made a space"] += text != example.text
            dropped[EMPTY] += not text.strip()
            dropped[UNKNOWN] += example.names is None
            if text.strip():
                file.write(f"## {example.id}\t{marked(Tagged('', text, example.names))}\n".encode())
                file.write(columns([text, tags_of(example.names or (), len(text))]))
    return +dropped


def marked(example: Tagged) -> str:
    """The text with its names in markup, <경찰:OG>은; a < of the text itself stays as it is."""
    line, place = "", 0
    for name in example.names or ():
        line += f"{example.text[place : name.start]}<{example.text[name.start : name.end]}:{name.kind}>"
        place = name.end
    return line + example.text[place:]


def _rows(path: Path, said: dict[str, str]) -> Iterator[Row | str]:
    """The rows of a file; the markup above each goes into `said` under the id, which is a number if there is none."""
    head, first, rows, count = "", 0, list[list[str]](), 0
    for number, line in [*lines(path), (0, "")]:
        if line.startswith("## ") and not rows:
            head, first = line[3:], number
        elif line:
            rows.append(line.rsplit("\t", 1))
        elif rows or "\t" in head:
            id, tab, markup = head.partition("\t")
            count += 1
            if not tab or id in said:
                id = str(count)
            else:
                said[id] = markup
            yield _row(f"{path}:{first or number - len(rows)}", id, rows)
            head, first, rows = "", 0, []


def _row(where: str, id: str, rows: list[list[str]]) -> Row | str:
    if any(len(row) < 2 for row in rows):
        return "line without a tag"
    return Row(where, id, [row[0] for row in rows], [row[1] for row in rows], frozenset(range(len(rows))))


_BREAKS = str.maketrans("\t\n\r", "   ")

"""A sentence with a subject and an object marked in it, and the relation between them.

KAIST         relation, subject, object, sentence with <e1>...</e1> and <e2>...</e2>
KAIST's gold  subject, object, relation, sentence with [[ _sbj_ ]] and [[ _obj_ ]] in their places, id, yes or no
a table       subject, label, object, sentence; the names are looked for in the sentence
KLUE-RE       JSON, or CSV, with the places of both

All become `@ 이순신 @은 # 조선 #의 장군이다`, the subject between @ and the object between #: ordinary characters,
which published vocabularies have and tokenizers keep apart, so that no piece must be added to a model. KAIST joins
the words of a name with `_`, which is a space here. One column of the gold says whether the relation holds at all.
"""

from __future__ import annotations

import ast
import dataclasses
import re
from collections.abc import Iterator
from pathlib import Path

from finetune.examples import Labelled, Span
from finetune.formats.table import Row, Table, read_table
from finetune.reading import Reading, gathered
from tools.errors import UserError

SUBJECT = ("subject", "sbj", "subj", "head", "headentity", "subject_entity", "주어", "주체")
OBJECT = ("object", "obj", "tail", "tailentity", "object_entity", "목적어", "대상")
RELATION = ("label", "relation", "rel", "predicate", "관계")
SENTENCE = ("sentence", "text", "문장")
ABSENT = "a name is not in the sentence"
DENIED = "the relation does not hold"  # which one does is not said
Place = tuple[str, Span, Span]
"""A sentence, and where its subject and its object are."""


@dataclasses.dataclass(frozen=True, slots=True)
class Name:
    """A subject or object as a row has it; `start` is -1 where it must be looked for."""

    text: str
    start: int = -1


def read_relations(path: Path) -> Reading:
    """The sentences of a file in any of these forms."""
    table = read_table(path, [*SUBJECT, *OBJECT, *RELATION, *SENTENCE, "answer"])
    return gathered(path, _examples(table if table.names else _headed(table)))


def marked(sentence: str, subject: Span, object: Span) -> str:
    """A sentence with both names between their marks; a name within the other is marked within it."""
    marks = list[tuple[int, int, int, str]]()
    for span, mark, later in ((subject, "@", 0), (object, "#", 1)):
        # At one place marks that close come first; of two that open there, that of the longer name does.
        marks.append((span.start, 1, later - 2 * span.end, f"{mark} "))
        marks.append((span.end, 0, -later - 2 * span.start, f" {mark}"))
    for at, _, _, mark in sorted(marks, reverse=True):
        sentence = sentence[:at] + mark + sentence[at:]
    return sentence


def _headed(table: Table) -> Table:
    """The columns get the names that they have in the form of the first sentence."""
    if table.width < 4:
        rule = "write subject, label, object, sentence on a line, with tabs between them"
        raise UserError(f"{table.path}: has {table.width} column(s) and no header; {rule}")
    first = next(row.cells[3] for row in table.rows if len(row.cells) == table.width)
    if "<e1>" in first:
        order = ("relation", "subject", "object", "sentence")
    elif "_sbj_" in first:
        order = ("subject", "object", "relation", "sentence")
    else:
        order = ("subject", "relation", "object", "sentence")
    more = {5: ("answer",), 6: ("id", "answer")}.get(table.width, ("",) * (table.width - 4))
    return dataclasses.replace(table, names=order + more)


def _examples(table: Table) -> Iterator[Labelled | str]:
    at, label, answer = table.required(SENTENCE), table.column(RELATION), table.column(("answer",))
    for found in table.whole():
        if isinstance(found, str):
            yield found
            continue
        id, row = found
        relation = None if label is None else row.cells[label].strip()
        if answer is not None and row.cells[answer].strip() == "no":
            yield DENIED
        elif relation == "":
            yield "no label"
        elif place := located(row.cells[at], _name(table, row, SUBJECT), _name(table, row, OBJECT)):
            yield Labelled(id, marked(*place).strip(), None, relation)
        else:
            yield ABSENT if row.cells[at].strip() else "empty text"


def _name(table: Table, row: Row, names: tuple[str, ...]) -> Name:
    """KLUE's names are objects; its CSV has them as Python writes a dict."""
    (entity,) = [name for name in names if name.endswith("_entity")]
    keys = [table.column((f"{entity}.{key}",)) for key in ("word", "start_idx")]
    value = {key: row.cells[at] for key, at in zip(("word", "start_idx"), keys, strict=True) if at is not None}
    cell = "" if value else row.cells[table.required(names)].strip()
    if not value and not cell.startswith("{"):
        return Name(cell)
    try:
        value = value or ast.literal_eval(cell)
        return Name(str(value["word"]), int(value["start_idx"]))
    except (ValueError, SyntaxError, KeyError, TypeError):
        raise UserError(f"{row.where}: {entity} has no word and start_idx as KLUE-RE has them; mend the row") from None


def located(sentence: str, subject: Name, object: Name) -> Place | None:
    """Where the names are, in the sentence without what its form marked them with; None where one is not."""
    if subject.start >= 0 and object.start >= 0:
        spans = [Span(name.start, name.start + len(name.text)) for name in (subject, object)]
        found = [sentence[span.start : span.end] for span in spans]
        return (sentence, spans[0], spans[1]) if found == [subject.text, object.text] else None
    if _TAG.search(sentence):
        return _untagged(sentence.replace("_", " "))
    if _LINK.search(sentence):
        names = {"_sbj_": f"<e1>{subject.text}</e1>", "_obj_": f"<e2>{object.text}</e2>"}
        return _untagged(_LINK.sub(lambda link: names.get(link[1], link[1]), sentence).replace("_", " "))
    return _sought(sentence, subject.text, object.text)


def _untagged(sentence: str) -> Place | None:
    plain, starts, spans = "", dict[str, int](), dict[str, Span]()
    for piece in _TAG.split(sentence):
        if not (tag := _TAG.fullmatch(piece)):
            plain += piece
        elif tag[0][1] != "/":
            starts[tag[0][1:-1]] = len(plain)
        elif tag[0][2:-1] in starts:
            spans.setdefault(tag[0][2:-1], Span(starts[tag[0][2:-1]], len(plain)))
    return (plain, spans["e1"], spans["e2"]) if len(spans) == 2 else None


def _sought(sentence: str, subject: str, object: str) -> Place | None:
    """The longer name first; the other outside of it if it can be, at the beginning of a word if it can be."""
    longer, shorter = sorted((subject, object), key=len, reverse=True)
    outer = _first(sentence, longer, None)
    inner = outer and (_first(sentence, shorter, outer) or _first(sentence, shorter, None))
    if not outer or not inner:
        return None
    return (sentence, outer, inner) if longer == subject else (sentence, inner, outer)


def _first(sentence: str, name: str, without: Span | None) -> Span | None:
    if not name:
        return None
    form = "[_ ]".join(map(re.escape, re.split("[_ ]", name)))
    for begins in (r"(?<!\w)", ""):
        for found in re.finditer(begins + form, sentence):
            if without is None or found.end() <= without.start or found.start() >= without.end:
                return Span(found.start(), found.end())
    return None


_TAG = re.compile("(</?e[12]>)")
_LINK = re.compile(r" ?\[\[ (.*?) \]\] ?")

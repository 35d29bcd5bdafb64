"""What a model says of an example, and the files that hold it: one JSON object a line, or what each task exchanges.

Lines of JSON keep everything and know their own kind. The exchanged forms keep the answer alone: `{id: text}` for
questions, as the official scorers take it, and for the rest `id <TAB> answer` or one answer a line in the order of the
gold file. Names are exchanged in the format of the gold file, which the task's own reader reads.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from finetune.examples import Span
from finetune.reading import lines, load_json
from tools.errors import UserError
from tools.shards import atomic


@dataclasses.dataclass(frozen=True, slots=True)
class Label:
    """The class of a text or a pair, and how likely each class is; no chances where a file has none."""

    id: str
    label: str
    chances: Mapping[str, float] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, slots=True)
class Number:
    """How similar two texts are."""

    id: str
    value: float


@dataclasses.dataclass(frozen=True, slots=True)
class Names:
    """The names in a text, in order, as characters of it."""

    id: str
    spans: tuple[Span, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Reply:
    """An answer, and where it stands in which passage; no text is the answer "there is none"."""

    id: str
    text: str
    probability: float = 0.0
    start: int = -1
    """The first character; -1 without an answer, or where a file does not say."""
    end: int = -1
    """The character after the last."""
    passage: int = 0
    start_logit: float = 0.0
    end_logit: float = 0.0
    null_score: float | None = None
    """How much higher "there is none" scores than the best answer; None: the model was not asked."""
    best: str = ""
    """The best answer, even where `text` says that there is none."""


@dataclasses.dataclass(frozen=True, slots=True)
class Chosen:
    """The number of the choice that goes on best, from 0, and how likely each is."""

    id: str
    number: int
    chances: tuple[float, ...] = ()


Prediction = Label | Number | Names | Reply | Chosen


def write_predictions(path: Path, predictions: Sequence[Prediction]) -> None:
    """Write a file of the form that its name ends in: .jsonl keeps everything, .json and .tsv only the answers."""
    write, kinds = FORMS.get(path.suffix, (records, ()))
    strange = next((type(one).__name__ for one in predictions if not isinstance(one, kinds)), None)
    if strange or not kinds:
        fitting = [suffix for suffix, (_, kinds) in FORMS.items() if all(isinstance(one, kinds) for one in predictions)]
        raise UserError(f"{path}: these predictions are written as {' or '.join(fitting)}; give a name that ends so")
    with atomic(path) as file:
        file.writelines(write(predictions))


def read_predictions(path: Path, head: str, ids: Sequence[str]) -> tuple[Prediction, ...]:
    """The predictions in a file for a task of this head; `ids` name the lines of a file that does not."""
    kind = KINDS[head]
    first = next(lines(path))[1].lstrip()
    if first.startswith('{"kind"'):
        found = [_restored(line, f"{path}:{number}") for number, line in lines(path) if line.strip()]
        for number, one in enumerate(found, 1):
            if not isinstance(one, kind):
                raise UserError(
                    f"{path}:{number}: holds a {type(one).__name__}, but the task asks for a {kind.__name__}"
                )
        return tuple(found)
    if kind is Reply:
        return tuple(_replies(path))
    if kind is Names:
        raise UserError(f"{path}: names are read as lines of JSON or in the gold file's format; this is neither")
    return tuple(_answer(head, id, answer, where) for id, answer, where in _rows(path, ids))


def records(predictions: Sequence[Prediction]) -> Iterator[bytes]:
    """A line of JSON each."""
    for one in predictions:
        record = {field.name: getattr(one, field.name) for field in dataclasses.fields(one)}
        if isinstance(one, Names):
            record["spans"] = [[span.start, span.end, span.kind] for span in one.spans]
        yield orjson.dumps({"kind": type(one).__name__, **record}, option=orjson.OPT_APPEND_NEWLINE)


def _texts(predictions: Sequence[Prediction]) -> Iterator[bytes]:
    texts = {one.id: one.text for one in predictions if isinstance(one, Reply)}
    yield orjson.dumps(texts, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _pairs(predictions: Sequence[Prediction]) -> Iterator[bytes]:
    for one in predictions:
        assert not isinstance(one, (Names, Reply))
        answer = one.label if isinstance(one, Label) else one.value if isinstance(one, Number) else one.number
        yield f"{one.id}\t{answer}\n".encode()


def _restored(line: str, where: str) -> Prediction:
    try:
        record: dict[str, Any] = orjson.loads(line)
        kind = {kind.__name__: kind for kind in KINDS.values()}[record.pop("kind")]
        if "spans" in record:
            record["spans"] = tuple(Span(int(start), int(end), str(name)) for start, end, name in record["spans"])
        if "chances" in record:
            record["chances"] = (tuple if kind is Chosen else dict)(record["chances"])
        for name, wanted in TYPES.items():
            if name in record and not isinstance(record[name], wanted):
                raise TypeError(f"{name} is {record[name]!r}")
        return kind(**record)
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(f"{where}: no prediction ({error}); write it again with python -m finetune predict") from None


def _replies(path: Path) -> Iterator[Reply]:
    content = load_json(path)
    if not isinstance(content, dict):
        raise UserError(f"{path}: holds a {type(content).__name__}; answers to questions are one object, {{id: text}}")
    for id, text in content.items():
        if not isinstance(text, str):
            raise UserError(
                f"{path}: {id}: {text!r} must be a text; write the answer itself, or an empty text for none"
            )
        yield Reply(id, text)


def _rows(path: Path, ids: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """Each answer with its id and where it stands."""
    rows = [(number, line) for number, line in lines(path) if line.strip()]
    if any("\t" in line for _, line in rows):
        if rows[0][1].partition("\t")[0].lower() in HEADERS and rows[0][1].partition("\t")[0] not in ids:
            del rows[0]
        for number, line in rows:
            id, tab, answer = line.partition("\t")
            if not tab:
                raise UserError(f"{path}:{number}: {line!r} has no tab; write id, tab, answer on every line or on none")
            yield id, answer.strip(), f"{path}:{number}"
    elif len(rows) != len(ids):
        lacks = f"{len(rows):,} answers for {len(ids):,} examples"
        raise UserError(f"{path}: {lacks}; write one a line for each example in order, or id, tab, answer")
    else:
        for id, (number, line) in zip(ids, rows, strict=True):
            yield id, line.strip(), f"{path}:{number}"


def _answer(head: str, id: str, answer: str, where: str) -> Prediction:
    if head == "classify":
        return Label(id, answer)
    try:
        return Number(id, float(answer)) if head == "regress" else Chosen(id, int(answer))
    except ValueError:
        wanted = "a number" if head == "regress" else "the number of a choice, from 0"
        raise UserError(f"{where}: {answer!r} must be {wanted}") from None


TYPES: dict[str, type | tuple[type, ...]] = {
    **dict.fromkeys(("id", "label", "text", "best"), str),
    **dict.fromkeys(("number", "start", "end", "passage"), int),
    **dict.fromkeys(("value", "probability", "start_logit", "end_logit"), (int, float)),
    "null_score": (int, float, type(None)),
}
HEADERS = frozenset({"id", "guid", "index"})
KINDS: dict[str, type[Prediction]] = {
    "classify": Label,
    "regress": Number,
    "tag": Names,
    "span": Reply,
    "choose": Chosen,
}
"""The head of a task -> what it predicts."""
FORMS: dict[str, tuple[Callable[[Sequence[Prediction]], Iterator[bytes]], tuple[type[Prediction], ...]]] = {
    ".jsonl": (records, (Label, Number, Names, Reply, Chosen)),
    ".json": (_texts, (Reply,)),
    ".tsv": (_pairs, (Label, Number, Chosen)),
}
"""The end of a file's name -> how it is written, and what fits into it."""

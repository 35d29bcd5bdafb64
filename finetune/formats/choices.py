"""A beginning and the ways in which it may go on: COPA, SWAG, HellaSwag, and the course's fill-in-the-blank JSON."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from pathlib import Path

from finetune.examples import Choice
from finetune.formats.delimited import NO_LABEL
from finetune.formats.table import Row, Table, read_table
from finetune.reading import Reading, gathered, load_json
from tools.errors import UserError

CONNECTED = {"원인": "왜냐하면", "결과": "그래서", "cause": "왜냐하면", "effect": "그래서"}
"""What leads from a premise to its cause or its effect."""


@dataclasses.dataclass(frozen=True, slots=True)
class Columns:
    """What the columns of a data set may be called."""

    text: tuple[str, ...]
    choices: tuple[tuple[str, ...], ...]
    asked: tuple[str, ...] = ()
    """What is asked of the text, a word of CONNECTED."""
    opening: tuple[str, ...] = ()
    """How every choice begins."""


def read_copa(path: Path) -> Reading:
    """KoBEST COPA: a premise, whether its cause (원인) or effect (결과) is asked for, and two sentences."""
    return _read(
        path, Columns(("premise", "sentence"), (("alternative_1", "1"), ("alternative_2", "2")), ("question",))
    )


def read_swag(path: Path) -> Reading:
    """SWAG as its CSV has it: a sentence, the beginning of the next, and four ways to end that one."""
    return _read(path, Columns(("sent1",), tuple((f"ending{at}",) for at in range(4)), opening=("sent2",)))


def read_hellaswag(path: Path) -> Reading:
    """KoBEST HellaSwag: some sentences, and four that may follow."""
    return _read(path, Columns(("context",), tuple((f"ending_{at}", f"choice{at}") for at in range(1, 5))))


def read_cloze(path: Path) -> Reading:
    """`{"1": {"question": "... _ ...", "answer": ..., "1": ..., "4": ...}}`; the answer is a choice or its number."""
    content = load_json(path)
    if not isinstance(content, dict):
        raise UserError(f'{path}: holds a {type(content).__name__}; write one object, {{"1": {{"question": ...}}}}')
    return gathered(path, (_cloze(f"{path}: {id}", id, value) for id, value in content.items()))


def _read(path: Path, columns: Columns) -> Reading:
    known = [*columns.text, *columns.asked, *columns.opening, *(name for names in columns.choices for name in names)]
    return gathered(path, _choices(read_table(path, [*known, "label", "answer"]), columns))


def _choices(table: Table, columns: Columns) -> Iterator[Choice | str]:
    text, options = table.required(columns.text), [table.required(names) for names in columns.choices]
    asked, opening = table.column(columns.asked), table.column(columns.opening)
    label, answer = table.column(("label",)), table.column(("answer",))  # labels count from 0, answers from 1
    for found in table.whole():
        if isinstance(found, str):
            yield found
            continue
        id, row = found
        cells = [cell.strip() for cell in row.cells]
        begin = [cells[opening]] if opening is not None and cells[opening] else []
        written = cells[label] if label is not None else cells[answer] if answer is not None else ""
        right = None if written in NO_LABEL else _number(row, written, len(options), label is None)
        lead = [cells[text]] if asked is None else [cells[text], _connected(row, cells[asked])]
        if not cells[text] or not all(cells[at] for at in options):
            yield "empty text"
        else:
            yield Choice(id, " ".join(lead), tuple(" ".join([*begin, cells[at]]) for at in options), right)


def _number(row: Row, written: str, count: int, from_one: bool) -> int:
    numbers = range(from_one, count + from_one)
    if written not in map(str, numbers):
        raise UserError(
            f"{row.where}: {written!r} is not the number of a choice, {numbers[0]} to {numbers[-1]}; mend it"
        )
    return int(written) - from_one


def _connected(row: Row, asked: str) -> str:
    if asked.lower() not in CONNECTED:
        raise UserError(f"{row.where}: {asked!r} is neither 원인 nor 결과; mend the row")
    return CONNECTED[asked.lower()]


def _cloze(where: str, id: str, value: object) -> Choice | str:
    if not isinstance(value, Mapping) or not isinstance(value.get("question"), str):
        raise UserError(f"{where}: must be an object with a question and its choices, 1 to 4")
    numbered = sorted((int(key), str(one)) for key, one in value.items() if key.isdecimal())
    choices = tuple(one.strip() for _, one in numbered)
    if len(choices) < 2:
        raise UserError(f"{where}: has {len(choices)} choice(s); number at least two of them, from 1")
    answer = str(value.get("answer", "")).strip()
    numbers = [str(number) for number, _ in numbered]
    if "_" not in value["question"]:
        return "no blank"
    if answer and answer not in choices and answer not in numbers:
        raise UserError(f"{where}: the answer {answer!r} is no choice, nor the number of one; mend it")
    right = choices.index(answer) if answer in choices else numbers.index(answer) if answer else None
    return Choice(id, value["question"], choices, right)

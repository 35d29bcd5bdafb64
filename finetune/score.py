"""The verb `score`: predictions against gold, as the official scorers do it, and what lies behind the figures.

Missing predictions score 0 and are counted aloud, as KorQuAD's script does; so are predictions that nobody asked for.
Below the figures stands a table: errors by kind for questions, classes for the rest.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from finetune.examples import Example, Labelled, Tagged
from finetune.formats.bio import names_of
from finetune.options_scores import Score
from finetune.predictions import Label, Names, Prediction, read_predictions
from finetune.reading import Reading, lines
from finetune.scores.answers import replies
from finetune.scores.classes import ClassScore, confusion, per_class
from finetune.scores.coverage import Coverage, coverage, require_gold
from finetune.scores.entities import entity_scores
from finetune.scores.errors import KINDS, ErrorRow, error_rows, gap
from finetune.scores.figures import described
from finetune.scores.metrics import METRICS, RULES, answer_calibration, calibration, labels, names
from finetune.tasks import TASKS, Task
from tools.columns import aligned
from tools.errors import UserError, nearest
from tools.shards import write_json
from tools.stage import imported

SHOWN = 5  # ids in a line about missing predictions
WIDEST = 12  # classes that a matrix has room for
MIXED = 10  # confusions that are listed instead


@dataclasses.dataclass(frozen=True, slots=True)
class Scored:
    """All that scoring finds: the figures, what was missing, and the tables that fit the task."""

    figures: dict[str, float]
    coverage: Coverage
    classes: tuple[ClassScore, ...] = ()
    confusion: dict[str, dict[str | None, int]] = dataclasses.field(default_factory=dict)
    errors: tuple[ErrorRow, ...] = ()


def score(config: Score) -> None:
    """Print the figures of a file of predictions, and the table behind them."""
    if config.task not in TASKS:
        raise UserError(f"{config.task}: no such task; {nearest(config.task, TASKS)}")
    task = TASKS[config.task]
    gold = _read(task, config.gold)
    require_gold(gold, config.gold)
    predictions = _predictions(task, config.predictions, gold)
    found = measured(task, gold, predictions)
    print(f"{config.task} · {task.korean} · 정답 gold {len(gold):,} · 예측 predictions {len(predictions):,}")
    print("\n".join(report(found)))
    if config.json is not None:
        write_json(config.json, as_json(config.task, len(gold), found))


def measured(task: Task, gold: Sequence[Example], predictions: Sequence[Prediction]) -> Scored:
    """The figures of a task's metrics and its table."""
    figures: dict[str, float] = {}
    for metric in task.metrics:
        figures |= METRICS[metric](gold, predictions)
    covered = coverage(gold, predictions)
    if task.head == "classify":
        right, given = labels(gold, predictions)
        figures |= calibration(gold, predictions)
        return Scored(figures, covered, per_class(right, given), confusion(right, given))
    if task.head == "tag":
        return Scored(figures, covered, entity_scores(*names(gold, predictions)))
    if task.head == "span":
        exact, f1 = RULES[task.metrics[0]].values()
        figures |= answer_calibration(gold, predictions, exact)
        return Scored(figures, covered, errors=error_rows(replies(gold, predictions), exact=exact, f1=f1))
    return Scored(figures, covered)


def report(found: Scored) -> Iterator[str]:
    """The lines that a person reads."""
    yield from _gaps(found.coverage)
    yield ""
    yield from aligned([described(name, value) for name, value in found.figures.items()], numbers=True)
    if found.classes:
        yield ""
        yield from class_lines(found.classes)
    if found.confusion:
        yield ""
        yield from confusion_lines(found.confusion)
    if found.errors:
        yield ""
        yield from error_lines(found.errors)


def class_lines(rows: Iterable[ClassScore]) -> Iterator[str]:
    """Precision, recall and F1 of each class."""
    head = ("유형 class", "정밀도 P", "재현율 R", "F1", "예측 predicted", "정답 gold")
    body = [
        (
            row.name,
            *(f"{100 * value:.2f}" for value in (row.precision, row.recall, row.f1)),
            f"{row.predicted:,}",
            f"{row.support:,}",
        )
        for row in rows
    ]
    return aligned([head, *body], numbers=True)


def confusion_lines(table: dict[str, dict[str | None, int]]) -> Iterator[str]:
    """The matrix, gold down and predicted across; of many classes only what is confused most."""
    if len(table) <= WIDEST:
        columns = list(next(iter(table.values())))
        head = ("정답 gold \\ 예측 predicted", *(column or "(없음 none)" for column in columns))
        body = [(name, *(f"{row[column]:,}" for column in columns)) for name, row in table.items()]
        yield from aligned([head, *body], numbers=True)
        return
    mixed = [
        (count, name, column)
        for name, row in table.items()
        for column, count in row.items()
        if column != name and count
    ]
    mixed.sort(key=lambda one: -one[0])
    rows = [(f"{name} -> {column or '(없음 none)'}", f"{count:,}") for count, name, column in mixed[:MIXED]]
    yield from aligned([("혼동 confused: gold -> predicted", "수 count"), *rows], numbers=True)


def error_lines(rows: Sequence[ErrorRow]) -> Iterator[str]:
    """The kinds of wrong answers, each with what it adds to the gap between F1 and exact match."""
    wrong = sum(len(row.ids) for row in rows)
    head = ("오답 wrong", "수 count", "비율 share", "F1-EM 차이 gap")
    body = [
        (f"{KINDS[row.kind]} {row.kind}", f"{len(row.ids):,}", f"{row.share:.1f} %", f"{row.gap:.2f}")
        for row in rows
        if row.ids
    ]
    return aligned([head, *body, ("모두 all", f"{wrong:,}", "", f"{gap(rows):.2f}")], numbers=True)


def as_json(task: str, gold: int, found: Scored) -> dict[str, Any]:
    """Everything, for other programs."""
    classes = [
        {"class": row.name, "precision": row.precision, "recall": row.recall, "f1": row.f1}
        | {"right": row.right, "predicted": row.predicted, "gold": row.support}
        for row in found.classes
    ]
    table = {name: {column or "": count for column, count in row.items()} for name, row in found.confusion.items()}
    errors = {row.kind: {"ids": row.ids, "share": row.share, "gap": row.gap} for row in found.errors}
    covered = dataclasses.asdict(found.coverage)
    return {
        "task": task,
        "gold": gold,
        "figures": found.figures,
        **covered,
        "classes": classes,
        "confusion": table,
        "errors": errors,
    }


def _read(task: Task, path: Path) -> Sequence[Example]:
    read: Any = imported(task.read)
    reading: Reading = read(path)
    for reason, count in reading.skipped.items():
        print(f"{path}: {count:,} 건 건너뜀 left out: {reason}")
    return reading.examples


def _predictions(task: Task, path: Path, gold: Sequence[Example]) -> Sequence[Prediction]:
    if task.head != "tag":
        given = read_predictions(path, task.head, [example.id for example in gold])
        _check_labels(given, {*task.labels, *(one.label for one in gold if isinstance(one, Labelled))}, path)
        return given
    texts = {example.id: example.text for example in gold if isinstance(example, Tagged)}
    if path.suffix == ".jsonl":
        given = read_predictions(path, task.head, list(texts))
        for one in given:
            _check_places(one, texts, path)
        return given
    tagged = [example for example in _read(task, path) if isinstance(example, Tagged)]
    if "klue-ner" in task.metrics:
        _check_tags(path)
    for example in tagged:
        if texts.get(example.id, example.text) != example.text:
            raise UserError(f"{path}: {example.id} has another text than in the gold file; tag that file's own texts")
    return [Names(example.id, example.names or ()) for example in tagged]


def _check_labels(given: Sequence[Prediction], known: Collection[str | None], path: Path) -> None:
    """An error if no prediction is a label at all; a single one that is none is wrong, and no more."""
    labels = {one.label for one in given if isinstance(one, Label)}
    if labels and labels.isdisjoint(known):
        names = ", ".join(sorted(filter(None, known)))
        raise UserError(f"{path}: says {min(labels)!r}, which is no label, and nothing else that is one; write {names}")


def _check_tags(path: Path) -> None:
    """An error for names without B-, which are none to KLUE's scorer; as spans they would count."""
    rows = (line for _, line in lines(path))
    _, faults = names_of([row.rpartition("\t")[2] if row and not row.startswith("## ") else "O" for row in rows])
    if faults:
        said = f"{len(faults):,} names begin with I-, which KLUE's scorer counts as none"
        raise UserError(f"{path}: {said}; write B- for their first character, or O")


def _check_places(prediction: Prediction, texts: Mapping[str, str], path: Path) -> None:
    assert isinstance(prediction, Names)
    length = len(texts.get(prediction.id, ""))
    for span in prediction.spans if prediction.id in texts else ():
        if not 0 <= span.start < span.end <= length:
            where = f"{path}: {prediction.id}: the name at {span.start}-{span.end}"
            raise UserError(f"{where} is not within its text of {length} characters; predict on the gold file's texts")


def _gaps(covered: Coverage) -> Iterator[str]:
    said = {
        "예측 없음, 0점 missing, scored 0": covered.missing,
        "정답에 없는 id unknown ids, not counted": covered.strange,
        "겹친 id repeated ids, the last counts": covered.repeated,
    }
    for what, ids in said.items():
        if ids:
            yield f"{what}: {len(ids):,} ({', '.join(ids[:SHOWN])}{', …' if len(ids) > SHOWN else ''})"

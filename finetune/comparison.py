"""Two sets of predictions for the same examples: figure by figure, class by class, example by example.

Whether the difference could be chance is said by McNemar's test on the examples that only one of the two gets right; of
numbers, on which of them is nearer. Drawn as lines and as a page; where predictions come from is said in compare.py.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from pathlib import Path

from finetune.evaluation_page import shares
from finetune.examples import Example
from finetune.predictions import Prediction
from finetune.score import Scored, measured
from finetune.scores.classes import ClassScore
from finetune.scores.errors import KINDS
from finetune.scores.figures import described
from finetune.side_by_side import HEADS, answer, predicted, shown
from finetune.task import Task
from finetune.verdicts import mcnemar, verdicts
from tools.charts import Block, Groups, Prose, Section, Table, write_page
from tools.columns import aligned

LEVEL = 0.05
ON_PAGE = 100  # examples of each kind
Rows = list[tuple[str, ...]]
Both = tuple[Example, Prediction | None, Prediction | None]


@dataclasses.dataclass(frozen=True, slots=True)
class Comparison:
    """All that two runs differ in."""

    task: Task
    gold: Sequence[Example]
    scored: tuple[Scored, Scored]
    better_a: tuple[Both, ...]
    """The examples that only the first gets right, or of numbers nearer."""
    better_b: tuple[Both, ...]
    both: int
    """How many examples both get right; of numbers, equally well."""

    @property
    def chance(self) -> float:
        """How often chance alone would part them so far."""
        return mcnemar(len(self.better_a), len(self.better_b))


def compared(task: Task, gold: Sequence[Example], a: Sequence[Prediction], b: Sequence[Prediction]) -> Comparison:
    """Two sets of predictions against the same gold examples."""
    ones, others = ({one.id: one for one in side} for side in (a, b))
    triples = [(example, ones.get(example.id), others.get(example.id)) for example in gold]
    marks = list(zip(triples, verdicts(task, gold, a), verdicts(task, gold, b), strict=True))
    return Comparison(
        task,
        gold,
        (measured(task, gold, a), measured(task, gold, b)),
        tuple(three for three, x, y in marks if x > y),
        tuple(three for three, x, y in marks if x < y),
        sum(x == y and (x > 0 or task.head == "regress") for _, x, y in marks),
    )


def lines(found: Comparison, most: int) -> Iterator[str]:
    """A comparison for the terminal."""
    for table in (figure_rows(found), class_rows(found), error_rows(found)):
        if len(table) > 1:
            yield ""
            yield from aligned(table, numbers=True)
    yield ""
    yield from verdict_lines(found)
    for name, some in (("A", found.better_a), ("B", found.better_b)):
        for example, a, b in some[:most]:
            yield f"\n{name}만 맞음 only {name} right  #{example.id}"
            cells = zip([*HEADS[found.task.head], "정답 Answer"], [*shown(example), answer(example)], strict=True)
            pairs = [*cells, ("A", predicted(example, a)), ("B", predicted(example, b))]
            yield from (f"  {line}" for line in aligned(pairs))


def verdict_lines(found: Comparison) -> Iterator[str]:
    """How many examples changed, and whether that could be chance."""
    a, b, chance = len(found.better_a), len(found.better_b), found.chance
    neither = len(found.gold) - a - b - found.both
    what = "더 가까움 nearer" if found.task.head == "regress" else "맞음 right"
    yield f"A만 {what} A only {a:,} · B만 B only {b:,} · 둘 다 both {found.both:,} · 둘 다 아님 neither {neither:,}"
    if chance < LEVEL:
        better = "A" if a > b else "B"
        said = f"{better}가 낫고, 우연이 아니다 {better} is better, and not by chance"
    else:
        said = "차이는 우연일 수 있다 the difference may be chance"
    yield f"맥니마 검정 McNemar's test: p = {chance:.3g}; {said}"


def figure_rows(found: Comparison) -> Rows:
    """Each figure of both."""
    a, b = (scored.figures for scored in found.scored)
    rows: Rows = [("수치 figure", "A", "B", "B - A")]
    for name in a:
        if name in b:
            change = f"{b[name] - a[name]:+.{4 if abs(a[name]) <= 1 else 2}f}"
            rows.append((described(name, a[name])[0], described(name, a[name])[1], described(name, b[name])[1], change))
    return rows


def class_rows(found: Comparison) -> Rows:
    """Precision, recall and F1 of each class of both, in percent, and how much B's are higher."""
    a, b = ({row.name: row for row in scored.classes} for scored in found.scored)
    rows: Rows = [
        ("유형 class", "정답 gold", *(f"{of} {side}" for of in ("P", "R", "F1") for side in ("A", "B", "B-A")))
    ]
    for name in sorted({*a, *b}):
        one, other = (side.get(name, ClassScore(name, 0, 0, 0)) for side in (a, b))
        cells = [
            cell
            for x, y in zip(shares(one), shares(other), strict=True)
            for cell in (f"{100 * x:.2f}", f"{100 * y:.2f}", f"{100 * (y - x):+.2f}")
        ]
        rows.append((name, f"{max(one.support, other.support):,}", *cells))
    return rows


def error_rows(found: Comparison) -> Rows:
    """How many wrong answers of each kind both give."""
    rows: Rows = [("오답 wrong", "A", "B", "B - A")]
    for one, other in zip(found.scored[0].errors, found.scored[1].errors, strict=True):
        counts = len(one.ids), len(other.ids)
        if any(counts):
            rows.append((f"{KINDS[one.kind]} {one.kind}", *map(str, counts), f"{counts[1] - counts[0]:+d}"))
    return rows


def page(path: Path, found: Comparison, a: str, b: str) -> None:
    """A comparison as a page."""
    tables = {
        "점수 Scores": figure_rows(found),
        "유형별 By class": class_rows(found),
        "오답 Mistakes": error_rows(found),
    }
    about: list[Block] = [Table(["", ""], [["A", a], ["B", b]]), *(Prose(line) for line in verdict_lines(found))]
    sections = [Section("두 결과 The two", about)]
    for title, [head, *rows] in tables.items():
        if rows:
            chart = [_chart(found)] if title.startswith("유형") else []
            sections.append(Section(title, [*chart, Table(head, rows)]))
    for name, some in (("A", found.better_a), ("B", found.better_b)):
        head = (*HEADS[found.task.head], "정답 Answer", "A", "B")
        rows = [
            (*shown(one), answer(one), predicted(one, said_a), predicted(one, said_b))
            for one, said_a, said_b in some[:ON_PAGE]
        ]
        title = f"{name}만 맞음 Only {name} is right ({len(some):,})"
        sections.append(Section(title, [Table(head, rows)] if rows else [Prose("없음 none")]))
    write_page(path, f"{found.task.name} · 두 결과 견주기 Two runs compared", sections)


def _chart(found: Comparison) -> Groups:
    values: dict[str, dict[str, float]] = {}
    for name, scored in zip("AB", found.scored, strict=True):
        for row in scored.classes:
            values.setdefault(row.name, {})[name] = round(100 * row.f1, 2)
    return Groups("유형별 F1 of classes", values)

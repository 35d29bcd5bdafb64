"""What a model does on one file, for people: figures, classes and what is taken for what, mistakes by kind, examples.

A page by itself, and sections for the report of a training. Everything comes from gold examples and predictions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from finetune.examples import Example
from finetune.predictions import Prediction
from finetune.score import WIDEST, Scored, measured
from finetune.scores.answers import best, replies, rights
from finetune.scores.classes import ClassScore
from finetune.scores.errors import KINDS, ErrorRow, gap
from finetune.scores.figures import described
from finetune.scores.metrics import RULES
from finetune.scores.unanswerable import Doubted, curve
from finetune.side_by_side import side_by_side
from finetune.task import Task
from tools.charts import Bars, Block, Groups, Heat, Lines, Prose, Section, Table, write_page

CHARTED = 20  # classes that a chart has room for
MIXED = 20
POINTS = 400  # of a curve


def evaluation_page(path: Path, task: Task, gold: Sequence[Example], given: Sequence[Prediction], of: str) -> None:
    """The page of an evaluation by itself; `of` says what file it is on."""
    write_page(path, f"{task.name} · {task.korean} · 평가 Evaluation", evaluation_sections(task, gold, given, of))


def evaluation_sections(
    task: Task, gold: Sequence[Example], given: Sequence[Prediction], of: str, threshold: float | None = None
) -> list[Section]:
    """Figures, what lies behind them, and examples."""
    found = measured(task, gold, given)
    figures = [described(name, value) for name, value in found.figures.items()]
    about = f"{of}: 예 {len(gold):,}개. {len(gold):,} examples."
    sections = [Section(f"점수 Scores · {of}", [Prose(about), *_missing(found), Table(["", ""], figures)])]
    if found.classes:
        sections.append(Section(f"유형별 By class · {of}", classes(found.classes)))
    if found.confusion:
        sections.append(Section(f"혼동 Confusion · {of}", confusion(found.confusion)))
    if found.errors:
        sections.append(Section(f"오답의 갈래 Mistakes by kind · {of}", errors(found.errors)))
    if points := precision_and_recall(task, gold, given):
        sections.append(Section(f"답이 없는 질문 Questions without an answer · {of}", _doubts(points, threshold)))
    return [*sections, Section(f"나란히 Side by side · {of}", [side_by_side(task, gold, given)])]


def classes(rows: Sequence[ClassScore]) -> list[Block]:
    """Precision, recall and F1 of each class, as a table and side by side."""
    head = ["유형 class", "정밀도 precision", "재현율 recall", "F1", "예측 predicted", "정답 gold"]
    cells = [
        [row.name, *(f"{100 * share:.2f}" for share in shares(row)), f"{row.predicted:,}", f"{row.support:,}"]
        for row in rows
    ]
    bars = {
        row.name: {
            name: round(100 * share, 2)
            for name, share in zip(("정밀도 precision", "재현율 recall", "F1"), shares(row), strict=True)
        }
        for row in sorted(rows, key=lambda row: -row.support)[:CHARTED]
    }
    return [Groups("유형별 점수 Scores of classes", bars), Table(head, cells)]


def shares(row: ClassScore) -> tuple[float, float, float]:
    """Precision, recall and F1 of a class."""
    return row.precision, row.recall, row.f1


def confusion(table: Mapping[str, Mapping[str | None, int]]) -> list[Block]:
    """What is taken for what: shares of each gold class as colours, or of many classes what is mixed up most."""
    columns = list(next(iter(table.values())))
    if len(table) <= WIDEST:
        about = "줄마다 그 유형의 예 100개가 무엇이 되었는가. Of 100 examples of the row's class, how many became what."
        totals = {name: sum(row.values()) or 1 for name, row in table.items()}
        cells = [[100 * row[column] / totals[name] for column in columns] for name, row in table.items()]
        names = [column or "없음 none" for column in columns]
        return [Prose(about), Heat("정답 gold ↓   예측 predicted →", list(table), names, cells, ".1f")]
    mixed = [(count, name, column) for name, row in table.items() for column, count in row.items() if column != name]
    mixed.sort(key=lambda one: -one[0])
    rows = [[name, column or "없음 none", f"{count:,}"] for count, name, column in mixed[:MIXED] if count]
    return [Table(["정답 gold", "예측 predicted", "수 count"], rows)]


def errors(rows: Sequence[ErrorRow]) -> list[Block]:
    """The kinds of wrong answers, and what each adds to the distance of F1 and exact match."""
    there = [row for row in rows if row.ids]
    korean = f"F1이 완전 일치보다 {gap(rows):.2f}점 높다: 거의 맞은 답이 그만큼 있다."
    english = f"F1 is {gap(rows):.2f} points above exact match: so much is nearly right."
    cells = [[KINDS[row.kind], row.kind, f"{len(row.ids):,}", f"{row.share:.1f}", f"{row.gap:.2f}"] for row in there]
    head = ["갈래", "kind", "수 count", "몫 share (%)", "F1-EM 차이 gap"]
    if not there:
        return [Prose("틀린 답이 없다. No answer is wrong.")]
    bars = Bars("틀린 답 Wrong answers", {f"{KINDS[row.kind]} {row.kind}": float(len(row.ids)) for row in there})
    return [Prose(korean), Prose(english), bars, Table(head, cells)]


def precision_and_recall(
    task: Task, gold: Sequence[Example], given: Sequence[Prediction]
) -> dict[str, list[tuple[float, float]]]:
    """For each rule the precision at each recall as the threshold rises; empty where no doubts are known."""
    pairs = replies(gold, given) if task.head == "span" else []
    known = [(asked, one) for asked, one in pairs if one is not None and one.null_score is not None]
    answerable = sum(bool(asked.answers) for asked, _ in pairs)
    found = dict[str, list[tuple[float, float]]]()
    for name, rule in RULES[task.metrics[0]].items() if known and answerable else ():
        doubted = [
            Doubted(one.null_score or 0.0, bool(asked.answers), bool(one.best), best(rule, one.best, rights(asked)))
            for asked, one in known
        ]
        points = curve(doubted, answerable)
        every = [(100 * x, 100 * y) for x, y in zip(points.recalls, points.precisions, strict=True)]
        step = -(-len(every) // POINTS)
        found[described(name, 0.0)[0]] = [*every[:-1:step], every[-1]]
    return found


def _doubts(points: dict[str, list[tuple[float, float]]], threshold: float | None) -> list[Block]:
    blocks: list[Block] = []
    if threshold is not None:
        korean = f"'답 없음'이 가장 좋은 답보다 {threshold:.3f} 넘게 높으면 답하지 않는다."
        english = f'"There is none" is said where it scores {threshold:.3f} higher than the best answer.'
        blocks += [Prose(korean), Prose(f"{english} Chosen on the held-out part.")]
    return [*blocks, Lines("정밀도(%) Precision (%)", points, "재현율(%) recall (%)")]


def _missing(found: Scored) -> list[Block]:
    count = len(found.coverage.missing)
    return [Prose(f"예측이 없어 0점인 예 {count:,}개. {count:,} have no prediction and score 0.")] if count else []

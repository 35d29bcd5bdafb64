"""The page of a fine-tuning: scores of all seeds, curves, what the best model does on each file, and others beside it.

It is drawn from plain values: scores, records, examples and predictions. Nothing is measured here but what follows
from them. What others have published stands in the same table and is marked in every row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from finetune.curves import DEV
from finetune.decisions import about_josa
from finetune.evaluation_page import evaluation_sections
from finetune.examples import Example
from finetune.predictions import Prediction
from finetune.scores.figures import described
from finetune.task import Task
from pretrain.journal import Record, clock, short
from tools.charts import Block, Lines, Prose, Section, Table, write_page

REPORT_PAGE = "report.html"
POINTS = 400  # of a curve
THEIRS = "발표된 수치, 다른 데이터·나눔 published, other data/split"
Part = tuple[Sequence[Example], Sequence[Prediction]]
"""The examples of a file and what the best model says of them."""


def write_report(
    folder: Path,
    task: Task,
    *,
    seeds: Sequence[Mapping[str, Any]],
    spread: Mapping[str, Mapping[str, Mapping[str, float]]],
    curves: Mapping[int, Sequence[Record]],
    parts: Mapping[str, Part],
    options: Mapping[str, Any],
) -> None:
    """The page of a training: `seeds` as scores.json has them, `spread` as report.json, `curves` by seed."""
    best = max(seeds, key=lambda one: next(iter(one["dev"].values())))
    sections = [
        Section("요약 Summary", [*_summary(task, best, curves), *_scores(seeds, spread)]),
        *_curves(curves),
        *_others(task, best, spread),
    ]
    for name, (gold, given) in parts.items():
        sections += evaluation_sections(task, gold, given, PARTS.get(name, name), best.get("threshold"))
    given_options = [[name, str(value)] for name, value in options.items() if value is not None]
    sections.append(Section("설정 Configuration", [Table(["옵션 option", "값 value"], given_options)]))
    write_page(folder / REPORT_PAGE, f"{task.name} · {task.korean} · 미세조정 보고서 Fine-tuning report", sections)


def _summary(task: Task, best: Mapping[str, Any], curves: Mapping[int, Sequence[Record]]) -> list[Block]:
    updates = [[one for one in each if "steps" in one] for each in curves.values()]
    seconds = sum(each[-1]["seconds"] for each in updates if each)
    rows = sum(one["rows"] for each in updates for one in each)
    cells = [["과제 task", f"{task.korean} {task.name}"], ["라이선스 licence", task.licence]]
    if seconds:
        cells += [["학습한 시간 time spent training", clock(seconds)], ["속도 speed", short(rows / seconds, "rows/s")]]
    about = f"고르는 부분에서 씨앗 {best['seed']}의 모델이 가장 좋았다. 시험 파일은 아무것도 정하지 않는다."
    chosen = f"The model of seed {best['seed']} was best on the part to choose by; the test file decides nothing."
    josa = [Prose(f"고르는 부분에서 on the part to choose by: {about_josa(best['josa'])}.")] if "josa" in best else []
    return [Prose(task.about), Table(["", ""], cells), Prose(about), Prose(chosen), *josa]


def _scores(seeds: Sequence[Mapping[str, Any]], spread: Mapping[str, Mapping[str, Mapping[str, float]]]) -> list[Block]:
    """A table for each part: a row for each seed, and their mean and deviation."""
    blocks: list[Block] = []
    for part, summed in spread.items():
        head = [f"{PARTS.get(part, part)}: 씨앗 seed", "epoch", *(described(name, 0.0)[0] for name in summed)]
        rows = [
            [str(one["seed"]), f"{one['epoch']:.3g}", *(described(name, one[part][name])[1] for name in summed)]
            for one in seeds
        ]
        means = [_mean(each) for each in summed.values()]
        blocks.append(Table(head, [*rows, *([["평균 mean ± sd", "", *means]] if len(seeds) > 1 else [])]))
    if len(seeds) == 1:
        blocks.append(Prose("한 번만 학습했다. 씨앗이 다르면 1점은 다를 수 있다. One seed; others may differ."))
    return blocks


def _curves(curves: Mapping[int, Sequence[Record]]) -> list[Section]:
    """Loss and the figures of the held-out part, of all seeds together."""
    names = dict.fromkeys(
        key for each in curves.values() for one in each for key in one if key.startswith(DEV) and "steps" not in one
    )
    charts = {"손실 Loss": "loss"} | {f"고르는 부분 {described(key.removeprefix(DEV), 0.0)[0]}": key for key in names}
    blocks: list[Block] = []
    for title, key in list(charts.items())[:MOST]:
        lines = {f"씨앗 seed {seed}": _points(each, key) for seed, each in curves.items()}
        if lines := {name: points for name, points in lines.items() if len(points) > 1}:
            blocks.append(Lines(title, lines, "epoch"))
    return [Section("곡선 Curves", blocks)] if blocks else []


def _points(records: Sequence[Record], key: str) -> list[tuple[float, float]]:
    """A curve of at most POINTS points: where there are more records, each is the mean of some neighbours."""
    curve = [(one["epoch"], one[key]) for one in records if key in one]
    size = max(1, -(-len(curve) // POINTS))
    parts = [curve[start : start + size] for start in range(0, len(curve), size)]
    return [(part[-1][0], sum(y for _, y in part) / len(part)) for part in parts]


def _others(
    task: Task, best: Mapping[str, Any], spread: Mapping[str, Mapping[str, Mapping[str, float]]]
) -> list[Section]:
    """This model, then what others report; a table and no chart, since settings differ."""
    if not task.published:
        return []
    part = "test" if "test" in best else "dev"
    mine = " / ".join(f"{each['mean']:.2f}" for each in list(spread[part].values())[:2])
    rows = [["이 모델 this model", mine, f"여기서 잰 것 measured here: {PARTS[part]}", ""]]
    rows += [[one.model, one.figure, one.setting, THEIRS] for one in task.published]
    about = "아래는 다른 이들이 자기 데이터와 설정으로 발표한 수치다. 이 모델과 나란히 놓되 견주지는 말 것. "
    english = "Others' figures, on their data and in their settings: beside this model, not against it."
    return [Section("다른 모델 Other models", [Prose(about + english), Table(["모델 model", *OTHERS], rows)])]


def _mean(each: Mapping[str, float]) -> str:
    return f"{each['mean']:.2f} ± {each['sd']:.2f}"


MOST = 5  # curves
OTHERS = ("수치 figure", "설정 setting", "누구의 수치 whose")
PARTS = {"dev": "고르는 부분 dev", "test": "시험 파일 test"}
"""What a part of the data is called."""

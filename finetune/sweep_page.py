"""What a sweep found, for people: one table of all models and tasks, bars, and learning curves over pretraining."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

from finetune.scores.figures import described
from finetune.tasks import TASKS
from tools.charts import Block, Groups, Lines, Prose, Section, Table
from tools.columns import aligned

Report = Mapping[str, Any]
SCORED = {"test": "시험 자료 test", "dev": "개발 자료 dev"}

ABOUT = {
    "model": "모델 model",
    "vocabulary": "어휘 vocabulary",
    "pieces": "조각 pieces",
    "layers": "층 layers",
    "hidden": "너비 hidden",
    "parameters": "매개변수 parameters",
    "updates": "사전학습 갱신 updates",
}


def lines(report: Report) -> Iterator[str]:
    """The table for the terminal."""
    yield from aligned([_head(report), *_rows(report)], numbers=True)


def sections(report: Report) -> list[Section]:
    """The table, a chart for each task, and the learning curves where there are milestones."""
    models = Table(list(ABOUT.values()), [[_number(model[key]) for key in ABOUT] for model in report["about"]])
    scores = Table(_head(report), _rows(report))
    found = [Section("모든 점수 All scores", [scores, *map(Prose, _notes(report)), models])]
    for name, task in report["tasks"].items():
        bars = {
            model: {described(figure, 0.0)[0]: scores[figure]["mean"] for figure in task["figures"]}
            for model, scores in task["scores"].items()
        }
        title = f"{TASKS[name].korean}, {SCORED[task['part']]}"
        blocks: list[Block] = [Groups(title, bars)]
        if points := curves(report, name):
            label = described(task["figures"][0], 0.0)[0]
            axis = "사전학습 갱신 수 updates of pretraining"
            blocks.append(Lines(f"학습 곡선 learning curve: {label}", points, axis, logarithmic=True))
        if others := TASKS[name].published:
            blocks.append(
                Table(["다른 이의 발표 published by others", "", "setting"], list(map(dataclasses.astuple, others)))
            )
        found.append(Section(name, blocks))
    return found


def curves(report: Report, task: str) -> dict[str, list[tuple[float, float]]]:
    """For each model with milestones its first figure after so many updates; without any, a level line."""
    found = report["tasks"][task]
    points: dict[str, list[tuple[float, float]]] = {}
    for model in report["models"]:
        if model["step"] and model["name"] in found["scores"]:
            points.setdefault(model["model"], []).append((model["step"], _mean(found, model["name"])))
    points = {name: sorted(each) for name, each in points.items() if len(each) > 1}
    for name, each in list(points.items()):
        if f"{name}@0" in found["scores"]:
            level = _mean(found, f"{name}@0")
            points[f"{name}, 무작위 random weights"] = [(each[0][0], level), (each[-1][0], level)]
    return points


def _mean(task: Mapping[str, Any], model: str) -> float:
    return float(task["scores"][model][task["figures"][0]]["mean"])


def _head(report: Report) -> list[str]:
    columns = [
        f"{name} {described(figure, 0.0)[0]}" for name, task in report["tasks"].items() for figure in task["figures"]
    ]
    return ["모델 model", *columns]


def _rows(report: Report) -> list[list[str]]:
    names = dict.fromkeys(name for task in report["tasks"].values() for name in task["scores"])
    return [
        [
            name,
            *(
                _cell(task["scores"].get(name, {}).get(figure))
                for task in report["tasks"].values()
                for figure in task["figures"]
            ),
        ]
        for name in names
    ]


def _cell(found: Mapping[str, float] | None) -> str:
    if found is None:
        return ""
    return f"{found['mean']:.2f}" + (f" ± {found['sd']:.2f}" if found["sd"] else "")


def _number(value: Any) -> str:
    return "" if value is None else f"{value:,}" if isinstance(value, int) else str(value)


def _notes(report: Report) -> Iterator[str]:
    parts = ", ".join(f"{name}: {SCORED[task['part']]}" for name, task in report["tasks"].items())
    yield f"점수를 잰 자료 scored on: {parts}."
    yield (
        "@0은 무작위 가중치에서, @N은 사전학습 N번 갱신 뒤에 시작한 것. TF-IDF는 글자 1-4개와 로지스틱 회귀. "
        "@0 began with random weights, @N after N updates of pretraining; TF-IDF is logistic regression on characters."
    )

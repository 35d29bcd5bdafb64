"""What fine-tuning leaves behind: each seed's scores, their mean and deviation, and the best seed's model.

model/                 the best model: what evaluate and predict take
dev.jsonl, test.jsonl  its predictions; dev-report.json, test-report.json its tables of classes or errors
report.json            all seeds, mean and deviation, and what others have published; report.html draws it
seeds/N/               the same of each seed, its curves (metrics.jsonl), and scores.json, written last

The best seed is that of the best figure on the held-out part; the test file decides nothing.
"""

from __future__ import annotations

import dataclasses
import math
import shutil
import statistics
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import orjson

from finetune.answering import predictions
from finetune.curves import Judgement
from finetune.decisions import about_josa, decided
from finetune.examples import Example, Question
from finetune.finetuned import load_finetuned, save_finetuned
from finetune.plan import Plan
from finetune.predictions import Prediction, Reply, read_predictions, write_predictions
from finetune.report import write_report
from finetune.score import as_json, measured
from finetune.scores.figures import described
from finetune.scores.metrics import METRICS
from finetune.task import Task
from pretrain.folder import MODEL
from pretrain.journal import records
from tools.columns import aligned
from tools.shards import write_json
from tools.stage import Summary

SEEDS, SCORES, REPORT = "seeds", "scores.json", "report.json"
PARTS = ("dev", "test")
LEFT = ("best-*", "checkpoints", MODEL)  # of a seed that is finished, when the best is chosen


def figures(task: Task, gold: Sequence[Example], given: Sequence[Prediction]) -> dict[str, float]:
    """The figures of all metrics of a task; what is no number, as a correlation of constants, is 0."""
    found: dict[str, float] = {}
    for metric in task.metrics:
        found |= METRICS[metric](gold, given)
    return {name: value if math.isfinite(value) else 0.0 for name, value in found.items()}


def folder_of(plan: Plan, seed: int) -> Path:
    """Where a seed has its own files."""
    return plan.config.output / SEEDS / str(seed)


def finished(folder: Path) -> bool:
    """Whether a seed has come to its end."""
    return (folder / SCORES).is_file()


def settle(plan: Plan, seed: int, best: Path, judged: Judgement) -> None:
    """Score the best model of a seed, the test file for the first and only time, and throw away what led to it."""
    folder = folder_of(plan, seed)
    model = load_finetuned(best, device=plan.ranks.device)
    found: dict[str, Any] = {"seed": seed, "epoch": judged.epoch, "step": judged.step}
    said = list(predictions(model, plan.dev, half=plan.half))
    if model.spec.head == "span":
        before = model.spec
        model.spec, found["josa"] = decided(before, cast(Sequence[Question], plan.dev), cast(Sequence[Reply], said))
        said = said if model.spec == before else list(predictions(model, plan.dev, half=plan.half))
    found |= {"threshold": model.spec.threshold} if model.spec.null else {}
    for part, gold in zip(PARTS, (plan.dev, plan.test), strict=True):
        if gold:
            given = said if part == "dev" else list(predictions(model, gold, half=plan.half))
            write_predictions(folder / f"{part}.jsonl", given)
            found[part] = figures(plan.task, gold, given)
            report = as_json(plan.task.name, len(gold), measured(plan.task, gold, given))
            write_json(folder / f"{part}-report.json", report)
    save_finetuned(model, folder / MODEL)
    write_json(folder / SCORES, found)


def finish(plan: Plan) -> Summary:
    """Keep the best seed's model, write and print the table of all, and give its headline figures."""
    output = plan.config.output
    scores = [orjson.loads((folder_of(plan, seed) / SCORES).read_bytes()) for seed in plan.seeds]
    best = max(scores, key=lambda one: _first(one["dev"]))
    source = folder_of(plan, best["seed"])
    if not (output / MODEL).exists():
        shutil.copytree(source / MODEL, output / f"{MODEL}.part", dirs_exist_ok=True)
        (output / f"{MODEL}.part").rename(output / MODEL)
    parts = [part for part in PARTS if part in best]
    for name in [f"{part}{ending}" for part in parts for ending in (".jsonl", "-report.json")]:
        shutil.copyfile(source / name, output / name)
    spread = {part: _spread([one[part] for one in scores]) for part in parts}
    sizes = {"rows": len(plan.rows), "dev": len(plan.dev), "test": len(plan.test)}
    about = {"task": plan.task.name, "sizes": sizes, "lr": plan.lr, "batch": plan.batch, "epochs": plan.epochs}
    others = [dataclasses.asdict(one) for one in plan.task.published]
    found = {**about, "best seed": best["seed"], "seeds": scores, "spread": spread, "published by others": others}
    write_json(output / REPORT, found)
    golds = dict(zip(PARTS, (plan.dev, plan.test), strict=True))
    write_report(
        output,
        plan.task,
        seeds=scores,
        spread=spread,
        curves={seed: records(folder_of(plan, seed)) for seed in plan.seeds},
        parts={part: (golds[part], read_predictions(output / f"{part}.jsonl", plan.task.head, [])) for part in parts},
        options={name: value for name, value in dataclasses.asdict(plan.config).items() if name != "output"},
    )
    for line in [*table(plan.task, scores, spread), *([about_josa(best["josa"])] if "josa" in best else [])]:
        print(line)
    for path in [each for seed in plan.seeds for name in LEFT for each in folder_of(plan, seed).glob(name)]:
        shutil.rmtree(path)
    headlines = {f"{part} {name}": value for part in parts for name, value in list(best[part].items())[:2]}
    return {"seed": best["seed"], **{name: round(value, 2) for name, value in headlines.items()}}


def table(task: Task, scores: Sequence[Mapping[str, Any]], spread: Mapping[str, Any]) -> Iterator[str]:
    """All seeds and their mean; below, what others have published."""
    for part, summed in spread.items():
        names = list(summed)
        head = (f"{part}: seed", "epoch", *(described(name, 0.0)[0] for name in names))
        rows = [
            (str(one["seed"]), f"{one['epoch']:.3g}", *(described(name, one[part][name])[1] for name in names))
            for one in scores
        ]
        mean = [f"{summed[name]['mean']:.2f} ± {summed[name]['sd']:.2f}" for name in names]
        yield from aligned([head, *rows, *([("평균 mean ± sd", "", *mean)] if len(scores) > 1 else [])], numbers=True)
        yield ""
    if task.published:
        yield "다른 모델 published by others, in their own settings, not measured here:"
        yield from aligned([(f"  {one.model}", one.figure, one.setting) for one in task.published])
        yield ""


def _spread(found: Sequence[Mapping[str, float]]) -> dict[str, dict[str, float]]:
    """Mean and sample deviation of each figure over seeds."""
    return {
        name: {
            "mean": statistics.fmean(one[name] for one in found),
            "sd": statistics.stdev(one[name] for one in found) if len(found) > 1 else 0.0,
        }
        for name in found[0]
        if all(name in one for one in found)
    }


def _first(found: Mapping[str, float]) -> float:
    return next(iter(found.values()))

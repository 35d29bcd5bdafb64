"""The verb `layers`: which layers of a frozen model know most of names, as the table of the BERT paper asks it.

The model is not trained; on each of six combinations of its layers learns a head of its own (probes.py): a BiLSTM, as
in the paper, where it has two layers of 768, or one matrix. Scores are those of whole names, as fine-tuning has them.
"""

from __future__ import annotations

import statistics
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from finetune.coding import coded
from finetune.encoder import encoder
from finetune.options_features import Layers
from finetune.plan import parts, spec_of
from finetune.probes import WIDTH, learned, said
from finetune.scores.coverage import right
from finetune.scores.metrics import entity_f1
from finetune.states import LEAST, depth
from finetune.tasks import TASKS
from pretrain.ranks import joined
from pretrain.setting import uses_bfloat16
from tools.charts import Groups, Prose, Section, Table, write_page
from tools.columns import aligned
from tools.errors import UserError, nearest
from tools.shards import write_json
from tools.stage import Summary

REPORT, PAGE = "report.json", "report.html"
HERE, THERE = "여기 here", "논문 BERT paper (published)"
PUBLISHED = {
    "first": 91.0,
    "last": 94.9,
    "sum-all": 95.5,
    "second-to-last": 95.6,
    "sum-last-4": 95.9,
    "concat-last-4": 96.1,
}
"""The paper's F1 of English names (CoNLL-2003, development part), mean of five, with BERT base."""
KOREAN = {
    "first": "첫 층에 들어가는 것 embedding",
    "last": "마지막 층 last layer",
    "sum-all": "모든 층의 합 sum of all layers",
    "second-to-last": "끝에서 둘째 층 second to last",
    "sum-last-4": "마지막 네 층의 합 sum of the last four",
    "concat-last-4": "마지막 네 층을 이음 last four, concatenated",
}


def layers(config: Layers) -> Summary:
    """Train the heads, with one seed or several; write and print the table."""
    _check(config)
    task = TASKS[config.task]
    given_names, dev = parts(task, config.train, config.dev)
    train = [example for example in given_names if right(example) is not None]
    with joined(config.device) as ranks:
        given = encoder(config.model, dropout=0.0)
        given.model.to(ranks.device)
        names = [name for name, least in LEAST.items() if least <= depth(given)]
        spec = spec_of(task, train, length=min(config.length or task.length, given.positions))
        rows = coded(spec, given.tokenizer, train).answered()
        half = uses_bfloat16(config.precision, ranks.device)
        runs = list[Mapping[str, float]]()
        for seed in range(1, config.seeds + 1):
            heads = learned(given, spec, rows, names, config.head, epochs=config.epochs, seed=seed, half=half)
            runs.append({name: entity_f1(dev, some)["f1"] for name, some in said(heads, dev).items()})
            print(f"seed {seed}: {', '.join(f'{name} {f1:.2f}' for name, f1 in runs[-1].items())}", file=sys.stderr)
    report = reported(config, depth(given), len(train), len(dev), runs)
    write_json(config.output / REPORT, report)
    write_page(config.output / PAGE, "어느 층이 좋은가 Which layers to take", sections(report))
    print("\n".join(lines(report)))
    best = max(report["rows"], key=lambda row: float(row["mean"]))
    return {"best": best["layers"], "f1": round(best["mean"], 2)}


def reported(config: Layers, deep: int, train: int, dev: int, runs: Sequence[Mapping[str, float]]) -> dict[str, Any]:
    """All that was found, as JSON."""
    rows = []
    for name in runs[0]:
        every = [run[name] for run in runs]
        spread = statistics.stdev(every) if len(every) > 1 else 0.0
        own = {"mean": statistics.fmean(every), "sd": spread, "seeds": every}
        rows.append({"layers": name, **own, "published": PUBLISHED[name]})
    head = f"BiLSTM, 2 x {WIDTH}" if config.head == "bilstm" else "linear"
    return {
        "task": config.task,
        "model": str(config.model),
        "depth": deep,
        "head": head,
        "epochs": config.epochs,
        "examples": {"train": train, "dev": dev},
        "rows": rows,
    }


def lines(report: Mapping[str, Any]) -> list[str]:
    """The table for the terminal, and what is to be known of it."""
    return [*aligned([_head(report), *_rows(report)], numbers=True), *_notes(report)]


def sections(report: Mapping[str, Any]) -> list[Section]:
    """The table and its bars for the page."""
    bars = {KOREAN[row["layers"]]: {HERE: row["mean"], THERE: row["published"]} for row in report["rows"]}
    notes = [Prose(note) for note in _notes(report)]
    table = Table(_head(report), _rows(report))
    return [
        Section(
            "굳힌 모델의 층 Layers of a frozen model",
            [table, Groups(f"개체명 F1 of names, {report['task']}", bars), *notes],
        )
    ]


def _head(report: Mapping[str, Any]) -> tuple[str, ...]:
    return "층 layers", f"{HERE}: {report['task']} F1", THERE


def _rows(report: Mapping[str, Any]) -> list[tuple[str, ...]]:
    return [
        (f"{row['layers']} {KOREAN[row['layers']]}", _with_spread(row), f"{row['published']:.1f}")
        for row in report["rows"]
    ]


def _with_spread(row: Mapping[str, Any]) -> str:
    return f"{row['mean']:.2f}" + (f" ± {row['sd']:.2f}" if len(row["seeds"]) > 1 else "")


def _notes(report: Mapping[str, Any]) -> list[str]:
    counts = report["examples"]
    found = [
        f"{report['model']}, {report['depth']}층 layers, 학습하지 않음 frozen; head: {report['head']}, "
        f"{report['epochs']} epochs; {counts['train']:,} sentences to learn, {counts['dev']:,} to score.",
        "논문의 값은 영어 CoNLL-2003 개발 자료, BERT base, 두 층 BiLSTM의 것으로 여기서 잰 것이 아니다. "
        "The paper's figures are of English CoNLL-2003, BERT base and a BiLSTM of two layers; not measured here.",
    ]
    if lacking := [name for name in PUBLISHED if name not in {row["layers"] for row in report["rows"]}]:
        found.append(f"층이 {report['depth']}개뿐이어서 없음 The model is too shallow for: {', '.join(lacking)}.")
    return found


def _check(config: Layers) -> None:
    known = [task.name for task in TASKS.values() if task.head == "tag"]
    if config.task not in known:
        raise UserError(f"{config.task}: no task of names; {nearest(config.task, known)}")
    for name, value in (("epochs", config.epochs), ("seeds", config.seeds)):
        if value < 1:
            raise UserError(f"{name} {value}: must be 1 or more; give a larger number")

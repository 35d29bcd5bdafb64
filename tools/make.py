"""`make`: run what is not up to date in a recipe, stage by stage, and draw the page that links it all."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tools.charts import Prose, Section, Table, write_page
from tools.columns import aligned
from tools.command import described, figure
from tools.contrasts import Contrast, contrasts
from tools.holding import seconds_taken
from tools.launch import launch
from tools.recipe import Recipe, Step
from tools.stage import execute, read_record

REPORT = "report.html"  # a stage that has something to show puts it under this name into its output


def run(recipe: Recipe, steps: Sequence[Step], *, replace: bool, gpus: int = 1) -> Path:
    """Make every step that is not up to date, training on `gpus` of them; the path of the page is the result."""
    start, ran = time.monotonic(), 0
    for number, step in enumerate(steps, 1):
        head = f"[{number}/{len(steps)}] {step.job.table}"
        if step.state == "up to date":
            print(f"{head}: up to date", flush=True)
            continue
        print(f"{head}: {step.why}", flush=True)
        begun = time.monotonic()
        if step.order.stage.ranks and gpus > 1:
            launch(step.order, gpus, replace=replace)
            summary = (read_record(step.order.output) or {}).get("summary")
        else:
            summary = execute(step.order, replace=replace)
        ran += 1
        print(f"{head}: {step.order.output} in {time.monotonic() - begun:.1f} s{described(summary or {})}", flush=True)
    page = recipe.report / "index.html"
    beside = contrasts(recipe.jobs)
    if ran or not page.exists():
        _write_index(recipe, page, beside)
    for one in beside:
        print(f"\n{one.title}", *aligned([one.head, *one.rows], numbers=True), sep="\n")
    print()
    done = "everything is up to date" if not ran else f"{ran} of {len(steps)} stages run"
    print(f"{done} in {time.monotonic() - start:.1f} s; report: {page}")
    return page


def _write_index(recipe: Recipe, page: Path, beside: Sequence[Contrast]) -> None:
    rows: list[Sequence[Any]] = []
    sections: list[Section] = []
    for job in recipe.jobs:
        record = read_record(job.output)
        link = _link(job.output, page) if record else ""
        seconds = seconds_taken(job.output)
        rows.append([job.table, "made" if record else "not made", "" if seconds is None else f"{seconds:,.1f}", link])
        if record and record.get("summary"):
            figures = [[key, figure(value)] for key, value in record["summary"].items()]
            sections.append(Section(job.table, [Table(["수치 figure", "값 value"], figures)]))
    overview = Table(["단계 stage", "상태 state", "시간 seconds", "보고서 report"], rows, links={3: "열기 open"})
    about = Prose(f"{recipe.path} 의 모든 단계와 그 결과. Every stage of this recipe and what came of it.")
    alike = [Section(f"{one.title}: 나란히 side by side", [Table(one.head, one.rows)]) for one in beside]
    page.parent.mkdir(parents=True, exist_ok=True)
    write_page(page, recipe.title, [*alike, Section("단계 Stages", [about, overview]), *sections])


def _link(output: Path, page: Path) -> str:
    target = output / REPORT
    return os.path.relpath(target, page.parent) if target.exists() else ""

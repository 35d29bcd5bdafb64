"""The verb `sweep`: every model on every task, each trained as `finetune train` does, and all scores in one table.

Each training is a stage of its own in OUTPUT/TASK/NAME, so what is finished is not done again, what was interrupted
goes on, and models or tasks may be added later. Tasks with classes have the baseline beside the models. What is scored
is the test file where there is one, else the part to choose by, on which figures are a little too high for all alike.
"""

from __future__ import annotations

import dataclasses
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from finetune.baseline import NAME as BASELINE
from finetune.encoder import encoder
from finetune.options_features import Baseline, Sweep
from finetune.options_train import Train
from finetune.results import REPORT
from finetune.stages import STAGES
from finetune.states import depth
from finetune.sweep_page import lines, sections
from finetune.tasks import TASKS, Task
from pretrain.journal import records
from pretrain.milestones import kept
from tools.charts import write_page
from tools.command import described
from tools.errors import UserError, nearest
from tools.fingerprint import order
from tools.shards import write_json
from tools.stage import Stage, execute, follows

PAGE = "report.html"


@dataclasses.dataclass(frozen=True, slots=True)
class Data:
    """A task and its files."""

    task: Task
    train: Path
    dev: Path | None = None
    test: Path | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Entry:
    """A row of the table: a model, a milestone of it, or its shape with random weights."""

    name: str
    folder: Path
    model: str
    """Whose learning curve it is on."""
    step: int | None = None
    """After how many updates of pretraining; None: the folder does not say."""
    scratch: bool = False


def sweep(config: Sweep) -> None:
    """Train what is not trained yet, then write and print the table."""
    if not config.tasks or not config.models:
        raise UserError("--tasks and --models: each needs one at least; --help shows how they are written")
    data = [task_files(given) for given in config.tasks]
    if twice := [name for name, count in Counter(one.task.name for one in data).items() if count > 1]:
        raise UserError(f"--tasks: {twice[0]} is there twice; give the second files to a sweep of their own")
    every = list(entries(config))
    for one in data:
        if one.task.head == "classify":
            _run(STAGES["baseline"], _baseline(config, one))
        for entry in every:
            _run(STAGES["train"], _training(config, one, entry))
    if follows():
        return  # under torchrun the first process speaks for all
    report = reported(config.output, data, every)
    write_json(config.output / REPORT, report)
    write_page(config.output / PAGE, "모델과 과제 Models and tasks", sections(report))
    print("\n".join(lines(report)))
    print(f"{config.output / PAGE}: the same with charts")


def task_files(given: str) -> Data:
    """TASK=TRAIN,DEV,TEST, of which the last two may lack."""
    name, equals, files = given.partition("=")
    if name not in TASKS:
        raise UserError(f"--tasks {given}: {name} is no task; {nearest(name, TASKS)}")
    paths = [Path(file) if file else None for file in files.split(",")]
    if not equals or paths[0] is None or len(paths) > 3:
        raise UserError(f"--tasks {given}: a task and its files, of which DEV and TEST may lack: {name}=TRAIN,DEV,TEST")
    return Data(TASKS[name], paths[0], *paths[1:])


def entries(config: Sweep) -> Iterator[Entry]:
    """All that is to be trained on each task."""
    seen: dict[str, Path] = {}
    for given in config.models:
        name, equals, folder = given.rpartition("=")
        path = Path(folder)
        name = name if equals else path.name
        if not name or "/" in name or "@" in name or name == BASELINE:
            raise UserError(f"--models {given}: {name!r} is no name of a folder here; write NAME={folder}")
        if name in seen:
            raise UserError(f"--models {given}: {seen[name]} is called {name} too; give another name: NAME={folder}")
        seen[name] = path
        yield from _of_model(config, name, path)


def reported(output: Path, data: Sequence[Data], every: Sequence[Entry]) -> dict[str, Any]:
    """All scores that there are, as JSON."""
    tasks: dict[str, Any] = {}
    for one in data:
        part = "test" if one.test else "dev"
        scores = {entry.name: _spread(output / one.task.name / entry.name, part) for entry in every}
        if one.task.head == "classify":
            found = _read(output / one.task.name / BASELINE)["figures"]
            scores = {BASELINE: {name: {"mean": value, "sd": 0.0} for name, value in found.items()}, **scores}
        figures = list(next(iter(scores.values())))[: 2 if one.task.head == "span" else 1]
        tasks[one.task.name] = {"part": part, "figures": figures, "scores": scores}
    models = [{**dataclasses.asdict(entry), "folder": str(entry.folder)} for entry in every]
    return {"models": models, "about": [about(entry) for entry in every if entry.name == entry.model], "tasks": tasks}


def about(entry: Entry) -> dict[str, Any]:
    """What a model is, as far as its folder says."""
    given = encoder(entry.folder, dropout=0.0)
    return {
        "model": entry.name,
        "vocabulary": given.tokenizer.scheme.kind,
        "pieces": len(given.tokenizer),
        "hidden": given.hidden,
        "layers": depth(given),
        "parameters": sum(each.numel() for each in given.model.parameters()),
        "updates": entry.step,
    }


def _of_model(config: Sweep, name: str, path: Path) -> Iterator[Entry]:
    run = path if kept(path) else path.parent  # the model may be given by the folder that its training made
    course = records(run) if kept(run) else []
    if config.scratch:
        yield Entry(f"{name}@0", path, name, 0, scratch=True)
    if config.milestones:
        for step, folder in kept(run).items():
            yield Entry(f"{name}@{step}", folder, name, step)
    yield Entry(name, path, name, int(course[-1]["step"]) if course else None)


def _training(config: Sweep, data: Data, entry: Entry) -> Train:
    return Train(
        task=data.task.name,
        model=entry.folder,
        train=data.train,
        dev=data.dev,
        test=data.test,
        output=config.output / data.task.name / entry.name,
        scratch=entry.scratch,
        seeds=config.seeds,
        epochs=config.epochs,
        batch=config.batch,
        lr=config.lr,
        length=config.length,
        device=config.device,
        precision=config.precision,
    )


def _baseline(config: Sweep, data: Data) -> Baseline:
    output = config.output / data.task.name / BASELINE
    return Baseline(task=data.task.name, train=data.train, dev=data.test or data.dev, output=output)


def _run(stage: Stage, config: Any) -> None:
    """Make an output, unless it is there."""
    start = time.monotonic()
    print(f"{config.output}: {config.task}", file=sys.stderr)
    summary = execute(order(stage, config, {}, f"sweep {config.task}"))
    if summary is not None:
        print(f"{config.output}: made in {time.monotonic() - start:.0f} s{described(summary)}", file=sys.stderr)


def _spread(folder: Path, part: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = _read(folder)["spread"][part]
    return found


def _read(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads((folder / REPORT).read_bytes())
    return found

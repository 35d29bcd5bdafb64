"""The verb `compare-runs`: what two runs left behind, laid side by side (comparison.py).

Predictions are taken as train and evaluate wrote them, and nothing is computed anew; what is right is read again from
the file that the first run was scored on.
"""

from __future__ import annotations

from pathlib import Path

import orjson

from finetune.comparison import compared, lines, page
from finetune.examples import Example
from finetune.options_compare import CompareRuns
from finetune.parts import held_out
from finetune.plan import read
from finetune.predictions import Prediction, read_predictions
from finetune.scores.coverage import require_gold, right
from finetune.spec import TASK, read_spec
from finetune.tasks import TASKS, Task
from pretrain.folder import MODEL
from tools.errors import UserError
from tools.stage import read_record

FILES = ("predictions.jsonl", "test.jsonl", "dev.jsonl")
"""What runs leave, the best to compare first."""


def compare_runs(config: CompareRuns) -> None:
    """Print what two runs differ in."""
    if config.n < 0:
        raise UserError(f"-n {config.n}: so many examples cannot be printed; give 0 or more")
    task, given = _task(config.run_a), [_predictions(run) for run in (config.run_a, config.run_b)]
    if (other := _task(config.run_b)) is not task:
        both = f"{config.run_a} is of {task.name} and {config.run_b} of {other.name}"
        raise UserError(f"{both}; compare runs of one task")
    gold = _gold(task, config)
    for run, ones in zip((config.run_a, config.run_b), given, strict=True):
        missing = {example.id for example in gold} - {one.id for one in ones}
        if missing:
            what = f"{len(missing):,} of {len(gold):,} examples have no prediction there, as {min(missing)!r}"
            raise UserError(f"{run}: {what}; run finetune evaluate with both models on one file and compare these")
    found = compared(task, gold, given[0], given[1])
    print(f"{task.name} · {task.korean} · 예 examples {len(gold):,}\nA  {config.run_a}\nB  {config.run_b}")
    print(*lines(found, config.n), sep="\n")
    if config.output is not None:
        config.output.parent.mkdir(parents=True, exist_ok=True)
        page(config.output, found, str(config.run_a), str(config.run_b))
        print(f"page: {config.output}")


def _task(run: Path) -> Task:
    """The task of a run, which its report tells, else its model."""
    try:
        name = orjson.loads((run / "report.json").read_bytes())["task"]
    except (OSError, ValueError, KeyError, TypeError):
        if not (run / MODEL / TASK).is_file():
            raise UserError(f"{run}: no run there; give a folder that finetune train or evaluate made") from None
        name = read_spec(run / MODEL).task
    if name not in TASKS:
        raise UserError(f"{run}: task {name!r}: this code has none of this name; use the code that made it")
    return TASKS[name]


def _predictions(run: Path) -> list[Prediction]:
    return [*read_predictions(_file(run), _task(run).head, [])]


def _file(run: Path) -> Path:
    """The predictions that a run left."""
    for name in FILES:
        if (run / name).is_file():
            return run / name
    raise UserError(f"{run}: has no predictions ({', '.join(FILES)}); make it anew with finetune train or evaluate")


def _gold(task: Task, config: CompareRuns) -> list[Example]:
    """The examples that both were scored on."""
    if config.gold is not None:
        gold = read(task, config.gold)
        require_gold(gold, config.gold)
        return gold
    path, held = _scored_on(config.run_a)
    if not path.exists():
        raise UserError(f"{config.run_a}: was scored on {path}, which is not there now; give --gold FILE")
    examples = read(task, path)
    return held_out([one for one in examples if right(one) is not None])[1] if held else examples


def _scored_on(run: Path) -> tuple[Path, bool]:
    """The file that the predictions of a run are of, and whether they are of the part of it that was held out."""
    inputs = [Path(path) for path in (read_record(run) or {}).get("inputs", {})]
    match _file(run).name, inputs:  # of train: the model, the training file, and dev and test if they were given
        case "predictions.jsonl", [_, file]:
            return file, False
        case "dev.jsonl", [_, train]:
            return train, True
        case ("dev.jsonl", [_, _, file]) | ("test.jsonl", [_, _, *_, file]):
            return file, False
    raise UserError(f"{run}: does not say what it was scored on; give --gold FILE")

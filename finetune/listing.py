"""`list`: what is known of each task, as cards; what others have published is marked as theirs."""

from __future__ import annotations

from collections.abc import Iterator

from finetune.options_tasks import ListTasks
from finetune.tasks import TASKS, Task
from tools.columns import aligned
from tools.errors import UserError, nearest

SHOWN = 3
"""So many published scores on a short card."""


def listed(config: ListTasks) -> None:
    """Print one card in full, or all in short."""
    if not config.task:
        print("\n\n".join("\n".join(short(task)) for task in TASKS.values()))
        print(f"\n{len(TASKS)} tasks; python -m finetune list TASK shows one in full.")
    elif config.task in TASKS:
        print("\n".join(full(TASKS[config.task])))
    else:
        raise UserError(f"{config.task}: no such task; {nearest(config.task, TASKS)}")


def short(task: Task) -> Iterator[str]:
    """A task in some lines, with the best of its published scores."""
    yield f"{task.name} · {task.korean} · {task.head}"
    best = sorted(task.published, key=lambda one: float(one.figure.split()[0]), reverse=True)
    scores = ", ".join(f"{one.model} {one.figure}" for one in best[:SHOWN])
    more = len(task.published) - SHOWN
    yield from _facts(task, scores + f", and {more} more" * (more > 0))


def full(task: Task) -> Iterator[str]:
    """All that is known of a task, and how to train on it."""
    yield f"{task.name} · {task.korean}"
    yield task.about
    yield ""
    yield from _facts(task, "" if task.published else "none known")
    classes = ", ".join(task.labels) or "those of the training file"
    options = f"--length {task.length} --epochs {task.epochs:g} --lr {task.lr:g} --batch {task.batch}"
    rows = [("  head", task.head), ("  begin with", options)]
    yield from aligned([*rows, ("  classes", classes)] if task.head in ("classify", "tag") else rows)
    if task.published:
        yield ""
        yield "Published by others, not measured here:"
        yield from aligned([(f"  {one.model}", one.figure, one.setting) for one in task.published])
    yield ""
    yield f"next: python -m finetune train {task.name} --model DIR --train FILE --output DIR"


def _facts(task: Task, scores: str) -> Iterator[str]:
    rows = [
        ("format", task.format),
        ("size", task.size),
        ("metric", ", ".join(task.metrics)),
        ("licence", task.licence),
    ]
    yield from aligned([(f"  {name:<10}", value) for name, value in [*rows, ("published", scores)] if value])

"""Any data file as a Reading: by the reader of the task that is named, or by what the file holds."""

from __future__ import annotations

from pathlib import Path

from finetune.convert import FORMATS
from finetune.formats.qa import outside, read_qa
from finetune.reading import Reading
from finetune.tasks import TASKS
from tools.errors import UserError, nearest
from tools.stage import imported


def read_any(path: Path, task: str = "") -> Reading:
    """The examples of a file; questions and names are recognised, of other kinds the task must be named."""
    if asks(path, task):
        return read_qa(path)
    if task:
        reading = imported(TASKS[task].read)(path)
        assert isinstance(reading, Reading)
        return reading
    for form in FORMATS.values():
        if form.looks and form.looks(path):
            found = form.read(path)
            assert isinstance(found, Reading)
            return found
    raise UserError(f"{path}: what it holds is not recognised; say whose file it is: --task {'|'.join(TASKS)}")


def asks(path: Path, task: str) -> str:
    """What a file of questions is by its first bytes (json, konkuk, csv, tsv), empty if it is one of other things."""
    if task and task not in TASKS:
        raise UserError(f"--task {task}: no such task; {nearest(task, TASKS)}")
    return outside(path) if not task or TASKS[task].head == "span" else ""

"""What a fine-tuned model is besides its weights: the task, the head, what its numbers mean. Kept as task.json."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import orjson

from finetune.encode_names import tags
from finetune.task import Head
from finetune.tasks import TASKS, Task
from tools.errors import UserError
from tools.shards import write_json

TASK = "task.json"
VERSION = 1


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """All that turns examples into rows and logits into predictions, but for the tokenizer."""

    task: str
    head: Head
    length: int
    """Tokens in a row at most."""
    stride: int
    """How many tokens behind the one before a window of a longer text begins."""
    labels: tuple[str, ...] = ()
    """The classes, or the kinds of names."""
    centre: float = 0.0
    spread: float = 1.0
    """A number is predicted as its distance from the centre, in spreads."""
    null: bool = False
    """Questions may have no answer."""
    threshold: float = 0.0
    """By how much "there is none" must score higher than the best answer to be said."""
    pairs: bool = False
    """What is asked about is two texts."""
    josa: bool = True
    """A josa at the end of an answer stays."""

    @property
    def outputs(self) -> int:
        """How many logits a row or a token has."""
        return {"classify": len(self.labels), "tag": len(tags(self.labels)), "span": 2}.get(self.head, 1)

    @property
    def known(self) -> Task:
        """The row of the task."""
        if self.task not in TASKS:
            raise UserError(f"task {self.task!r}: this code has none of this name; use the code that trained the model")
        return TASKS[self.task]


def write_spec(spec: Spec, folder: Path) -> None:
    """Write task.json into a folder."""
    write_json(folder / TASK, {"version": VERSION, **dataclasses.asdict(spec)})


def read_spec(folder: Path) -> Spec:
    """The spec in a folder."""
    path = folder / TASK
    try:
        value: dict[str, Any] = orjson.loads(path.read_bytes())
        version = value.pop("version")
        if version != VERSION:
            raise UserError(f"{path}: is of version {version}, and this code reads {VERSION}; use the code it is of")
        return Spec(**{**value, "labels": tuple(value["labels"])})
    except FileNotFoundError:
        raise UserError(f"{folder}: no {TASK} there; give a folder that finetune train made") from None
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
        raise UserError(f"{path}: does not say what the model is for ({error}); train it again") from None

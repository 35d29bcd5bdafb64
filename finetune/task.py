"""What there is to know of a data set before its file is opened: one `Task` each, in `finetune/cards`."""

from __future__ import annotations

import dataclasses
from typing import Literal

Head = Literal["classify", "regress", "tag", "span", "choose"]


@dataclasses.dataclass(frozen=True, slots=True)
class Published:
    """What others report for a task: marked as theirs wherever it is printed, since settings differ."""

    model: str
    figure: str
    setting: str


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A data set: how its files are read, what is made of them, how that is scored, and a training to begin with."""

    name: str
    korean: str
    head: Head
    """What is put on top of the model."""
    read: str
    """The function that reads its files, as module:function."""
    metrics: tuple[str, ...]
    """Names in finetune.scores.metrics; the first figure of the first decides which model is best."""
    format: str
    size: str
    """Examples for training / development / test as published, not what a reader finds in a file."""
    licence: str
    about: str
    labels: tuple[str, ...] = ()
    """The classes; none given = those of the training file, sorted."""
    published: tuple[Published, ...] = ()
    length: int = 128
    """Pieces in a row at most."""
    epochs: float = 3.0
    lr: float = 5e-5
    batch: int = 32

"""Every task by its name: a new data set is a row in `finetune/cards`, and a reader if its format is new."""

from __future__ import annotations

from finetune.cards.choices import CHOICES
from finetune.cards.names import NAMES
from finetune.cards.pairs import PAIRS
from finetune.cards.questions import QUESTIONS
from finetune.cards.texts import TEXTS
from finetune.task import Published as Published
from finetune.task import Task as Task

TASKS: dict[str, Task] = {task.name: task for task in (*QUESTIONS, *TEXTS, *PAIRS, *NAMES, *CHOICES)}

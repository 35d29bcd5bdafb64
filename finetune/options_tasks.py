"""The options of the verb that shows the tasks."""

from __future__ import annotations

import dataclasses

from tyro.conf import Positional


@dataclasses.dataclass(frozen=True, slots=True)
class ListTasks:
    """Print a card for each task: format, size, metric, licence and published scores; or one of them in full.

    Example: python -m finetune list korquad
    """

    task: Positional[str] = ""
    """The task; none given = all of them, in short."""

"""What one page lost on its way to clean text: counted, never silent."""

from __future__ import annotations

import dataclasses
from collections import Counter


@dataclasses.dataclass(slots=True)
class Losses:
    """Counts of what was dropped by kind, and of unresolved inline templates by name with one example each."""

    dropped: Counter[str] = dataclasses.field(default_factory=Counter)
    unresolved: Counter[str] = dataclasses.field(default_factory=Counter)
    examples: dict[str, str] = dataclasses.field(default_factory=dict)

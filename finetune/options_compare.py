"""The options of the verb that lays two runs side by side."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Annotated

from tyro.conf import Positional, arg


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class CompareRuns:
    """Lay two runs side by side: figures and classes with their differences, the examples that changed, McNemar's test.

    Example: python -m finetune compare-runs build/nsmc-scratch build/nsmc --output build/compare.html
    """

    run_a: Positional[Path]
    """What train or evaluate made."""
    run_b: Positional[Path]
    """Another, on the same examples."""
    gold: Path | None = None
    """The file with the right answers; none given = the one that the first run was scored on."""
    output: Path | None = None
    """Also draw a page into this file."""
    n: Annotated[int, arg(aliases=("-n",))] = 10
    """How many of the examples that only one of them gets right to print, of each."""

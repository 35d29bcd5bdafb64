"""What came of the stages that a recipe runs more than once: which options differ, and what each gave.

Stages of one kind stand together if they have the same figures, so readers are set beside readers and not beside
critics. Options and figures that are the same in all of them are left out.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tools.command import figure
from tools.recipe import Job
from tools.stage import read_record


@dataclasses.dataclass(frozen=True, slots=True)
class Contrast:
    """A table of outputs: a row each, the option that differs first, then the figures."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def contrasts(jobs: Sequence[Job]) -> list[Contrast]:
    """One for each kind of stage that was made at least twice with different options."""
    kinds: dict[tuple[str, ...], list[tuple[Job, dict[str, Any]]]] = {}
    for job in jobs:
        record = read_record(job.output)
        if record and record.get("summary"):
            kinds.setdefault((job.stage.name, *record["summary"]), []).append((job, record))
    found = [_contrast(name, made) for (name, *_), made in kinds.items() if len(made) > 1]
    return [one for one in found if len(one.head) > 1]


def _contrast(name: str, made: Sequence[tuple[Job, dict[str, Any]]]) -> Contrast:
    options = _differing([record["options"] for _, record in made], str)
    figures = _differing([record["summary"] for _, record in made], figure)
    rows = zip(*options.values(), *figures.values(), strict=True)
    return Contrast(
        name,
        ("", *options, *figures),
        tuple((job.output.name, *row) for (job, _), row in zip(made, rows, strict=False)),
    )


def _differing(values: Sequence[Mapping[str, Any]], shown: Callable[[Any], str]) -> dict[str, list[str]]:
    """What is not the same everywhere, key by key."""
    found = {key: [shown(each.get(key)) for each in values] for key in values[0]}
    return {key: column for key, column in found.items() if len(set(column)) > 1}

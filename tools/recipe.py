"""Recipes: one flat TOML file that says everything about a run, and the plan that follows from it.

A table per stage (`[corpus.clean]`, `[[vocab.train]]` for several); paths connect them, so the order of the file does
not matter. There is no inclusion and no inheritance: what is in the file is what runs, plus `stage.key=value` from the
command line.
"""

from __future__ import annotations

import dataclasses
import os
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tools.errors import UserError, nearest
from tools.fingerprint import order
from tools.options import build
from tools.stage import Order, Stage, read_record

TOP = ("title", "report")


@dataclasses.dataclass(frozen=True, slots=True)
class Job:
    """One stage table of a recipe, read and checked."""

    table: str
    stage: Stage
    config: Any

    @property
    def output(self) -> Path:
        """Where it will be made, in the one spelling by which paths are compared."""
        return _normal(self.config.output)


@dataclasses.dataclass(frozen=True, slots=True)
class Recipe:
    """A whole recipe; `report` is the folder for the page that links all its stages."""

    path: Path
    title: str
    report: Path
    jobs: tuple[Job, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Step:
    """A job with its fingerprint, and what `make` would do about it and why."""

    job: Job
    order: Order
    state: str
    """"up to date", "to make" or "out of date"."""
    why: str


def load(path: Path, stages: Mapping[str, Stage], overrides: Sequence[str] = ()) -> Recipe:
    """Read a recipe against the stages that exist; jobs come in the order in which they can run."""
    content = read_tables(path)
    for override in overrides:
        _override(content, override)
    title, report = content.pop("title", path.stem), content.pop("report", f"build/{path.stem}")
    jobs = [
        Job(where, stages[name], build(stages[name].config, table, f"{path}: [{where}]", stages[name].renamed))
        for name, where, table in _tables(content, stages, path)
    ]
    _check_outputs(jobs, path)
    return Recipe(path, str(title), Path(report), tuple(_sorted(jobs, path)))


def read_tables(path: Path) -> dict[str, Any]:
    """The bare content of a recipe file."""
    if not path.is_file():
        beside = path.parent.glob("*.toml") if path.parent.is_dir() else []
        raise UserError(f"{path}: no such recipe; {nearest(str(path), map(str, beside))}")
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: not TOML: {error}") from None


def plan(recipe: Recipe) -> list[Step]:
    """What each job's output will be, and whether it is there already. Nothing is run."""
    planned: dict[Path, str] = {}
    steps = []
    for job in recipe.jobs:
        decided = order(job.stage, job.config, planned, f"{recipe.path}: [{job.table}]")
        planned[job.output] = decided.fingerprint
        steps.append(Step(job, decided, *_state(decided)))
    return steps


def until(steps: Sequence[Step], name: str | None) -> list[Step]:
    """The steps up to and including the last one of a stage, or of a package."""
    if name is None:
        return list(steps)
    known = [{job.table, job.stage.name, job.stage.name.partition(".")[0]} for job in (step.job for step in steps)]
    places = [place for place, names in enumerate(known) if name in names]
    if not places:
        raise UserError(f"--until {name}: no such stage in this recipe; {nearest(name, set().union(*known))}")
    return list(steps[: places[-1] + 1])


def _tables(content: Mapping[str, Any], stages: Mapping[str, Stage], path: Path) -> Iterator[tuple[str, str, Any]]:
    packages = {name.split(".")[0] for name in stages}
    for package, verbs in content.items():
        if package not in packages or not isinstance(verbs, dict):
            raise UserError(f"{path}: no key or table {package!r} at the top; {nearest(package, [*packages, *TOP])}")
        for verb, value in verbs.items():
            name = f"{package}.{verb}"
            if name not in stages:
                raise UserError(f"{path}: no stage {name!r}; {nearest(name, stages)}")
            if isinstance(value, dict):
                yield name, name, value
            elif isinstance(value, list) and all(isinstance(table, dict) for table in value):
                yield from ((name, f"{name}.{number}", table) for number, table in enumerate(value, 1))
            else:
                raise UserError(f"{path}: {name} must be a table; write [{name}] and its options below")


def _override(content: dict[str, Any], override: str) -> None:
    key, equals, text = override.partition("=")
    *tables, option = key.split(".")
    if not equals or len(tables) != 2:
        raise UserError(
            f"{override!r}: an override is written package.stage.option=value, e.g. corpus.sample.articles=500"
        )
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        value = text
    found = content.get(tables[0], {}).get(tables[1])
    if found is None:
        raise UserError(f"{override!r}: the recipe has no table [{'.'.join(tables)}] to change")
    for table in found if isinstance(found, list) else [found]:
        table[option] = value


def _check_outputs(jobs: Sequence[Job], path: Path) -> None:
    for job in jobs:
        for other in jobs:
            if other is not job and other.output in [job.output, *job.output.parents]:
                both = f"[{job.table}] and [{other.table}]"
                raise UserError(f"{path}: {both} write into one output, {other.output}; give each a folder of its own")


def _sorted(jobs: Sequence[Job], path: Path) -> Iterator[Job]:
    """Each job after those whose outputs it reads; the file's order otherwise."""
    waiting = list(jobs)
    while waiting:
        outputs = {job.output for job in waiting}
        ready = next((job for job in waiting if not outputs & set(_reads(job))), None)
        if ready is None:
            raise UserError(
                f"{path}: these stages read one another's outputs in a circle: {', '.join(j.table for j in waiting)}"
            )
        waiting.remove(ready)
        yield ready


def _reads(job: Job) -> Iterator[Path]:
    for field in job.stage.inputs:
        value = getattr(job.config, field)
        for item in value if isinstance(value, tuple) else [value]:
            if item is not None:
                target = _normal(item)
                yield from [target, *target.parents]


def _normal(path: Any) -> Path:
    return Path(os.path.normpath(str(path)))


def _state(decided: Order) -> tuple[str, str]:
    record = read_record(decided.output)
    if record is None:
        return "to make", "not there yet"
    if record.get("fingerprint") == decided.fingerprint:
        return "up to date", ""
    return "out of date", "; ".join(_differences(record, decided)) or "it was made by another stage"


def _differences(record: Mapping[str, Any], decided: Order) -> Iterator[str]:
    if record.get("stage") == decided.stage.name and record.get("version") != decided.stage.version:
        yield f"version {record.get('version')} -> {decided.stage.version}"
    before = record.get("options", {})
    for key, value in decided.options.items():
        if before.get(key) != value:
            yield f"{key} {before.get(key)!r} -> {value!r}"
    inputs = record.get("inputs", {})
    for path, print_ in decided.inputs.items():
        if inputs.get(path) != print_:
            yield f"{path} changes" if path in inputs else f"{path} is new"
    yield from (f"{path} is not read any more" for path in inputs if path not in decided.inputs)

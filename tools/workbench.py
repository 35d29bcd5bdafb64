"""The verbs of `python -m tools`: plan and make a recipe, look over the machine, measure.

Each package is found by its name and asked for its tables only here, so that `tools` imports nothing that stands above.
"""

from __future__ import annotations

import dataclasses
import importlib
import importlib.util
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import tyro
from tyro.conf import Positional

from tools.command import overview
from tools.errors import UserError, guarded, nearest
from tools.stage import Command, Stage, imported


@dataclasses.dataclass(frozen=True, slots=True)
class Plan:
    """Say what `make` would do and why, without doing it.

    Example: python -m tools plan recipes/tiny.toml corpus.sample.articles=500
    """

    recipe: Positional[Path]
    """The recipe, e.g. recipes/tiny.toml."""
    overrides: Positional[tuple[str, ...]] = ()
    """package.stage.option=value, over what the recipe says."""
    until: str | None = None
    """Stop after this stage or package, e.g. corpus.clean or corpus."""


@dataclasses.dataclass(frozen=True, slots=True)
class Make:
    """Run the stages of a recipe that are not up to date.

    Example: python -m tools make recipes/tiny.toml --until corpus.sample
    """

    recipe: Positional[Path]
    """The recipe, e.g. recipes/tiny.toml."""
    overrides: Positional[tuple[str, ...]] = ()
    """package.stage.option=value, over what the recipe says."""
    until: str | None = None
    """Stop after this stage or package, e.g. corpus.clean or corpus."""
    replace: bool = False
    """Throw away outputs that took hours to make, if they are out of date."""
    gpus: int = 1
    """How many GPUs of this machine training uses; more than one are started by torchrun."""


@dataclasses.dataclass(frozen=True, slots=True)
class Doctor:
    """Say what this machine has, what is missing, and what the missing parts would give.

    Example: python -m tools doctor
    """


@dataclasses.dataclass(frozen=True, slots=True)
class Bench:
    """Measure one suite and write the figures to docs/results as dated JSON.

    Example: python -m tools bench start
    """

    suite: Positional[str | None] = None
    """Which suite; without one they are listed."""
    output: Path = Path("docs/results")
    """The folder for the JSON."""


def main(packages: Sequence[str]) -> None:
    """Run `python -m tools`; never returns."""
    guarded(lambda: _dispatch(packages, sys.argv[1:]))


def stages_of(packages: Sequence[str]) -> dict[str, Stage]:
    """Every stage of every package that is there, by its full name."""
    tables = [_table(package, "STAGES") for package in packages]
    return {stage.name: stage for table in tables for stage in table.values()}


def _dispatch(packages: Sequence[str], arguments: Sequence[str]) -> None:
    if not arguments or arguments[0] in ("-h", "--help"):
        print(overview("tools", __doc__.splitlines()[0] if __doc__ else "", LISTED))
        return
    name, *rest = arguments
    if name not in VERBS:
        raise UserError(f"python -m tools {name}: no such verb; {nearest(name, VERBS)}")
    config_type, function = VERBS[name]
    config = tyro.cli(config_type, args=rest, prog=f"python -m tools {name}", use_underscores=True)
    function(config, packages)


def _table(package: str, name: str) -> Mapping[str, Any]:
    if importlib.util.find_spec(package) is None:
        return {}
    table: Mapping[str, Any] = getattr(importlib.import_module(f"{package}.stages"), name, {})
    return table


def _plan(config: Plan, packages: Sequence[str]) -> None:
    from tools import recipe

    steps = recipe.plan(recipe.load(config.recipe, stages_of(packages), config.overrides))
    steps = recipe.until(steps, config.until)
    width = max((len(step.job.table) for step in steps), default=0)
    for step in steps:
        why = f" ({step.why})" if step.why else ""
        print(f"{step.job.table:<{width}}  {step.state:<11} {step.order.output}{why}")
    todo = sum(step.state != "up to date" for step in steps)
    print(f"{todo} of {len(steps)} stages to run" if todo else "everything is up to date")


def _make(config: Make, packages: Sequence[str]) -> None:
    from tools import make, recipe

    loaded = recipe.load(config.recipe, stages_of(packages), config.overrides)
    make.run(loaded, recipe.until(recipe.plan(loaded), config.until), replace=config.replace, gpus=config.gpus)


def _doctor(_config: Doctor, _packages: Sequence[str]) -> None:
    from tools import doctor

    sys.exit(doctor.report())


def _bench(config: Bench, packages: Sequence[str]) -> None:
    from tools import bench

    suites: dict[str, str] = {"start": "tools.bench:start"}
    for package in packages:
        suites |= _table(package, "SUITES")
    if config.suite not in suites:
        what = f"bench {config.suite}: no such suite" if config.suite else "bench needs a suite"
        raise UserError(f"{what}; {nearest(config.suite or '', suites)}")
    bench.run(config.suite, imported(suites[config.suite]), config.output)


VERBS: dict[str, tuple[type[Any], Callable[[Any, Sequence[str]], None]]] = {
    "plan": (Plan, _plan),
    "make": (Make, _make),
    "doctor": (Doctor, _doctor),
    "bench": (Bench, _bench),
}
LISTED = {name: Command(f"tools.{name}", config, "") for name, (config, _) in VERBS.items()}

"""The command line of a package, made from its table of verbs: `python -m corpus clean --input a.bz2 --output out`.

A verb is a Stage (it makes a folder) or a Command (it prints). The options are the fields of its config dataclass.
Stages also take `--config RECIPE`, whose table for this stage gives the defaults, and `--replace`.
"""

from __future__ import annotations

import argparse
import inspect
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tools.errors import UserError, guarded, nearest
from tools.fingerprint import order
from tools.options import build
from tools.recipe import read_tables
from tools.stage import Stage, Verb, execute, follows, imported


def main(package: str, about: str, verbs: Mapping[str, Verb]) -> None:
    """Run `python -m <package>`; never returns."""
    guarded(lambda: dispatch(package, about, verbs, sys.argv[1:]))


def dispatch(package: str, about: str, verbs: Mapping[str, Verb], arguments: Sequence[str]) -> None:
    """Run one verb with its arguments, or list the verbs."""
    if not arguments or arguments[0] in ("-h", "--help"):
        print(overview(package, about, verbs))
        return
    name, *rest = arguments
    if rest and f"{name}-{rest[0]}" in verbs:  # a verb of two words, typed as two
        name, rest = f"{name}-{rest[0]}", rest[1:]
    if name not in verbs:
        raise UserError(f"python -m {package} {name}: no such verb; {nearest(name, verbs)}")
    verb = verbs[name]
    if isinstance(verb, Stage):
        run_stage(verb, rest)
    else:
        imported(verb.run)(parse(verb, rest, None))


def overview(package: str, about: str, verbs: Mapping[str, Verb]) -> str:
    """What the package can do, a line a verb."""
    width = max(map(len, verbs))
    first_lines = {name: (inspect.getdoc(verb.config) or "").partition("\n")[0] for name, verb in verbs.items()}
    lines = [f"  {name:<{width}}  {line}" for name, line in first_lines.items()]
    usage = f"usage: python -m {package} VERB [OPTIONS]"
    return "\n".join([usage, "", about, "", *lines, "", f"python -m {package} VERB --help explains one of them."])


def parse(verb: Verb, arguments: Sequence[str], default: Any) -> Any:
    """A verb's config from its arguments; `default` is a config to start from."""
    import tyro

    prog = f"python -m {verb.name.replace('.', ' ')}"
    extra = {} if default is None else {"default": default}
    return tyro.cli(verb.config, args=arguments, prog=prog, use_underscores=True, **extra)


def run_stage(stage: Stage, arguments: Sequence[str]) -> None:
    """Make one stage's output from the command line and say what came of it and what to do next."""
    own = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    own.add_argument("--config", type=Path)
    own.add_argument("--replace", action="store_true")
    known, rest = own.parse_known_args(arguments)
    config = parse(stage, rest, _from_recipe(stage, known.config) if known.config else None)
    decided = order(stage, config, {}, f"python -m {stage.name.replace('.', ' ')}")
    start = time.monotonic()
    summary = execute(decided, replace=known.replace)
    if stage.ranks and follows():
        return  # the first process speaks for all
    if summary is None:
        print(f"{decided.output}: up to date")
    else:
        print(f"{decided.output}: made in {time.monotonic() - start:.1f} s{described(summary)}")
    if stage.next:
        print(f"next: {stage.next.format(output=decided.output)}")


def described(summary: Mapping[str, Any]) -> str:
    """Headline figures as the end of a line: " · documents 3,000 · ..."."""
    return "".join(f" · {key} {figure(value)}" for key, value in summary.items())


def figure(value: Any) -> str:
    """A figure as a person writes it."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return str(value)
    return f"{value:,}" if isinstance(value, int) else f"{value:,.4g}"


def _from_recipe(stage: Stage, path: Path) -> Any:
    package, verb = stage.name.split(".")
    table = read_tables(path).get(package, {}).get(verb)
    if not isinstance(table, dict):
        raise UserError(f"{path}: has no single table [{stage.name}] to take defaults from")
    return build(stage.config, table, f"{path}: [{stage.name}]", stage.renamed)

"""Every verb explains itself; what it says when it ends names the next step."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tools.__main__ import PACKAGES
from tools.options import build
from tools.stage import Stage
from tools.workbench import LISTED

CHECKOUT = Path(__file__).resolve().parents[2]
PRESENT = [package for package in PACKAGES if importlib.util.find_spec(package)]
VERBS: dict[tuple[str, str], Any] = {("tools", name): verb for name, verb in LISTED.items()} | {
    (package, name): verb
    for package in PRESENT
    for name, verb in importlib.import_module(f"{package}.stages").VERBS.items()
}


def python(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=False, cwd=CHECKOUT)


@pytest.mark.parametrize("package, name", VERBS)
def test_help_has_an_example_that_parses(package: str, name: str) -> None:
    done = python("-m", package, name, "--help")
    assert done.returncode == 0, done.stderr
    text = inspect.getdoc(VERBS[package, name].config) or ""
    example = text.partition("Example: ")[2].replace(f" {name.replace('-', ' ', 1)} ", f" {name} ")  # or as two words
    assert f"python -m {package} {name}" in example
    assert "Example:" in done.stdout


@pytest.mark.parametrize("package, name", VERBS)
def test_every_option_has_a_help_text(package: str, name: str) -> None:
    for config in VERBS[package, name].config.__mro__[:-1]:  # options may be inherited
        texts = inspect.getsource(config).count('"""') // 2
        assert texts == 1 + len(config.__annotations__), f"{package} {name}: an option without a docstring"


@pytest.mark.parametrize("package", ["tools", *PRESENT])
def test_a_package_lists_its_verbs(package: str) -> None:
    done = python("-m", package)
    assert done.returncode == 0
    for owner, name in VERBS:
        if owner == package:
            assert f"  {name} " in done.stdout
    wrong = python("-m", package, "nonsense")
    assert wrong.returncode == 2
    assert "no such verb" in wrong.stderr


def test_stages_declare_fields_that_exist() -> None:
    for verb in VERBS.values():
        if isinstance(verb, Stage):
            fields = verb.config.__dataclass_fields__
            assert "output" in fields
            assert {*verb.inputs, *verb.neutral} <= set(fields), verb.name
            module, _, function = verb.run.partition(":")
            assert callable(getattr(importlib.import_module(module), function)), verb.run


def test_every_path_option_is_an_input_or_the_output() -> None:
    """Else a file could change what a stage makes without changing its fingerprint."""
    for verb in VERBS.values():
        if isinstance(verb, Stage):
            paths = {name for name, field in verb.config.__dataclass_fields__.items() if "Path" in str(field.type)}
            assert paths <= {"output", *verb.inputs, *verb.neutral}, verb.name


@pytest.mark.parametrize("recipe", sorted((CHECKOUT / "recipes").glob("*.toml")), ids=lambda path: path.stem)
def test_recipes_name_stages_and_options_that_exist(recipe: Path) -> None:
    content = tomllib.loads(recipe.read_text(encoding="utf-8"))
    for package in PACKAGES:
        for name, tables in content.get(package, {}).items():
            stage = VERBS[package, name]
            for table in tables if isinstance(tables, list) else [tables]:
                build(stage.config, table, f"{recipe.name} {package}.{name}")

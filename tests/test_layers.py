"""Imports run one way: tools <- corpus <- vocab <- pretrain <- finetune."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parent.parent
LAYERS = ("tools", "corpus", "vocab", "pretrain", "finetune")
HEAVY = {"torch", "transformers", "ray", "matplotlib", "tokenizers", "sentencepiece", "kiwipiepy", "numpy", "pyarrow"}
DRAWERS = {"utils", "util", "common", "helpers", "misc"}


def imports(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name.split(".")[0]) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: relative import"
            yield node.lineno, (node.module or "").split(".")[0]


def imports_at_the_top(tree: ast.Module) -> set[str]:
    return {name for _, name in imports(ast.Module([n for n in tree.body if not isinstance(n, ast.FunctionDef)], []))}


def wrong_imports(checkout: Path) -> list[str]:
    """Every import that reaches above its own layer."""
    wrong = []
    for rank, layer in enumerate(LAYERS):
        for path in sorted((checkout / layer).rglob("*.py")):
            for line, name in imports(ast.parse(path.read_text(encoding="utf-8"))):
                if name in LAYERS[rank + 1 :] or name == "tests":
                    wrong.append(f"{path.relative_to(checkout)}:{line}: {layer} imports {name}")
    return wrong


def test_no_import_reaches_above_its_layer() -> None:
    assert wrong_imports(CHECKOUT) == []


@pytest.mark.parametrize(
    "statement", ["import finetune.train", "from vocab import bpe", "def f():\n    import pretrain"]
)
def test_a_planted_wrong_import_is_found(tmp_path: Path, statement: str) -> None:
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "clean.py").write_text(f"import tools.engine\n{statement}\n")
    assert len(wrong_imports(tmp_path)) == 1


def sources() -> list[Path]:
    return sorted(path for layer in LAYERS for path in (CHECKOUT / layer).rglob("*.py"))


def test_plans_and_help_import_nothing_heavy() -> None:
    for path in sources():
        if path.name in ("stages.py", "__main__.py", "workbench.py", "recipe.py", "command.py"):
            assert not imports_at_the_top(ast.parse(path.read_text(encoding="utf-8"))) & HEAVY, path


def test_main_files_define_nothing_that_a_spawned_process_would_miss() -> None:
    for path in sources():
        if path.name == "__main__.py":
            body = ast.parse(path.read_text(encoding="utf-8")).body
            assert not [n for n in body if isinstance(n, (ast.FunctionDef, ast.ClassDef))], path


def test_files_are_rooms_and_not_drawers() -> None:
    for path in sources():
        assert path.stem not in DRAWERS, path
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 300, f"{path}: what are the two ideas in it?"

"""`check`: every fault of a data file, with its place in it, and the exit code 1 if there is one.

JSON files of questions are walked through key by key (check_qa.py) and can be repaired. Of other files the faults are
those that their readers count: rows that give no example, answers that had to be put right.
"""

from __future__ import annotations

import json
import sys
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from finetune.check_qa import Fault, mended
from finetune.formats.articles import questions
from finetune.formats.qa import NAMES, opened
from finetune.formats.squad import SHAPES, shape_of, trees
from finetune.opening import asks, read_any
from finetune.options_data import Check
from tools.errors import UserError
from tools.shards import atomic


def check(config: Check) -> None:
    """Print the faults of a file, write its repaired copy if one is asked for, and end with 1 if there are faults."""
    outer = asks(config.file, config.task)
    if config.repair and outer != "json":
        raise UserError(f"--repair {config.repair}: only JSON files of questions can be repaired; leave it out")
    if config.repair and (config.file.is_dir() or zipfile.is_zipfile(config.file)):
        raise UserError(f"--repair {config.repair}: one file can be repaired at a time; give a file of {config.file}")
    if outer == "json":
        kinds = _print(_walked(config), config)
    elif outer:
        kinds = _noted(config.file)
    else:
        kinds = Counter(read_any(config.file, config.task).skipped)
    for kind, count in kinds.items():
        print(f"{config.file}: {kind}: {count:,}")
    if not kinds:
        print(f"{config.file}: no fault found")
    if kinds:
        sys.exit(1)


def _walked(config: Check) -> Iterator[tuple[str, Fault]]:
    """The faults of all JSON values of a file, each with the name of the file or member that it is in."""
    ids: dict[str, str] = {}
    for name, tree in trees(config.file):
        if not isinstance(tree, dict):
            raise UserError(f"{name}: JSON, but no questions in it (no object with data); say whose file it is: --task")
        key = shape_of(tree) or "squad"
        whole, faults = mended(tree, SHAPES[key], ids)
        print(f"{name}: taken for {NAMES[key]}{'' if 'version' in tree else '; it says no version'}")
        if config.repair:
            _write(whole, config.repair)
        yield from ((name, fault) for fault in faults)


def _print(found: Iterator[tuple[str, Fault]], config: Check) -> Counter[str]:
    """Print faults, of each kind so many; the result is how many there are of each."""
    kinds = Counter[str]()
    for name, fault in found:
        kinds[fault.kind] += 1
        if not config.most or kinds[fault.kind] <= config.most:
            after = f" -> {fault.mended}" if config.repair else ""
            print(f"{name}: {fault.where + ': ' if fault.where else ''}{fault.said}{after}")
    return kinds


def _noted(path: Path) -> Counter[str]:
    """What had to be put right or left out in questions that are no JSON."""
    notes = Counter[str]()
    key, found = opened(path)
    notes.update(one for one in questions(found, notes) if isinstance(one, str))
    print(f"{path}: taken for {NAMES[key]}")
    return +notes


def _write(tree: Mapping[str, Any], path: Path) -> None:
    with atomic(path) as file:
        file.write(json.dumps(tree, ensure_ascii=False).encode() + b"\n")
    print(f"{path}: the repaired copy")

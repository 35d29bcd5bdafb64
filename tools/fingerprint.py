"""Fingerprints: what a stage's output will be known by, computed without running anything.

fingerprint = sha256(stage name, version, the options that matter, the fingerprints of the inputs). An input that a
stage made carries that stage's fingerprint; any other file is known by the sha256 of its bytes, which is remembered by
size and time so that planning over gigabytes stays instant.
"""

from __future__ import annotations

import dataclasses
import hashlib
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from tools.errors import UserError, nearest
from tools.shards import write_json
from tools.stage import Order, Stage, read_record

RECENT = 2_000_000_000  # ns: a file changed so lately may change again within the resolution of its time stamp


def order(stage: Stage, config: Any, planned: Mapping[Path, str], where: str) -> Order:
    """Decide everything about a stage: `planned` holds the fingerprints of outputs that earlier stages will make."""
    inputs = {
        path: input_print(path, planned, f"{where} {field}")
        for field in stage.inputs
        for path in _paths(getattr(config, field))
    }
    options = {
        field.name: _plain(getattr(config, field.name))
        for field in dataclasses.fields(config)
        if field.name not in ("output", *stage.inputs, *stage.neutral)
    }
    # Which field an input stands in matters as well as what it is: a treebank is not a corpus.
    prints = [[field, [inputs[path] for path in _paths(getattr(config, field))]] for field in stage.inputs]
    decided = [stage.name, stage.version, options, prints]
    fingerprint = hashlib.sha256(orjson.dumps(decided, option=orjson.OPT_SORT_KEYS)).hexdigest()
    return Order(stage, config, fingerprint, options, inputs)


def input_print(path: str, planned: Mapping[Path, str], where: str) -> str:
    """The fingerprint of one input path: of the stage that makes it, else of its content."""
    if "://" in path:
        return _remote_print(path, where)
    target = Path(os.path.normpath(path))
    for folder in [target, *target.parents]:
        made_by = planned.get(folder) or (read_record(folder) or {}).get("fingerprint")
        if made_by:
            return f"{made_by}/{target.relative_to(folder)}" if target != folder else made_by
    if not target.exists():
        raise UserError(f"{where}: {path} does not exist and no stage before it makes it; {_near(target, planned)}")
    return _content_print(target)


def _near(target: Path, planned: Mapping[Path, str]) -> str:
    beside = list(target.parent.iterdir()) if target.parent.is_dir() else []
    return nearest(str(target), map(str, [*planned, *beside]))


def _paths(value: Any) -> list[str]:
    if value is None:
        return []
    return [str(value)] if isinstance(value, (str, Path)) else [str(item) for item in value]


def _plain(value: Any) -> Any:
    """A config value as JSON holds it, so that a fingerprint does not hang on Python's types."""
    return list(map(_plain, value)) if isinstance(value, (tuple, list)) else value


def _remote_print(url: str, where: str) -> str:
    import fsspec

    try:
        filesystem, path = fsspec.core.url_to_fs(url)
        return f"{url}#{filesystem.ukey(path)}"
    except (OSError, ValueError, ImportError) as error:
        raise UserError(
            f"{where}: {url} cannot be reached ({error}); check the address and the file system's package"
        ) from None


def _content_print(path: Path) -> str:
    files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
    known = _remembered()
    prints = {str(p.relative_to(path)): _file_print(p, known) for p in files}
    _remember(known)
    return hashlib.sha256(orjson.dumps(prints, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _file_print(path: Path, known: dict[str, list[Any]]) -> str:
    status, key = path.stat(), str(path.resolve())
    size_and_time = [status.st_size, status.st_mtime_ns]
    if key in known and known[key][:2] == size_and_time:
        return str(known[key][2])
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if time.time_ns() - status.st_mtime_ns > RECENT:
        known[key] = [*size_and_time, digest]
    return digest


def _memory() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "malmoi" / "contents.json"


def _remembered() -> dict[str, list[Any]]:
    try:
        value: dict[str, list[Any]] = orjson.loads(_memory().read_bytes())
    except (OSError, orjson.JSONDecodeError):
        return {}
    return value


def _remember(known: dict[str, list[Any]]) -> None:
    if known == _remembered():
        return
    try:
        _memory().parent.mkdir(parents=True, exist_ok=True)
        write_json(_memory(), known)
    except OSError:
        pass  # a home that cannot be written costs time at the next plan, nothing else

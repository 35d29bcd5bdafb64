"""Shards: zstd-compressed JSON lines, written atomically and checked against a manifest before a row is used.

A folder of shards is complete when its `manifest.json` is there; the manifest names each shard with its sha256,
so a flipped byte, a cut file and a missing shard are each found by name. Shards are meant to be tens of megabytes:
a shard is read whole to be checked, then decompressed as a stream.
"""

from __future__ import annotations

import dataclasses
import hashlib
import os
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import orjson
import zstandard

from tools.errors import UserError

MANIFEST = "manifest.json"


@dataclasses.dataclass(frozen=True, slots=True)
class Shard:
    """One file of a folder: its name there, how many records it holds, its size and its sha256."""

    name: str
    records: int
    bytes: int
    sha256: str


@dataclasses.dataclass(frozen=True, slots=True)
class Manifest:
    """The shards of a folder in reading order, and what their writer wants to say about the whole."""

    shards: tuple[Shard, ...]
    about: dict[str, Any]

    @property
    def records(self) -> int:
        """How many records all shards hold together."""
        return sum(shard.records for shard in self.shards)


@contextmanager
def atomic(path: Path) -> Iterator[IO[bytes]]:
    """A file to write to that appears under `path` only when the block ends without an error, and is on disk then."""
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex}.tmp")
    try:
        with temporary.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.rename(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def write_json(path: Path, value: Any) -> None:
    """Write a JSON file for people and machines: indented, stable key order, atomic."""
    with atomic(path) as file:
        file.write(orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


def write_shard(path: Path, rows: Iterable[dict[str, Any]], *, level: int = 3) -> Shard:
    """Write one shard atomically; the rows may be a generator, and the bytes depend on nothing but the rows."""
    records = 0
    # write_checksum lets plain `zstd -t` find damage too, without our manifest.
    compressor = zstandard.ZstdCompressor(level=level, write_checksum=True)
    with atomic(path) as file, compressor.stream_writer(file, closefd=False) as stream:
        for row in rows:
            stream.write(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE))
            records += 1
    return describe(path, records)


def describe(path: Path, records: int) -> Shard:
    """The manifest row of a file that is already written."""
    with path.open("rb") as file:
        return Shard(path.name, records, path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest())


def write_manifest(folder: Path, shards: Iterable[Shard], *, format: str = "jsonl.zst", **about: Any) -> Manifest:
    """Declare a folder of shards complete; to be called after the last shard is written."""
    manifest = Manifest(tuple(shards), about)
    write_json(
        folder / MANIFEST,
        {
            "format": format,
            "records": manifest.records,
            **about,
            "shards": list(map(dataclasses.asdict, manifest.shards)),
        },
    )
    return manifest


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a folder, or an error that says what the folder is not."""
    path = folder / MANIFEST
    if folder.is_file():
        make = f"python -m corpus clean --input {folder} --output FOLDER"
        raise UserError(f"{folder}: is a file, not a folder of shards; `{make}` makes one of a text")
    if not path.is_file():
        raise UserError(
            f"{folder}: no {MANIFEST} there, so this is not a finished folder of shards; run the stage that makes it"
        )
    try:
        value = orjson.loads(path.read_bytes())
        shards = tuple(Shard(**row) for row in value.pop("shards"))
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
        raise UserError(f"{path}: not a manifest ({error}); run the stage that makes this folder again") from None
    about = {key: value[key] for key in value if key not in ("format", "records")}
    return Manifest(shards, about)


def read_shard(folder: Path, shard: Shard) -> Iterator[dict[str, Any]]:
    """The rows of one shard, none of them before the whole file is found to be as it was written."""
    for line in _lines(folder / shard.name, verified(folder, shard)):
        yield orjson.loads(line)


def verified(folder: Path, shard: Shard) -> bytes:
    """The compressed bytes of a shard, if they are those that were written."""
    path = folder / shard.name
    again = "run the stage that makes this folder again"
    if not path.is_file():
        raise UserError(f"{path}: the shard is missing; {again}")
    data = path.read_bytes()
    if len(data) != shard.bytes:
        raise UserError(f"{path}: the shard has {len(data):,} bytes but the manifest says {shard.bytes:,}; {again}")
    if hashlib.sha256(data).hexdigest() != shard.sha256:
        raise UserError(f"{path}: the shard's bytes have changed since it was written (sha256 differs); {again}")
    return data


def _lines(path: Path, data: bytes) -> Iterator[bytes]:
    try:
        rest = b""
        for chunk in zstandard.ZstdDecompressor().read_to_iter(data):
            *whole, rest = (rest + chunk).split(b"\n")
            yield from whole
    except zstandard.ZstdError as error:
        raise UserError(f"{path}: not a zstd file ({error})") from None

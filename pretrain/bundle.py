"""TensorFlow's tensor bundle, read without TensorFlow: what a saved checkpoint of version 1 is on disk.

`NAME.index` is a table of LevelDB's form: sorted keys (the variables' names) in blocks, each key without what it shares
with the key before it, each block with a checksum; an index of blocks; a footer with the place of that index. A value
says type, shape, place and checksum of a variable in `NAME.data-00000-of-00001`. Not here: variables of strings,
variables that were saved in slices, and the older form in which all is one file.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pretrain.crc32c import crc32c, masked
from pretrain.wire import fields, taken, unsnappy, varint
from tools.errors import UserError

SUFFIX = ".index"
MAGIC = bytes.fromhex("57fb808b247547db")
SLICE = b"\0"  # begins the keys of slices, which their whole variable has too
FOOTER, TRAILER = 48, 5  # bytes: at the end of the table; behind each block, its compression and checksum
DTYPES = {1: "<f4", 2: "<f8", 3: "<i4", 4: "u1", 5: "<i2", 6: "i1", 9: "<i8", 10: "?", 19: "<f2"}
AGAIN = "copy or download the checkpoint again"


@dataclasses.dataclass(frozen=True, slots=True)
class Entry:
    """A variable: what it is and where its numbers stand."""

    dtype: int
    shape: tuple[int, ...]
    shard: int
    offset: int
    bytes: int
    crc: int
    sliced: bool


@dataclasses.dataclass(frozen=True, slots=True)
class Bundle:
    """An opened checkpoint; its numbers are read, and checked, one variable at a time."""

    index: Path
    shards: int
    entries: Mapping[str, Entry]

    def shape(self, name: str) -> tuple[int, ...]:
        """The shape of a variable."""
        return self.entries[name].shape

    def read(self, name: str) -> NDArray[Any]:
        """The numbers of a variable, if they are those that were written."""
        entry = self.entries[name]
        path = data_file(self.index, entry.shard, self.shards)
        if entry.sliced:
            raise UserError(f"{self.index}: {name} was saved in slices (a partitioned variable), which is not read")
        if entry.dtype not in DTYPES:
            raise UserError(f"{self.index}: {name} has TensorFlow's type {entry.dtype}, which no weight of BERT has")
        if entry.offset + entry.bytes > path.stat().st_size:
            raise UserError(
                f"{path}: ends before {name} does, at {path.stat().st_size:,} of "
                f"{entry.offset + entry.bytes:,} bytes; {AGAIN}"
            )
        dtype = np.dtype(DTYPES[entry.dtype])
        if entry.bytes != math.prod(entry.shape) * dtype.itemsize:
            raise UserError(f"{self.index}: {name} has {entry.bytes:,} bytes but the shape {entry.shape}; {AGAIN}")
        content = np.memmap(path, np.uint8, "r", entry.offset, (entry.bytes,)) if entry.bytes else np.zeros(0, np.uint8)
        if masked(crc32c(content)) != entry.crc:
            raise UserError(f"{path}: the numbers of {name} are damaged (their checksum differs); {AGAIN}")
        return content.view(dtype).reshape(entry.shape)


def data_file(index: Path, shard: int, shards: int) -> Path:
    """The file with the numbers of a shard."""
    return index.with_name(f"{index.name.removesuffix(SUFFIX)}.data-{shard:05d}-of-{shards:05d}")


def open_bundle(index: Path) -> Bundle:
    """Read the index of a checkpoint, and see that the files that it names are there."""
    if not index.name.endswith(SUFFIX):
        raise UserError(f"{index}: is not the index of a checkpoint; give the file that ends in {SUFFIX}")
    if not index.is_file():
        raise UserError(f"{index}: no such file; a TensorFlow 1 checkpoint has one beside its .data-00000-of-00001")
    try:
        rows = dict(table(index.read_bytes()))
        shards, endianness = _header(rows.pop(b"", b""))
        entries = {name.decode(): _entry(value) for name, value in rows.items() if not name.startswith(SLICE)}
    except ValueError as error:
        raise UserError(f"{index}: is damaged or no index of a TensorFlow checkpoint ({error}); {AGAIN}") from None
    if endianness:
        raise UserError(f"{index}: was written on a big-endian machine, which is not read; save it again on another")
    for shard in sorted({entry.shard for entry in entries.values()}):
        if not (path := data_file(index, shard, shards)).is_file():
            raise UserError(f"{path}: is missing; the index has only names and shapes, the numbers stand in this file")
    return Bundle(index, shards, entries)


def table(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The keys and values of a LevelDB table in order."""
    footer = data[-FOOTER:]
    if len(footer) < FOOTER or footer[-len(MAGIC) :] != MAGIC:
        raise ValueError("the eight bytes that end every such table are not there")
    meta, meta_size, at = _handle(footer, 0)
    yield from _block(data, meta, meta_size)  # TensorFlow leaves it empty
    start, size, _ = _handle(footer, at)
    for _, handle in _block(data, start, size):
        yield from _block(data, *_handle(handle, 0)[:2])


def _handle(data: bytes, at: int) -> tuple[int, int, int]:
    """Where a block stands and how long it is, and where these two numbers end."""
    start, at = varint(data, at)
    size, at = varint(data, at)
    return start, size, at


def _block(data: bytes, start: int, size: int) -> Iterator[tuple[bytes, bytes]]:
    stored = taken(data, start, size + TRAILER)
    content, compression, crc = stored[:size], stored[size], int.from_bytes(stored[size + 1 :], "little")
    if masked(crc32c(stored[: size + 1])) != crc:
        raise ValueError(f"the checksum of the block at byte {start:,} differs")
    if compression > 1:
        raise ValueError(f"the block at byte {start:,} is compressed in an unknown way, {compression}")
    return _rows(unsnappy(content) if compression else content)


def _rows(block: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Each row: how much of the last key to keep, how much to add, how long the value is; then both."""
    restarts = int.from_bytes(block[-4:], "little")  # for bisection, which nobody needs who reads all
    end = len(block) - 4 - 4 * restarts
    if end < 0:
        raise ValueError("a block is shorter than the list at its end")
    key, at = b"", 0
    while at < end:
        shared, at = varint(block, at)
        added, at = varint(block, at)
        size, at = varint(block, at)
        if shared > len(key) or at + added + size > end:
            raise ValueError("a row reaches over the end of its block")
        key = key[:shared] + block[at : at + added]
        yield key, block[at + added : at + added + size]
        at += added + size


def _header(message: bytes) -> tuple[int, int]:
    """BundleHeaderProto: how many files of numbers there are, and whether they are big-endian."""
    if not message:
        raise ValueError("it has no header")
    found = dict(fields(message))
    return _number(found, 1), _number(found, 2)


def _entry(message: bytes) -> Entry:
    """BundleEntryProto."""
    found = dict(fields(message))
    dimensions = [value for number, value in fields(_message(found.get(2, b""))) if number == 2]
    return Entry(
        dtype=_number(found, 1),
        shape=tuple(_number(dict(fields(_message(dimension))), 1) for dimension in dimensions),
        shard=_number(found, 3),
        offset=_number(found, 4),
        bytes=_number(found, 5),
        crc=_number(found, 6),
        sliced=7 in found,
    )


def _message(value: int | bytes) -> bytes:
    if isinstance(value, int):
        raise ValueError("a number stands where a message should")
    return value


def _number(message: Mapping[int, int | bytes], field: int) -> int:
    """A field that holds a number; zero, as protocol buffers have it, where it was left out."""
    value = message.get(field, 0)
    if not isinstance(value, int):
        raise ValueError(f"field {field} is no number")
    return value

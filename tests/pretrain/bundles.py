"""A writer of TensorFlow's tensor bundles, after the format's description; it shares no code with our reader."""

from __future__ import annotations

import functools
import struct
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

from numpy.typing import NDArray

TYPES = {"float32": 1, "float64": 2, "int32": 3, "int64": 9, "float16": 19}
MAGIC = 0xDB4775248B80FB57


def crc32c(data: bytes) -> int:
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ crc_table()[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF


@functools.cache
def crc_table() -> list[int]:
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
        table.append(byte)
    return table


def masked(data: bytes) -> int:
    crc = crc32c(data)
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) % 2**32


def varint(value: int) -> bytes:
    more = value >= 128
    return bytes([value % 128 + 128 * more]) + (varint(value // 128) if more else b"")


def number(field: int, value: int) -> bytes:
    return varint(field * 8) + varint(value) if value else b""  # proto3 leaves out zeros


def nested(field: int, message: bytes) -> bytes:
    return varint(field * 8 + 2) + varint(len(message)) + message


def block(rows: Iterable[tuple[bytes, bytes]], interval: int) -> bytes:
    out, restarts, last = b"", [], b""
    for count, (key, value) in enumerate(rows):
        if count % interval == 0:
            restarts.append(len(out))
            last = b""
        shared = next((i for i, (a, b) in enumerate(zip(key, last, strict=False)) if a != b), min(len(key), len(last)))
        out += varint(shared) + varint(len(key) - shared) + varint(len(value)) + key[shared:] + value
        last = key
    restarts = restarts or [0]
    return out + struct.pack(f"<{len(restarts) + 1}I", *restarts, len(restarts))


def table(
    rows: Mapping[bytes, bytes], *, compression: Literal["none", "snappy"] = "none", per_block: int = 20
) -> bytes:
    out, handles = bytearray(), []

    def add(content: bytes) -> bytes:
        kind = b"\0"
        if compression == "snappy":
            import pyarrow

            content, kind = pyarrow.compress(content, codec="snappy", asbytes=True), b"\1"
        handle = varint(len(out)) + varint(len(content))
        out.extend(content + kind + struct.pack("<I", masked(content + kind)))
        return handle

    keys = sorted(rows)
    for start in range(0, len(keys), per_block):
        part = keys[start : start + per_block]
        handles.append((part[-1] + b"~", add(block([(key, rows[key]) for key in part], 16))))
    meta = add(block([], 16))
    index = add(block(handles, 1))
    return bytes(out) + (meta + index).ljust(40, b"\0") + struct.pack("<Q", MAGIC)


def entry(array: NDArray[Any], offset: int, shard: int = 0, slices: int = 0) -> bytes:
    shape = b"".join(nested(2, number(1, size)) for size in array.shape)
    out = number(1, TYPES[array.dtype.name]) + nested(2, shape) + number(3, shard) + number(4, offset)
    out += number(5, array.nbytes) + varint(6 * 8 + 5) + struct.pack("<I", masked(array.tobytes()))
    return out + b"".join(nested(7, nested(1, b"")) for _ in range(slices))


def write_checkpoint(
    prefix: Path,
    variables: Mapping[str, NDArray[Any]],
    *,
    endianness: int = 0,
    sliced: str = "",
    compression: Literal["none", "snappy"] = "none",
) -> Path:
    """Write the two files of a checkpoint, and give the path of its index."""
    rows = {b"": number(1, 1) + number(2, endianness) + nested(3, number(1, 1))}
    data = bytearray()
    for name, array in sorted(variables.items()):
        rows[name.encode()] = entry(array, len(data), slices=2 * (name == sliced))
        if name == sliced:
            rows[b"\0" + name.encode() + b"\0\1\xff"] = entry(array, len(data))
        data += array.tobytes()
    prefix.with_name(f"{prefix.name}.data-00000-of-00001").write_bytes(data)
    index = prefix.with_name(f"{prefix.name}.index")
    index.write_bytes(table(rows, compression=compression))
    return index

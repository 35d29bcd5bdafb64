"""TensorFlow's files of records without TensorFlow: a record is its length, a checksum, its bytes, another checksum.

Only this frame; what the bytes say is left to others. Nothing is believed before its checksum is right, and an error
names the file and the record, the first of which is record 1. Packed files (GZIP, ZLIB) are not read.
"""

from __future__ import annotations

import dataclasses
import struct
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from pretrain.crc32c import crc32c, masked
from tools.errors import UserError

Checksums = NDArray[np.uint32]
HEAD, FOOT = struct.Struct("<QI"), struct.Struct("<I")
TOGETHER = 4096  # records whose checksums are computed in one go
AGAIN = "copy or make the file again"


@dataclasses.dataclass(frozen=True, slots=True)
class Records:
    """Some records of a file, one after another."""

    path: Path
    first: int
    messages: Sequence[bytes]

    def wrong(self, index: int, what: str) -> UserError:
        """An error about one of these records."""
        return UserError(f"{self.path}: record {self.first + index:,} {what}")


def write_records(file: IO[bytes], messages: Sequence[bytes]) -> None:
    """Append records to a file."""
    lengths = [struct.pack("<Q", len(message)) for message in messages]
    marks = zip(checksums(lengths).tolist(), checksums(messages).tolist(), strict=True)
    for length, message, (of_length, of_message) in zip(lengths, messages, marks, strict=True):
        file.write(b"".join((length, FOOT.pack(masked(of_length)), message, FOOT.pack(masked(of_message)))))


def read_records(path: Path) -> Iterator[Records]:
    """The records of a file, some thousands at a time, each as it was written."""
    try:
        file = path.open("rb")
    except (FileNotFoundError, IsADirectoryError):
        raise UserError(f"{path}: no such file; give TFRecord files by name, such as folder/*.tfrecord") from None
    with file:
        first = 1
        while messages := _some(file, path, first):
            yield Records(path, first, messages)
            first += len(messages)


def checksums(messages: Sequence[bytes]) -> Checksums:
    """The checksum of each message: all go forward together, byte by byte, the longest first and last."""
    lengths = np.fromiter(map(len, messages), np.int64, len(messages))
    order = np.argsort(-lengths, kind="stable")
    there = np.arange(lengths.max(initial=0))[:, None] < lengths[order]
    columns = np.zeros(there.shape[::-1], np.uint8)
    columns[there.T] = np.frombuffer(b"".join([messages[index] for index in order.tolist()]), np.uint8)
    table, states = _table(), np.full(len(messages), 0xFFFFFFFF, np.uint32)
    for row, going in zip(np.ascontiguousarray(columns.T), there.sum(axis=1).tolist(), strict=True):
        state = states[:going]
        states[:going] = table[(state ^ row[:going]) & 0xFF] ^ state >> 8
    result = np.empty_like(states)
    result[order] = ~states
    return result


@cache
def _table() -> Checksums:
    """What each byte leaves in an empty state."""
    return np.array([crc32c(bytes([0xFF ^ byte])) for byte in range(256)], np.uint32) ^ np.uint32(0xFF000000)


def _some(file: IO[bytes], path: Path, first: int) -> list[bytes]:
    """The next records, checked; none at the end of the file."""
    messages, marks = list[bytes](), list[int]()
    while len(messages) < TOGETHER and (head := file.read(HEAD.size)):
        here = Records(path, first + len(messages), messages)
        if len(head) < HEAD.size:
            raise here.wrong(0, f"is cut short: only {len(head)} bytes of its head are there; {AGAIN}")
        length, mark = HEAD.unpack(head)
        if masked(crc32c(head[:8])) != mark:
            raise here.wrong(0, f"has a wrong checksum of its length: this is no TFRecord, or is damaged; {AGAIN}")
        body = file.read(length + FOOT.size)
        if len(body) < length + FOOT.size:
            raise here.wrong(0, f"is cut short: {len(body):,} of {length + FOOT.size:,} bytes are there; {AGAIN}")
        messages.append(body[:length])
        marks.append(FOOT.unpack(body[length:])[0])
    for index, crc in enumerate(checksums(messages).tolist()):
        if masked(crc) != marks[index]:
            raise Records(path, first, messages).wrong(index, f"has a wrong checksum: its bytes are damaged; {AGAIN}")
    return messages

"""tf.train.Example, the message in Google's files of instances: named lists of numbers, for many records at once.

A block of records is a column for each name: a rectangle with a row for each record. Numbers are coded and decoded by
arrays; only what frames them is handled list by list. What is written is what protobuf's deterministic serialisation
writes (names sorted, lists packed); any order of names and unpacked lists are read too. Not here: lists of bytes, and
lists whose length differs between the records of a block.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from itertools import accumulate, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pretrain.records import Records
from pretrain.wire import fields

Columns = dict[str, NDArray[Any]]
FRACTIONS, INTEGERS = 2, 3  # the fields of a Feature
KINDS = {1: "bytes", FRACTIONS: "fractions", INTEGERS: "whole numbers"}
MOST = 10  # bytes of a whole number


def write_examples(columns: Mapping[str, NDArray[Any]]) -> list[bytes]:
    """The messages of a block: columns of integers become lists of whole numbers, columns of floats fractions."""
    entries = [_entries(name, columns[name]) for name in sorted(columns)]
    features = [b"".join(parts) for parts in zip(*entries, strict=True)]
    return [_frame(1, len(one)) + one for one in features]


def read_examples(records: Records, kinds: Mapping[str, int]) -> Columns:
    """The columns of these names in a block of records; other names are passed over."""
    payloads: dict[str, list[bytes]] = {name: [] for name in kinds}
    for index, message in enumerate(records.messages):
        try:
            found = _features(message)
            for name, kind in kinds.items():
                payloads[name].append(_payload(found, name, kind))
        except (ValueError, OverflowError) as error:
            raise records.wrong(index, f"is not what create_pretraining_data.py writes: {error}") from None
    return {name: _column(records, name, payloads[name], kind) for name, kind in kinds.items()}


def _entries(name: str, column: NDArray[Any]) -> list[bytes]:
    """A column as the entry of each record in its map of features."""
    if np.issubdtype(column.dtype, np.integer):
        kind, data, sizes = INTEGERS, *_coded(column)
    else:
        fractions = np.ascontiguousarray(column, "<f4")
        kind, data, sizes = FRACTIONS, fractions.tobytes(), [fractions.shape[1] * 4] * len(fractions)
    places = pairwise(accumulate(sizes, initial=0))
    return [_before(name, kind, size) + data[start:end] for size, (start, end) in zip(sizes, places, strict=True)]


@cache
def _before(name: str, kind: int, size: int) -> bytes:
    """What stands before the numbers of a list, if these have `size` bytes: the frames around them."""
    head = _frame(1, size) if size else b""
    head = _frame(kind, len(head) + size) + head
    key = name.encode()
    head = _frame(1, len(key)) + key + _frame(2, len(head) + size) + head
    return _frame(1, len(head) + size) + head


def _frame(field: int, size: int) -> bytes:
    """What stands before a field of `size` bytes."""
    return bytes([field << 3 | 2]) + _varint(size)


def _varint(number: int) -> bytes:
    groups = [number >> shift & 0x7F for shift in range(0, max(number.bit_length(), 1), 7)]
    return bytes([*(group | 0x80 for group in groups[:-1]), groups[-1]])


def _coded(column: NDArray[Any]) -> tuple[bytes, list[int]]:
    """Whole numbers in groups of seven bits, and how many bytes each row has."""
    numbers = column.astype(np.int64).reshape(-1).view(np.uint64)
    sizes = np.ones(len(numbers), np.int64)
    for group in range(1, MOST):
        longer = numbers >= np.uint64(1 << 7 * group)
        if not longer.any():
            break
        sizes += longer
    starts = np.cumsum(sizes) - sizes
    data = np.empty(sizes.sum(), np.uint8)
    for group in range(sizes.max(initial=0)):
        there = np.flatnonzero(sizes > group)
        more = (sizes[there] > group + 1).astype(np.uint64) << np.uint64(7)
        data[starts[there] + group] = numbers[there] >> np.uint64(7 * group) & np.uint64(0x7F) | more
    return data.tobytes(), sizes.reshape(column.shape).sum(axis=1).tolist()


def _features(message: bytes) -> dict[bytes, bytes]:
    """Name -> Feature, as bytes; of two of one name protobuf keeps the last."""
    found: dict[bytes, bytes] = {}
    for features in _inside(message, 1):
        for entry in _inside(features, 1):
            parts = dict(fields(entry))
            name, feature = parts.get(1, b""), parts.get(2, b"")
            if not isinstance(name, bytes) or not isinstance(feature, bytes):
                raise ValueError("a feature has no name or no list")
            found[name] = feature
    return found


def _inside(message: bytes, wanted: int) -> list[bytes]:
    """The messages that stand in a field of a message."""
    return [value for number, value in fields(message) if number == wanted and isinstance(value, bytes)]


def _payload(features: Mapping[bytes, bytes], name: str, kind: int) -> bytes:
    """The numbers of a list as packed bytes, however they are written."""
    if (feature := features.get(name.encode())) is None:
        raise ValueError(f"it has no {name}")
    payload = b""
    for number, values in fields(feature):
        if number != kind or not isinstance(values, bytes):
            raise ValueError(f"{name} holds {KINDS.get(number, 'something')}, not {KINDS[kind]}")
        for field, value in fields(values):
            if field == 1 and isinstance(value, bytes):
                payload += value
            elif field == 1 and isinstance(value, int):
                payload += _varint(value) if kind == INTEGERS else value.to_bytes(4, "little")
    return payload


def _column(records: Records, name: str, payloads: Sequence[bytes], kind: int) -> NDArray[Any]:
    """The lists of one name under each other."""
    data, ends = np.frombuffer(b"".join(payloads), np.uint8), np.cumsum([len(payload) for payload in payloads])
    if kind == FRACTIONS:
        whole, counts = np.diff(ends, prepend=0) % 4 == 0, np.diff(ends, prepend=0) // 4
    else:
        last = np.append(np.uint8(0), data)[ends]  # of an empty list the end of the one before
        whole, counts = last < 0x80, np.diff(np.append(0, np.cumsum(data < 0x80))[ends], prepend=0)
    if not whole.all():
        raise records.wrong(int(whole.argmin()), f"is damaged: the last number of {name} is cut short")
    same = counts == counts[0]
    if not same.all():
        index = int(same.argmin())
        raise records.wrong(index, f"has {counts[index]:,} {name}, the one before it has {counts[0]:,}")
    values: NDArray[Any] = data.view("<f4") if kind == FRACTIONS else _decoded(data)
    return values.reshape(len(payloads), int(counts[0]))


def _decoded(data: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Whole numbers from groups of seven bits."""
    ends = np.flatnonzero(data < 0x80)
    sizes = np.diff(ends, prepend=-1)
    starts, values = ends - sizes + 1, np.zeros(len(ends), np.uint64)
    for group in range(min(sizes.max(initial=0), MOST)):
        there = np.flatnonzero(sizes > group)
        bits = (data[starts[there] + group] & 0x7F).astype(np.uint64)
        values[there] |= bits << np.uint64(7 * group)
    return values.view(np.int64)

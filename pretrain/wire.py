"""The two encodings below TensorFlow's files: protocol buffers' wire format and Snappy's compression, only reading.

What these bytes mean is said where they are read. Damage raises ValueError; the reader of a file makes it one line.
"""

from __future__ import annotations

from collections.abc import Iterator

SIZES = {1: 8, 5: 4}  # wire types of fixed size, in bytes


def varint(data: bytes, at: int) -> tuple[int, int]:
    """A number in groups of seven bits, lowest first, and where it ends."""
    value = shift = 0
    while True:
        byte = taken(data, at, 1)[0]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at
        if shift > 63:
            raise ValueError("a number has more than 64 bits")


def fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """The numbered fields of a message in order; strings and messages in it come as bytes, all else as numbers."""
    at = 0
    while at < len(message):
        key, at = varint(message, at)
        number, kind = key >> 3, key & 7
        if kind == 0:
            value, at = varint(message, at)
            yield number, value
            continue
        if kind == 2:
            size, at = varint(message, at)
        elif kind in SIZES:
            size = SIZES[kind]
        else:
            raise ValueError(f"a field has the unknown wire type {kind}")
        content = taken(message, at, size)
        yield number, content if kind == 2 else int.from_bytes(content, "little")
        at += size


def taken(data: bytes, at: int, size: int) -> bytes:
    """`size` bytes from a place on, and never fewer."""
    if at + size > len(data):
        raise ValueError(f"{at + size - len(data)} bytes are missing at its end")
    return data[at : at + size]


def unsnappy(data: bytes) -> bytes:
    """What Snappy compressed: its length, then literals and copies of what came before."""
    length, at = varint(data, 0)
    out = bytearray()
    while at < len(data):
        tag = data[at]
        at += 1
        if tag & 3 == 0:
            size, at = _literal_size(tag, data, at)
            out += taken(data, at, size)
            at += size
        else:
            size, back, at = _copy(tag, data, at)
            if not 0 < back <= len(out):
                raise ValueError("a copy begins before its start")
            for _ in range(size):  # one by one, as a copy may reach into itself
                out.append(out[-back])
    if len(out) != length:
        raise ValueError(f"{len(out)} bytes came out of {length}")
    return bytes(out)


def _literal_size(tag: int, data: bytes, at: int) -> tuple[int, int]:
    """How many bytes a literal has, and where they begin."""
    short = tag >> 2
    if short < 60:
        return short + 1, at
    extra = short - 59
    return int.from_bytes(taken(data, at, extra), "little") + 1, at + extra


def _copy(tag: int, data: bytes, at: int) -> tuple[int, int, int]:
    """How many bytes to copy, from how far back, and where the next tag stands."""
    if tag & 3 == 1:
        return (tag >> 2 & 7) + 4, (tag >> 5) << 8 | taken(data, at, 1)[0], at + 1
    extra = 2 if tag & 3 == 2 else 4
    return (tag >> 2) + 1, int.from_bytes(taken(data, at, extra), "little"), at + extra

"""A file as a stream of plain bytes, whatever it is packed in and wherever it lies.

The packing is recognised by its first bytes, not by the file's name. Files of several streams one after the other
(multistream bz2, pigz, zstd frames) are read through. A stream without an end is an error here, never a shorter text:
the readers of the standard library ignore whatever follows a damaged header, and half a corpus would look whole.
"""

from __future__ import annotations

import bz2
import itertools
import lzma
import re
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import zstandard

from tools.errors import UserError

CHUNK = 1 << 16
"""Bytes read at a time."""
SIP = 1 << 11
"""Packed bytes that a decoder gets at a time: of well packed text even these unpack to megabytes."""
HEAD = 1 << 16
"""Plain bytes by which a file is recognised."""
DAMAGE = (OSError, EOFError, lzma.LZMAError, zlib.error, zstandard.ZstdError)


@dataclass(frozen=True, slots=True)
class Packing:
    """How one kind of packed stream begins, and a fresh decoder for one stream."""

    magic: re.Pattern[bytes]
    decoder: Callable[[], Any]


def is_url(path: str) -> bool:
    """Whether fsspec must open the path: `s3://...`, `memory://...`."""
    return "://" in path


def open_file(path: str) -> IO[bytes]:
    """A local file, or any URL that fsspec knows, open for reading bytes."""
    with explained(path):
        if not is_url(path):
            return Path(path).open("rb")
        import fsspec

        return fsspec.open(path, "rb").open()  # type: ignore[no-any-return]


@contextmanager
def explained(path: str) -> Iterator[None]:
    """What can be wrong with a path or URL, said in one line."""
    try:
        yield
    except (FileNotFoundError, NotADirectoryError):
        raise UserError(f"{path}: no such file; give the path of a file or folder that exists") from None
    except IsADirectoryError:
        raise UserError(f"{path}: is a folder where a file was expected; give a file in it") from None
    except (ImportError, ValueError) as error:  # an unknown protocol, or one whose package is not installed
        raise UserError(f"{path}: {error}; give a local path or a URL that fsspec can open here") from None


def stored(path: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
    """The bytes of a range of a file as they are stored."""
    with open_file(path) as file:
        file.seek(start)
        left = end - start if end is not None else None
        while chunk := file.read(CHUNK if left is None else min(CHUNK, left)):
            yield chunk
            if left is not None:
                left -= len(chunk)


def plain(path: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
    """The bytes of a range of a file, unpacked if the range begins like a packed stream."""
    chunks = stored(path, start, end)
    first = next(chunks, b"")
    packing = packing_of(first)
    if packing is None:
        yield from itertools.chain([first], chunks)
    else:
        yield from _gathered(_unpack(path, start, packing, itertools.chain([first], chunks)))


def head(path: str) -> bytes:
    """The first plain bytes of a file, enough to recognise it by; an empty file has none."""
    have = b""
    for chunk in plain(path):
        have += chunk
        if len(have) >= HEAD:
            break
    return have[:HEAD]


def packing_of(first: bytes) -> Packing | None:
    """The packing whose streams begin like these bytes, None for plain bytes."""
    return next((packing for packing in PACKINGS.values() if packing.magic.match(first)), None)


def _unpack(path: str, start: int, packing: Packing, chunks: Iterable[bytes]) -> Iterator[bytes]:
    decoder, at = packing.decoder(), start
    for chunk in chunks:
        for sip in (chunk[place : place + SIP] for place in range(0, len(chunk), SIP)):
            at += len(sip)
            while sip:
                if decoder.eof:
                    sip = sip.lstrip(b"\0")  # gzip and xz files may be padded
                    if not sip:
                        break
                    decoder = packing.decoder()
                try:
                    yield decoder.decompress(sip)
                except DAMAGE as error:
                    reason = f"damaged before byte {at:,} ({error})"
                    raise UserError(f"{path}: {reason}; download or make the file again") from None
                sip = decoder.unused_data if decoder.eof else b""
    if not decoder.eof:
        raise UserError(f"{path}: cut short: its last stream has no end at byte {at:,}; download or make it again")


def _gathered(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Small pieces joined to some of a useful size."""
    waiting, size = list[bytes](), 0
    for piece in pieces:
        waiting.append(piece)
        size += len(piece)
        if size >= CHUNK:
            yield b"".join(waiting)
            waiting, size = [], 0
    yield b"".join(waiting)


PACKINGS = {
    "bz2": Packing(re.compile(rb"BZh[1-9](?:1AY&SY|\x17rE8P\x90)"), bz2.BZ2Decompressor),
    "gzip": Packing(re.compile(rb"\x1f\x8b\x08"), lambda: zlib.decompressobj(wbits=31)),
    "xz": Packing(re.compile(rb"\xfd7zXZ\0"), lzma.LZMADecompressor),
    "zstd": Packing(
        re.compile(rb"\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18"), lambda: zstandard.ZstdDecompressor().decompressobj()
    ),
}

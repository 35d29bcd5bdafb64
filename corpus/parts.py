"""A part: a range of one file that one task reads; how files are cut into parts, and parts into records and lines.

Where a file is cut depends on its bytes and on the block size alone, never on how many workers there are. Nothing here
holds more than one record of a file in memory.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from corpus.packed import CHUNK, open_file, plain
from tools.errors import UserError

BLOCK = 4 << 20
"""Stored bytes of a part: about a second of work on bz2, so a killed task costs little."""
LARGEST = 16 << 20
"""Bytes of a record beyond which its end is no longer waited for; MediaWiki allows 2 MB of text."""
OVERLAP = 64


@dataclass(frozen=True, slots=True)
class Part:
    """A range of a file, from a record's first byte to another's; `end` None is the end of the file.

    The unit is stored bytes (in Parquet files: row groups).
    """

    path: str
    start: int = 0
    end: int | None = None
    kind: str = ""
    """The name of the source that reads it."""
    source: str = ""
    """The name of the file or folder that the user gave: the origin that its documents carry."""
    name: str = ""
    """The file's name below what the user gave; documents without an id of their own are named with it."""


@dataclass(frozen=True, slots=True)
class Record:
    """The bytes from an opening mark to its closing mark, or to the next opening mark if it has none of its own."""

    offset: int
    data: bytes
    closed: bool


def ranges(
    path: str, block: int, landmark: re.Pattern[bytes], accept: Callable[[str, int], bool] = lambda path, at: True
) -> list[tuple[int, int | None]]:
    """Cut a file where a landmark match ends, at the first acceptable one after each `block` bytes."""
    starts, at = [0], block
    with open_file(path) as file:
        while True:
            file.seek(at)
            window, base = b"", at
            while (match := landmark.search(window)) is None and (chunk := file.read(CHUNK)):
                base += max(0, len(window) - OVERLAP)
                window = window[-OVERLAP:] + chunk
            if match is None:
                return list(zip(starts, [*starts[1:], None], strict=True))
            hit = base + match.end()
            if accept(path, hit):
                starts.append(hit)
            at = hit + block


def records(part: Part, opening: bytes, closing: bytes, ending: bytes = b"") -> Iterator[Record]:
    """Everything between the two marks, in order; one without a closing mark does not take the next with it.

    A last part must hold `ending` after its last record, and no record left open if there is no `ending`: otherwise
    the file was cut short, which is an error, because the text that is missing would be missed by nobody.
    """
    buffer, base = bytearray(), part.start
    start, seen = -1, 0  # of a record that goes on in the next chunk: where it starts, and how far it was searched
    for chunk in plain(part.path, part.start, part.end):
        buffer += chunk
        at = 0
        while (start := buffer.find(opening, at)) >= 0:
            stop = buffer.find(closing, max(start, seen))
            again = buffer.find(opening, max(start + 1, seen), stop if stop >= 0 else len(buffer))
            if again < 0 and stop < 0 and len(buffer) - start < LARGEST:
                break
            seen = 0
            closed = again < 0 <= stop
            at = stop + len(closing) if closed else again if again >= 0 else len(buffer)
            yield Record(base + start, bytes(buffer[start:at]), closed)
        keep = start if start >= 0 else max(at, len(buffer) - OVERLAP)
        seen = max(0, len(buffer) - OVERLAP - keep)
        del buffer[:keep]
        base += keep
    cut = ending not in buffer if ending else start >= 0
    if part.end is None and cut:
        missing = (ending or closing).strip().decode()
        raise UserError(f"{part.path}: cut short: it ends without {missing}; download or make the file again")
    if start >= 0:
        yield Record(base, bytes(buffer), False)


def lines(part: Part) -> Iterator[tuple[int, bytes]]:
    """Each line with its line feed (which the last may lack) and its offset in the unpacked bytes of the file."""
    offset, pieces = part.start, list[bytes]()
    for chunk in plain(part.path, part.start, part.end):
        for piece in io.BytesIO(chunk):
            pieces.append(piece)
            if piece.endswith(b"\n"):
                line = b"".join(pieces)
                yield offset, line
                offset += len(line)
                pieces.clear()
    if pieces:
        yield offset, b"".join(pieces)

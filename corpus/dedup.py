"""Duplicates: documents with an id, a text, or nearly the text of an earlier one.

Each part leaves three small arrays beside its documents: hashes of ids and texts, and MinHash signatures. Looking for
equal keys in them is a shuffle by files: bucket r of the keys of all parts is one task, so memory stays the same
however large the corpus is, and any engine can do it.

A signature is made by one-permutation hashing: one hash for each run of SHINGLE letters, the least one in each of BINS
bins. Two texts agree in about as many bins as their shingles overlap (Jaccard). Of documents that agree in a whole band
of ROWS bins, the later ones are compared with the first, and dropped when at least the asked share of bins agrees.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tools.shards import atomic

Array = npt.NDArray[Any]

SHINGLE, BINS, ROWS = 8, 64, 4  # SHINGLE is a power of two
BANDS = BINS // ROWS
BIN_BITS = BINS.bit_length() - 1
PER_BIN = 20
DOCUMENTS_A_BUCKET = 100_000
_FACTORS = (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB)  # the constants of splitmix64
REASONS = ("duplicate id", "duplicate", "near duplicate")


@dataclasses.dataclass(frozen=True, slots=True)
class Bucket:
    """One task: the keys that fall into bucket `number` of `count`, over the marks of all parts."""

    marks: tuple[str, ...]
    number: int
    count: int
    similarity: float


def key(text: str) -> int:
    """A 64-bit hash that is the same everywhere."""
    return int.from_bytes(hashlib.blake2b(text.encode(errors="surrogatepass"), digest_size=8).digest(), "little")


def signature(text: str) -> Array:
    """The least hash of each bin, as 32-bit numbers; texts shorter than a shingle all look alike and are left alone."""
    letters = np.frombuffer(text.encode("utf-32-le", errors="surrogatepass"), dtype=np.uint32)
    count = len(letters) - SHINGLE + 1
    if count < 1:
        return np.zeros(BINS, dtype=np.uint32)
    hashes, factor, width = letters.astype(np.uint64), _FACTORS[0], 1
    while width < SHINGLE:  # two runs of letters side by side make one of twice the width
        hashes = hashes[:-width] * np.uint64(factor) + hashes[width:]
        factor, width = factor * factor % 2**64, 2 * width
    for factor, shift in zip(_FACTORS[1:], (30, 27), strict=True):
        hashes ^= hashes >> np.uint64(shift)
        hashes *= np.uint64(factor)
    hashes ^= hashes >> np.uint64(31)
    return _filled(_least(hashes))


def _least(hashes: Array) -> Array:
    """The hashes in order, as far as the least of each bin can be among them: the highest bits are the bin."""
    if len(hashes) > BINS * PER_BIN:
        # Sorting all shingles of a long text would cost more than all else; its least hashes are far below this bound.
        bound = np.uint64(2**64 // len(hashes) * BINS * PER_BIN)
        low = hashes[hashes << np.uint64(BIN_BITS) < bound]
        if len(np.unique(low >> np.uint64(64 - BIN_BITS))) == BINS:
            hashes = low
    return np.sort(hashes)


def _filled(hashes: Array) -> Array:
    starts = np.searchsorted(hashes, np.arange(BINS, dtype=np.uint64) << np.uint64(64 - BIN_BITS))
    ends = np.append(starts[1:], len(hashes))
    full = np.flatnonzero(starts < ends)
    values = (hashes[starts[full]] >> np.uint64(32 - BIN_BITS)).astype(np.uint32)
    # An empty bin borrows from the next full one; how far it is goes into the value, so that borrowing agrees
    # between two texts only where both lack the same bins.
    lender = np.searchsorted(full, np.arange(BINS)) % len(full)
    distance = (full[lender] - np.arange(BINS)) % BINS
    return values[lender] + distance.astype(np.uint32) * np.uint32(0x9E3779B1)


def write_marks(path: Path, ids: Sequence[int], texts: Sequence[int], signatures: Sequence[Array]) -> None:
    """Leave the arrays of one part, a row a document."""
    keys = np.array([ids, texts], dtype=np.uint64).reshape(2, len(ids))
    packed = np.array(signatures, dtype=np.uint32).reshape(len(ids), BINS)
    with atomic(path) as file:
        file.write(keys.tobytes() + packed.tobytes())


def read_marks(path: str) -> tuple[Array, Array]:
    """The keys (ids, texts) and signatures of one part, mapped and not loaded."""
    row = 2 * 8 + BINS * 4
    count = Path(path).stat().st_size // row
    if not count:
        return np.zeros((2, 0), np.uint64), np.zeros((0, BINS), np.uint32)
    keys = np.memmap(path, np.uint64, "r", shape=(2, count))
    return keys, np.memmap(path, np.uint32, "r", offset=count * 16, shape=(count, BINS))


def buckets(marks: Sequence[Path], documents: int, similarity: float) -> list[Bucket]:
    """The tasks that find all duplicates; how many depends on the corpus alone."""
    count = 1 + documents // DOCUMENTS_A_BUCKET
    return [Bucket(tuple(map(str, marks)), number, count, similarity) for number in range(count)]


def duplicates(bucket: Bucket) -> list[list[int]]:
    """The documents of one bucket to drop, as [document, reason]; documents are numbered through all parts."""
    parts = [read_marks(path) for path in bucket.marks]
    starts = np.cumsum([0, *(len(signatures) for _, signatures in parts)])
    found: dict[int, int] = {}
    if bucket.similarity < 1.0:
        for document in _near(bucket, parts, starts):
            found[document] = 2
    for kind in (1, 0):  # the plainer reason wins
        keys, documents = _gather(bucket, [keys[kind][:, None] for keys, _ in parts], starts)
        later, _first = _repeated(keys, documents)
        found.update(dict.fromkeys(later.tolist(), kind))
    return [[document, found[document]] for document in sorted(found)]


def _near(bucket: Bucket, parts: Sequence[tuple[Array, Array]], starts: Array) -> Iterator[int]:
    keys, documents = _gather(bucket, [_bands(signatures) for _, signatures in parts], starts)
    later, first = _repeated(keys, documents)
    pairs = np.unique(np.stack([later, first], axis=1), axis=0)
    for chunk in np.array_split(pairs, 1 + len(pairs) // 10_000):
        agree = _rows(parts, starts, chunk[:, 0]) == _rows(parts, starts, chunk[:, 1])
        yield from chunk[agree.mean(axis=1) >= bucket.similarity, 0].tolist()


def _bands(signatures: Array) -> Array:
    """One key for each band of each signature, different bands never sharing keys by more than chance."""
    grouped = signatures.reshape(len(signatures), BANDS, ROWS).astype(np.uint64)
    keys = np.broadcast_to(np.arange(BANDS, dtype=np.uint64), grouped.shape[:2]).copy()
    for row in range(ROWS):
        keys = (keys ^ grouped[:, :, row]) * np.uint64(_FACTORS[1])
        keys ^= keys >> np.uint64(31)
    return keys


def _gather(bucket: Bucket, keys: Sequence[Array], starts: Array) -> tuple[Array, Array]:
    """The keys of all parts that belong to the bucket, and the number of the document that each came from."""
    chosen, documents = [], []
    for part, start in zip(keys, starts[:-1], strict=True):
        rows, columns = np.nonzero(part % np.uint64(bucket.count) == np.uint64(bucket.number))
        chosen.append(part[rows, columns])
        documents.append(rows + start)
    return np.concatenate([np.zeros(0, np.uint64), *chosen]), np.concatenate([np.zeros(0, np.int64), *documents])


def _repeated(keys: Array, documents: Array) -> tuple[Array, Array]:
    """Of documents with one key: every later one, and beside it the first."""
    order = np.lexsort((documents, keys))
    keys, documents = keys[order], documents[order]
    first = np.maximum.accumulate(
        np.where(np.append(True, keys[1:] != keys[:-1])[: len(keys)], np.arange(len(keys)), 0)
    )
    later = documents != documents[first]
    return documents[later], documents[first][later]


def _rows(parts: Sequence[tuple[Array, Array]], starts: Array, documents: Array) -> Array:
    rows = np.empty((len(documents), BINS), dtype=np.uint32)
    owner = np.searchsorted(starts, documents, side="right") - 1
    for part in np.unique(owner):
        mine = owner == part
        rows[mine] = parts[part][1][documents[mine] - starts[part]]
    return rows

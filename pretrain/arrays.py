"""Folders of numbered sets of flat arrays: written atomically, checked once, then memory-mapped.

A set `00003` is the files `00003.tokens.npy`, `00003.ends.npy`, ...; the folder's manifest has the sha256 of
each. An array may be of any size: nothing is read before it is used.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tools.errors import UserError
from tools.shards import Manifest, Shard, atomic, describe

Arrays = Mapping[str, NDArray[Any]]
AGAIN = "run the stage that makes this folder again"


def write_arrays(folder: Path, number: int, arrays: Arrays) -> list[Shard]:
    """Write one set, an .npy file for each array, and give the rows of the manifest for it."""
    written = []
    for name, array in arrays.items():
        path = folder / f"{number:05d}.{name}.npy"
        with atomic(path) as file:
            np.lib.format.write_array(file, np.ascontiguousarray(array), allow_pickle=False)
        written.append(describe(path, len(array)))
    return written


def verify(folder: Path, manifest: Manifest) -> None:
    """Check that every file is there and as it was written; the files are read through once and not kept."""
    for shard in manifest.shards:
        path = folder / shard.name
        if not path.is_file():
            raise UserError(f"{path}: the file is missing; {AGAIN}")
        if path.stat().st_size != shard.bytes:
            size = path.stat().st_size
            raise UserError(f"{path}: has {size:,} bytes but the manifest says {shard.bytes:,}; {AGAIN}")
        with path.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != shard.sha256:
                raise UserError(f"{path}: its bytes have changed since it was written (sha256 differs); {AGAIN}")


def open_sets(folder: Path, manifest: Manifest) -> list[dict[str, NDArray[Any]]]:
    """The sets of a folder in order, their arrays memory-mapped and read-only."""
    sets: dict[str, dict[str, NDArray[Any]]] = {}
    for shard in manifest.shards:
        number, name, _ = shard.name.split(".")
        path = folder / shard.name
        try:
            # An empty file cannot be mapped.
            sets.setdefault(number, {})[name] = np.load(path, mmap_mode="r" if shard.records else None)
        except (OSError, ValueError) as error:
            raise UserError(f"{path}: cannot be opened ({error}); {AGAIN}") from None
    return list(sets.values())

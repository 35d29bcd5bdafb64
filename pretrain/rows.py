"""Instances on disk: rows of tokens without padding, and what a model is to guess about them.

Only how instances are opened and what they promise; `pretrain/instances.py` makes them. A folder of instances has a
subfolder for each length and part (`128/train`, `128/held-out`, `512/train`, ...); each is a `Rows`. A row is
`[CLS] A [SEP] B [SEP]`, or `[CLS] A [SEP]` where there are no pairs. Per shard:

tokens     uint16 or uint32, the rows one after another, as they were before masking, special pieces included
ends       uint32, where each row ends in `tokens`
bounds     uint16, how long [CLS] A [SEP] is: where segment B begins in its row (the row's length if there is no B)
random     uint8, 1 if B is not what follows A: Google's label, 0 = is next (only where there are pairs)
starts     bits (np.packbits): does a unit of masking (word, morpheme) begin at this token? (not for unit token)
picks      uint16, static masking only: the places that are masked, counted from the start of their row, ascending
pick_ends  uint32, static masking only: where the picks of each row end
put        as tokens, static masking only: what stands at each pick in the input
"""

from __future__ import annotations

import dataclasses
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pretrain.arrays import open_sets, verify
from pretrain.store import VOCABULARY
from tools.errors import UserError
from tools.shards import read_manifest
from vocab.folder import load
from vocab.tokenizer import Tokenizer

KIND = "instances"


@dataclasses.dataclass(frozen=True, slots=True)
class RowShard:
    """The arrays of one shard."""

    tokens: NDArray[np.uint16] | NDArray[np.uint32]
    ends: NDArray[np.uint32]
    bounds: NDArray[np.uint16]
    random: NDArray[np.uint8] | None = None
    starts: NDArray[np.uint8] | None = None
    picks: NDArray[np.uint16] | None = None
    pick_ends: NDArray[np.uint32] | None = None
    put: NDArray[np.uint16] | NDArray[np.uint32] | None = None


@dataclasses.dataclass(frozen=True)
class Rows:
    """The instances of one length and part; a row's number is its place over all shards."""

    folder: Path
    shards: tuple[RowShard, ...]
    about: dict[str, Any]
    """rows, tokens; length; nsp: nsp | sop | none; unit; masking: static | dynamic; mask_rate; cap: the most
    predictions in a row; seed; pieces: how many the vocabulary has; vocabulary: its hash."""

    @cached_property
    def firsts(self) -> NDArray[np.int64]:
        """The number of each shard's first row, and at the end the number of rows."""
        return np.cumsum([0, *(len(shard.ends) for shard in self.shards)])

    @cached_property
    def lengths(self) -> NDArray[np.uint16]:
        """How many tokens each row has."""
        parts = [np.diff(shard.ends.astype(np.int64), prepend=0).astype(np.uint16) for shard in self.shards]
        return np.concatenate([np.zeros(0, np.uint16), *parts])

    @cached_property
    def tokenizer(self) -> Tokenizer:
        """The tokenizer that made the tokens; it stands beside the lengths."""
        return load(self.folder.parent.parent / VOCABULARY)

    def __len__(self) -> int:
        return int(self.firsts[-1])


def open_rows(folder: Path, *, check: bool = True) -> Rows:
    """Open the instances of one length and part; with `check` every file is first compared with its sha256."""
    manifest = read_manifest(folder)
    if manifest.about.get("kind") != KIND:
        raise UserError(f"{folder}: holds no instances; `python -m pretrain instances` makes them from a token store")
    if check:
        verify(folder, manifest)
    rows = Rows(folder, tuple(RowShard(**arrays) for arrays in open_sets(folder, manifest)), manifest.about)
    if not len(rows):
        raise UserError(f"{folder}: holds no instances at all; the corpus is too small for this length or part")
    return rows

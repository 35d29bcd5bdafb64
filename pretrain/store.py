"""The token store: a corpus as ids, in memory-mapped arrays that say where sentences, documents and words begin.

Only how a store is opened and what it promises; `pretrain/encode.py` makes one. Per shard:

tokens     uint16 or uint32, the ids of all documents one after another, without special pieces
words      bits (np.packbits): does a word (eojeol) begin at this token?
morphemes  bits, only if the store was made with an analyser: does a morpheme begin at this token?
sentences  uint32, where each sentence ends in `tokens`
documents  uint32, where each document ends in `sentences`
"""

from __future__ import annotations

import dataclasses
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pretrain.arrays import open_sets, verify
from tools.errors import UserError
from tools.shards import read_manifest
from vocab.folder import load
from vocab.tokenizer import Tokenizer

KIND = "token store"
VOCABULARY = "vocab"  # the folder of the tokenizer, copied into what it made, so that the two cannot be mixed up


@dataclasses.dataclass(frozen=True, slots=True)
class StoreShard:
    """The arrays of one shard."""

    tokens: NDArray[np.uint16] | NDArray[np.uint32]
    words: NDArray[np.uint8]
    sentences: NDArray[np.uint32]
    documents: NDArray[np.uint32]
    morphemes: NDArray[np.uint8] | None = None


@dataclasses.dataclass(frozen=True)
class Store:
    """A finished token store."""

    folder: Path
    shards: tuple[StoreShard, ...]
    about: dict[str, Any]
    """documents, sentences, tokens, words, characters, unknown: counts of the whole; pieces; vocabulary (a hash)."""

    @cached_property
    def tokenizer(self) -> Tokenizer:
        """The tokenizer that made it."""
        return load(self.folder / VOCABULARY)


def open_store(folder: Path, *, check: bool = True) -> Store:
    """Open a store; with `check` every file is first compared with its sha256."""
    manifest = read_manifest(folder)
    if manifest.about.get("kind") != KIND:
        raise UserError(f"{folder}: holds no token store; `python -m pretrain encode` makes one from documents")
    if check:
        verify(folder, manifest)
    return Store(folder, tuple(StoreShard(**arrays) for arrays in open_sets(folder, manifest)), manifest.about)

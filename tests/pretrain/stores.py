"""Token stores and instances of random tokens, written as the stages write them, for tests of what reads them."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np

from pretrain import rows, store
from pretrain.arrays import write_arrays
from tools.shards import write_manifest
from vocab.folder import save
from vocab.tokenizer import Tokenizer

SPECIALS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
UNUSED = tuple(f"[unused{n}]" for n in range(3))
SYLLABLES = tuple(chr(0xAC00 + 28 * n) for n in range(120))
PIECES = (*SPECIALS, *UNUSED, *SYLLABLES, *(f"##{s}" for s in SYLLABLES))
PAD, UNK, CLS, SEP, MASK = range(5)
FIRST, INSIDE = len(SPECIALS) + len(UNUSED), len(SPECIALS) + len(UNUSED) + len(SYLLABLES)

Word = Sequence[int]
Sentence = Sequence[Word]
Text = Sequence[Sentence]
"""A document: sentences of words of ids."""


def tiny_tokenizer() -> Tokenizer:
    return Tokenizer(PIECES)


def random_words(chance: random.Random, count: int, longest: int = 5) -> list[list[int]]:
    """Words of 1 to `longest` pieces, as a tokenizer would give: one first piece, then ## pieces."""
    n = len(SYLLABLES)
    sizes = [chance.randint(1, longest) for _ in range(count)]
    return [[FIRST + chance.randrange(n), *(INSIDE + chance.randrange(n) for _ in range(s - 1))] for s in sizes]


def random_documents(seed: int, count: int, *, sentences: int = 12, words: int = 12, longest: int = 5) -> list[Text]:
    """Documents of up to so many sentences of up to so many words."""
    chance = random.Random(seed)
    return [
        [random_words(chance, chance.randint(1, words), longest) for _ in range(chance.randint(1, sentences))]
        for _ in range(count)
    ]


def store_of(folder: Path, documents: Sequence[Text], *, per_shard: int = 20, morphemes: bool = False) -> store.Store:
    """A token store of these documents; as morphemes serve the single pieces at even places of a sentence."""
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = tiny_tokenizer()
    save(tokenizer, folder / store.VOCABULARY)
    shards = [
        shard
        for number, start in enumerate(range(0, len(documents), per_shard))
        for shard in write_arrays(folder, number, store_arrays(documents[start : start + per_shard], morphemes))
    ]
    sentences = [sentence for document in documents for sentence in document]
    words = [word for sentence in sentences for word in sentence]
    tokens = sum(map(len, words))
    counts = {"documents": len(documents), "sentences": len(sentences), "tokens": tokens, "words": len(words)}
    also = {"characters": 2 * tokens, "unknown": 0, "pieces": len(tokenizer), "vocabulary": "tiny"}
    write_manifest(folder, shards, format="npy", kind=store.KIND, **counts, **also)
    return store.open_store(folder)


def store_arrays(documents: Sequence[Text], morphemes: bool = False) -> dict[str, Any]:
    """The arrays of one shard of a store."""
    sentences = [[token for word in sentence for token in word] for document in documents for sentence in document]
    begins = [i == 0 for document in documents for sentence in document for word in sentence for i in range(len(word))]
    arrays = {
        "tokens": np.array([token for sentence in sentences for token in sentence], np.uint16),
        "words": np.packbits(np.array(begins, np.bool_)),
        "sentences": np.array(list(itertools.accumulate(map(len, sentences))), np.uint32),
        "documents": np.array(list(itertools.accumulate(map(len, documents))), np.uint32),
    }
    if morphemes:
        arrays["morphemes"] = np.packbits([i % 2 == 0 for sentence in sentences for i in range(len(sentence))])
    return arrays


def rows_of(
    folder: Path,
    count: int = 100,
    *,
    length: int = 64,
    seed: int = 1,
    nsp: Literal["nsp", "sop", "none"] = "nsp",
    unit: Literal["token", "word"] = "word",
    masking: Literal["static", "dynamic"] = "dynamic",
    mask_rate: float = 0.15,
    part: str = "train",
    per_shard: int = 40,
    full: float = 0.7,
    pieces: int = len(PIECES),
) -> rows.Rows:
    """Rows of random tokens, the share `full` of them of the full length, under `folder`/length/part.

    `pieces` is only what the manifest says of the vocabulary. Static masks are not masked by masking.py: a token in
    seven is picked and [MASK] put, which is enough for who reads them.
    """
    chance = random.Random(seed)
    save(tiny_tokenizer(), folder / store.VOCABULARY)
    target = folder / str(length) / part
    target.mkdir(parents=True, exist_ok=True)
    made = [
        _random_row(chance, length if chance.random() < full else chance.randint(8, length), nsp) for _ in range(count)
    ]
    shards = []
    for number, start in enumerate(range(0, count, per_shard)):
        arrays = _row_arrays(made[start : start + per_shard], nsp != "none", unit, masking)
        shards += write_arrays(target, number, arrays)
    about: dict[str, Any] = {
        "rows": count,
        "tokens": sum(len(tokens) for tokens, *_ in made),
        "length": length,
        "nsp": nsp,
        "unit": unit,
    }
    about.update(masking=masking, mask_rate=mask_rate, cap=int(mask_rate * length * 1.1) + 3, seed=seed)
    about.update(pieces=pieces, vocabulary="tiny")
    write_manifest(target, shards, format="npy", kind=rows.KIND, **about)
    return rows.open_rows(target)


def _random_row(chance: random.Random, length: int, nsp: str) -> tuple[list[int], list[bool], int, int]:
    """Tokens, where units begin, where B begins, and whether B is random."""

    def segment(size: int) -> Iterator[tuple[int, bool]]:
        words = itertools.chain.from_iterable(random_words(chance, size))
        return ((token, token < INSIDE or i == 0) for i, token in enumerate(itertools.islice(words, size)))

    if nsp == "none":
        row = [(CLS, True), *segment(length - 2), (SEP, True)]
        return [t for t, _ in row], [s for _, s in row], length, 0
    a = chance.randint(1, length - 4)
    row = [(CLS, True), *segment(a), (SEP, True), *segment(length - 3 - a), (SEP, True)]
    return [t for t, _ in row], [s for _, s in row], a + 2, chance.randrange(2)


def _row_arrays(
    made: Sequence[tuple[list[int], list[bool], int, int]], pairs: bool, unit: str, masking: str
) -> dict[str, Any]:
    arrays: dict[str, Any] = {
        "tokens": np.array([t for tokens, *_ in made for t in tokens], np.uint16),
        "ends": np.array(list(itertools.accumulate(len(tokens) for tokens, *_ in made)), np.uint32),
        "bounds": np.array([bound for _, _, bound, _ in made], np.uint16),
    }
    if pairs:
        arrays["random"] = np.array([label for *_, label in made], np.uint8)
    if unit != "token":
        arrays["starts"] = np.packbits([s for _, starts, *_ in made for s in starts])
    if masking == "static":
        picks = [[i for i, t in enumerate(tokens) if t >= FIRST and i % 7 == 1] for tokens, *_ in made]
        arrays["picks"] = np.array([i for row in picks for i in row], np.uint16)
        arrays["pick_ends"] = np.array(list(itertools.accumulate(map(len, picks))), np.uint32)
        arrays["put"] = np.full(len(arrays["picks"]), MASK, np.uint16)
    return arrays

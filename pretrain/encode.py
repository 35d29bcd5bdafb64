"""The stage `encode`: documents -> a token store. All text is tokenised here, once, and never looked at again.

A document is cut into sentences by rule (corpus/sentences.py) and its sentences are tokenised each by itself, those of
many documents in one call. What is left out: white space around sentences, what words.py drops, sentences and documents
without a token (they are counted). A word of the store is an eojeol: what stands between white space, punctuation
included, whatever the tokenizer takes for a word. Pairs, special pieces and masks are made by instances.py.
"""

from __future__ import annotations

import dataclasses
import functools
import gc
import hashlib
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corpus.sentences import split
from pretrain.arrays import Arrays, write_arrays
from pretrain.masking import OTHER_NAMES
from pretrain.options_instances import Encode
from pretrain.store import KIND, VOCABULARY
from tools.engine import Engine, run
from tools.errors import UserError
from tools.shards import Shard, read_manifest, read_shard, write_manifest
from tools.stage import LEDGER
from vocab import folder
from vocab.analyzers import analyzer
from vocab.imports import open_vocabulary
from vocab.tokenizer import Ids, Tokenizer
from vocab.words import clean

Bits = NDArray[np.bool_]
Counts = NDArray[np.int64]
TOGETHER = 1_000_000  # characters of sentences tokenised in one call
MOST = 1 << 32  # tokens of a shard: its boundaries are uint32
UNKNOWN = 0.01  # a larger share of unknown tokens is worth a warning
BLANK = np.array([chr(code).isspace() for code in range(0x3002)])  # the last white space of Unicode is U+3000


@dataclasses.dataclass(frozen=True, slots=True)
class Task:
    """One shard of documents to encode. The hash tells a worker whether the tokenizer that it has is the right one."""

    documents: Path
    shard: Shard
    number: int
    output: Path
    vocabulary: str
    analyzer: str

    def __str__(self) -> str:
        return str(self.documents / self.shard.name)


@dataclasses.dataclass(frozen=True, slots=True)
class Tokens:
    """Some sentences as ids, one after another: and where words and morphemes begin among them."""

    ids: Ids
    words: Bits
    morphemes: Bits | None
    sizes: Counts
    """How many tokens each text has."""


@dataclasses.dataclass(frozen=True, slots=True)
class _Part:
    """Some documents: the tokens of their sentences, and how many sentences each document has."""

    tokens: Tokens
    sentences: Counts
    characters: int


def encode(config: Encode) -> dict[str, Any]:
    """The stage: every shard of documents becomes a shard of the store."""
    if config.analyzer != "none":
        analyzer(config.analyzer)  # what is missing is said once and at once
    documents = _documents(config.corpus)
    tokenizer = open_vocabulary(config.vocabulary)
    check_specials(tokenizer, config.vocabulary)
    folder.save(tokenizer, config.output / VOCABULARY)
    vocabulary = vocabulary_hash(config.output / VOCABULARY)
    tasks = [
        Task(config.corpus, shard, number, config.output, vocabulary, config.analyzer)
        for number, shard in enumerate(documents)
    ]
    engine = Engine(config.engine, config.workers)
    results = run(_encode_shard, tasks, engine, label="encode", ledger=config.output / LEDGER)
    counts = Counter[str]()
    for result in results:
        counts.update(result["counts"])
    if not counts["tokens"]:
        raise UserError(f"{config.corpus}: no text to encode in {counts['empty']:,} documents; give a corpus with text")
    shards = [Shard(**shard) for result in results for shard in result["shards"]]
    about: dict[str, Any] = {
        **counts,
        "pieces": len(tokenizer),
        "vocabulary": vocabulary,
        "dtype": _dtype(tokenizer).name,
        "analyzer": config.analyzer,
        "bytes_per_token": round(sum(shard.bytes for shard in shards) / counts["tokens"], 3),
    }
    write_manifest(config.output, shards, format="npy", kind=KIND, **about)
    return _summary(counts, sum(result["seconds"] for result in results), about["bytes_per_token"])


def check_specials(tokenizer: Tokenizer, where: Path) -> None:
    """An error if the vocabulary lacks a piece that no instance can be made without."""
    missing = [name for name, other in OTHER_NAMES.items() if not {name, other} & set(tokenizer.ids)]
    if missing:
        raise UserError(
            f"{where}: has no {', '.join(missing)}; pretraining needs [PAD], [CLS], [SEP] and [MASK]: "
            f"add them as pieces, or train a vocabulary with `python -m vocab train`"
        )


def vocabulary_hash(path: Path) -> str:
    """What tells one vocabulary from another: the hash of the record of a tokenizer's folder, which hashes the rest."""
    return hashlib.sha256((path / folder.RECORD).read_bytes()).hexdigest()


def sentences(text: str) -> list[str]:
    """The sentences of a document in composed, clean form, without the white space around them."""
    return [sentence for part in split(clean(text)) if (sentence := part.strip())]


def tokenised(texts: Sequence[str], tokenizer: Tokenizer, analysed_by: str = "none") -> Tokens:
    """The tokens of clean texts without line ends, each text by itself, at the speed of one long text."""
    text = "\n".join(["", *texts, ""])  # no tokenizer and no analyser joins anything across a line end
    codes = np.frombuffer(text.encode("utf-32-le"), np.uint32)
    encoding = tokenizer.encode(text)
    ids, starts, firsts = encoding.ids, encoding.offsets[:, 0], encoding.word_starts
    if tokenizer.scheme.space:  # the piece for a space, where no text has one
        kept = (ids != tokenizer.ids[tokenizer.scheme.space]) | (codes[starts] != ord("\n"))
        ids, starts, firsts = ids[kept], starts[kept], firsts[kept]
    blank = BLANK[np.minimum(codes, len(BLANK) - 1)]
    words = firsts & (blank[starts - 1] | blank[starts])
    morphemes = words | _at_morphemes(text, starts, analysed_by) if analysed_by != "none" else None
    line_ends = np.fromiter(accumulate(len(one) + 1 for one in texts), np.int64, len(texts))
    # A mark behind a word stands where the word ends, so perhaps at the line end.
    sizes = np.diff(np.searchsorted(starts, line_ends, side="right"), prepend=0)
    return Tokens(ids, words, morphemes, sizes)


def _at_morphemes(text: str, starts: NDArray[np.int32], name: str) -> Bits:
    """Which tokens begin where a morpheme does; of several at one place the first."""
    begins = np.zeros(len(text), np.bool_)
    begins[[morpheme.start for morpheme in analyzer(name)(text)]] = True
    return begins[starts] & (np.diff(starts, prepend=-1) > 0)


def _documents(corpus: Path) -> tuple[Shard, ...]:
    manifest = read_manifest(corpus)
    kind = manifest.about.get("kind", "documents")
    if kind != "documents":
        raise UserError(f"{corpus}: holds {kind}, not documents; `python -m corpus clean` makes a folder of documents")
    return manifest.shards


def _encode_shard(task: Task) -> dict[str, Any]:
    gc.disable()  # in a process of its own, where analysers make millions of tuples and no cycle: a fifth of its time
    begun = time.process_time()
    tokenizer = _tokenizer(task.output / VOCABULARY, task.vocabulary)
    parts = [_part(batch, tokenizer, task.analyzer) for batch in _batches(map(sentences, _texts(task)))]
    arrays, counts = _joined(parts, tokenizer.unknown, _dtype(tokenizer))
    if counts["tokens"] >= MOST:
        raise UserError(f"{task}: gives {counts['tokens']:,} tokens; a shard may have {MOST:,}: make smaller ones")
    shards = write_arrays(task.output, task.number, arrays)
    return {
        "shards": [dataclasses.asdict(shard) for shard in shards],
        "counts": counts,
        "seconds": time.process_time() - begun,
    }


@functools.lru_cache(maxsize=1)
def _tokenizer(path: Path, vocabulary: str) -> Tokenizer:
    return folder.load(path)


def _dtype(tokenizer: Tokenizer) -> np.dtype[Any]:
    return np.dtype(np.uint16 if len(tokenizer) <= 1 << 16 else np.uint32)


def _texts(task: Task) -> Iterator[str]:
    for row in read_shard(task.documents, task.shard):
        if not isinstance(row.get("text"), str):
            raise UserError(f"{task}: holds rows without a text; give a folder of documents, as corpus clean makes it")
        yield row["text"]


def _batches(documents: Iterable[list[str]]) -> Iterator[list[list[str]]]:
    """Documents as lists of sentences, so many at a time that tokenising them together pays."""
    batch, characters = list[list[str]](), 0
    for document in documents:
        batch.append(document)
        characters += sum(map(len, document))
        if characters >= TOGETHER:
            yield batch
            batch, characters = [], 0
    if batch:
        yield batch


def _part(documents: Sequence[list[str]], tokenizer: Tokenizer, analysed_by: str) -> _Part:
    texts = list(chain.from_iterable(documents))
    lengths = np.fromiter(map(len, documents), np.int64, len(documents))
    return _Part(tokenised(texts, tokenizer, analysed_by), lengths, sum(map(len, texts)))


def _joined(parts: Sequence[_Part], unknown: int, dtype: np.dtype[Any]) -> tuple[Arrays, dict[str, int]]:
    """The arrays of a shard, without sentences and documents that have no token, and what there is to count."""
    ids = _flat([part.tokens.ids for part in parts], dtype)
    words = _flat([part.tokens.words for part in parts], np.bool_)
    sizes, lengths = _flat([part.tokens.sizes for part in parts]), _flat([part.sentences for part in parts])
    document = np.repeat(np.arange(len(lengths)), lengths)
    filled = np.bincount(document[sizes > 0], minlength=len(lengths))
    arrays = {
        "tokens": ids,
        "words": np.packbits(words),
        "sentences": np.cumsum(sizes[sizes > 0]).astype(np.uint32),
        "documents": np.cumsum(filled[filled > 0]).astype(np.uint32),
    }
    morphemes = [part.tokens.morphemes for part in parts if part.tokens.morphemes is not None]
    if morphemes:
        arrays["morphemes"] = np.packbits(_flat(morphemes, np.bool_))
    counts = {
        "documents": len(arrays["documents"]),
        "empty": int((filled == 0).sum()),
        "sentences": len(arrays["sentences"]),
        "tokens": len(ids),
        "words": int(words.sum()),
        "characters": sum(part.characters for part in parts),
        "unknown": int((ids == unknown).sum()) if unknown >= 0 else 0,
    }
    return arrays, counts


def _flat(arrays: Sequence[NDArray[Any]], dtype: np.dtype[Any] | type[Any] = np.int64) -> NDArray[Any]:
    return np.concatenate([np.zeros(0, dtype), *arrays])


def _summary(counts: Counter[str], seconds: float, bytes_per_token: float) -> dict[str, Any]:
    """The headline figures, and in words what they mean."""
    tokens, characters, unknown = counts["tokens"], counts["characters"], counts["unknown"] / counts["tokens"]
    print(
        f"{tokens / counts['words']:.3f} tokens a word, {characters / tokens:.3f} characters and {bytes_per_token:.2f} "
        f"bytes a token, {unknown:.3%} unknown; {characters / 1e6 / max(seconds, 1e-9):,.1f} M characters/s a process"
    )
    if unknown > UNKNOWN:
        print(f"warning: {unknown:.1%} of the tokens are unknown; was the vocabulary made for such text?")
    return {name: counts[name] for name in ("documents", "empty", "sentences", "tokens", "words", "unknown")}

"""The stages `to-tfrecord` and `from-tfrecord`: instances as the files that Google's create_pretraining_data.py writes.

Those have each row padded to one length, its masks drawn, and what is masked as lists of one length too, filled up with
zeros of weight 0. So dynamic masks are written as epoch 0 has them, and come back static. Not in such a file is where
words begin, and whether the label asks for the next text or for the order; all else comes back as it was.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pretrain.arrays import write_arrays
from pretrain.encode import check_specials, vocabulary_hash
from pretrain.example import FRACTIONS, INTEGERS, Columns, read_examples, write_examples
from pretrain.gather import gather, masks
from pretrain.lengths import at_length
from pretrain.masking import MaskRule, rule, special
from pretrain.options_instances import FromTfrecord, ToTfrecord
from pretrain.records import Records, read_records, write_records
from pretrain.rows import KIND, Rows, open_rows
from pretrain.store import VOCABULARY
from tools.errors import UserError
from tools.progress import progress
from tools.shards import Shard, atomic, describe, write_manifest
from vocab import folder
from vocab.imports import open_vocabulary
from vocab.tokenizer import Tokenizer

TOGETHER = 4096  # rows at a time
SHARD = 1 << 16  # rows of a shard of instances
OTHER = "was the file made with another vocabulary?"
FEATURES = {
    "input_ids": INTEGERS,
    "input_mask": INTEGERS,
    "segment_ids": INTEGERS,
    "masked_lm_positions": INTEGERS,
    "masked_lm_ids": INTEGERS,
    "masked_lm_weights": FRACTIONS,
    "next_sentence_labels": INTEGERS,
}


def to_tfrecord(config: ToTfrecord) -> dict[str, Any]:
    """The stage: a file of records for each shard of rows."""
    rows = open_rows(at_length(config.instances, config.length, config.part))
    shutil.copytree(config.instances / VOCABULARY, config.output / VOCABULARY)
    how, shards = rule(rows.about, rows.tokenizer), list[Shard]()
    with progress("to-tfrecord", len(rows)) as bar:
        for number, (first, end) in enumerate(zip(rows.firsts[:-1].tolist(), rows.firsts[1:].tolist(), strict=True)):
            path = config.output / f"{number:05d}.tfrecord"
            with atomic(path) as file:
                for start in range(first, end, TOGETHER):
                    numbers = np.arange(start, min(start + TOGETHER, end))
                    write_records(file, write_examples(_columns(rows, numbers, how)))
                    bar.update(len(numbers))
            shards.append(describe(path, end - first))
    sizes = {"max_seq_length": int(rows.about["length"]), "max_predictions_per_seq": how.cap}
    write_manifest(config.output, shards, format="tfrecord", vocabulary=rows.about["vocabulary"], **sizes)
    return {"records": len(rows), **sizes}


def from_tfrecord(config: FromTfrecord) -> dict[str, Any]:
    """The stage: the records of all files, one file after another, as rows with static masks."""
    tokenizer = open_vocabulary(config.vocabulary)
    check_specials(tokenizer, config.vocabulary)
    folder.save(tokenizer, config.output / VOCABULARY)
    width, cap = _sizes(config.files)
    target = config.output / str(width) / "train"
    target.mkdir(parents=True)
    shards, randoms, counts = list[Shard](), list[NDArray[np.uint8]](), Counter[str]()
    parts = (_part(records, width, cap, tokenizer) for path in config.files for records in read_records(path))
    with progress("from-tfrecord", unit="records") as bar:
        for number, part in enumerate(_in_shards(parts)):
            shards += write_arrays(target, number, _arrays(part, tokenizer))
            randoms.append(part["random"].astype(np.uint8))
            counts.update(_counts(part, tokenizer))
            bar.update(len(part["lengths"]))
    if counts["pairs"]:  # which all files together tell
        for number, random in enumerate(randoms):
            shards += write_arrays(target, number, {"random": random})
    about = {**_about(counts, len(tokenizer)), "length": width, "cap": cap}
    vocabulary = vocabulary_hash(config.output / VOCABULARY)
    write_manifest(target, shards, format="npy", kind=KIND, vocabulary=vocabulary, **about)
    return {name: about[name] for name in ("rows", "tokens", "length", "mask_rate", "cap")}


def _about(counts: Counter[str], pieces: int) -> dict[str, Any]:
    """What rows.py wants to know of rows, as far as their files tell."""
    return {
        "rows": counts["rows"],
        "tokens": counts["tokens"],
        "nsp": "nsp" if counts["pairs"] else "none",
        "unit": "token",
        "masking": "static",
        "mask_rate": round(counts["guesses"] / max(counts["maskable"], 1), 4),
        "dupe": 1,
        "seed": 0,
        "pieces": pieces,
    }


def _columns(rows: Rows, numbers: NDArray[np.int64], how: MaskRule) -> Columns:
    """Some rows as Google's features."""
    width = int(rows.about["length"])
    block = gather(rows, numbers, width)
    drawn = masks(block, how, 0)
    places = np.arange(width)
    there = places < block.lengths[:, None]
    tokens = block.tokens.astype(np.int64)
    tokens.reshape(-1)[drawn.picks] = drawn.put
    row, place = np.divmod(drawn.picks, width)
    guesses = np.bincount(row, minlength=len(numbers))
    filled = np.arange(how.cap) < guesses[:, None]
    positions, labels = np.zeros((2, *filled.shape), np.int64)
    positions[filled], labels[filled] = place, drawn.labels
    return {
        "input_ids": tokens,
        "input_mask": there.astype(np.int64),
        "segment_ids": ((places >= block.bounds[:, None]) & there).astype(np.int64),
        "masked_lm_positions": positions,
        "masked_lm_ids": labels,
        "masked_lm_weights": filled.astype(np.float32),
        "next_sentence_labels": np.maximum(block.random, 0)[:, None],
    }


def _sizes(files: Sequence[Path]) -> tuple[int, int]:
    """How long the rows and the lists of masked tokens are, by the first record of all."""
    for path in files:
        for records in read_records(path):
            columns = read_examples(records, FEATURES)
            return columns["input_ids"].shape[1], columns["masked_lm_positions"].shape[1]
    raise UserError(f"{files[0]}: holds no record; give files that create_pretraining_data.py has finished")


def _part(records: Records, width: int, cap: int, tokenizer: Tokenizer) -> Columns:
    """Some records as flat arrays: the rows as they were before masking, and what is masked in them."""
    columns = read_examples(records, FEATURES)
    _check(records, columns, (width, width, width, cap, cap, cap, 1), len(tokenizer))
    ids, there, real = columns["input_ids"], columns["input_mask"] == 1, columns["masked_lm_weights"] == 1
    lengths, row, place = there.sum(axis=1), np.nonzero(real)[0], columns["masked_lm_positions"][real]
    put = ids[row, place]
    ids[row, place] = columns["masked_lm_ids"][real]
    first, last = ids[:, 0], ids[np.arange(len(ids)), lengths - 1]
    framed = (first == special(tokenizer, "[CLS]")) & (last == special(tokenizer, "[SEP]"))
    _demand(records, framed, f"is no row from [CLS] to [SEP]; {OTHER}")
    return {
        "tokens": ids[there],
        "lengths": lengths,
        "bounds": (there & (columns["segment_ids"] == 0)).sum(axis=1),
        "random": columns["next_sentence_labels"][:, 0],
        "picks": place,
        "guesses": real.sum(axis=1),
        "put": put,
    }


def _check(records: Records, columns: Columns, sizes: Sequence[int], pieces: int) -> None:
    """Everything that must hold of Google's features, whatever the text was."""
    for (name, found), size in zip(columns.items(), sizes, strict=True):
        if found.shape[1] != size:
            raise records.wrong(0, f"has {found.shape[1]:,} {name}, the first record of all {size:,}")
    ids, mask, segments, positions, labels, weights, label = columns.values()
    lengths, guesses = (mask == 1).sum(axis=1)[:, None], (weights == 1).sum(axis=1)[:, None]
    there, real = np.arange(mask.shape[1]) < lengths, np.arange(weights.shape[1]) < guesses
    second = there & (np.arange(mask.shape[1]) >= (there & (segments == 0)).sum(axis=1)[:, None])
    rising = (np.diff(positions, axis=1, prepend=0) > 0) & (positions < lengths)
    known = np.concatenate([ids, labels], axis=1)
    _demand(records, (mask == there) & (lengths > 1), "has an input_mask that is not ones and then zeros")
    _demand(records, segments == second, "has segment_ids that are not zeros, then ones, then zeros for padding")
    _demand(records, weights == real, "has masked_lm_weights that are not ones and then zeros")
    _demand(records, ~real | rising, "has masked_lm_positions that do not rise from 1 on inside the row")
    _demand(records, (label == 0) | (label == 1), "has a next_sentence_labels that is neither 0 nor 1")
    outside = f"has an id outside of the vocabulary, which has {pieces:,} pieces; {OTHER}"
    _demand(records, (known >= 0) & (known < pieces), outside)


def _demand(records: Records, true: NDArray[np.bool_], what: str) -> None:
    """An error about the first record in whose row something is not true."""
    rows = true.reshape(len(true), -1).all(axis=1)
    if not rows.all():
        raise records.wrong(int(rows.argmin()), what)


def _in_shards(parts: Iterator[Columns]) -> Iterator[Columns]:
    """Parts put together until they fill a shard."""
    waiting = list[Columns]()
    for part in chain(parts, [None]):
        if waiting and (part is None or sum(len(one["lengths"]) for one in waiting) >= SHARD):
            yield {name: np.concatenate([one[name] for one in waiting]) for name in waiting[0]}
            waiting = []
        if part is not None:
            waiting.append(part)


def _arrays(part: Columns, tokenizer: Tokenizer) -> Columns:
    """A part as rows.py has it, all but `random`."""
    ids = np.uint16 if len(tokenizer) <= 1 << 16 else np.uint32
    return {
        "tokens": part["tokens"].astype(ids),
        "ends": np.cumsum(part["lengths"]).astype(np.uint32),
        "bounds": part["bounds"].astype(np.uint16),
        "picks": part["picks"].astype(np.uint16),
        "pick_ends": np.cumsum(part["guesses"]).astype(np.uint32),
        "put": part["put"].astype(ids),
    }


def _counts(part: Columns, tokenizer: Tokenizer) -> dict[str, int]:
    special_ids = np.array(list(tokenizer.specials.values()))
    return {
        "rows": len(part["lengths"]),
        "tokens": len(part["tokens"]),
        "maskable": int(np.isin(part["tokens"], special_ids, invert=True).sum()),
        "guesses": len(part["picks"]),
        "pairs": int((part["bounds"] < part["lengths"]).sum()),
    }

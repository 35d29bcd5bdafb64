"""Rows from their memory maps into a rectangle: index arithmetic, no loop over rows.

A block is what the disk says about some rows, before anything is masked. Not here: which rows (pretrain/order.py) and
the drawing of masks (pretrain/masking.py).
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pretrain.masking import MaskRule, Masks, mask, special
from pretrain.ragged import bits, runs
from pretrain.rows import Rows, RowShard

Integers = NDArray[np.int64]
NOT_ASKED = -100  # the label that torch's losses leave out


@dataclasses.dataclass(frozen=True, slots=True)
class Block:
    """Some rows under each other, as they were before masking."""

    numbers: Integers
    tokens: NDArray[Any]
    """[rows, width], in the type they have on disk; behind a row's end stands [PAD]."""
    lengths: Integers
    bounds: Integers
    random: Integers
    """1 if B is not what follows A, 0 if it is, -100 where it is not asked."""
    starts: NDArray[np.bool_] | None
    """[rows, width]: does a unit of masking begin here? None where every token is one."""
    masks: Masks | None
    """What is masked, if that was decided when the instances were made."""


def gather(rows: Rows, numbers: NDArray[Any], width: int = 0) -> Block:
    """The rows with these numbers in this order, padded to `width`, or to the longest of them."""
    numbers = np.asarray(numbers, np.int64)
    lengths = rows.lengths[numbers].astype(np.int64)
    shape, first = (len(numbers), width or int(lengths.max(initial=0))), rows.shards[0]
    block = Block(
        numbers=numbers,
        tokens=np.empty(shape, first.tokens.dtype),
        lengths=lengths,
        bounds=lengths.copy(),
        random=np.full(len(numbers), NOT_ASKED, np.int64),
        starts=None if first.starts is None else np.empty(shape, np.bool_),
        masks=None,
    )
    homes = np.searchsorted(rows.firsts, numbers, side="right") - 1
    parts = [(rows.shards[home], np.flatnonzero(homes == home), rows.firsts[home]) for home in np.unique(homes)]
    for shard, here, first_row in parts:
        _fill(block, here, shard, numbers[here] - first_row)
    beyond = np.arange(shape[1]) >= lengths[:, None]
    block.tokens[beyond] = special(rows.tokenizer, "[PAD]")
    if block.starts is not None:
        block.starts[beyond] = False
    if first.picks is None:
        return block
    return dataclasses.replace(block, masks=_masks(block, [_picks(*part, block) for part in parts]))


def masks(block: Block, rule: MaskRule, epoch: int) -> Masks:
    """What is masked in these rows in this epoch: drawn now, unless it stands on disk."""
    if block.masks is not None:
        return block.masks
    return mask(block.tokens, block.lengths, block.starts, block.numbers, rule, epoch)


def _fill(block: Block, here: Integers, shard: RowShard, local: Integers) -> None:
    """Write what a shard has about some of its rows into their places in the block."""
    lengths = block.lengths[here]
    # This reads on beyond the ends of short rows; what it finds there is no part of them.
    index = (shard.ends[local] - lengths)[:, None] + np.arange(block.tokens.shape[1])
    np.minimum(index, len(shard.tokens) - 1, out=index)
    block.tokens[here] = np.asarray(shard.tokens)[index]
    block.bounds[here] = shard.bounds[local]
    if block.starts is not None and shard.starts is not None:
        block.starts[here] = bits(np.asarray(shard.starts), index)
    if shard.random is not None:
        asked = shard.bounds[local] < lengths
        block.random[here[asked]] = shard.random[local[asked]]


def _picks(shard: RowShard, here: Integers, first_row: int, block: Block) -> Integers:
    """[2, picks]: the masks on disk of some rows of a shard, as places in the block and what is put there."""
    assert shard.pick_ends is not None and shard.picks is not None and shard.put is not None
    local = block.numbers[here] - first_row
    begins = np.where(local > 0, shard.pick_ends[local - 1], 0).astype(np.int64)
    counts = shard.pick_ends[local] - begins
    index = runs(begins, counts)
    return np.stack([np.repeat(here * block.tokens.shape[1], counts) + shard.picks[index], shard.put[index]])


def _masks(block: Block, parts: list[Integers]) -> Masks:
    picks, put = np.concatenate([np.zeros((2, 0), np.int64), *parts], axis=1)
    order = np.argsort(picks, kind="stable")
    return Masks(picks[order], block.tokens.reshape(-1)[picks[order]].astype(np.int64), put[order])

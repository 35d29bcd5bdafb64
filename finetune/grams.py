"""Texts as bags of 1 to 4 characters that follow one another: what classic text classification counts.

Korean needs no analyser for it: `재미없` and `지루하` are found within words, whatever josa or ending follows. Each
n-gram has the column that its hash says. An n-gram weighs the more, the oftener its text has it and the rarer texts
with it are (TF-IDF), and all weights of an example are one vector of length 1.

Of a pair three bags are made, each with columns of its own: of the first text, of the second, of what both have. The
tenths of each text that the other has too are columns that are 1 or 0. Order beyond four characters is left out.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from finetune.examples import Labelled

SIZES = (1, 2, 3, 4)
BITS = 18
COLUMNS = 1 << BITS  # of one bag
FIRST, SECOND, BOTH, SHARES = (number * COLUMNS for number in range(4))  # where the columns of each begin
TENTHS = 11
ALL = SHARES + 2 * len(SIZES) * TENTHS
RARE = 2  # examples that a column must be in to be looked at
TOGETHER = 2048  # examples counted at once
ODD = np.uint64(0x9E3779B97F4A7C15)  # 2 ** 64 through the golden ratio

Ints = NDArray[np.int64]
Places = NDArray[np.int32]
Floats = NDArray[np.float32]
Entries = tuple[Ints, Ints, Ints]
"""Rows, columns or hashes, and how often."""


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Bags:
    """A row for each example: which columns it has, ascending, and how much of each."""

    ends: Places
    """[rows + 1]: a 0, and where each row ends."""
    columns: Places
    amounts: Floats

    def __len__(self) -> int:
        return len(self.ends) - 1

    @property
    def rows(self) -> Places:
        """The row of each entry."""
        return np.repeat(np.arange(len(self), dtype=np.int32), np.diff(self.ends))


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Weighing:
    """Which columns are looked at, and how much they weigh, as some examples have taught it."""

    numbers: Places
    """[ALL]: the new number of each column; -1 for those that are not looked at."""
    rarity: Floats
    """[new columns]: larger for what fewer examples have; 0 where a column is no n-gram but a share."""


def counted(examples: Sequence[Labelled]) -> Bags:
    """How often each n-gram is in each example."""
    parts = [_counted(examples[at : at + TOGETHER]) for at in range(0, len(examples), TOGETHER)]
    sizes, columns, amounts = (np.concatenate(each) for each in zip(*parts, strict=True))
    return Bags(ends(sizes), columns, amounts)


def weighing(bags: Bags) -> Weighing:
    """What the bags of the training examples teach."""
    found = np.bincount(bags.columns, minlength=ALL)
    kept = np.flatnonzero(found >= RARE)
    numbers = np.full(ALL, -1, np.int32)
    numbers[kept] = np.arange(len(kept))
    rarity = np.log((1 + len(bags)) / (1 + found[kept])) + 1
    return Weighing(numbers, np.where(kept < SHARES, rarity, 0).astype(np.float32))


def weighed(bags: Bags, weighing: Weighing) -> Bags:
    """Bags with the weights of their n-grams instead of counts, and with the new columns."""
    columns = weighing.numbers[bags.columns]
    known = columns >= 0
    rows, columns = bags.rows[known], columns[known]
    rarity = weighing.rarity[columns]
    amounts = (1 + np.log(bags.amounts[known])) * rarity
    lengths = np.sqrt(np.bincount(rows, amounts**2, len(bags)), dtype=np.float32)
    amounts /= np.maximum(lengths, 1e-9)[rows]
    amounts[rarity == 0] = 1
    return Bags(ends(np.bincount(rows, minlength=len(bags))), columns, amounts)


def ends(sizes: Ints) -> Places:
    """Where rows of some sizes end, behind a 0."""
    return np.insert(sizes.cumsum(), 0, 0).astype(np.int32)


def _counted(examples: Sequence[Labelled]) -> tuple[Ints, Places, Floats]:
    """How many columns each example has, these columns, and how much of each."""
    rows, columns, counts = (np.concatenate(each) for each in zip(*_entries(examples), strict=True))
    keys, inverse = np.unique(rows * ALL + columns, return_inverse=True)
    rows, columns = np.divmod(keys, ALL)
    amounts = np.bincount(inverse, counts, len(keys))
    return np.bincount(rows, minlength=len(examples)), columns.astype(np.int32), amounts.astype(np.float32)


def _entries(examples: Sequence[Labelled]) -> Iterator[Entries]:
    """The columns of some examples, in no order."""
    firsts = list(_grams([example.first for example in examples]))
    for rows, hashes, counts in firsts:
        yield rows, FIRST + hashes, counts
    if all(example.second is None for example in examples):
        return
    seconds = list(_grams([example.second or "" for example in examples]))
    for number, (one, other) in enumerate(zip(firsts, seconds, strict=True)):
        yield other[0], SECOND + other[1], other[2]
        both = np.intersect1d(one[0] << BITS | one[1], other[0] << BITS | other[1], assume_unique=True)
        yield both >> BITS, BOTH + both % COLUMNS, np.ones(len(both), np.int64)
        shared = np.bincount(both >> BITS, minlength=len(examples))
        for side, (rows, _, _) in enumerate((one, other)):
            tenths = 10 * shared // np.maximum(np.bincount(rows, minlength=len(examples)), 1)
            first = SHARES + (2 * number + side) * TENTHS
            yield np.arange(len(examples)), first + tenths, np.ones(len(examples), np.int64)


def _grams(texts: Sequence[str]) -> Iterator[Entries]:
    """For each size the n-grams of all texts: the number of the text, the hash, and how often it is there."""
    # A text that a space begins and ends shows which n-grams begin and end its words; NUL keeps texts apart.
    joined = "\0".join(" " + text.replace("\0", " ") + " " for text in texts)
    characters = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), "<u4").astype(np.uint64)
    owner = np.cumsum(characters == 0)
    hashes = np.zeros(len(characters), np.uint64)
    for size in SIZES:
        last = characters[size - 1 :]
        hashes = (hashes[: len(last)] + last + np.uint64(1)) * ODD
        hashes ^= hashes >> np.uint64(32)
        whole = (owner[: len(last)] == owner[size - 1 :]) & (characters[: len(last)] != 0)
        short = (hashes[whole] * ODD >> np.uint64(64 - BITS)).astype(np.int64)
        keys, counts = np.unique(owner[: len(last)][whole] << BITS | short, return_counts=True)
        yield keys >> BITS, keys % COLUMNS, counts

"""Which B stands behind which A, and with which label: exactly half of the rows do not have their own.

For next-sentence prediction rows whose B are of the same size form couples, and in one of two couples, which one is
chance, the B change places. So no token is lost and none used twice, every row keeps its length, and from the size of A
or B, where B was cut, or which B it is, nothing can be told about the label. The two rows of a couple are of
different documents. Google's script draws any B from the same file, and uses up text that another row then lacks.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pretrain.cuts import Cuts
from pretrain.draws import draws, further
from tools.errors import UserError

Places = NDArray[np.int64]
Bools = NDArray[np.bool_]
SEGMENT = np.dtype([("shard", "<u4"), ("start", "<u4"), ("size", "<u2")])
"""Tokens of a store: their shard, where they begin in it, how many they are."""
Segments = NDArray[Any]
"""[rows, segments]: what each row is made of."""


def segments(
    cuts: Cuts, shard: Places, nsp: str, most: int, seed: int, counters: Sequence[int]
) -> tuple[Segments, NDArray[np.uint8]]:
    """What each row is made of, and for which rows the second segment is not what follows the first in the corpus.

    `shard` says where each row was cut, `most` how many tokens the segments of one may have.
    """
    found = np.zeros((len(cuts), 1 if nsp == "none" else 2), SEGMENT)
    own = np.arange(len(cuts))
    partner = partners(cuts, seed, counters) if nsp == "nsp" else own
    a = exchanged(cuts, partner, most)
    b = cuts["a"].astype(np.int64) + cuts["b"] - a
    for place, (of, begin, size) in enumerate([(own, cuts["start"], a), (partner, cuts["start"] + a, b)]):
        if place < found.shape[1]:
            found["shard"][:, place], found["start"][:, place], found["size"][:, place] = shard[of], begin[of], size[of]
    if nsp != "sop":
        return found, (partner != own).astype(np.uint8)
    back = turned(len(cuts), seed, counters)
    found[back] = found[back][:, ::-1]
    return found, back.astype(np.uint8)


def partners(cuts: Cuts, seed: int, counters: Sequence[int]) -> Places:
    """For each row the row whose B it gets: its own, or for half of them one of another document."""
    partner = np.arange(len(cuts))
    if not len(cuts):
        return partner
    if (cuts["document"] == cuts["document"][0]).all():
        raise UserError(
            f"next-sentence pairs need texts of at least two documents, and here is one with {len(cuts):,} rows; "
            f"give more documents, or --nsp sop or none"
        )
    chance = draws(seed, "pair", *counters, partner)
    couples = _couples(cuts, chance)
    good = _parted(couples, cuts["document"])
    swapped = couples[_every_other(good, further(chance[couples[:, 0]], 1))]
    partner[swapped] = swapped[:, ::-1]
    return partner


def exchanged(cuts: Cuts, partner: Places, most: int) -> Places:
    """The size of each row's A so that no row is longer than `most` when the B have changed places.

    Where two B are not of one size, which is rare in a large corpus, the longer one leaves its first tokens to its own
    A if the other row has no room for them.
    """
    a, b = cuts["a"].astype(np.int64), cuts["b"].astype(np.int64)
    over = np.maximum(a + b[partner] - most, 0)
    a[partner] += over
    return a


def turned(rows: int, seed: int, counters: Sequence[int]) -> Bools:
    """For sentence order: which rows have B before A, one of every two."""
    place = np.arange(rows)
    chance = draws(seed, "order", *counters, place >> 1) & np.uint64(1)
    found: Bools = (place & 1).astype(np.uint64) == chance
    return found


def _couples(cuts: Cuts, chance: NDArray[np.uint64]) -> Places:
    """The rows by twos, alike in what B begins with and how long it is, by chance among these."""
    key = cuts["split"].astype(np.uint64) << np.uint64(62) | cuts["b"].astype(np.uint64) << np.uint64(46)
    key |= chance >> np.uint64(18)
    return np.argsort(key)[: len(key) // 2 * 2].reshape(-1, 2)


def _parted(couples: Places, document: NDArray[np.uint32]) -> Bools:
    """Exchange rows between couples near each other, in place, until none is of one document; which couples are good.

    In each round a couple has one other to exchange with, so all can do so at once; in each round it is farther away.
    """
    good: Bools = document[couples[:, 0]] != document[couples[:, 1]]
    step = 1
    while step < len(couples) and not good.all():
        low = np.unique(np.flatnonzero(~good) & ~step)
        low = low[low + step < len(couples)]
        high = low + step
        (a, b), (c, d) = couples[low].T, couples[high].T
        helps = (document[a] != document[d]) & (document[c] != document[b])
        low, high = low[helps], high[helps]
        couples[low, 1], couples[high, 1] = d[helps], b[helps]
        good[low] = good[high] = True
        step *= 2
    return good


def _every_other(good: Bools, chance: NDArray[np.uint64]) -> Places:
    """One of every two couples, by chance; bad ones never, for which good ones elsewhere stand in if there are any."""
    place = np.arange(len(good))
    coin = (chance[place & ~1] & np.uint64(1)).astype(np.int64)
    taken = (place & 1) == coin
    other = np.minimum(place ^ 1, len(good) - 1)
    taken = good & (taken | ~good[other])
    lacking = len(good) // 2 - np.count_nonzero(taken)
    if lacking > 0:
        taken[np.flatnonzero(good & ~taken)[:lacking]] = True
    return np.flatnonzero(taken)

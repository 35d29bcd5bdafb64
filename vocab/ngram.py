"""How well the pieces of a vocabulary predict each other: bits per character of an interpolated Kneser-Ney trigram.

A vocabulary of longer pieces has fewer tokens but harder ones; bits per character count both, so vocabularies of any
size can be compared. A trigram is no BERT: this is the cheapest of the proxies, not the last. The model learns from
some documents and is asked about others. A character that became [UNK] would come for free, so it is charged as in
UTF-16: 16 bits. White space is free for all, since most vocabularies do not write it; it counts among the characters.
"""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from vocab.encoded import Encoded, Ints

Floats = NDArray[np.float64]
UNKNOWN_BITS = 16.0


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Order:
    """N-grams of one length as sorted keys: discounted shares, and what their contexts leave to shorter ones."""

    keys: Ints
    shares: Floats
    contexts: Ints
    left: Floats

    def share(self, keys: Ints) -> Floats:
        """The discounted share of each n-gram, 0 if it was never seen."""
        return _looked_up(keys, self.keys, self.shares, 0.0)

    def rest(self, contexts: Ints) -> Floats:
        """The share that each context leaves to shorter n-grams: all, if it was never seen."""
        return _looked_up(contexts, self.contexts, self.left, 1.0)


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Trigram:
    """A model of pieces; ids are shifted by two: 0 stands before and after a document, 1 is not used."""

    bits: int
    size: int
    orders: tuple[Order, Order, Order]

    def probabilities(self, first: Ints, second: Ints, third: Ints) -> Floats:
        """The probability of each third piece after the other two."""
        pair, single = (first << self.bits) | second, second
        found = np.full(len(third), 1.0 / self.size)
        for order, context in zip(self.orders, (np.zeros_like(third), single, pair), strict=True):
            found = order.share((context << self.bits) | third) + order.rest(context) * found
        return found


def learn(documents: Encoded) -> Trigram:
    """The model of some documents."""
    size = len(documents.tokenizer) + 1  # with the end of a document
    bits = (size + 1).bit_length()
    first, second, third = _trigrams(documents)
    trigrams, times = np.unique((((first << bits) | second) << bits) | third, return_counts=True)
    mask = (1 << 2 * bits) - 1
    pairs, before_pairs = np.unique(trigrams & mask, return_counts=True)  # in how many contexts a pair was seen
    singles, before_singles = np.unique(pairs & ((1 << bits) - 1), return_counts=True)
    rows = ((singles, before_singles), (pairs, before_pairs), (trigrams, times))
    one, two, three = (_order(keys, counts, bits) for keys, counts in rows)
    return Trigram(bits, size, (one, two, three))


def bits_per_character(model: Trigram, documents: Encoded) -> float:
    """What the model needs to write other documents."""
    bits = -np.log2(model.probabilities(*_trigrams(documents))).sum()
    lost = documents.unknown
    hidden = (documents.ends[lost] - documents.starts[lost]).sum()
    return float((bits + UNKNOWN_BITS * hidden) / max(len(documents.text), 1))


def _order(keys: Ints, counts: Ints, bits: int) -> Order:
    """Absolute discounting: n1 / (n1 + 2 n2) is taken from every count and given to the shorter n-grams."""
    once, twice = (counts == 1).sum(), (counts == 2).sum()
    discount = once / (once + 2 * twice) if once else 0.5  # toy text; without any, unseen pieces would be impossible
    contexts, begins = np.unique(keys >> bits, return_index=True)
    totals, followers = np.add.reduceat(counts, begins), np.diff([*begins, len(keys)])
    sizes = np.repeat(totals, followers)
    return Order(keys, (counts - discount) / sizes, contexts, discount * followers / totals)


def _trigrams(documents: Encoded) -> tuple[Ints, Ints, Ints]:
    """Every piece and end of document, as the third of three; documents begin after two signs of nothing."""
    tokenizer = documents.tokenizer
    solid = documents.ids != tokenizer.ids.get(tokenizer.scheme.space, -1)
    ends = np.cumsum([0, *solid])[documents.firsts[1:]]
    stream = np.insert(documents.ids[solid] + 2, np.repeat(ends, 2), 0)  # two after each document ...
    stream = np.concatenate([[0, 0], stream])  # ... and so two before each
    third = np.arange(2, len(stream))
    starting = np.ones(len(stream), np.bool_)
    starting[ends + 2 * np.arange(len(ends)) + 3] = False  # the second sign after a document is no event
    third = third[starting[2:]]
    return stream[third - 2], stream[third - 1], stream[third]


def _looked_up(keys: Ints, known: Ints, values: Floats, missing: float) -> Floats:
    at = np.minimum(np.searchsorted(known, keys), len(known) - 1)
    found: Floats = np.where(known[at] == keys, values[at], missing)
    return found

"""The pieces that reach across cuts: learned inside words, and by longest match used where two words meet.

`##지는` is learned from verbs, yet longest match reads the name `매캔지는` as 매|캔|지는, so that no answer ends at
매캔지. Which pieces do that, and how often, the training text tells: its words are cut by the new vocabulary, and each
piece is counted that holds a place where they were cut before training. Those who train again may refuse such pieces.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from vocab.encoded import Ints
from vocab.tokenizer import Tokenizer

SHARE = 0.05  # of a piece's uses; less saves no answers and costs tokens (python -m tools bench josa)
LEAST = 5  # uses across a cut; fewer tell nothing


def straddlers(tokenizer: Tokenizer, words: Mapping[str, int], share: float = SHARE) -> set[str]:
    """The pieces that too often reach across a cut of the words, which have a space at each: {찰스 는: 12}."""
    if not any(" " in word for word in words):
        return set()  # nothing is cut
    uses, across = _counted(tokenizer, words)
    found = np.flatnonzero((across >= LEAST) & (across > share * uses))
    return {tokenizer.pieces[id_] for id_ in found.tolist()}


def _counted(tokenizer: Tokenizer, words: Mapping[str, int]) -> tuple[Ints, Ints]:
    """How often each piece is used in the words, and how often across a cut."""
    text = "\n".join(words)
    codes = np.frombuffer(text.encode("utf-32-le"), np.uint32)
    spaces = np.flatnonzero(codes == ord(" "))
    cuts = spaces - np.arange(len(spaces))  # places in the text without spaces
    breaks = np.flatnonzero(codes[codes != ord(" ")] == ord("\n"))
    encoding = tokenizer.encode(text.replace(" ", ""))
    starts, ends = encoding.offsets.T
    counts = np.fromiter(words.values(), np.int64, len(words))
    weights = counts[np.searchsorted(breaks, starts)]
    inside = np.searchsorted(cuts, ends) > np.searchsorted(cuts, starts, "right")
    ids = encoding.ids.astype(np.int64)
    size = len(tokenizer)
    uses, across = np.zeros((2, size), np.int64)
    np.add.at(uses, ids, weights)
    np.add.at(across, ids[inside], weights[inside])
    return uses, across

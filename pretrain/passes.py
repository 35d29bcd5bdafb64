"""The rows of an update as forward passes: as many of the same widths on every rank, so that none waits for another.

The rows are put in the order of their lengths, longest first, and cut into passes of at most `micro` rows for each
rank; of each cut a rank takes every `ranks`-th row. Rows of different widths share a pass only where passes must be of
a fixed form: there it saves more filler than it costs padding, and there are few widths, since each has to be compiled.
All of this is numpy; pretrain/loader.py makes tensors. Passes that are no rectangles are made by pretrain/packing.py.
"""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pretrain.gather import NOT_ASKED, Block, Integers, gather, masks
from pretrain.masking import MaskRule, Masks, rule, special
from pretrain.order import widths
from pretrain.rows import Rows

WIDTHS = 4  # of passes of a fixed form
MULTIPLE = 8
TOGETHER = 16  # picks come in multiples of it: a processor prepares its matrix products anew for every number of rows


@dataclasses.dataclass(frozen=True, slots=True)
class Pass:
    """What a `pretrain.batch.Batch` holds, as arrays."""

    tokens: Integers
    lengths: Integers
    bounds: Integers
    picks: Integers
    labels: Integers
    random: Integers
    full: bool
    guesses: int = 0
    """How many of the picks are real."""
    dropped: int = 0
    """How many more tokens are masked, for which a fixed form had no room."""
    pairs: int = 0
    """How many rows are asked about the order of their segments."""
    longest: int = 0
    """0 if it is a rectangle."""


@dataclasses.dataclass(frozen=True, slots=True)
class Form:
    """All that a model is compiled for: the shape of a pass, and whether it is without padding."""

    rows: int
    width: int
    guesses: int
    full: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Layout:
    """How the rows of updates become the passes of one rank."""

    rule: MaskRule
    widths: NDArray[np.uint16]
    """Of every row there is, as `order` has them."""
    padded: NDArray[np.uint16]
    """How wide it is in a pass."""
    special: tuple[int, int, int]
    """The ids of [PAD], [CLS] and [SEP]."""
    micro: int
    rank: int = 0
    ranks: int = 1
    fixed: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Cut:
    """A pass of all ranks: from where to where in the rows of an update, in the order of their lengths."""

    start: int
    stop: int
    width: int

    def of(self, rank: int, ranks: int) -> slice:
        """Where it is in the rows of one rank."""
        return slice(-((rank - self.start) // ranks), -((rank - self.stop) // ranks))


def layout(
    rows: Rows, *, bins: int, micro: int, seed: int, rank: int = 0, ranks: int = 1, fixed: bool = False
) -> Layout:
    """A layout for these rows; `seed` is that of the masks, where these are not on disk."""
    pad, cls, sep = (special(rows.tokenizer, name) for name in ("[PAD]", "[CLS]", "[SEP]"))
    masking = dataclasses.replace(rule(rows.about, rows.tokenizer), seed=seed)
    fine = widths(rows, bins)
    padded = widths(rows, max(bins, -(-int(rows.about["length"]) // WIDTHS))) if fixed else fine
    return Layout(masking, fine, padded, (pad, cls, sep), micro, rank, ranks, fixed)


def passes(rows: Rows, numbers: NDArray[Any], epoch: int, layout: Layout) -> list[Pass]:
    """This rank's passes of the rows with these numbers, all ranks' rows, with the masks of this epoch."""
    numbers = longest_first(rows, numbers)
    found = cuts(layout.padded[numbers], layout.micro, layout.ranks, fixed=layout.fixed)
    block, masked = shown(rows, numbers[layout.rank :: layout.ranks], found[0].width, epoch, layout.rule)
    return [_pass(block, masked, cut, layout) for cut in found]


def longest_first(rows: Rows, numbers: NDArray[Any]) -> NDArray[Any]:
    """Numbers of rows in the order of their lengths."""
    return numbers[np.argsort(-rows.lengths[numbers].astype(np.int32), kind="stable")]


def shown(rows: Rows, numbers: NDArray[Any], width: int, epoch: int, rule: MaskRule) -> tuple[Block, Masks]:
    """Rows as a model is shown them in this epoch, and what it is to guess."""
    block = gather(rows, numbers, width)
    masked = masks(block, rule, epoch)
    tokens = block.tokens.copy()
    tokens.reshape(-1)[masked.picks] = masked.put
    return dataclasses.replace(block, tokens=tokens), masked


def cuts(widths: NDArray[Any], micro: int, ranks: int, *, fixed: bool) -> list[Cut]:
    """Cut the rows of an update, given by their widths, widest first, into passes."""
    edges = [] if fixed else (np.flatnonzero(np.diff(widths)) + 1).tolist()
    found = []
    for start, stop in zip([0, *edges], [*edges, len(widths)], strict=True):
        most = -(-(stop - start) // ranks)
        size = ranks * (micro if fixed else -(-most // -(-most // micro)))  # if not fixed, as even as can be
        found += [Cut(at, min(at + size, stop), int(widths[at])) for at in range(start, stop, size)]
    return found


def blank(form: Form, special: tuple[int, int, int]) -> Pass:
    """A pass of rows that only fill up: for warming up a compiled model, and to write rows into."""
    pad, cls, sep = special
    lengths = np.full(form.rows, form.width if form.full else 2, np.int64)
    tokens = np.full((form.rows, form.width), sep if form.full else pad, np.int64)
    tokens[:, 0], tokens[:, 1] = cls, sep
    labels, random = (np.full(count, NOT_ASKED, np.int64) for count in (form.guesses, form.rows))
    return Pass(tokens, lengths, lengths.copy(), np.zeros(form.guesses, np.int64), labels, random, form.full)


def forms(layout: Layout, lengths: NDArray[Any]) -> list[Form]:
    """Every form that a pass of fixed form can have, the largest first."""
    found = []
    for width in np.unique(layout.padded).tolist():
        plain = Form(layout.micro, width, room(layout.rule, layout.micro, width))
        found += [plain]
        if np.count_nonzero(lengths == width) >= layout.micro:
            found += [dataclasses.replace(plain, full=True)]
    return found[::-1]


def room(rule: MaskRule, rows: int, width: int) -> int:
    """How many guesses a pass of fixed form has room for: what so many tokens need, but no more than the rows may."""
    return rounded(min(likely(rule, rows * width), rows * rule.cap))


def rounded(count: int) -> int:
    """So many tokens or guesses, and a few more: matrix units want multiples."""
    return -(-count // MULTIPLE) * MULTIPLE


def likely(rule: MaskRule, tokens: int) -> int:
    """How many guesses there will hardly be more of.

    Four standard deviations more than the mean, were each token drawn alone. Masking keeps the number nearly the same
    in every row, so that only rows full of very long words ever need more.
    """
    return math.ceil(tokens * rule.rate + 4 * math.sqrt(tokens * rule.rate * (1 - rule.rate)))


def _pass(block: Block, masked: Masks, cut: Cut, layout: Layout) -> Pass:
    """One pass; where a fixed form has no room for all guesses, the last are not asked."""
    mine, width = cut.of(layout.rank, layout.ranks), block.tokens.shape[1]
    begin, end = np.searchsorted(masked.picks, [mine.start * width, mine.stop * width]).tolist()
    count, guesses = mine.stop - mine.start, end - begin
    # Even a pass without rows or guesses goes through the whole model: the gradients of every rank must arrive.
    form = Form(max(count, 1), cut.width, max(-(-guesses // TOGETHER), 1) * TOGETHER)
    if layout.fixed:
        form = Form(layout.micro, cut.width, room(layout.rule, layout.micro, cut.width))
        guesses = min(guesses, form.guesses)
    made = blank(form, layout.special)
    made.tokens[:count] = block.tokens[mine, : cut.width]
    made.lengths[:count], made.bounds[:count] = block.lengths[mine], block.bounds[mine]
    made.random[:count] = block.random[mine]
    row, place = np.divmod(masked.picks[begin : begin + guesses] - mine.start * width, width)
    made.picks[:guesses] = row * cut.width + place
    made.labels[:guesses] = masked.labels[begin : begin + guesses]
    return dataclasses.replace(
        made,
        full=bool((made.lengths == cut.width).all()),
        guesses=guesses,
        dropped=end - begin - guesses,
        pairs=int(np.count_nonzero(made.random >= 0)),
    )

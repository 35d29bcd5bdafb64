"""Which tokens a model is to guess, and what stands in their place: whole units, each with exactly the same chance.

A unit is a word, a morpheme or a token. Drawing words until a budget is full, as others do, masks long words more
rarely than short ones. Here the units of a row are put in the order of their sizes, of equal ones by chance, and taken
at even steps from a random start (systematic sampling): every unit's chance is the rate, whatever its size, and yet
the number of masked tokens hardly varies from row to row. What is longer than eight tokens, an address or a formula,
nobody could guess as a whole; it counts as several units.

Special pieces take part as units of their own, but are never masked. A row of few units may go without a guess: to give
it one would break the rate. Nothing here depends on what other rows are masked in the same call, or on padding.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pretrain.draws import Draws, below, draws, further
from pretrain.ragged import Bools, Ints, runs
from tools.errors import UserError
from vocab.tokenizer import Tokenizer

Places = NDArray[np.int64]
OTHER_NAMES = {"[PAD]": "<pad>", "[CLS]": "<s>", "[SEP]": "</s>", "[MASK]": "<mask>"}
UNITS_AT_ONCE = 1 << 15  # arrays of this many numbers stay in a cache and need no fresh memory
ORDER, START, DROP, PUT = range(4)  # what each row draws for
MOST = 8  # tokens of a unit
WIDEST = 1 << 15  # tokens of a row
NUMBER = np.uint32(WIDEST - 1)  # the bits of a key that hold a unit's number; above it are 13 of chance, 4 of its size
_SLOT = re.compile(r"\[unused\d+\]")


@dataclasses.dataclass(frozen=True, slots=True)
class MaskRule:
    """How to mask, for all rows alike."""

    rate: float
    """The chance of every token."""
    cap: int
    """The most tokens in a row that are masked."""
    mask: int
    """The id of [MASK]."""
    untouchable: Ints
    """Ids that are never masked: the special pieces, ascending."""
    candidates: Ints
    """Ids that a random piece may have: neither special nor unused."""
    seed: int


@dataclasses.dataclass(frozen=True, slots=True)
class Masks:
    """What is masked in a rectangle of rows."""

    picks: NDArray[np.int64]
    """Where, as row * width + place, ascending."""
    labels: NDArray[np.int64]
    """What stood there."""
    put: NDArray[np.int64]
    """What stands there in the input: of ten eight times [MASK], once any piece, once what stood there."""


def rule(about: Mapping[str, Any], tokenizer: Tokenizer) -> MaskRule:
    """The rule of instances, from what their manifest says and their vocabulary."""
    untouchable = sorted({*tokenizer.specials.values(), *([tokenizer.unknown] if tokenizer.unknown >= 0 else [])})
    barred = {*untouchable, *(id_ for piece, id_ in tokenizer.ids.items() if _SLOT.fullmatch(piece))}
    candidates = [id_ for id_ in range(len(tokenizer)) if id_ not in barred]
    if not candidates:
        raise UserError("the vocabulary has no piece that is not special; train one with more pieces")
    return MaskRule(
        rate=float(about["mask_rate"]),
        cap=int(about["cap"]),
        mask=special(tokenizer, "[MASK]"),
        untouchable=np.array(untouchable, np.int64),
        candidates=np.array(candidates, np.int64),
        seed=int(about["seed"]),
    )


def special(tokenizer: Tokenizer, name: str) -> int:
    """The id of a special piece under whichever of its names the vocabulary has it."""
    names = (name, OTHER_NAMES.get(name, name))
    for each in names:
        if each in tokenizer.specials:
            return tokenizer.specials[each]
    raise UserError(f"the vocabulary has no {' or '.join(dict.fromkeys(names))}; add it as a piece, or use another")


def mask(tokens: Ints, lengths: Ints, starts: Bools | None, numbers: Ints, rule: MaskRule, epoch: int) -> Masks:
    """Masks for rows of [rows, width] tokens; `numbers` are what the rows are called, wherever they are masked.

    `starts` says where units begin; a row's first token always begins one. None = every token is a unit.
    """
    width = tokens.shape[1]
    if (lengths == width).all():
        marks = None if starts is None else starts.reshape(-1)
        return mask_flat(tokens.reshape(-1), lengths, marks, numbers, rule, epoch)[0]
    real = np.arange(width) < lengths[:, None]
    marks = None if starts is None else starts[real]
    found, row, place = mask_flat(tokens[real], lengths, marks, numbers, rule, epoch)
    return dataclasses.replace(found, picks=row * width + place)


def mask_flat(
    tokens: Ints, lengths: Ints, starts: Bools | None, numbers: Ints, rule: MaskRule, epoch: int
) -> tuple[Masks, Places, Places]:
    """The same for rows one after another in a flat array: the picks count from its start.

    Given too are the row of each pick and its place there.
    """
    longest = int(lengths.max(initial=1))
    assert longest <= WIDEST
    begins = np.cumsum(lengths, dtype=np.int64) - lengths
    chance = draws(rule.seed, "mask", epoch, numbers, np.arange(4)[:, None])
    found, rows = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    step = max(1, (UNITS_AT_ONCE if starts is None else 2 * UNITS_AT_ONCE) // longest)
    for first in range(0, len(lengths), step):
        some = slice(first, first + step)
        begin, end = int(begins[first]), int(begins[some][-1] + lengths[some][-1])
        firsts, sizes = _units(begins[some] - begin, end - begin, None if starts is None else starts[begin:end])
        picks, row = _picks(firsts, sizes, begins[some] - begin, chance[:, some], rule)
        found.append(picks + begin)
        rows.append(row + first)
    picks, row = np.concatenate(found), np.concatenate(rows)
    labels = tokens[picks].astype(np.int64)
    free = _free(rule, labels)
    picks, row, labels = picks[free], row[free], labels[free]
    place = picks - begins[row]
    bits = further(chance[PUT, row], place)
    # The upper half of the bits says what kind of thing is put, the lower half which piece.
    kind = below(bits, 10)
    other = rule.candidates[below(bits << np.uint64(32), len(rule.candidates))]
    return Masks(picks, labels, np.where(kind < 8, rule.mask, np.where(kind == 8, other, labels))), row, place


def _free(rule: MaskRule, labels: Places) -> Bools:
    """Which labels may be masked."""
    free = np.ones(max(int(labels.max(initial=0)), int(rule.untouchable[-1])) + 1, np.bool_)
    free[rule.untouchable] = False
    return free[labels]


def _picks(firsts: Places, sizes: Places, begins: Places, chance: Draws, rule: MaskRule) -> tuple[Places, Places]:
    """The places of some rows that are hit, special pieces among them, and the row of each."""
    before = np.searchsorted(firsts, begins)
    counts = np.diff(before, append=len(firsts))
    within = np.arange(len(firsts)) - np.repeat(before, counts)
    place = firsts - np.repeat(begins, counts)
    # Short rows of 32 bits that end in a unit's own number sort many times as fast as indices by a key.
    keys = sizes.astype(np.uint32) << np.uint32(28)
    keys |= (further(np.repeat(chance[ORDER], counts), place) >> np.uint64(36)).astype(np.uint32) & ~NUMBER
    keys |= within.astype(np.uint32)
    most = int(counts.max())
    order = np.full((len(begins), most), np.uint32(0xFFFFFFFF))
    order.reshape(-1)[within + np.repeat(np.arange(len(begins)) * most, counts)] = keys
    order.sort(axis=1)
    start = (chance[START] >> np.uint64(11)).astype(np.float64) * 2.0**-53
    at = ((start[:, None] + np.arange(int(most * rule.rate) + 1)) / rule.rate).astype(np.int64)
    row, step = np.nonzero(at < counts[:, None])
    hit = np.zeros(len(firsts), np.bool_)
    hit[before[row] + (order[row, at[row, step]] & NUMBER)] = True
    hits = np.flatnonzero(hit)
    kept = _within_cap(row, sizes[hits], rule.cap, chance[DROP], place[hits])
    row, hits = row[kept], hits[kept]
    return runs(firsts[hits], sizes[hits]), np.repeat(row, sizes[hits])


def _units(begins: Places, total: int, starts: Bools | None) -> tuple[Places, Places]:
    """Where units begin and how many tokens each has."""
    if starts is None:
        return np.arange(total), np.ones(total, np.int64)
    marks = starts.copy()
    marks[begins] = True
    firsts = np.flatnonzero(marks)
    sizes = _steps(firsts, total)
    long = np.flatnonzero(sizes > MOST)
    if len(long):
        firsts, sizes = firsts[long], sizes[long]
        inside = runs(firsts, sizes)
        marks[inside] = (inside - np.repeat(firsts, sizes)) % MOST == 0
        firsts = np.flatnonzero(marks)
        sizes = _steps(firsts, total)
    return firsts, sizes


def _steps(firsts: Places, total: int) -> Places:
    """From each to the next; np.diff takes twice as long."""
    steps = np.empty_like(firsts)
    np.subtract(firsts[1:], firsts[:-1], out=steps[:-1])
    steps[-1] = total - firsts[-1]
    return steps


def _within_cap(row: Places, sizes: Places, cap: int, chance: Draws, place: Places) -> Bools:
    """Which units stay: where more tokens of a row are hit than the cap allows, units are let go by chance."""
    stay = np.ones(len(row), np.bool_)
    over = np.flatnonzero((np.bincount(row, sizes) > cap)[row])
    if len(over):
        order = over[np.lexsort((further(chance[row[over]], place[over]), row[over]))]
        held = np.cumsum(sizes[order])
        new = np.diff(row[order], prepend=-1) > 0
        held -= np.maximum.accumulate(np.where(new, held - sizes[order], 0))
        stay[order[held > cap]] = False
    return stay

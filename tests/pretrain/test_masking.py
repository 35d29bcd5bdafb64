"""Masking: against a twin that goes unit by unit, and by statistics that Google's way of masking fails."""

from __future__ import annotations

import dataclasses
import random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from pretrain import google
from pretrain.masking import MaskRule, Masks, mask, rule, special
from tests.pretrain.masking_twin import masked_row
from tests.pretrain.stores import CLS, INSIDE, MASK, PIECES, SEP, SPECIALS, UNK, UNUSED, tiny_tokenizer
from tests.pretrain.test_draws import chi_square
from tools.errors import UserError
from vocab.tokenizer import Tokenizer

Ints = NDArray[np.integer[Any]]
FIRST = len(SPECIALS) + len(UNUSED)
RULE = MaskRule(0.15, 24, MASK, np.arange(len(SPECIALS)), np.arange(FIRST, len(PIECES)), 1)
SHARES = (0.3, 0.3, 0.15, 0.1, 0.06, 0.04, 0.03, 0.02)
"""Of words of 1, 2, ... pieces; an encyclopedia has fewer of the long ones."""


@dataclasses.dataclass(frozen=True)
class Drawn:
    """Rows of words between special pieces, and for every place the size of its word, 0 for special pieces."""

    tokens: Ints
    lengths: Ints
    starts: NDArray[np.bool_]
    words: Ints


def drawn(seed: int, rows: int, width: int, lengths: Ints | None = None, shares: tuple[float, ...] = SHARES) -> Drawn:
    chance = np.random.default_rng(seed)
    lengths = np.full(rows, width) if lengths is None else lengths
    sizes = 1 + chance.choice(len(shares), size=(rows, width), p=np.array(shares) / sum(shares))
    ends = np.cumsum(sizes, axis=1)
    starts = np.zeros((rows, width + len(shares) + 1), np.bool_)
    np.put_along_axis(starts, np.minimum(ends, width), True, axis=1)
    starts = starts[:, :width]
    starts[:, :2] = True
    starts[np.arange(rows), lengths - 1] = True
    tokens = np.where(
        starts, chance.integers(FIRST, INSIDE, (rows, width)), chance.integers(INSIDE, len(PIECES), (rows, width))
    )
    tokens[:, 0] = CLS
    tokens[np.arange(rows), lengths - 1] = SEP
    tokens[np.arange(width) >= lengths[:, None]] = 0
    real = np.arange(width) < lengths[:, None]
    unit = np.cumsum(starts & real) - 1
    words = np.bincount(unit[real.reshape(-1)])[unit].reshape(rows, width)
    words[(tokens < FIRST) | ~real] = 0
    return Drawn(tokens.astype(np.uint16), lengths, starts, words)


@st.composite
def rectangles(draw: st.DrawFn) -> tuple[Ints, Ints, NDArray[np.bool_] | None, Ints]:
    rows, width = draw(st.integers(1, 4)), draw(st.integers(2, 60))
    lengths = np.array(draw(st.lists(st.integers(1, width), min_size=rows, max_size=rows)))
    chance = np.random.default_rng(draw(st.integers(0, 1000)))
    tokens = chance.integers(0 if draw(st.booleans()) else FIRST, len(PIECES), (rows, width)).astype(np.uint16)
    tokens[chance.random((rows, width)) < 0.1] = UNK
    starts = None if draw(st.booleans()) else chance.random((rows, width)) < draw(st.sampled_from([0.02, 0.4, 1]))
    return tokens, lengths, starts, chance.integers(0, 1 << 40, rows)


RULES = st.builds(
    lambda rate, cap, seed: dataclasses.replace(RULE, rate=rate, cap=cap, seed=seed),
    st.sampled_from([0.02, 0.15, 0.3, 0.5, 0.9]),
    st.integers(1, 30),
    st.integers(0, 5),
)


def as_rows(masks: Masks, width: int, rows: int) -> list[list[tuple[int, int, int]]]:
    found: list[list[tuple[int, int, int]]] = [[] for _ in range(rows)]
    for pick, label, put in zip(masks.picks.tolist(), masks.labels.tolist(), masks.put.tolist(), strict=True):
        found[pick // width].append((pick % width, label, put))
    return found


@settings(max_examples=60)
@given(rectangles(), RULES, st.integers(0, 3))
def test_masks_are_those_of_the_twin(rectangle: Any, rule: MaskRule, epoch: int) -> None:
    tokens, lengths, starts, numbers = rectangle
    found = mask(tokens, lengths, starts, numbers, rule, epoch)
    twins = [
        masked_row(
            tokens[row, : lengths[row]].tolist(), None if starts is None else starts[row].tolist(), number, rule, epoch
        )
        for row, number in enumerate(numbers.tolist())
    ]
    assert as_rows(found, tokens.shape[1], len(tokens)) == twins
    assert (np.diff(found.picks) > 0).all()


@settings(max_examples=40)
@given(rectangles(), st.integers(0, 9), st.randoms())
def test_a_row_is_masked_alike_in_any_company_and_any_width(rectangle: Any, wider: int, chance: random.Random) -> None:
    tokens, lengths, starts, numbers = rectangle
    rows, width = tokens.shape
    order = np.array(chance.sample(range(rows), chance.randint(1, rows)))
    padded = np.pad(tokens[order], ((0, 0), (0, wider)), constant_values=77)
    marks = None if starts is None else np.pad(starts[order], ((0, 0), (0, wider)), constant_values=True)
    alone = as_rows(mask(padded, lengths[order], marks, numbers[order], RULE, 0), width + wider, len(order))
    together = as_rows(mask(tokens, lengths, starts, numbers, RULE, 0), width, rows)
    assert alone == [together[row] for row in order]


def test_blocks_do_not_show() -> None:
    some = drawn(1, 1000, 128)
    whole = mask(some.tokens, some.lengths, some.starts, np.arange(1000), RULE, 0)
    parts = [
        mask(some.tokens[s], some.lengths[s], some.starts[s], np.arange(1000)[s], RULE, 0).picks + s.start * 128
        for s in map(slice, range(0, 1000, 100), range(100, 1001, 100))
    ]
    assert (np.concatenate(parts) == whole.picks).all()


def test_another_epoch_another_mask_and_the_same_the_same() -> None:
    some = drawn(1, 200, 128)
    first, again, second = (mask(some.tokens, some.lengths, some.starts, np.arange(200), RULE, e) for e in (0, 0, 1))
    assert (first.picks == again.picks).all()
    assert (first.put == again.put).all()
    both = len(np.intersect1d(first.picks, second.picks))
    assert 0.12 < both / len(first.picks) < 0.18  # as much as chance makes


def rates(words: Ints, hits: Ints) -> NDArray[np.float64]:
    """How often a token is masked in words of 1, 2, 3, 4, 5 and more pieces."""
    sizes = np.minimum(words, 6).reshape(-1)
    found: NDArray[np.float64] = np.bincount(sizes, hits.reshape(-1)) / np.bincount(sizes)
    return found[1:]


SHAPES = {
    "length 128": (128, 24, None),
    "length 512": (512, 87, None),
    "short rows": (64, 24, np.arange(8000) % 57 + 8),
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("unit", ["word", "token"])
def test_the_chance_of_a_token_does_not_depend_on_the_size_of_its_word(shape: str, unit: str) -> None:
    width, cap, lengths = SHAPES[shape]
    some = drawn(1, (1 << 18) // width if lengths is None else len(lengths), width, lengths)
    hits, epochs = np.zeros(some.tokens.shape, np.int64), 16
    for epoch in range(epochs):
        starts, rule = some.starts if unit == "word" else None, dataclasses.replace(RULE, cap=cap)
        found = mask(some.tokens, some.lengths, starts, np.arange(len(some.tokens)), rule, epoch)
        hits.reshape(-1)[found.picks] += 1
    assert hits.sum() / epochs / np.count_nonzero(some.words) == pytest.approx(0.15, abs=0.001)
    assert not hits[some.words == 0].any()  # special pieces and padding
    assert rates(some.words, hits) / epochs == pytest.approx(np.full(6, 0.15), rel=0.03)


def test_googles_way_fails_the_same_measure() -> None:
    some = drawn(1, 3000, 128)
    pieces = [PIECES[i] if i < INSIDE or i >= len(PIECES) else f"##{PIECES[i]}" for i in range(len(PIECES))]
    chance, hits = random.Random(1), np.zeros(some.tokens.shape, np.bool_)
    for row, tokens in enumerate(some.tokens.tolist()):
        _, places, _ = google.masked([pieces[t] for t in tokens], google.Settings(128, 20), list(PIECES), chance)
        hits[row, places] = True
    one, *_, five, _ = rates(some.words, hits.astype(np.int64))
    assert one > 1.1 * five


def test_masked_words_are_masked_whole_and_rows_vary_little() -> None:
    some = drawn(1, 4000, 128)
    found = mask(some.tokens, some.lengths, some.starts, np.arange(4000), RULE, 0)
    hits = np.zeros(some.tokens.shape, np.bool_)
    hits.reshape(-1)[found.picks] = True
    inside = ~some.starts[:, 1:]
    assert (hits[:, 1:] == hits[:, :-1])[inside].all()
    counts = hits.sum(axis=1)
    assert counts.max() <= RULE.cap
    assert counts.std() < 0.6 * np.sqrt(126 * 0.15 * 0.85)  # a coin for every token would vary more


def test_of_a_million_masked_tokens_80_10_10_and_every_piece_equally_often() -> None:
    tokens, rule = np.full((2500, 512), FIRST, np.uint16), dataclasses.replace(RULE, rate=0.9, cap=512)
    picked = mask(tokens, np.full(2500, 512), None, np.arange(2500), rule, 0).put
    assert len(picked) > 1_000_000
    others = len(RULE.candidates)
    counts = np.bincount(picked, minlength=len(PIECES))
    assert not counts[[i for i in range(FIRST) if i != MASK]].any()  # neither special nor unused
    expected = np.full(others, 0.1 / others) * len(picked)
    expected[0] += 0.1 * len(picked)  # what stood there
    observed, wanted = np.append(counts[FIRST:], counts[MASK]), np.append(expected, 0.8 * len(picked))
    statistic = ((observed - wanted) ** 2 / wanted).sum()
    assert abs(statistic - others) < 4 * np.sqrt(2 * others)


def test_kinds_do_not_depend_on_the_place() -> None:
    tokens = np.full((20_000, 64), FIRST, np.uint16)
    found = mask(tokens, np.full(20_000, 64), None, np.arange(20_000), RULE, 0)
    places = found.picks % 64
    assert abs(chi_square(np.bincount(places))) < 4
    assert abs(chi_square(np.bincount(places[found.put == MASK]))) < 4


def test_specials_are_neither_masked_nor_put() -> None:
    chance = np.random.default_rng(1)
    tokens = chance.integers(0, len(PIECES), (4000, 64)).astype(np.uint16)
    found = mask(tokens, np.full(4000, 64), chance.random((4000, 64)) < 0.4, np.arange(4000), RULE, 0)
    assert not np.isin(found.labels, RULE.untouchable).any()
    changed = found.put[(found.put != MASK) & (found.put != found.labels)]
    assert len(changed) > 1000
    assert changed.min() >= FIRST


def test_a_word_of_many_pieces_counts_as_several() -> None:
    tokens, starts = np.full((5000, 60), INSIDE, np.uint16), np.zeros((5000, 60), np.bool_)
    found = mask(tokens, np.full(5000, 60), starts, np.arange(5000), RULE, 0)
    hits = np.zeros(tokens.shape, np.bool_)
    hits.reshape(-1)[found.picks] = True
    assert hits.mean() == pytest.approx(0.15, rel=0.03)
    assert (hits[:, :8].sum(axis=1) % 8 == 0).all()
    assert (hits[:, 56:].sum(axis=1) % 4 == 0).all()


def test_a_row_of_few_units_may_have_no_guess_and_no_other_rate() -> None:
    tokens = np.full((40_000, 5), FIRST, np.uint16)
    found = mask(tokens, np.full(40_000, 5), None, np.arange(40_000), RULE, 0)
    assert len(found.picks) / tokens.size == pytest.approx(0.15, rel=0.02)
    assert np.bincount(found.picks // 5, minlength=40_000).max() == 1


def test_nothing_to_mask() -> None:
    numbers = np.arange(3)
    for tokens in (np.zeros((0, 5), np.uint16), np.full((3, 5), SEP, np.uint16)):
        found = mask(tokens, np.full(len(tokens), 5), None, numbers[: len(tokens)], RULE, 0)
        assert not len(found.picks) + len(found.labels) + len(found.put)


def test_the_rule_of_a_vocabulary() -> None:
    found = rule({"mask_rate": 0.2, "cap": 7, "seed": 3}, tiny_tokenizer())
    assert (found.rate, found.cap, found.mask, found.seed) == (0.2, 7, MASK, 3)
    assert found.untouchable.tolist() == [0, 1, 2, 3, 4]
    assert found.candidates.tolist() == list(range(FIRST, len(PIECES)))
    assert special(Tokenizer(("<pad>", "<unk>", "<s>", "</s>", "<mask>", "가")), "[CLS]") == 2


def test_a_vocabulary_that_cannot_be_masked_with() -> None:
    about = {"mask_rate": 0.2, "cap": 7, "seed": 3}
    with pytest.raises(UserError, match=r"no \[MASK\] or <mask>"):
        rule(about, Tokenizer(("[PAD]", "[UNK]", "[CLS]", "[SEP]", "가")))
    with pytest.raises(UserError, match="no piece that is not special"):
        rule(about, Tokenizer(SPECIALS))


def test_units_are_taken_at_even_steps() -> None:
    """The definition once more, with nothing of the twin: of n units of one size, floor or ceiling of n * rate."""
    tokens = np.full((3000, 50), FIRST, np.uint16)
    found = mask(tokens, np.full(3000, 50), None, np.arange(3000), RULE, 0)
    counts = np.bincount(found.picks // 50, minlength=3000)
    assert set(counts.tolist()) == {7, 8}
    assert counts.mean() == pytest.approx(7.5, abs=0.04)

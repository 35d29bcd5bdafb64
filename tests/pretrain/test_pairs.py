"""Pairing: each B once, half of them elsewhere, and nothing in sizes that tells which."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pretrain.cuts import CUT, Cuts
from pretrain.pairs import exchanged, partners, segments, turned
from tools.errors import UserError

MOST = 60


def some_cuts(seed: int, rows: int, documents: int, *, full: float = 0.8, most: int = MOST) -> Cuts:
    """Rows cut at random places, document after document."""
    chance = np.random.default_rng(seed)
    found = np.zeros(rows, CUT)
    sizes = np.where(chance.random(rows) < full, most, chance.integers(2, most + 1, rows))
    found["a"] = 1 + (chance.random(rows) * (sizes - 1)).astype(np.int64)
    found["b"] = sizes - found["a"]
    found["start"] = np.cumsum(sizes) - sizes
    found["document"] = np.sort(chance.integers(0, documents, rows))
    found["split"] = chance.choice(3, rows, p=[0.8, 0.15, 0.05])
    return found


@settings(max_examples=200)
@given(st.integers(0, 10_000), st.integers(2, 60), st.integers(2, 30), st.integers(0, 3))
def test_pairs_keep_the_promises_whatever_the_rows(seed: int, rows: int, documents: int, counter: int) -> None:
    cuts = some_cuts(seed, rows, documents)
    cuts["document"][-1] = documents  # at least two
    partner = partners(cuts, 1, (counter,))
    own = np.arange(rows)
    elsewhere = partner != own
    assert (partner[partner] == own).all()
    assert (cuts["document"][partner] != cuts["document"])[elsewhere].all()
    most_possible = rows - np.bincount(cuts["document"]).max()  # each exchange needs a row of another document
    half = rows // 4 * 2, -(-rows // 4) * 2
    assert elsewhere.sum() in half or elsewhere.sum() >= min(half[0], 2 * (most_possible // 2) - 2)
    a = exchanged(cuts, partner, MOST)
    b = cuts["a"].astype(np.int64) + cuts["b"] - a
    assert (a >= cuts["a"]).all()
    assert (b >= 1).all()
    assert (a + b[partner] <= MOST).all()


def test_exactly_half_of_many_and_nothing_tells_which() -> None:
    cuts = some_cuts(1, 40_000, 900)
    partner = partners(cuts, 1, (128, 0))
    elsewhere = partner != np.arange(40_000)
    assert elsewhere.sum() == 20_000
    a, b = cuts["a"].astype(np.int64), cuts["b"].astype(np.int64)
    # B of one size and one kind of beginning change places, but for the odd ones out.
    assert np.mean(b[partner] != b) < 0.02
    assert np.mean(cuts["split"][partner] != cuts["split"]) < 0.001
    assert np.mean(exchanged(cuts, partner, MOST) != a) < 0.02
    tells = {
        "A": a,
        "B": b[partner],
        "B as it was": b,
        "row": a + b[partner],
        "split": cuts["split"],
        "place": np.arange(40_000),
    }
    for name, value in tells.items():
        for part in np.array_split(np.argsort(value, kind="stable"), 10):
            assert elsewhere[part].mean() == pytest.approx(0.5, abs=4 * 0.5 / np.sqrt(len(part))), name


def test_partners_come_from_the_whole_corpus() -> None:
    cuts = some_cuts(1, 20_000, 400, full=1)
    partner = partners(cuts, 1, (128, 0))
    far = np.abs(partner - np.arange(20_000))[partner != np.arange(20_000)]
    assert np.mean(far) == pytest.approx(20_000 / 3, rel=0.05)  # as for two places drawn at random


def test_another_pass_has_other_pairs() -> None:
    cuts = some_cuts(1, 4000, 100)
    first, again, other = (partners(cuts, 1, (128, number)) for number in (0, 0, 1))
    assert (first == again).all()
    moved = (first != np.arange(4000)) & (other != np.arange(4000))
    assert np.mean(first[moved] == other[moved]) < 0.1
    assert np.mean((first != np.arange(4000)) == (other != np.arange(4000))) == pytest.approx(0.5, abs=0.05)


def test_a_document_that_is_most_of_the_corpus() -> None:
    cuts = some_cuts(1, 1000, 1)
    cuts["document"][::4] = np.arange(250) + 1
    partner = partners(cuts, 1, ())
    assert (partner != np.arange(1000)).sum() == 500  # each of the 250 others has one of its rows
    cuts["document"] = 0
    cuts["document"][:100] = np.arange(100) + 1
    elsewhere = partners(cuts, 1, ()) != np.arange(1000)
    assert 100 <= elsewhere.sum() <= 200  # more cannot be


def test_one_document_makes_no_pairs() -> None:
    with pytest.raises(UserError, match=r"at least two documents.* 30 rows.*--nsp sop or none"):
        partners(some_cuts(1, 30, 1), 1, ())
    assert not len(partners(some_cuts(1, 0, 1), 1, ()))


def test_what_segments_say() -> None:
    cuts = some_cuts(1, 500, 20)
    shard = np.arange(500) // 100
    own = np.arange(500)
    found, random = segments(cuts, shard, "nsp", MOST, 1, ())
    partner = partners(cuts, 1, ())
    assert (random == (partner != own)).all()
    assert (found["shard"][:, 1] == shard[partner]).all()
    assert (found["start"] + found["size"])[:, 1].tolist() == (cuts["start"] + cuts["a"] + cuts["b"])[partner].tolist()
    assert found["size"].sum() == cuts["a"].sum() + cuts["b"].sum()
    none, random = segments(cuts, shard, "none", MOST, 1, ())
    assert none.shape == (500, 1)
    assert not random.any()


def test_sentence_order_turns_half_of_the_rows() -> None:
    cuts = some_cuts(1, 501, 1)
    found, random = segments(cuts, np.zeros(501, np.int64), "sop", MOST, 1, ())
    assert random.sum() in (250, 251)
    first = np.where(random, found["start"][:, 1], found["start"][:, 0])
    assert (first == cuts["start"]).all()
    assert (np.where(random, found["size"][:, 1], found["size"][:, 0]) == cuts["a"]).all()
    assert turned(40_000, 1, ())[::2].mean() == pytest.approx(0.5, abs=0.015)

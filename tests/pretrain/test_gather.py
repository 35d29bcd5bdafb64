"""Gathering rows against reading them one after another."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pretrain.gather import NOT_ASKED, gather, masks
from pretrain.masking import mask, rule
from pretrain.rows import Rows
from tests.pretrain.stores import PAD, rows_of

ONCE = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])


KINDS: dict[str, Any] = {
    "words": {},
    "tokens": {"unit": "token"},
    "no pairs": {"nsp": "none"},
    "static": {"masking": "static"},
}


@pytest.fixture(scope="module", params=KINDS)
def rows(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Rows:
    return rows_of(tmp_path_factory.mktemp("rows"), 100, length=33, per_shard=30, **KINDS[request.param])


def read(rows: Rows, number: int) -> dict[str, Any]:
    """What the disk says of one row, read from the front."""
    for shard in rows.shards:
        if number >= len(shard.ends):
            number -= len(shard.ends)
            continue
        own = slice(shard.ends[number - 1] if number else 0, shard.ends[number])
        found = {"tokens": shard.tokens[own].tolist(), "bound": int(shard.bounds[number]), "random": NOT_ASKED}
        if shard.random is not None and found["bound"] < len(found["tokens"]):
            found["random"] = int(shard.random[number])
        if shard.starts is not None:
            found["starts"] = np.unpackbits(shard.starts)[own].astype(bool).tolist()
        if shard.picks is not None and shard.pick_ends is not None and shard.put is not None:
            picked = slice(shard.pick_ends[number - 1] if number else 0, shard.pick_ends[number])
            found["masks"] = dict(zip(shard.picks[picked].tolist(), shard.put[picked].tolist(), strict=True))
        return found
    raise AssertionError


@ONCE
@given(numbers=st.lists(st.integers(0, 99), max_size=30), more=st.integers(0, 9))
def test_a_block_is_its_rows_one_by_one(rows: Rows, numbers: list[int], more: int) -> None:
    expected = [read(rows, number) for number in numbers]
    longest = max((len(row["tokens"]) for row in expected), default=0)
    block = gather(rows, np.array(numbers, np.uint32), longest + more if more else 0)
    width = longest + more
    assert block.numbers.tolist() == numbers
    assert block.tokens.tolist() == [padded(row["tokens"], width, PAD) for row in expected]
    assert block.lengths.tolist() == [len(row["tokens"]) for row in expected]
    assert block.bounds.tolist() == [row["bound"] for row in expected]
    assert block.random.tolist() == [row["random"] for row in expected]
    if block.starts is not None:
        assert block.starts.tolist() == [padded(row["starts"], width, False) for row in expected]
    assert (block.starts is None) == (rows.about["unit"] == "token")
    if block.masks is not None:
        places = [(r, place) for r, row in enumerate(expected) for place in sorted(row["masks"])]
        assert block.masks.picks.tolist() == [r * width + place for r, place in places]
        assert block.masks.labels.tolist() == [expected[r]["tokens"][place] for r, place in places]
        assert block.masks.put.tolist() == [expected[r]["masks"][place] for r, place in places]
    assert (block.masks is None) == (rows.about["masking"] == "dynamic")


def padded(row: list[Any], width: int, value: Any) -> list[Any]:
    return row + [value] * (width - len(row))


def test_a_row_of_one_segment_is_not_asked_about_order(rows: Rows) -> None:
    """Instances with pairs may hold rows without: documents of one sentence."""
    shards = []
    for shard in rows.shards:
        ends = shard.ends.astype(np.int64)
        alone = np.where(np.arange(len(ends)) % 2, np.diff(ends, prepend=0), shard.bounds).astype(np.uint16)
        shards.append(type(shard)(shard.tokens, shard.ends, alone, shard.random, shard.starts))
    asked = gather(Rows(rows.folder, tuple(shards), rows.about), np.arange(30)).random >= 0
    assert not asked[1::2].any()
    assert asked[::2].any() == asked[::2].all() == (rows.about["nsp"] == "nsp")


def test_static_masks_are_those_on_disk_and_dynamic_ones_are_drawn(rows: Rows) -> None:
    block, how = gather(rows, np.arange(20)), rule(rows.about, rows.tokenizer)
    drawn = mask(block.tokens, block.lengths, block.starts, block.numbers, how, epoch=3)
    if rows.about["masking"] == "static":
        assert masks(block, how, epoch=3) is block.masks
    else:
        assert masks(block, how, epoch=3).picks.tolist() == drawn.picks.tolist()
        assert masks(block, how, epoch=4).picks.tolist() != drawn.picks.tolist()


def test_memory_maps_are_not_written_to(rows: Rows) -> None:
    before = [shard.tokens.tobytes() for shard in rows.shards]
    gather(rows, np.arange(100), 50).tokens[:] = 0
    assert [shard.tokens.tobytes() for shard in rows.shards] == before

"""Scaling on paper: the page says what the calculator gives, and the calculator what can be done by hand."""

from __future__ import annotations

import dataclasses
import math
import random
import statistics
from pathlib import Path

import pytest

from pretrain.flops import PEAKS, flops_per_token
from pretrain.options_training import Scaling
from pretrain.parameters import total
from pretrain.scaling import (
    BUCKET,
    CLUSTERS,
    LATENCY,
    NVLINK,
    REACHED,
    Cluster,
    Work,
    exposed,
    held,
    lines,
    rows_for,
    sent,
    slowest,
    work,
)
from pretrain.shape import shape
from tools.errors import UserError

PAGE = Path(__file__).parents[2] / "docs" / "scaling.md"
WORK = Work(row=1e-4, update=1e-3, table=1e8, others=3e8, micro=256)
NEAR, FAR = Cluster("near", 1, 8), Cluster("far", 8, 8, 4e11)


@pytest.mark.parametrize("size", ["base", "large"])
def test_the_page_says_what_the_calculator_gives(size: str) -> None:
    told = "\n".join(line.rstrip() for line in lines(Scaling(size=size)))  # type: ignore[arg-type]
    assert told in PAGE.read_text(encoding="utf-8"), f"print it anew: python -m pretrain scaling --size {size}"


def test_the_words_of_the_page_say_it_too() -> None:
    text, base = PAGE.read_text(encoding="utf-8"), work(shape("base", "bert", 32_000), Scaling())
    near, far = (rows_for(0.99, cluster, base) for cluster in CLUSTERS[:2])
    assert f"{near} rows a GPU hold 99 %" in text
    assert f"from {far} rows a GPU for base, a batch of {64 * far:,}" in text
    for gpus in (8, 64):
        assert f"{slowest(gpus):.2f} standard deviations at {gpus}" in text
        assert f"{1 / slowest(gpus):.2f} % at {gpus}" in text


def test_a_step_is_counted_from_operations_or_from_what_was_measured() -> None:
    own = shape("base", "bert", 32_000)
    assumed = work(own, Scaling(mfu=0.5))
    assert assumed.row == pytest.approx(128 * flops_per_token(own, 128, 20 / 128) / (0.5 * PEAKS["H200"]))
    assert assumed.table + assumed.others == 4 * total(own)
    assert work(own, Scaling(tokens_per_second=1e6)).row == pytest.approx(128e-6)


def test_a_ring_by_hand() -> None:
    """Every GPU sends a message of a seventh less than all, twice; between machines each sends an eighth of that."""
    message = 8 * BUCKET
    inside = 2 * 7 / 8 * message / (REACHED * NVLINK)
    assert sent(message, NEAR) == pytest.approx(inside + 8 * LATENCY[False])
    between = 2 * 7 / 8 * message / (REACHED * 4e11)
    assert sent(message, FAR) == pytest.approx(inside + between + 8 * LATENCY[True])
    alone = Cluster("alone", 1, 1)
    assert sent(message, alone) == pytest.approx(8 * LATENCY[False])


def test_only_the_last_pass_hides_and_the_table_never_is() -> None:
    long = dataclasses.replace(WORK, row=1.0)
    assert exposed(FAR, long, 256) == sent(WORK.table, FAR)
    none = dataclasses.replace(WORK, row=0.0)
    assert exposed(FAR, none, 256) == pytest.approx(sent(WORK.table, FAR) + sent(WORK.others, FAR))
    assert exposed(FAR, WORK, 256) == exposed(FAR, WORK, 1024)


@pytest.mark.parametrize("cluster", CLUSTERS)
@pytest.mark.parametrize("share", [0.9, 0.99])
def test_the_fewest_rows_that_hold_are_those_of_trying_all(cluster: Cluster, share: float) -> None:
    found = rows_for(share, cluster, WORK)
    assert held(cluster, WORK, found) >= share
    assert found == 1 or held(cluster, WORK, found - 1) < share
    shares = [held(cluster, WORK, rows) for rows in range(1, 600, 7)]
    assert shares == sorted(shares)


def test_the_slowest_of_many_by_trying() -> None:
    chance = random.Random(1)
    tried = [max(chance.gauss(0, 1) for _ in range(8)) for _ in range(4000)]
    assert slowest(8) == pytest.approx(statistics.fmean(tried), abs=4 * 0.61 / math.sqrt(4000))
    assert slowest(1) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("wrong", [{"mfu": 0.0}, {"mfu": 1.5}, {"tokens_per_second": -1.0}, {"tokens": 0.0}])
def test_what_cannot_be_is_said(wrong: dict[str, float]) -> None:
    with pytest.raises(UserError, match=next(iter(wrong))):
        list(lines(dataclasses.replace(Scaling(), **wrong)))  # type: ignore[arg-type]

"""Updates given by their tokens: every row once an epoch, whatever changes, and the same curve compiled or not."""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import Tensor

from pretrain import train as train_module
from pretrain.architectures import build
from pretrain.batch import Batch, real
from pretrain.gather import gather
from pretrain.loader import Update, updates
from pretrain.losses import Objective
from pretrain.order import LoaderState, from_json, packed_updates_in_epoch, to_json, within
from pretrain.rows import Rows
from pretrain.shape import shape
from tests.pretrain.stores import PIECES, rows_of
from tests.pretrain.trainings import LENGTH as TRAINED
from tests.pretrain.trainings import a_training, course

LENGTH, ROWS = 40, 90
RANKS, MICRO = st.integers(1, 4), st.integers(1, 9)
LEG = st.fixed_dictionaries(
    {"ranks": RANKS, "batch": st.integers(1, 50), "micro": MICRO, "fixed": st.booleans(), "updates": st.integers(1, 4)}
)


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Rows:
    return rows_of(tmp_path_factory.mktemp("rows"), ROWS, length=LENGTH, full=0.5)


def some(rows: Rows, state: LoaderState, count: int, **options: Any) -> list[Update]:
    options = {"batch": 20, "micro": 8, "seed": 3, "bins": 8, "fixed": True, "packed": True, **options}
    with closing(updates(rows, state, **options)) as source:
        return list(islice(source, count))


def seen(rows: Rows, batches: tuple[Batch, ...]) -> list[int]:
    """The numbers of the rows in some batches."""
    whole = gather(rows, np.arange(len(rows)))
    known = {tuple(row[:length]): at for at, (row, length) in enumerate(zip(whole.tokens, whole.lengths, strict=True))}
    found = []
    for batch in batches:
        asked = batch.labels >= 0
        tokens = batch.tokens.flatten().scatter(0, batch.picks[asked], batch.labels[asked])
        parts = tokens[real(batch).flatten()].split(batch.lengths.tolist())
        found += [known[tuple(part.tolist())] for part in parts if len(part) > 2]  # [CLS] [SEP] fills up
    return found


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(legs=st.lists(LEG, min_size=1, max_size=4))
def test_every_row_once_an_epoch_however_often_ranks_and_batches_change(rows: Rows, legs: list[dict[str, Any]]) -> None:
    state, counts = LoaderState(), Counter[tuple[int, int]]()
    for leg in legs:
        leg = dict(leg)
        count, ranks = leg.pop("updates"), leg["ranks"]
        each = [some(rows, state, count, rank=rank, **leg) for rank in range(ranks)]
        for together in zip(*each, strict=True):
            numbers = [number for update in together for number in seen(rows, update.batches)]
            counts.update((state.epoch, number) for number in numbers)
            assert len({(update.state, update.rows, update.tokens) for update in together}) == 1
            assert len({len(update.batches) for update in together}) == 1
            assert together[0].rows == len(numbers)
            assert together[0].tokens == rows.lengths[numbers].sum() <= leg["batch"] * LENGTH
            state = from_json(json.loads(json.dumps(to_json(together[0].state))))
    whole = {(epoch, number): 1 for epoch in range(state.epoch) for number in range(ROWS)}
    rest = {key: count for key, count in counts.items() if key[0] == state.epoch}
    assert {key: count for key, count in counts.items() if key[0] < state.epoch} == whole
    assert len(rest) == sum(rest.values()) == state.taken


def test_what_is_in_an_update_depends_on_its_size_alone(rows: Rows) -> None:
    ways = [{"ranks": ranks, "micro": micro, "fixed": fixed} for ranks, micro, fixed in ((1, 20, False), (3, 2, True))]
    one, other = ([some(rows, LoaderState(), 7, rank=rank, **way) for rank in range(way["ranks"])] for way in ways)
    for numbers in zip(*one, *other, strict=True):
        mine, *theirs = numbers
        expected = sorted(seen(rows, mine.batches))
        assert sorted(number for update in theirs for number in seen(rows, update.batches)) == expected


def test_an_update_is_full_but_the_last_of_an_epoch(rows: Rows) -> None:
    each = packed_updates_in_epoch(rows, 20, 8, 3, 0)
    found = some(rows, LoaderState(), each)
    assert [update.state.epoch for update in found] == [0] * (each - 1) + [1]
    assert all(19 * LENGTH < update.tokens <= 20 * LENGTH for update in found[:-1])
    assert sum(update.rows for update in found) == ROWS
    assert some(rows, LoaderState(), 1, batch=1)[0].rows == 1  # a full row fits exactly


def test_resumed_is_undisturbed_to_the_bit(rows: Rows) -> None:
    undisturbed = some(rows, LoaderState(), 9)
    for at in (0, 3, 4):
        for mine, other in zip(undisturbed[at + 1 :], some(rows, undisturbed[at].state, 8 - at), strict=True):
            assert (mine.state, mine.guesses) == (other.state, other.guesses)
            for one, two in zip(mine.batches, other.batches, strict=True):
                for field in dataclasses.fields(Batch):
                    a, b = getattr(one, field.name), getattr(two, field.name)
                    assert torch.equal(a, b) if isinstance(a, Tensor) else a == b, field.name


@given(st.lists(st.integers(1, 9), min_size=1, max_size=30), st.integers(1, 60))
def test_rows_within_so_many_tokens_are_counted(lengths: list[int], tokens: int) -> None:
    ends, taken = np.cumsum(lengths), 0
    while taken < len(lengths):
        count = within(ends, taken, tokens)
        inside = lengths[taken : taken + count]
        assert count == 1 or sum(inside) <= tokens
        rest = lengths[taken + count :]
        assert not rest or sum(inside) + rest[0] > tokens
        taken += count


def test_nothing_is_compiled_twice(rows: Rows) -> None:
    """All passes of some updates have one form, the smaller last update of an epoch too."""
    torch.compiler.reset()
    graphs = []

    def counting(graph: torch.fx.GraphModule, _: object) -> Any:
        graphs.append(graph)
        return graph.forward

    objective = torch.compile(
        Objective(build(shape("tiny", "modern", len(PIECES)), 1)), fullgraph=True, dynamic=False, backend=counting
    )
    for update in some(rows, LoaderState(), 6):
        for batch in update.batches:
            objective(batch)
    assert len(graphs) == 1


def test_compiling_changes_no_curve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same updates in packed passes and in rectangles, through the training itself."""
    torch.compiler.reset()
    compiled = torch.nn.Module.compile
    monkeypatch.setattr(
        torch.nn.Module, "compile", lambda self, **ways: compiled(self, fullgraph=True, backend="aot_eager", **ways)
    )
    monkeypatch.setattr(train_module, "finish", lambda *_: {})
    courses = []
    for way in ("off", "on"):
        options = {"pack": True, "compile": way, "steps": 6, "dropout": 0.0, "micro": 4}
        config = a_training(tmp_path, "modern", output=tmp_path / way, **options)
        config.output.mkdir()
        train_module.train(config)
        courses.append(course(config.output))
    for one, other in zip(*courses, strict=True):
        assert one.keys() == other.keys()
        for key in one:
            assert one[key] == (pytest.approx(other[key], rel=1e-4) if "loss" in key else other[key]), key
    assert all(record["tokens"] <= 8 * TRAINED for record in courses[0])

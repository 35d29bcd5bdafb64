"""Checkpoints: a run goes on from them to the bit, and what was cut, changed or made by others is not loaded."""

from __future__ import annotations

import dataclasses
import random
import shutil
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest
import torch
from torch import Tensor, nn

from pretrain import checkpoint
from pretrain.checkpoint import FILES, RECORD, STATE, RunState, Saver, fault, model_tensors, named, newest, restore
from pretrain.optim import optimizers, state_tensors
from pretrain.tensors import write_tensors
from tests.pretrain.runs import SHAPE, Model, names, run, saved, update
from tools.errors import UserError

STATE_OF_A_RUN = RunState(
    step=7,
    seconds=12.25,
    loaders={"128": {"epoch": 1, "taken": [3, 4]}},
    skipped=1,
    guesses=9,
    tokens=60,
    rows=2,
    ranks=2,
)


@pytest.mark.parametrize("name", ["adamw", "muon", "lamb"])
def test_a_run_goes_on_as_if_it_had_not_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """What is saved is what was there when it was asked for, also if writing comes late."""
    updated = threading.Event()

    def later(path: Path, tensors: Mapping[str, Tensor]) -> str:
        assert updated.wait(10)
        return write_tensors(path, tensors)

    monkeypatch.setattr(checkpoint, "write_tensors", later)
    model, made = run(name=name)
    with Saver(tmp_path, keep_last=2, keep_every=0) as saver:
        saver.save(model, made, STATE_OF_A_RUN, SHAPE)
        update(model, made, 5)
        updated.set()
    other, again = run(seed=2, updates=1, name=name)
    assert restore(named(tmp_path, 7), other, again, SHAPE) == STATE_OF_A_RUN
    update(other, again, 5)
    assert other.decoder.weight is other.pieces.weight
    for left, right in (
        (model_tensors(model), model_tensors(other)),
        (state_tensors(made, model), state_tensors(again, other)),
    ):
        assert left.keys() == right.keys()
        assert all(torch.equal(left[key], right[key]) for key in left)


def test_tied_weights_stand_once() -> None:
    found = model_tensors(Model(1))
    assert "pieces.weight" in found
    assert "decoder.weight" not in found
    assert {"decoder.bias", "norm.running_mean", "norm.num_batches_tracked"} <= found.keys()


def test_a_cut_file_is_never_loaded(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    chance = random.Random(1)
    saved(tmp_path, 1, 2)
    for name in (*FILES, RECORD):
        path = named(tmp_path, 2) / name
        whole = path.read_bytes()
        last = len(whole.rstrip())  # JSON without its last newline is the same JSON
        for length in [0, last - 1, *(chance.randrange(last) for _ in range(20))]:
            path.write_bytes(whole[:length])
            assert newest(tmp_path) == named(tmp_path, 1)
            assert capsys.readouterr().err.startswith(f"malmoi: {tmp_path}/step-00000002: {name} is cut or has changed")
        path.unlink()
        assert newest(tmp_path) == named(tmp_path, 1)
        missing = f"{name} cannot be read (No such file or directory); going on from step-00000001\n"
        assert capsys.readouterr().err == f"malmoi: {tmp_path}/step-00000002: {missing}"
        path.write_bytes(whole)
    assert newest(tmp_path) == named(tmp_path, 2)
    assert capsys.readouterr().err == ""


def test_a_flipped_bit_is_never_loaded(tmp_path: Path) -> None:
    """Every byte of the record and of the state, some of the tensors."""
    chance = random.Random(2)
    folder = named(saved(tmp_path, 1), 1)
    for name in (*FILES, RECORD):
        path = folder / name
        whole = path.read_bytes()
        for place in range(len(whole)) if len(whole) < 1000 else chance.sample(range(len(whole)), 50):
            path.write_bytes(whole[:place] + bytes([whole[place] ^ (1 << chance.randrange(8))]) + whole[place + 1 :])
            assert fault(folder) is not None, (name, place)
        path.write_bytes(whole)
    assert fault(folder) is None


def test_when_none_is_whole_that_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert newest(tmp_path) is None
    assert newest(tmp_path / "nowhere") is None
    assert capsys.readouterr().err == ""
    saved(tmp_path, 1)
    (named(tmp_path, 1) / RECORD).write_text("[]")
    assert newest(tmp_path) is None
    assert capsys.readouterr().err.endswith(
        "checkpoint.json is cut or has changed; no checkpoint is whole, so training begins anew\n"
    )


def test_the_last_and_every_so_many_are_kept(tmp_path: Path) -> None:
    saved(tmp_path, *range(1, 12), keep_last=2, keep_every=4)
    assert names(tmp_path) == [f"step-{step:08d}" for step in (4, 8, 10, 11)]
    assert all(fault(path) is None for path in tmp_path.iterdir())


def test_a_run_that_fell_back_does_not_prune_itself_for_torn_ones_ahead(tmp_path: Path) -> None:
    saved(tmp_path, 5, 8, 9)
    for step in (8, 9):
        (named(tmp_path, step) / STATE).unlink()
    saved(tmp_path, 6, keep_last=2)
    assert names(tmp_path) == ["step-00000005", "step-00000006"]
    (named(tmp_path, 6) / STATE).unlink()
    saved(tmp_path, 6, keep_last=2)  # a torn one in its own place is replaced
    assert newest(tmp_path) == named(tmp_path, 6)


def test_a_whole_one_is_not_written_over(tmp_path: Path) -> None:
    """A run that is resumed and stopped at once: with one checkpoint kept there must be no moment without it."""
    before = (named(saved(tmp_path, 1), 1) / RECORD).stat()
    after = (named(saved(tmp_path, 1, keep_last=1), 1) / RECORD).stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


def test_what_a_killed_run_left_is_cleared_away(tmp_path: Path) -> None:
    saved(tmp_path, 3)
    for leftover in ("step-00000004.part", "step-00000002.gone"):
        shutil.copytree(named(tmp_path, 3), tmp_path / leftover)
    assert newest(tmp_path) == named(tmp_path, 3)
    saved(tmp_path)
    assert names(tmp_path) == ["step-00000003"]


def test_saving_stalls_training_for_less_than_half_a_second(tmp_path: Path) -> None:
    model = nn.Linear(2048, 2048)  # 50 MB with what AdamW remembers
    made = optimizers(model, "adamw", 0.1, 0.0)
    model(torch.ones(1, 2048)).sum().backward()
    made[0].step()
    stalls = []
    with Saver(tmp_path, keep_last=1, keep_every=0) as saver:
        for step in range(3):
            saver.wait()
            start = time.monotonic()
            saver.save(model, made, RunState(step=step), SHAPE)
            stalls.append(time.monotonic() - start)
    assert sorted(stalls)[1] < 0.5, stalls


@pytest.mark.parametrize(
    "shape, message",
    [
        ({**SHAPE, "hidden": 16}, "was made with hidden = 8 but this run has hidden = 16; give the options"),
        (
            {key: SHAPE[key] for key in SHAPE if key != "pairs"},
            "was made with pairs = True but this run has pairs = None",
        ),
    ],
)
def test_another_model_is_refused_by_its_key(tmp_path: Path, shape: dict[str, Any], message: str) -> None:
    saved(tmp_path, 1)
    model, made = run()
    with pytest.raises(UserError, match=message):
        restore(named(tmp_path, 1), model, made, shape)


def test_weights_that_do_not_fit_are_named(tmp_path: Path) -> None:
    saved(tmp_path, 1)
    model = Model(1, width=4)
    with pytest.raises(UserError, match=r"weight norm.bias is \[8\] there and \[4\] in the model"):
        restore(named(tmp_path, 1), model, optimizers(model, "adamw", 0.1, 0.0), SHAPE)


@pytest.mark.parametrize(
    "change, message",
    [
        ({"step": ...}, "state.json: misses 'step'; resume with the code"),
        ({"shape": ...}, "state.json: misses 'shape'"),
        ({"speed": 3}, "state.json: has the unknown key 'speed'"),
        ({"version": 2}, "state.json: is of version 2, and this code reads 1"),
    ],
)
def test_a_state_of_other_code_is_refused(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    folder = named(saved(tmp_path, 1), 1)
    value = {**orjson.loads((folder / STATE).read_bytes()), **change}
    (folder / STATE).write_bytes(orjson.dumps({key: value[key] for key in value if value[key] is not ...}))
    model, made = run()
    with pytest.raises(UserError, match=message):
        restore(folder, model, made, SHAPE)


def test_a_state_is_plain_json(tmp_path: Path) -> None:
    folder = named(saved(tmp_path, 1), 1)
    value = orjson.loads((folder / STATE).read_bytes())
    assert set(value) == {"version", "shape", *(field.name for field in dataclasses.fields(RunState))}
    assert write_tensors(tmp_path / "again", model_tensors(run()[0])) in (folder / RECORD).read_text()

"""Trainings as processes, one or two at a time: the same curve, whatever happens to them, and one of them speaks."""

from __future__ import annotations

import dataclasses
import json
import os
import random
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import torch

from pretrain.checkpoint import fault
from pretrain.journal import records
from pretrain.options_training import Train
from pretrain.ranks import Ranks, joined
from pretrain.ready import CHECKPOINTS
from tests.pretrain.forks import CHECKOUT, QUIET, Forks, Run, forks, waited_for
from tests.pretrain.stores import rows_of
from tests.pretrain.trainings import a_training, command, course, weights
from tests.pretrain.two_ranks import UPDATES, run
from tools.errors import UserError

KILLS = int(os.environ.get("MALMOI_KILLS", "4"))


@pytest.fixture(scope="module")
def starts() -> Iterator[Forks]:
    with forks() as made:
        yield made


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("RANK", "WORLD_SIZE", "LOCAL_RANK"):
        monkeypatch.delenv(name, raising=False)


def begun(starts: Forks, config: Train, ranks: int, said: str = "said") -> list[Run]:
    """The training as one process, or as several."""
    where = config.output.with_name(said)
    return [starts.start(where, command(config))] if ranks == 1 else starts.start_ranks(where, command(config), ranks)


def ended(runs: list[Run]) -> str:
    """What was said when all have ended well; only the first says anything."""
    first, *others = [run.output() for run in runs]
    assert others == [""] * len(others)
    return first


def part(config: Train) -> Path:
    """Where a run stands until it is finished."""
    return config.output.with_name(f"{config.output.name}.part")


def has_trained(config: Train, updates: int) -> None:
    """Wait until so many updates are recorded."""
    waited_for(part(config) / "metrics.jsonl", f'"step":{updates},')


@pytest.mark.parametrize(("ranks", "kind", "optimizer"), [(1, "modern", "muon"), (2, "bert", "adamw")])
def test_killed_at_random_moments_it_ends_with_the_same_bits(
    ranks: int, kind: str, optimizer: Any, tmp_path: Path, starts: Forks
) -> None:
    """With checkpoints all the time, so that kills meet them too; MALMOI_KILLS=30 is the long version."""
    whole = a_training(tmp_path, kind, optimizer=optimizer, steps=24, save_minutes=1e-5)
    ended(begun(starts, whole, ranks))
    chance, kills, trainings = random.Random(ranks), 0, 0
    while kills < KILLS:
        config = dataclasses.replace(whole, output=tmp_path / f"killed{trainings}")
        trainings += 1
        while kills < KILLS and not config.output.exists():
            kills += killed(begun(starts, config, ranks), config, chance)
        if not config.output.exists():
            ended(begun(starts, config, ranks, "last"))
        assert course(config.output) == course(whole.output)
        assert weights(config.output) == weights(whole.output)
    print(f"{ranks} ranks: {kills} kills in {trainings} trainings")


def killed(runs: list[Run], config: Train, chance: random.Random) -> bool:
    """Kill a run at a random moment: mostly some updates later, sometimes before the first or while it ends."""
    if chance.random() < 0.8:
        known = records(part(config)) if part(config).exists() else []
        wanted = (known[-1]["step"] if known else 0) + chance.randint(1, 9)
        with suppress(AssertionError):
            waited_for(part(config) / "metrics.jsonl", f'"step":{wanted},', seconds=2)
    time.sleep(chance.uniform(0, 0.15))
    chance.shuffle(runs)
    for each in runs:
        each.signal(signal.SIGKILL)
        time.sleep(chance.uniform(0, 0.01))
    return max([each.end() for each in runs]) == -signal.SIGKILL


@pytest.mark.parametrize(("ranks", "number"), [(1, signal.SIGINT), (2, signal.SIGTERM)])
def test_asked_to_stop_it_saves_says_how_to_go_on_and_does(
    ranks: int, number: signal.Signals, tmp_path: Path, starts: Forks
) -> None:
    """Of two, only the second is asked."""
    whole = a_training(tmp_path, steps=30)
    config = dataclasses.replace(whole, output=tmp_path / "stopped")
    runs = begun(starts, config, ranks)
    has_trained(config, 5)
    runs[-1].signal(number)
    said = ended(runs)
    step = records(part(config))[-1]["step"]
    assert 5 <= step < 30
    how = "python -m pretrain train" if ranks == 1 else "torchrun --nproc_per_node=2 -m pretrain train"
    assert f"stopped after update {step}, which is saved; resume with: {how} --instances" in said
    assert [path.name for path in (part(config) / CHECKPOINTS).iterdir()] == [f"step-{step:08d}"]
    assert f"going on after update {step}\n" in ended(begun(starts, config, ranks, "again"))
    ended(begun(starts, whole, ranks, "whole"))
    assert course(config.output) == course(whole.output)
    assert weights(config.output) == weights(whole.output)


def test_any_number_of_ranks_gives_the_same_curve_and_may_go_on_with_another(tmp_path: Path, starts: Forks) -> None:
    """The last update of each epoch has a single row. A torn checkpoint is said once."""
    whole = a_training(tmp_path, steps=30, dropout=0.0, lr=0.001, save_minutes=1e-5)
    ended(begun(starts, whole, 1))
    for ranks in (2, 4):
        several = dataclasses.replace(whole, output=tmp_path / f"{ranks} ranks")
        ended(begun(starts, several, ranks, f"{ranks} ranks"))
        assert_close(course(several.output), course(whole.output))
        assert [record["rows"] for record in course(several.output)][:12] == [8, 8, 8, 8, 8, 1] * 2

    mixed = dataclasses.replace(whole, output=tmp_path / "mixed")
    for ranks, updates in ((2, 4), (1, 12), (4, 20)):
        runs = begun(starts, mixed, ranks, f"mixed{updates}")
        has_trained(mixed, updates)
        runs[0].signal(signal.SIGTERM)
        ended(runs)
    newest = max((part(mixed) / CHECKPOINTS).iterdir())
    (newest / "optimizer.safetensors").write_bytes(b"torn")
    assert f"{newest}: optimizer.safetensors is cut" in ended(begun(starts, mixed, 2, "last"))
    assert_close(course(mixed.output), course(whole.output))


def assert_close(found: list[dict[str, Any]], expected: list[dict[str, Any]]) -> None:
    """The same records: what is counted exactly, what is computed nearly."""
    assert len(found) == len(expected)
    for mine, other in zip(found, expected, strict=True):
        assert {key: mine[key] for key in ("step", "rows", "tokens", "guesses", "epoch", "lr")}.items() <= other.items()
        for key in ("mlm_loss", "nsp_loss"):  # a single short row may have nothing masked
            assert mine.get(key) == pytest.approx(other.get(key), abs=2e-4)


RECIPE = """
report = "{home}/report"
[pretrain.train]
instances = "{config.instances}"
output = "{config.output}"
model_config = "{config.model_config}"
steps = {config.steps}
batch = 8
micro = 3
lr = 0.01
device = "cpu"
precision = "float32"
log_seconds = 0.0
save_minutes = 1e-5
milestones = false
"""


def test_make_on_two_ranks_survives_the_death_of_one_and_pauses_when_asked(tmp_path: Path, starts: Forks) -> None:
    """The dead one is missed, both begin again from the last checkpoint, and the curve is that of no accident."""
    whole = a_training(tmp_path, steps=4000, log_seconds=0.0)
    config = dataclasses.replace(whole, output=tmp_path / "make")
    (tmp_path / "recipe.toml").write_text(RECIPE.format(home=tmp_path, config=config))
    make = [sys.executable, "-m", "tools", "make", str(tmp_path / "recipe.toml"), "--gpus", "2"]
    with (tmp_path / "said").open("wb") as said:
        process = subprocess.Popen(make, stdout=said, stderr=said, cwd=CHECKOUT, env={**os.environ, **QUIET})
    has_trained(config, 10)
    os.kill(follower_of(config), signal.SIGKILL)
    waited_for(tmp_path / "said", "going on after update")
    ahead = records(part(config))[-1]["step"] + 5
    has_trained(config, ahead)
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 0
    told = (tmp_path / "said").read_text()
    assert told.splitlines()[-1] == f"{config.output}: paused; run the same command again to go on"
    assert "resume with: torchrun --nproc_per_node=2 -m pretrain train" in told
    step = records(part(config))[-1]["step"]
    assert ahead <= step < 4000
    runs = begun(starts, whole, 2, "undisturbed")
    has_trained(whole, step)
    runs[0].signal(signal.SIGTERM)
    ended(runs)
    assert course(part(whole))[:step] == course(part(config))


def follower_of(config: Train) -> int:
    """The process of the second rank."""
    for path in Path("/proc").glob("[0-9]*"):
        try:
            words, environment = ((path / name).read_bytes().split(b"\0") for name in ("cmdline", "environ"))
        except OSError:
            continue
        if str(config.output).encode() in words and b"RANK=1" in environment:
            return int(path.name)
    raise AssertionError("there is no second rank")


def test_a_stage_in_a_recipe_stops_and_goes_on(tmp_path: Path, starts: Forks) -> None:
    config = a_training(tmp_path, steps=30)
    (tmp_path / "recipe.toml").write_text(RECIPE.format(home=tmp_path, config=config))
    make = ["tools", "make", str(tmp_path / "recipe.toml")]
    runs = [starts.start(tmp_path / "said", make)]
    has_trained(config, 5)
    runs[0].signal(signal.SIGTERM)
    said = ended(runs)
    assert said.splitlines()[-1].endswith(f"resume with: python -m tools make {tmp_path}/recipe.toml")
    again = starts.start(tmp_path / "again", make).output()
    assert "1 of 1 stages run" in again
    assert [record["step"] for record in records(config.output)] == list(range(1, 31))


def test_a_full_disk_is_said_in_a_line_and_leaves_no_half(tmp_path: Path, starts: Forks) -> None:
    config = a_training(tmp_path, steps=2000, save_minutes=1e-5)
    [process] = begun(starts, config, 1)
    has_trained(config, 5)
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (30_000, 30_000))
    assert process.end() == 2
    complaint = process.said.read_text().splitlines()[-1]
    assert complaint.startswith("malmoi: ")
    assert "was not saved, older checkpoints stay: the file would be larger than this file system or" in complaint
    checkpoints = list((part(config) / CHECKPOINTS).iterdir())
    assert checkpoints
    assert all(fault(path) is None for path in checkpoints)
    assert not config.output.exists()


def test_two_ranks_with_a_row_each_is_all_there_can_be(tmp_path: Path, starts: Forks) -> None:
    """What all of them must refuse, one of them says."""
    config = a_training(tmp_path, instances=tmp_path / "few", steps=2)
    config.instances.mkdir()
    rows_of(config.instances, 1)
    first, second = begun(starts, config, 2)
    assert first.end() == 2
    assert first.said.read_text().splitlines() == [
        f"malmoi: {config.instances}/64/train: 2 ranks but only 1 instances, so some would have nothing to do; "
        f"start at most 1 processes, or make more instances"
    ]
    second.signal(signal.SIGTERM)  # as torchrun does
    assert second.end() == 130
    assert second.said.read_text() == ""


def test_two_ranks_have_the_gradients_of_one_even_when_one_has_no_rows(tmp_path: Path, starts: Forks) -> None:
    """Seven rows in updates of six: every other update leaves the second rank without a row."""
    rows = rows_of(tmp_path, 7, length=24)
    words = ["tests.pretrain.two_ranks", str(rows.folder), str(tmp_path / "found.json")]
    for each in starts.start_ranks(tmp_path / "said", words):
        each.output()
    two, one = json.loads((tmp_path / "found.json").read_text()), run(rows, Ranks(0, 1, torch.device("cpu")))
    assert [update["rows"] for update in two] == [6, 1] * (UPDATES // 2)
    for mine, other in zip(one, two, strict=True):
        assert (mine["rows"], mine["guesses"]) == (other["rows"], other["guesses"])
        assert mine["gradient"] == pytest.approx(other["gradient"], rel=1e-5)
    assert [update["dozens"] for update in two] == [2] * UPDATES


def test_one_process_needs_no_one() -> None:
    with joined("cpu") as ranks:
        assert ranks == Ranks(0, 1, torch.device("cpu"))
        assert ranks.first
        assert ranks.totals([1.5, 2]) == [1.5, 2]
        ranks.wait()


def test_a_gpu_without_memory_is_said_in_a_line() -> None:
    with (
        pytest.raises(UserError, match=r"no memory left \(CUDA out of memory\); give a smaller --micro"),
        joined("cpu"),
    ):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")


def test_a_gpu_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(UserError, match="torch sees no GPU"), joined("cuda"):
        pass
    with joined("auto") as ranks:
        assert ranks.device.type == "cpu"


def test_more_processes_than_gpus_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setenv("LOCAL_RANK", "2")
    with pytest.raises(UserError, match="nproc_per_node 2"), joined("cuda"):
        pass

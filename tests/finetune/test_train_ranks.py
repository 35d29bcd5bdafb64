"""Fine-tunings as processes: two give the curve of one, and killed ones end with the same bits."""

from __future__ import annotations

import dataclasses
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from finetune.options_train import Train
from pretrain.journal import records
from tests.finetune.trainings import a_file, a_training, course
from tests.pretrain.forks import Forks, Run, forks, waited_for
from tools.options import arguments


@pytest.fixture(scope="module")
def starts() -> Iterator[Forks]:
    with forks() as made:
        yield made


def begun(starts: Forks, config: Train, ranks: int, said: str) -> list[Run]:
    where = config.output.with_name(said)
    words = ["finetune", "train", *arguments(config)]
    return [starts.start(where, words)] if ranks == 1 else starts.start_ranks(where, words, ranks)


def ended(runs: list[Run]) -> str:
    first, *others = [run.output() for run in runs]
    assert others == [""] * len(others)
    return first


def metrics(config: Train) -> Path:
    return config.output.with_name(f"{config.output.name}.part") / "seeds" / "1" / "metrics.jsonl"


def test_two_ranks_give_the_curve_of_one(tmp_path: Path, starts: Forks) -> None:
    """The last update of an epoch has three examples, so that a rank computes with little; choices stay together."""
    whole = a_training(
        tmp_path, "choose", epochs=1, dropout=0.0, lr=0.001, test=a_file(tmp_path / "test", "choose", seed=2)
    )
    ended(begun(starts, whole, 1, "one"))
    both = dataclasses.replace(whole, output=tmp_path / "both")
    ended(begun(starts, both, 2, "two"))
    mine, theirs = (course(each.output / "seeds" / "1") for each in (both, whole))
    assert len(mine) == len(theirs)
    for one, other in zip(mine, theirs, strict=True):
        assert one == pytest.approx(other, rel=1e-3, abs=1e-4)


@pytest.mark.parametrize(("ranks", "number"), [(1, signal.SIGKILL), (2, signal.SIGTERM)])
def test_killed_or_asked_to_stop_it_goes_on_to_the_same_bits(
    ranks: int, number: Any, tmp_path: Path, starts: Forks
) -> None:
    whole = a_training(tmp_path, "tag", epochs=4)
    ended(begun(starts, whole, ranks, "whole"))
    config = dataclasses.replace(whole, output=tmp_path / "cut")
    runs = begun(starts, config, ranks, "cut-said")
    waited_for(metrics(config), '"step":7,')
    runs[-1].signal(number)
    if number == signal.SIGKILL:
        assert [run.end() for run in runs] == [-signal.SIGKILL]
    else:
        assert "resume with: " in ended(runs)
    assert 7 <= records(metrics(config).parent)[-1]["step"] < 24
    assert "seed 1: going on after update" in ended(begun(starts, config, ranks, "again"))
    assert course(config.output / "seeds" / "1") == course(whole.output / "seeds" / "1")
    for name in ("model.safetensors", "head.safetensors"):
        assert (config.output / "model" / name).read_bytes() == (whole.output / "model" / name).read_bytes()

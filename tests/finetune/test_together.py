"""Several tasks at once: each learns, the encoder is one, and a run that is killed goes on to the same bits."""

from __future__ import annotations

import dataclasses
import itertools
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
import torch

from finetune import train as module
from finetune.encoder import encoder
from finetune.finetuned import HEAD, load_finetuned
from finetune.options_together import TrainTogether
from finetune.options_train import Evaluate
from finetune.shared import Shared
from finetune.spec import Spec
from finetune.stages import STAGES
from finetune.together import train_together
from finetune.together_plan import planned_together, turns
from pretrain.journal import records
from pretrain.optim import updated
from pretrain.ranks import Ranks
from tests.finetune.trainings import OF_THE_CLOCK, TASKS, a_file, a_model
from tests.in_process import Killed, one_thread  # noqa: F401
from tests.pretrain.forks import forks
from tools.errors import UserError
from tools.fingerprint import order
from tools.options import arguments
from tools.stage import execute

ALONE = Ranks(0, 1, torch.device("cpu"))
HEADS = ("classify", "tag", "span")
WEIGHTS = "model.safetensors"


def a_training(home: Path, heads: tuple[str, ...] = HEADS, **changes: Any) -> TrainTogether:
    """A training on a small file for each head, the first of them the largest."""
    model = home / "encoder"
    if not model.exists():
        a_model(model)
    files = tuple(a_file(home, head, 32 if at else 96) for at, head in enumerate(heads))
    plan = TrainTogether(
        tasks=tuple(TASKS[head] for head in heads), train=files, model=model, output=home / "out", epochs=1, batch=8,
        lr=0.003, device="cpu", precision="float32", log_seconds=0.0,
    )  # fmt: skip
    return dataclasses.replace(plan, **changes)


def trained(config: TrainTogether) -> Path:
    config.output.mkdir(parents=True, exist_ok=True)
    train_together(config)
    return config.output


def curve(output: Path) -> list[dict[str, Any]]:
    return [{k: v for k, v in one.items() if k not in OF_THE_CLOCK} for one in records(output / "run")]


def test_each_task_learns_and_all_share_one_encoder(tmp_path: Path) -> None:
    config = a_training(tmp_path, epochs=6, log_seconds=60.0, dropout=0.0)
    assert execute(order(STAGES["train-together"], config, {}, "test"))
    report = orjson.loads((config.output / "report.json").read_bytes())
    assert list(report["dev"]) == ["mean", "nsmc accuracy", "inline-ner f1", "korquad exact_match"]
    figures = list(report["dev"].values())
    assert figures[0] == pytest.approx(sum(figures[1:]) / 3)
    assert min(figures) >= 80
    weights = {(config.output / task / "model" / WEIGHTS).read_bytes() for task in config.tasks}
    assert len(weights) == 1
    for task, file in zip(config.tasks, config.train, strict=True):
        own = orjson.loads((config.output / task / "report.json").read_bytes())
        name, value = next(iter(own["seeds"][0]["dev"].items()))
        assert value == report["dev"][f"{task} {name}"]
        assert load_finetuned(config.output / task).spec.task == task
        measured = Evaluate(model=config.output / task, file=file, output=tmp_path / f"{task}-measured")
        assert execute(order(STAGES["evaluate"], measured, {}, "test"))
    assert [path.name for path in (config.output / "run").iterdir() if path.is_dir()] in ([], ["tensorboard"])


@pytest.mark.parametrize("ways", [(2, 9, 14)])
def test_however_often_it_is_cut_short_it_ends_with_the_same_bits(
    ways: tuple[int, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = a_training(tmp_path, epochs=2, save_minutes=1e9)
    trained(whole)
    config = dataclasses.replace(whole, output=tmp_path / "cut")
    for way in ways:
        calls = itertools.count(1)

        def stop(*given: Any, calls: Iterator[int] = calls, way: int = way) -> bool:
            if next(calls) == way:
                raise Killed
            return updated(*given)

        with monkeypatch.context() as patch, pytest.raises(Killed):
            patch.setattr(module, "updated", stop)
            trained(config)
    trained(config)
    trained(config)  # as if killed after the last of it
    for name in [f"{task}/model/{file}" for task in config.tasks for file in (WEIGHTS, HEAD, "task.json")]:
        assert (config.output / name).read_bytes() == (whole.output / name).read_bytes(), name
    assert curve(config.output) == curve(whole.output)
    assert (config.output / "report.json").read_bytes() == (whole.output / "report.json").read_bytes()


def test_two_ranks_give_the_curve_of_one_and_leave_other_heads_alone(tmp_path: Path) -> None:
    whole = a_training(tmp_path, ("classify", "tag"), dropout=0.0, lr=0.001)
    trained(whole)
    both = dataclasses.replace(whole, output=tmp_path / "both")
    with forks() as starts:
        for run in starts.start_ranks(tmp_path / "said", ["finetune", "train-together", *arguments(both)], 2):
            run.output()
    mine, theirs = curve(both.output), curve(whole.output)
    assert len(mine) == len(theirs)
    for one, other in zip(mine, theirs, strict=True):
        assert one == pytest.approx(other, rel=1e-3, abs=1e-4)
    for task in both.tasks:  # a head that decays when it is not its turn would be far off
        one, other = (load_finetuned(each.output / task).head.state_dict() for each in (both, whole))
        for name, tensor in one.items():
            assert torch.allclose(tensor, other[name], rtol=1e-3, atol=1e-5), name


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_updates_are_dealt_by_size_and_no_row_waits_longer_than_its_epoch(share: float, tmp_path: Path) -> None:
    plan = planned_together(a_training(tmp_path, share=share), ALONE)
    updates = [update for epoch in range(6) for update in plan.order(1, epoch)]
    assert len(updates) == 6 * plan.updates_in_epoch
    assert Counter(number for number, _ in updates) == {at: 6 * each for at, each in enumerate(plan.turns)}
    for number, part in enumerate(plan.parts):
        mine = [sorted(rows.tolist()) for at, rows in updates if at == number]
        own = [sorted(rows.tolist()) for epoch in range(9) for rows in part.order(1, epoch)]
        assert mine == own[: len(mine)]  # each task sees what it would see alone
    assert plan.order(1, 3)[5][1].tolist() == plan.order(1, 3)[5][1].tolist()
    assert [number for number, _ in plan.order(1, 0)] != [number for number, _ in plan.order(1, 1)]
    if share == 1.0:
        assert plan.turns == tuple(part.updates_in_epoch for part in plan.parts)


@pytest.mark.parametrize(
    ("updates", "share", "found"),
    [
        ([100, 25], 1.0, (100, 25)),
        ([100, 25], 0.5, (83, 42)),  # 10 : 5 of 125
        ([100, 25], 0.0, (63, 62)),
        ([10_000, 1], 1.0, (10_000, 1)),
        ([3, 3, 1], 0.5, (3, 3, 1)),
        ([1, 1], 0.5, (1, 1)),
    ],
)
def test_turns(updates: list[int], share: float, found: tuple[int, ...]) -> None:
    assert turns(updates, share) == found


def test_a_head_that_is_not_asked_does_not_change(tmp_path: Path) -> None:
    specs = [Spec(task=TASKS[head], head=head, length=32, stride=8, labels=("a", "b")) for head in ("classify", "tag")]
    model = Shared(encoder(a_model(tmp_path / "m")), specs, seed=5)
    names = [name for name, _ in model.named_parameters()]
    assert len(names) == len(set(names))
    assert not [name for name in model.state_dict() if name.startswith("head.")]
    for spec in specs:
        model.turn(spec)
        assert model.head is model.heads[spec.task]
        assert model.spec is spec
    again = Shared(encoder(tmp_path / "m"), specs[::-1], seed=5)  # first weights hang on the task, not on its place
    for name, tensor in model.state_dict().items():
        assert torch.equal(tensor, again.state_dict()[name]), name


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"tasks": ("nsmc",)}, "for one there is finetune train"),
        ({"tasks": ("nsmc", "nsmc", "korquad")}, "one is there twice"),
        ({"tasks": ("nsmc", "nsmk", "korquad")}, "nsmk: no such task"),
        ({"dev": (Path("a"),)}, "--dev: 1 files for 3 tasks"),
        ({"train": ()}, "--train: 0 files for 3 tasks"),
        ({"share": 1.5}, "--share 1.5: a power from 0"),
    ],
)
def test_what_does_not_fit_together_is_said(changes: dict[str, Any], said: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=said):
        planned_together(a_training(tmp_path, **changes), ALONE)

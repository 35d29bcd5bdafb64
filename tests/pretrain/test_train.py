"""Training, in this process: resuming to the bit, weighting, budgets, the guard against numbers that are none."""

from __future__ import annotations

import dataclasses
import itertools
import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pretrain import train as module
from pretrain.checkpoint import fault
from pretrain.feed import feeding
from pretrain.folder import load_model, save_model
from pretrain.journal import records
from pretrain.milestones import kept
from pretrain.optim import updated
from pretrain.options_training import Train
from pretrain.ranks import Ranks
from pretrain.ready import CHECKPOINTS, ready
from pretrain.setting import Setting, setting
from pretrain.stages import STAGES
from pretrain.train import HOPELESS, train
from tests.in_process import Killed, one_thread  # noqa: F401
from tests.pretrain.stores import rows_of
from tests.pretrain.trainings import LENGTH, ROWS, a_training, course, weights
from tools.errors import UserError
from tools.fingerprint import order
from tools.stage import execute

ALONE = Ranks(0, 1, torch.device("cpu"))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock on which every update takes a second, and which has gone on when a run is resumed."""
    seconds = itertools.count(1000.0)
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: next(seconds)))


@pytest.fixture
def brief(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of all that is done at the end, only the model is written."""

    def finish(plan: Setting, model: Any, state: Any) -> dict[str, Any]:
        save_model(model, plan.rows[plan.phases[0].length].tokenizer, plan.config.output / "model")
        return {"updates": state.step}

    monkeypatch.setattr(module, "finish", finish)


def trained(config: Train) -> list[dict[str, Any]]:
    """Train into a folder, as its stage would, and give the records."""
    config.output.mkdir(parents=True, exist_ok=True)
    train(config)
    return records(config.output)


def cut_short(config: Train, updates: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Train until so many updates are computed; the last is not counted any more."""
    calls = itertools.count(1)
    counted = module._counted

    def stop(*given: Any, **named: Any) -> Any:
        if next(calls) == updates:
            raise Killed
        return counted(*given, **named)

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(module, "_counted", stop)
        trained(config)


@pytest.mark.parametrize(
    ("kind", "optimizer", "dropout", "objective"),
    [("bert", "adamw", 0.1, "mlm"), ("modern", "muon", 0.2, "mlm"), ("bert", "muon", 0.1, "rtd")],
)
def test_however_often_a_run_is_cut_short_it_ends_with_the_same_bits(
    kind: str,
    optimizer: Any,
    dropout: float,
    objective: Any,
    tmp_path: Path,
    clock: None,
    brief: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Every 3 seconds there is a checkpoint, so that most runs go back some updates."""
    changes = {"optimizer": optimizer, "dropout": dropout, "objective": objective}
    whole = a_training(tmp_path, kind, **changes, steps=14, save_minutes=3 / 60)
    trained(whole)
    numbers = itertools.count()

    @settings(max_examples=3, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.lists(st.integers(1, 4), min_size=1, max_size=3))
    def check(ways: list[int]) -> None:
        config = dataclasses.replace(whole, output=tmp_path / f"cut{next(numbers)}")
        for way in ways:
            cut_short(config, way, monkeypatch)
        trained(config)
        assert course(config.output) == course(whole.output)
        assert weights(config.output) == weights(whole.output)

    check()


def test_every_token_counts_the_same_whatever_pass_it_stands_in(tmp_path: Path) -> None:
    """The gradients of passes of unequal numbers of guesses are those of a mean over all guesses at once."""
    config = a_training(tmp_path, batch=20, dropout=0.0)

    def gradients(micro: int) -> tuple[dict[str, torch.Tensor], int]:
        plan = setting(dataclasses.replace(config, micro=micro), ALONE)
        run = ready(plan)
        with feeding(plan) as feed:
            update, _ = feed.next(LENGTH, 20, run.state)
        module._gradients(run, update, plan, 0, [update.guesses, update.pairs])
        return {name: p.grad for name, p in run.model.named_parameters() if p.grad is not None}, len(update.batches)

    expected = by_hand(setting(dataclasses.replace(config, micro=20), ALONE))
    for micro in (1, 3, 20):
        found, passes = gradients(micro)
        assert passes >= 20 // micro
        assert found.keys() == expected.keys()
        for name, gradient in found.items():
            assert torch.allclose(gradient, expected[name], rtol=1e-5, atol=1e-6), (micro, name)


def by_hand(plan: Setting) -> dict[str, torch.Tensor]:
    """The gradients of the same rows, by the definition of the loss."""
    run = ready(plan)
    with feeding(plan) as feed:
        update, _ = feed.next(LENGTH, 20, run.state)
    loss = torch.zeros(())
    for batch in update.batches:
        guesses = run.model(batch)
        loss = (
            loss
            + F.cross_entropy(guesses.pieces[:, : plan.shape.vocabulary], batch.labels, reduction="sum")
            / update.guesses
        )
        loss = loss + F.cross_entropy(guesses.order, batch.random, reduction="sum") / update.pairs
    loss.backward()
    return {name: p.grad for name, p in run.model.named_parameters() if p.grad is not None}


def poisoned(updates: set[int], monkeypatch: pytest.MonkeyPatch) -> list[list[torch.Tensor]]:
    """Let the gradients of these updates be no numbers; the weights before and after each update are collected."""
    gradients, seen = module._gradients, list[list[torch.Tensor]]()

    def poison(run: Any, update: Any, plan: Any, step: int, asked: Any) -> Any:
        found = gradients(run, update, plan, step, asked)
        if step in updates:
            next(run.model.parameters()).grad.view(-1)[3] = math.inf if step % 2 else math.nan
            found = found * math.nan
        return found

    def watched(model: torch.nn.Module, optimizers: Any, clip: float) -> bool:
        before = [parameter.detach().clone() for parameter in model.parameters()]
        lucky = updated(model, optimizers, clip)
        changed = any(not torch.equal(a, b) for a, b in zip(before, model.parameters(), strict=True))
        assert changed == lucky
        seen.append(before)
        return lucky

    monkeypatch.setattr(module, "_gradients", poison)
    monkeypatch.setattr(module, "updated", watched)
    return seen


def test_an_update_whose_gradient_is_no_number_is_skipped_and_counted(
    tmp_path: Path, brief: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    poisoned({2, 5, 6}, monkeypatch)
    found = trained(a_training(tmp_path, steps=8))
    assert [record["skipped"] for record in found] == [0, 0, 1, 0, 0, 1, 1, 0]
    assert ["loss" in record for record in found] == [not record["skipped"] for record in found]


def test_when_no_gradient_is_a_number_training_stops_with_advice(
    tmp_path: Path, brief: None, clock: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = a_training(tmp_path, steps=60, save_minutes=5 / 60)
    poisoned(set(range(7, 60)), monkeypatch)
    with pytest.raises(
        UserError, match=rf"update 26: .* {HOPELESS} updates in a row .* with a smaller --lr than 0.01 or a long"
    ):
        trained(config)
    kept = sorted((config.output / CHECKPOINTS).iterdir())
    assert kept
    assert all(fault(path) is None for path in kept)


def test_a_run_of_minutes_ends_by_the_clock_with_its_rate_near_zero(
    tmp_path: Path, brief: None, clock: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second an update; what passes between a kill and the next start does not count."""
    config = a_training(tmp_path, steps=0, minutes=40 / 60, warmup=0.25, ramp=0.3, save_minutes=7 / 60)
    cut_short(config, 20, monkeypatch)
    assert course(config.output)[-1]["step"] == 19
    found = trained(config)
    assert [record["step"] for record in found] == list(range(1, 41))
    assert [record["seconds"] for record in found] == list(range(1, 41))
    assert [record["rows"] for record in found[:4]] == [1] * 4
    grown = [record["rows"] for record in found[4:12]]
    assert grown == sorted(grown)
    assert max(record["rows"] for record in found[12:]) == 8
    rates = [record["lr"] for record in found]
    assert max(rates) == rates[10] == 0.01
    assert rates[-1] < 0.05 * 0.01
    assert all(a < b for a, b in itertools.pairwise(rates[:11]))
    assert all(a > b for a, b in itertools.pairwise(rates[10:]))


def test_phases_change_the_length_and_keep_the_tokens_of_an_update(tmp_path: Path, brief: None) -> None:
    config = a_training(tmp_path, steps=10, phases=("32:0.5", "64:0.5"))
    rows_of(config.instances, 20, length=64, full=1.0)
    found = trained(config)
    assert {record["rows"] for record in found[:5]} == {8}
    assert {record["rows"] for record in found[5:]} == {4}
    assert {record["tokens"] for record in found[5:]} == {8 * 32}
    assert [record["epoch"] for record in found[5:]] == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0])


def test_the_last_record_is_not_of_a_moment(tmp_path: Path, brief: None, clock: None) -> None:
    found = trained(a_training(tmp_path, steps=33, log_seconds=10.0))
    assert [record["step"] for record in found] == [10, 20, 33]
    found = trained(a_training(tmp_path, steps=37, log_seconds=10.0, output=tmp_path / "other"))
    assert [record["step"] for record in found] == [10, 20, 30, 37]


def test_a_record_ends_where_a_checkpoint_does(
    tmp_path: Path, brief: None, clock: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else what was computed between the two would be missing after a kill."""
    config = a_training(tmp_path, steps=30, log_seconds=10.0, save_minutes=8 / 60)
    cut_short(config, 15, monkeypatch)
    found, undisturbed = trained(config), trained(dataclasses.replace(config, output=tmp_path / "undisturbed"))
    assert sum(record["rows"] for record in found) == sum(record["rows"] for record in undisturbed)


def test_a_finished_run_leaves_all_that_a_person_looks_for_and_can_be_continued(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    config = a_training(tmp_path, steps=32, milestones=True, save_minutes=0.0, keep_last=3)
    rows_of(config.instances, 12, length=LENGTH, part="held-out", seed=7)
    summary = execute(order(STAGES["train"], config, {}, "test"))
    assert summary
    assert summary["updates"] == 32
    assert {"masked accuracy", "masked loss", "pair accuracy", "bits per character"} <= summary.keys()
    assert len(list((config.output / CHECKPOINTS).iterdir())) == 3
    results = (config.output / "eval_results.txt").read_text().splitlines()
    assert [line.partition(" = ")[0] for line in results] == [
        "global_step", "loss", "masked_lm_accuracy", "masked_lm_loss", "next_sentence_accuracy", "next_sentence_loss",
    ]  # fmt: skip
    assert results[0] == "global_step = 32"
    assert list(kept(config.output)) == [1, 2, 4, 8, 16]
    assert "Learning curve" in (config.output / "report.html").read_text()
    assert "trained on" in (config.output / "model" / "README.md").read_text()
    assert [line for line in capsys.readouterr().err.splitlines() if line.startswith("step 32/32 ") and "wait " in line]
    first, _ = load_model(config.output)
    assert load_model(kept(config.output)[16])[0].shape == first.shape

    monkeypatch.setattr("pretrain.finish.write_report", lambda *_given, **_named: None)  # drawn once is enough
    other = a_training(tmp_path / "law", steps=2)
    law = STAGES["continue"].config(
        **{**dataclasses.asdict(other), "model_config": None, "start": config.output, "lr": 1e-9, "dropout": 0.0}
    )
    assert execute(order(STAGES["continue"], law, {}, "test")) == {
        "updates": 2,
        "tokens": sum(r["tokens"] for r in records(law.output)),
    }
    second, _ = load_model(law.output)
    for a, b in zip(first.parameters(), second.parameters(), strict=True):
        assert torch.allclose(a, b, atol=1e-7)


def test_a_checkpoint_of_another_shape_is_refused(tmp_path: Path, brief: None, monkeypatch: pytest.MonkeyPatch) -> None:
    config = a_training(tmp_path, save_minutes=0.0)
    cut_short(config, 4, monkeypatch)
    with pytest.raises(UserError, match=r"made with dropout = 0.1 but this run has dropout = 0.3; give the options"):
        trained(dataclasses.replace(config, dropout=0.3))


def test_rows_seen_are_those_of_whole_epochs(tmp_path: Path, brief: None) -> None:
    found = trained(a_training(tmp_path, steps=0, epochs=2.0))
    assert sum(record["rows"] for record in found) == 2 * ROWS
    assert found[-1]["epoch"] == 2

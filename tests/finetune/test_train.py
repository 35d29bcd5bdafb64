"""Fine-tuning, in this process: every head learns, resuming is exact to the bit, passes and ranks change nothing."""

from __future__ import annotations

import dataclasses
import itertools
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import orjson
import pytest
import torch

from finetune import train as module
from finetune.batches import Row, batch_of
from finetune.examples import Question
from finetune.finetuned import HEAD, load_finetuned
from finetune.heads import loss
from finetune.options_train import Evaluate, Predict, Train
from finetune.passes import passes, units_of
from finetune.plan import Plan, planned
from finetune.predict import predict
from finetune.results import finish
from finetune.stages import STAGES
from finetune.train import ready, train
from pretrain.optim import updated
from pretrain.ranks import Ranks
from pretrain.stopping import Stopping
from tests.finetune.trainings import TASKS, a_file, a_model, a_training, course
from tests.in_process import Killed, one_thread  # noqa: F401
from tools.errors import Paused, UserError
from tools.fingerprint import order
from tools.stage import execute

ALONE = Ranks(0, 1, torch.device("cpu"))
WEIGHTS = "model.safetensors"


def trained(config: Train) -> Path:
    """Train into a folder, as its stage would."""
    config.output.mkdir(parents=True, exist_ok=True)
    train(config)
    return config.output


@pytest.mark.parametrize(
    ("head", "figure", "least"),
    [("classify", "accuracy", 90), ("regress", "spearman", 70), ("tag", "f1", 95), ("span", "f1", 90),
     ("choose", "accuracy", 90)],
)  # fmt: skip
def test_every_head_learns_and_evaluate_and_predict_say_the_same(
    head: str, figure: str, least: float, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    test = a_file(tmp_path / "test", head, seed=9)
    config = a_training(tmp_path, head, test=test, epochs=LEARNT[head], log_seconds=60.0, dropout=0.0)
    assert execute(order(STAGES["train"], config, {}, "test"))
    report = orjson.loads((config.output / "report.json").read_bytes())
    [scores] = report["seeds"]
    assert scores["test"][figure] >= least
    assert len(list((config.output / "seeds" / "1").glob("best-*"))) == 0
    published = report["published by others"]
    assert bool(published) == ("published by others" in capsys.readouterr().out)

    measured = Evaluate(model=config.output, file=test, output=tmp_path / "measured", precision="float32")
    assert execute(order(STAGES["evaluate"], measured, {}, "test"))
    found = orjson.loads((measured.output / "report.json").read_bytes())["figures"]
    assert {name: found[name] for name in scores["test"]} == scores["test"]
    assert (measured.output / "predictions.jsonl").read_bytes() == (config.output / "test.jsonl").read_bytes()
    predict(Predict(model=config.output, file=test, output=tmp_path / "said.jsonl", precision="float32"))
    assert (tmp_path / "said.jsonl").read_bytes() == (config.output / "test.jsonl").read_bytes()


LEARNT = {"classify": 10, "regress": 10, "tag": 4, "span": 20, "choose": 6}


def cut_short(config: Train, updates: int, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Train until so many updates are computed; the last is not counted any more. Whether it came so far."""
    calls = itertools.count(1)

    def stop(*given: Any) -> bool:
        if next(calls) == updates:
            raise Killed
        return updated(*given)

    with monkeypatch.context() as patch:
        patch.setattr(module, "updated", stop)
        try:
            trained(config)
        except Killed:
            return False
    return True


@pytest.mark.parametrize(("head", "ways"), [("classify", (3, 9, 14)), ("choose", (7, 8))])
def test_however_often_it_is_cut_short_it_ends_with_the_same_bits(
    head: str, ways: tuple[int, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Checkpoints at the ends of epochs alone, so that most runs go back some updates; two seeds."""
    whole = a_training(tmp_path, head, seeds=2, save_minutes=1e9)
    trained(whole)
    config = dataclasses.replace(whole, output=tmp_path / "cut")
    for way in ways:
        if cut_short(config, way, monkeypatch):
            break
    trained(config)
    for name in (WEIGHTS, HEAD, "task.json"):
        assert (config.output / "model" / name).read_bytes() == (whole.output / "model" / name).read_bytes()
    for name in ("report.json", "dev.jsonl", "seeds/1/scores.json", "seeds/2/scores.json"):
        assert (config.output / name).read_bytes() == (whole.output / name).read_bytes()
    for seed in "12":
        mine, theirs = (course(each.output / "seeds" / seed) for each in (config, whole))
        assert mine == theirs


def test_killed_while_the_results_are_put_together_it_puts_them_together_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = trained(a_training(tmp_path, seeds=2, epochs=1))
    config = a_training(tmp_path, seeds=2, epochs=1, output=tmp_path / "killed")
    moments = [(module, "finish"), (shutil, "copyfile")]
    for where, name in moments:

        def stop(*_given: Any, **_named: Any) -> Any:
            raise Killed

        with monkeypatch.context() as patch, pytest.raises(Killed):
            patch.setattr(where, name, stop)
            trained(config)
    trained(config)
    finish(planned(config, ALONE))  # as if killed after the last of it
    assert (config.output / "report.json").read_bytes() == (whole / "report.json").read_bytes()
    assert (config.output / "model" / HEAD).read_bytes() == (whole / "model" / HEAD).read_bytes()


def test_asked_to_stop_it_saves_and_says_how_to_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = a_training(tmp_path)
    whole = trained(config)
    stopped = dataclasses.replace(config, output=tmp_path / "stopped")

    @contextmanager
    def asked() -> Iterator[Any]:
        yield flag

    flag = Stopping()
    calls = itertools.count(1)

    def ask(*given: Any) -> bool:
        flag.asked = next(calls) == 4
        return updated(*given)

    with monkeypatch.context() as patch, pytest.raises(Paused, match="resume with: "):
        patch.setattr(module, "stopping", asked)
        patch.setattr(module, "updated", ask)
        trained(stopped)
    assert [path.name for path in (stopped.output / "seeds/1/checkpoints").iterdir()] == ["step-00000004"]
    trained(stopped)
    assert (stopped.output / "model" / WEIGHTS).read_bytes() == (whole / "model" / WEIGHTS).read_bytes()


@pytest.mark.parametrize("head", TASKS)
def test_each_row_counts_the_same_whatever_pass_or_rank_it_is_in(head: str, tmp_path: Path) -> None:
    plan = planned(a_training(tmp_path, head, dropout=0.0, class_weights=head in ("classify", "tag")), ALONE)
    rows = [plan.rows[int(number)] for number in plan.order(1, 0)[0]]
    expected, whole = gradients(plan, rows, micro=1000)
    for micro in (1, 3):
        found, asked = gradients(plan, rows, micro)
        assert asked == whole
        assert_close(found, expected)
    parts = [gradients(dataclasses.replace(plan, ranks=Part(rank)), rows, 1000)[0] for rank in range(3)]
    # What DDP gives: the mean over ranks.
    assert_close({name: sum(part[name] for part in parts) / 3 for name in expected}, expected)
    # A single unit leaves two ranks idle; of its choices another than the first is right.
    units = units_of(plan.rows, together=head == "choose")
    few = next(unit for unit in units if head != "choose" or unit[0].target)
    expected, _ = gradients(plan, few, micro=1000)
    parts = [gradients(dataclasses.replace(plan, ranks=Part(rank)), few, 1000)[0] for rank in range(3)]
    assert_close({name: sum(part[name] for part in parts) / 3 for name in expected}, expected)


@dataclasses.dataclass(frozen=True, slots=True)
class Part(Ranks):
    """One of three ranks, without the other two."""

    def __init__(self, rank: int) -> None:
        object.__setattr__(self, "rank", rank)
        object.__setattr__(self, "ranks", 3)
        object.__setattr__(self, "device", torch.device("cpu"))


def gradients(plan: Plan, rows: list[Row], micro: int) -> tuple[dict[str, torch.Tensor], float]:
    alone = dataclasses.replace(plan, ranks=ALONE)
    run = dataclasses.replace(ready(alone, 1, plan.config.output), micro=micro)
    run.module.no_sync = nullcontext  # type: ignore[assignment]
    _, whole = module._gradients(plan, run, rows, 0)
    return {name: p.grad for name, p in run.model.named_parameters() if p.grad is not None}, whole


def assert_close(found: Any, expected: dict[str, torch.Tensor]) -> None:
    assert found.keys() == expected.keys()
    for name, gradient in expected.items():
        assert torch.allclose(found[name], gradient, rtol=1e-4, atol=1e-6), name


def test_choices_of_an_example_are_never_parted() -> None:
    rows = [Row(torch.arange(5).numpy(), 5, example, 0) for example in range(7) for _ in range(4)]
    units = units_of(rows, together=True)
    assert [row.example for unit in units for row in unit] == [row.example for row in rows]
    for part in passes(units, 6, torch.device("cpu")):
        assert len(part) == 4
    assert [len(part) for part in passes([[row] for row in rows], 0, torch.device("cpu"))] == [28]


def test_early_stopping_waits_as_long_as_it_was_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scores = iter([50.0, 60.0, 60.0, 55.0, 99.0])
    monkeypatch.setattr(module, "figures", lambda *_: {"accuracy": next(scores)})
    output = trained(a_training(tmp_path, epochs=9, patience=2))
    judged = [record["dev_accuracy"] for record in course(output / "seeds" / "1") if "steps" not in record]
    assert judged == [50.0, 60.0, 60.0, 55.0]
    [only] = orjson.loads((output / "report.json").read_bytes())["seeds"]
    assert only["epoch"] == 2


def test_the_best_seed_on_the_held_out_part_is_kept(tmp_path: Path) -> None:
    output = trained(a_training(tmp_path, seeds=3, test=a_file(tmp_path / "test", "classify", seed=4)))
    report = orjson.loads((output / "report.json").read_bytes())
    figures = [one["dev"]["accuracy"] for one in report["seeds"]]
    assert [one["seed"] for one in report["seeds"]] == [1, 2, 3]
    assert report["best seed"] == 1 + figures.index(max(figures))
    assert report["spread"]["dev"]["accuracy"]["mean"] == pytest.approx(sum(figures) / 3)
    assert (output / "dev.jsonl").read_bytes() == (output / f"seeds/{report['best seed']}/dev.jsonl").read_bytes()


def test_random_weights_are_not_those_of_the_model(tmp_path: Path) -> None:
    with_it, without = (ready(planned(a_training(tmp_path, scratch=s), ALONE), 1, tmp_path) for s in (False, True))
    again = ready(planned(a_training(tmp_path, scratch=True), ALONE), 1, tmp_path)
    name = "model.layers.0.qkv.weight"
    mine, other, same = (run.model.state_dict()[name] for run in (with_it, without, again))
    assert not torch.equal(mine, other)
    assert torch.equal(other, same)


def test_questions_without_an_answer_are_learnt_and_a_threshold_is_kept(tmp_path: Path) -> None:
    path = a_file(tmp_path, "span", 60)
    value = orjson.loads(path.read_bytes())
    for number, article in enumerate(value["data"]):
        qas = article["paragraphs"][0]["qas"]
        qas.append({"id": f"{number}-none", "question": "음악이?", "answers": [], "is_impossible": True})
    path.write_bytes(orjson.dumps({**value, "version": "v2.0"}))
    output = trained(a_training(tmp_path, task="squad2", train=path, epochs=16))
    model = load_finetuned(output)
    assert model.spec.null
    [one] = orjson.loads((output / "report.json").read_bytes())["seeds"]
    assert one["threshold"] == model.spec.threshold
    assert one["dev"]["NoAns_exact"] == 100


def test_what_cannot_be_trained_is_said_before_anything_is_computed(tmp_path: Path) -> None:
    good = a_training(tmp_path)
    wrong: dict[str, tuple[dict[str, Any], str]] = {
        "task": ({"task": "nsmk"}, "nsmk: no such task; did you mean 'nsmc'"),
        "length": ({"length": 65}, "the model has 64 positions"),
        "warmup": ({"warmup": 1.0}, "warmup 1.0: a share"),
        "model": ({"model": tmp_path / "none"}, "none: no such folder"),
        "weights": ({"task": "korquad", "train": a_file(tmp_path, "span"), "class_weights": True}, "has no classes"),
    }
    for changes, said in wrong.values():
        with pytest.raises(UserError, match=said):
            planned(dataclasses.replace(good, **changes), ALONE)
    same = tmp_path / "same.txt"
    same.write_text("id\tdocument\tlabel\n1\t끝이\t1\n2\t끝이\t1\n")
    with pytest.raises(UserError, match="all examples belong together"):
        planned(dataclasses.replace(good, train=same), ALONE)


def test_when_no_gradient_is_a_number_training_stops_with_advice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "updated", lambda *_: False)
    with pytest.raises(UserError, match=r"20 updates in a row were no numbers; try a smaller --lr than 0.003"):
        trained(a_training(tmp_path, epochs=9))


def test_one_modern_model_with_windows_and_a_measured_pass(tmp_path: Path) -> None:
    model = a_model(tmp_path / "modern", "modern")
    output = trained(a_training(tmp_path, "tag", model=model, epochs=1, length=12, auto_batch=True, layer_decay=0.7))
    assert orjson.loads((output / "seeds" / "pass.json").read_bytes()) >= 1
    assert load_finetuned(output).spec.length == 12


def test_the_loss_of_spans_is_that_of_the_places_that_may_be_an_answer(tmp_path: Path) -> None:
    """By hand: log-softmax over [CLS] and the passage, for start and for end."""
    plan = planned(a_training(tmp_path, "span"), ALONE)
    rows = [plan.rows[number] for number in (0, 5, 9)]
    batch = batch_of(rows, 0)
    logits = torch.randn(*batch.tokens.shape, 2)
    expected = 0.0
    for number, row in enumerate(rows):
        may = [0, *range(row.bound, len(row) - 1)]
        assert isinstance(row.target, tuple)
        for side, place in enumerate(row.target):
            expected -= float(logits[number, may, side].log_softmax(0)[may.index(place)]) / 2
    assert float(loss(plan.spec, logits, rows, batch, None)) == pytest.approx(expected, rel=1e-5)
    assert all(isinstance(example, Question) for example in plan.dev)

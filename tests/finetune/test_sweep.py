"""A sweep: what is to be trained, that nothing is trained twice, and what the table and curves say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from finetune import sweep as module
from finetune.options_features import Sweep
from finetune.options_train import Train
from finetune.sweep import Data, Entry, entries, sweep, task_files
from finetune.sweep_page import curves, lines, sections
from finetune.tasks import TASKS
from tests.finetune.trainings import a_file, a_model
from tools.errors import UserError
from tools.shards import write_json
from tools.stage import Stage


def a_pretraining(home: Path) -> Path:
    """A folder as pretraining leaves it, with models kept on the way."""
    a_model(home / "model")
    for step in (10, 20):
        a_model(home / "milestones" / f"step-{step:08d}")
    (home / "metrics.jsonl").write_text('{"step": 40, "loss": 3.0}\n')
    return home


def a_sweep(home: Path, **changes: Any) -> Sweep:
    train, test = a_file(home / "1", "classify", 48), a_file(home / "2", "classify", 16, seed=5)
    names = a_file(home / "1", "tag", 32)
    plan = {
        "tasks": (f"nsmc={train},,{test}", f"inline-ner={names}"), "models": (f"mine={a_pretraining(home / 'run')}",),
        "output": home / "sweep", "epochs": 1.0, "batch": 8, "length": 48, "device": "cpu", "precision": "float32",
    }  # fmt: skip
    return Sweep(**{**plan, **changes})


def test_every_model_on_every_task_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = a_sweep(tmp_path)
    sweep(config)
    report = orjson.loads((config.output / "report.json").read_bytes())
    assert list(report["tasks"]) == ["nsmc", "inline-ner"]
    assert list(report["tasks"]["nsmc"]["scores"]) == ["TF-IDF", "mine"]
    assert list(report["tasks"]["inline-ner"]["scores"]) == ["mine"]
    assert (report["tasks"]["nsmc"]["part"], report["tasks"]["inline-ner"]["part"]) == ("test", "dev")
    trained = orjson.loads((config.output / "nsmc" / "mine" / "report.json").read_bytes())
    assert report["tasks"]["nsmc"]["scores"]["mine"] == trained["spread"]["test"]
    [about] = report["about"]
    assert (about["model"], about["layers"], about["updates"]) == ("mine", 2, 40)
    assert "published by others" in (config.output / "report.html").read_text()
    assert "made in" in capsys.readouterr().err

    sweep(config)
    again = capsys.readouterr()
    assert "made in" not in again.err
    assert "TF-IDF" in again.out


def test_milestones_and_random_weights_are_rows_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config = a_sweep(tmp_path, milestones=True, scratch=True, seeds=2)
    run = tmp_path / "run"
    wanted = [
        Entry("mine@0", run, "mine", 0, scratch=True),
        Entry("mine@10", run / "milestones" / "step-00000010", "mine", 10),
        Entry("mine@20", run / "milestones" / "step-00000020", "mine", 20),
        Entry("mine", run, "mine", 40),
    ]
    assert list(entries(config)) == wanted
    asked = list[Train]()

    def pretend(stage: Stage, given: Any) -> None:
        given.output.mkdir(parents=True)
        if isinstance(given, Train):
            asked.append(given)
            figure = {"mean": 50.0 + len(asked), "sd": 1.0}
            write_json(given.output / "report.json", {"spread": {"dev": {"f1": figure}, "test": {"f1": figure}}})
        else:
            write_json(given.output / "report.json", {"figures": {"f1": 84.5}})

    monkeypatch.setattr(module, "_run", pretend)
    sweep(config)
    assert [given.scratch for given in asked] == [True, False, False, False] * 2
    assert {given.seeds for given in asked} == {2}
    report = orjson.loads((config.output / "report.json").read_bytes())
    assert curves(report, "nsmc") == {
        "mine": [(10, 52.0), (20, 53.0), (40, 54.0)],
        "mine, 무작위 random weights": [(10, 51.0), (40, 51.0)],
    }
    table = list(lines(report))
    assert [line.split()[0] for line in table] == ["모델", "TF-IDF", "mine@0", "mine@10", "mine@20", "mine"]
    assert table[1].split()[1:] == ["84.50"]
    assert table[5].split()[1:] == ["54.00", "±", "1.00", "58.00", "±", "1.00"]
    assert [section.title for section in sections(report)] == ["모든 점수 All scores", "nsmc", "inline-ner"]
    assert "random weights" in (config.output / "report.html").read_text()
    assert capsys.readouterr().out


def test_files_of_a_task() -> None:
    task = TASKS["nsmc"]
    assert task_files("nsmc=a") == Data(task, Path("a"))
    assert task_files("nsmc=a,b,c") == Data(task, Path("a"), Path("b"), Path("c"))
    assert task_files("nsmc=a,,c") == Data(task, Path("a"), None, Path("c"))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"tasks": ("nsmd=a",)}, r"^--tasks nsmd=a: nsmd is no task; did you mean 'nsmc'\?$"),
        ({"tasks": ("nsmc",)}, r"^--tasks nsmc: a task and its files, .*: nsmc=TRAIN,DEV,TEST$"),
        ({"tasks": ("nsmc=a,b,c,d",)}, r"^--tasks nsmc=a,b,c,d: a task and its files"),
        ({"tasks": ("nsmc=a", "nsmc=b")}, r"^--tasks: nsmc is there twice"),
        ({"tasks": ()}, r"^--tasks and --models: each needs one at least"),
        ({"models": ("a/x", "b/x")}, r"^--models b/x: a/x is called x too; give another name: NAME=b/x$"),
        ({"models": ("u/v=b",)}, r"^--models u/v=b: 'u/v' is no name of a folder here; write NAME=b$"),
    ],
)
def test_mistakes_are_named(changes: dict[str, Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=message):
        sweep(Sweep(**{"tasks": ("nsmc=a",), "models": ("b",), "output": tmp_path, **changes}))

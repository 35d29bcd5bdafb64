"""The six-row table: heads learn apart from each other and from the model, and say what they were."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest
import torch

from finetune import probes
from finetune.coding import coded
from finetune.encoder import encoder
from finetune.examples import Example
from finetune.layers import PUBLISHED, layers
from finetune.options_features import Layers
from finetune.plan import read, spec_of
from finetune.probes import Probe, learned, said
from finetune.states import VECTORS
from finetune.tasks import TASKS
from tests.finetune.trainings import a_file, a_model
from tools.errors import UserError

TASK = TASKS["inline-ner"]


def a_table(home: Path, deep: int = 4, **changes: Any) -> Layers:
    output = home / "out"
    output.mkdir(parents=True)
    plan = {
        "task": "inline-ner", "model": a_model(home / "model", layers=deep), "train": a_file(home / "1", "tag", 64),
        "dev": a_file(home / "2", "tag", 16, seed=5), "output": output, "epochs": 6, "head": "linear",
        "device": "cpu", "precision": "float32",
    }  # fmt: skip
    return Layers(**{**plan, **changes})


def test_six_rows_with_two_seeds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(probes, "BATCH", 8)
    monkeypatch.setattr(probes, "LR", 0.02)
    config = a_table(tmp_path, seeds=2)
    summary = layers(config)
    report = orjson.loads((config.output / "report.json").read_bytes())
    assert [row["layers"] for row in report["rows"]] == list(PUBLISHED) == list(VECTORS)
    assert [row["published"] for row in report["rows"]] == [91.0, 94.9, 95.5, 95.6, 95.9, 96.1]
    assert all(len(row["seeds"]) == 2 and row["mean"] == sum(row["seeds"]) / 2 for row in report["rows"])
    best = max(report["rows"], key=lambda row: row["mean"])
    assert summary == {"best": best["layers"], "f1": round(best["mean"], 2)}
    assert best["mean"] > 80
    printed = capsys.readouterr().out
    assert "concat-last-4" in printed
    assert "not measured here" in printed
    page = (config.output / "report.html").read_text()
    assert "<svg" in page
    assert "published" in page


def test_a_shallow_model_lacks_two_rows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = a_table(tmp_path, deep=2, epochs=1)
    layers(config)
    report = orjson.loads((config.output / "report.json").read_bytes())
    assert [row["layers"] for row in report["rows"]] == ["first", "last", "sum-all", "second-to-last"]
    assert "too shallow for: sum-last-4, concat-last-4." in capsys.readouterr().out


def test_heads_do_not_touch_each_other_or_the_model(tmp_path: Path) -> None:
    given = encoder(a_model(tmp_path / "model"), 0.0)
    before = {name: each.clone() for name, each in given.model.state_dict().items()}
    examples: list[Example] = read(TASK, a_file(tmp_path, "tag", 24))
    spec = spec_of(TASK, examples, length=48)
    rows = coded(spec, given.tokenizer, examples).answered()
    one = learned(given, spec, rows, ["last"], "bilstm", epochs=3, seed=1)
    two = learned(given, spec, rows, ["last", "first"], "bilstm", epochs=3, seed=1)
    for name, each in given.model.state_dict().items():
        assert torch.equal(each, before[name]), name
    assert said(one, examples)["last"] == said(two, examples)["last"]
    again = learned(given, spec, rows, ["last"], "bilstm", epochs=3, seed=1)
    assert all(map(torch.equal, one.heads.state_dict().values(), again.heads.state_dict().values()))


def test_what_pads_a_row_does_not_matter() -> None:
    torch.manual_seed(1)
    probe = Probe(8, 3, "bilstm").eval()
    vectors, lengths = torch.randn(2, 6, 8), torch.tensor([6, 4])
    before = probe(vectors, lengths)
    vectors[1, 4:] = 99.0
    after = probe(vectors, lengths)
    torch.testing.assert_close(before[0], after[0])
    torch.testing.assert_close(before[1, :4], after[1, :4])
    torch.testing.assert_close(before[1, :4], probe(vectors[1:, :4], torch.tensor([4]))[0])


def test_mistakes_are_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"^nsmc: no task of names; known: conll-ner, inline-ner, "):
        layers(a_table(tmp_path, task="nsmc"))
    with pytest.raises(UserError, match=r"^epochs 0: must be 1 or more; give a larger number$"):
        layers(a_table(tmp_path / "other", epochs=0))

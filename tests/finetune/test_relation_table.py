"""Relations in plain text: every two names are asked about, as the reader of relation files marks them."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from finetune import relation_table
from finetune.encoder import encoder
from finetune.examples import Example, Labelled, Span, Tagged
from finetune.finetuned import Finetuned, save_finetuned
from finetune.options_relations import Relations
from finetune.predictions import Label, Names, Prediction
from finetune.relation_table import relations
from finetune.spec import Spec
from tests.finetune.trainings import a_model
from tools.errors import UserError

TEXT = "가람은 마루시에서 나래를 만났다."
KINDS = {"가람": "PS", "나래": "PS", "마루시": "LC"}


@pytest.fixture
def models(tmp_path: Path) -> Path:
    source = a_model(tmp_path / "encoder")
    for name, spec in {
        "ner": Spec(task="inline-ner", head="tag", length=48, stride=16, labels=("LC", "PS")),
        "re": Spec(task="relations", head="classify", length=48, stride=16, labels=("NA", "lives", "knows")),
        "critic": Spec(task="nsmc", head="classify", length=48, stride=16, labels=("0", "1")),
    }.items():
        save_finetuned(Finetuned(encoder(source), spec, seed=4), tmp_path / name)
    return tmp_path


def knowing(model: Finetuned, asked: Sequence[Example], **_: Any) -> Iterator[Prediction]:
    """What models that have learnt something would say."""
    for one in asked:
        if isinstance(one, Tagged):
            places = sorted((one.text.find(name), name) for name in KINDS)
            yield Names(one.id, tuple(Span(at, at + len(name), KINDS[name]) for at, name in places if at >= 0))
        else:
            assert isinstance(one, Labelled)
            subject, object = (one.first.split(mark)[1].strip() for mark in "@#")
            label = {"PS PS": "knows", "PS LC": "lives"}.get(f"{KINDS[subject]} {KINDS[object]}", "NA")
            yield Label(one.id, label, {label: 0.75})


def test_every_two_names_are_asked_about(
    models: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(relation_table, "predictions", knowing)
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"\n{TEXT}\n비가 왔다.\n"))
    relations(Relations(names=models / "ner", model=models / "re", json=True, device="cpu"))
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(one["subject"], one["relation"], one["object"]) for one in found] == [
        ("가람", "lives", "마루시"),
        ("가람", "knows", "나래"),
        ("나래", "knows", "가람"),
        ("나래", "lives", "마루시"),
    ]
    assert {one["line"] for one in found} == {2}
    assert {one["probability"] for one in found} == {0.75}


def test_two_models_at_random_make_a_table_of_a_file(models: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = models / "texts.txt"
    file.write_text(f"{TEXT}\n" * 2, encoding="utf-8")
    relations(Relations(names=models / "ner", model=models / "re", file=file, device="cpu", precision="float32"))
    head, *rows = capsys.readouterr().out.splitlines()
    assert head.split("  ")[0] == "줄 line"
    first, second = ([row[1:] for row in rows if row.startswith(number)] for number in "12")
    assert first == second
    assert len(first) + len(second) == len(rows)


@pytest.mark.parametrize(
    ("names", "model", "said"),
    [("critic", "re", "--names .*critic: is of nsmc, which has no names"), ("ner", "critic", "is of nsmc; give a")],
)
def test_a_model_of_another_kind_is_named(names: str, model: str, said: str, models: Path) -> None:
    with pytest.raises(UserError, match=said):
        relations(Relations(names=models / names, model=models / model, device="cpu"))

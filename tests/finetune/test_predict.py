"""What is typed or piped into `predict`, and what it prints; predictions in portions are those at once."""

from __future__ import annotations

import dataclasses
import io
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import torch

from finetune import answering
from finetune.answering import logits, portions, predictions
from finetune.coding import coded
from finetune.encoder import encoder
from finetune.examples import Choice, Labelled, Question, Span, Tagged
from finetune.finetuned import Finetuned, load_finetuned, save_finetuned
from finetune.options_train import Predict
from finetune.predict import example, marked, predict
from finetune.predictions import Names
from finetune.spec import TASK, Spec
from finetune.tasks import TASKS
from tests.finetune.trainings import TASKS as NAMED
from tests.finetune.trainings import a_file, a_model
from tools.errors import UserError
from tools.stage import imported

LABELS = {"classify": ("0", "1"), "tag": ("LC", "PS")}


def a_finetuned(home: Path, head: Any, **more: Any) -> Finetuned:
    spec = Spec(task=NAMED[head], head=head, length=32, stride=8, labels=LABELS.get(head, ()), **more)
    model = Finetuned(encoder(a_model(home / "encoder")), spec, seed=3)
    save_finetuned(model, home / "tuned")
    return model.eval()


@pytest.mark.parametrize("head", NAMED)
def test_in_portions_they_are_the_same_and_in_order(head: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And no more rows are alive at once than a portion has."""
    model = a_finetuned(tmp_path, head)
    read: Any = imported(TASKS[NAMED[head]].read)
    examples = read(a_file(tmp_path, head, 30)).examples
    whole = list(predictions(model, examples))
    assert [one.id for one in whole] == [one.id for one in examples]
    monkeypatch.setattr(answering, "EXAMPLES", 7)
    seen = list[int]()

    def counted(*given: Any) -> Any:
        seen.append(len(given[2]))
        return coded(*given)

    monkeypatch.setattr(answering, "coded", counted)
    for one, other in zip(predictions(model, examples), whole, strict=True):
        assert type(one) is type(other)
        assert one.id == other.id
        for name in ("label", "spans", "text", "number"):
            assert getattr(one, name, None) == getattr(other, name, None)
    assert max(seen) <= 7


def test_portions_end_after_so_many_characters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answering, "CHARACTERS", 10)
    texts = [Labelled(str(at), "가" * size) for at, size in enumerate((4, 4, 4, 30, 1, 1, 1))]
    assert [[one.id for one in some] for some in portions(texts)] == [["0", "1", "2"], ["3"], ["4", "5", "6"]]
    assert list(portions([])) == []


def test_logits_do_not_hang_on_what_a_row_is_batched_with(tmp_path: Path) -> None:
    model = a_finetuned(tmp_path, "tag")
    texts = [Tagged("1", "가람은 마루시에서 살았다."), Tagged("2", "나래"), Tagged("3", "")]
    rows = coded(model.spec, model.tokenizer, texts).rows
    together = logits(model, rows)
    for row, found in zip(rows, together, strict=True):
        [alone] = logits(model, [row])
        assert torch.allclose(torch.from_numpy(alone), torch.from_numpy(found), atol=1e-5)


def test_lines_become_examples_of_the_task() -> None:
    specs = {head: Spec(task=task, head=head, length=8, stride=4) for head, task in NAMED.items()}  # type: ignore[arg-type]
    assert example(specs["classify"], "좋다\n", 3) == Labelled("3", "좋다")
    assert example(specs["regress"], "하나\t둘\n", 1) == Labelled("1", "하나", "둘")
    assert example(specs["tag"], " 가람\t은\n", 1) == Tagged("1", " 가람\t은")
    assert example(specs["span"], "누구?\t가람은\n", 1) == Question("1", "누구?", ("가람은",))
    assert example(specs["choose"], "그래서\t가\t나\n", 1) == Choice("1", "그래서", ("가", "나"))
    wrong = [("span", "누구?", "is not question <TAB> context"), ("choose", "가\t나", "is not beginning")]
    for head, line, said in [*wrong, ("classify", "가\t나\t다", "is not a text, or text <TAB> text")]:
        with pytest.raises(UserError, match=f"line 7: .*{said}"):
            example(specs[head], line, 7)
    pairs = dataclasses.replace(specs["classify"], pairs=True)
    assert example(pairs, "가\t나", 1) == Labelled("1", "가", "나")
    with pytest.raises(UserError, match="line 7: '가': is not text <TAB> text"):
        example(pairs, "가", 7)


def test_names_are_marked_in_their_text() -> None:
    names = Names("1", (Span(0, 2, "PS"), Span(4, 7, "LC")))
    assert marked("가람은 마루시에서", names) == "<가람:PS>은 <마루시:LC>에서"


def test_lines_of_a_pipe_come_out_as_lines_of_json(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    a_finetuned(tmp_path, "classify")
    monkeypatch.setattr("sys.stdin", io.StringIO("끝이 웃었다\n\n배우가 졸았다\n"))
    predict(Predict(model=tmp_path / "tuned", device="cpu"))
    said = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(one["kind"], one["id"]) for one in said] == [("Label", "1"), ("Label", "3")]
    assert all(sum(one["chances"].values()) == pytest.approx(1) for one in said)


def test_one_question_has_as_many_answers_as_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    a_finetuned(tmp_path, "span")
    context = "가람은 마루시에서 살았다. 나래는 바다군에서 웃었다."
    file = tmp_path / "context.txt"
    file.write_text(context)
    asked = Predict(model=tmp_path / "tuned", question="누구?", context=context, n=3, device="cpu")
    predict(asked)
    said = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(said) == 3
    for one in said:
        assert context[one["start"] : one["end"]] == one["text"] != ""
    predict(Predict(model=tmp_path / "tuned", question="누구?", context=f"@{file}", n=3, device="cpu"))
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == said
    with pytest.raises(UserError, match="give both, or neither"):
        predict(Predict(model=tmp_path / "tuned", question="누구?", device="cpu"))


def test_long_texts_and_empty_ones_are_predicted_too(tmp_path: Path) -> None:
    model, notes = a_finetuned(tmp_path, "span", null=True), Counter[str]()
    asked = [
        Question("1", "", ("가람은 " * 3000,)),
        Question("2", "누구?", ("",)),
        Question("3", "누구?", ("나래", "다온은")),
    ]
    found = list(predictions(model, asked, notes=notes))
    assert [one.id for one in found] == ["1", "2", "3"]
    assert notes["windows"] > 300


def test_a_folder_that_is_none_of_ours_is_said_so(tmp_path: Path) -> None:
    a_finetuned(tmp_path, "classify")
    with pytest.raises(UserError, match="no such folder"):
        load_finetuned(tmp_path / "none")
    with pytest.raises(UserError, match=r"no task.json there; give a folder that finetune train made"):
        load_finetuned(tmp_path / "encoder")
    (tmp_path / "tuned" / "head.safetensors").write_bytes(b"cut")
    with pytest.raises(UserError, match="is not the head of this model"):
        load_finetuned(tmp_path / "tuned")
    value = json.loads((tmp_path / "tuned" / TASK).read_text())
    (tmp_path / "tuned" / TASK).write_text(json.dumps({**value, "version": 9}))
    with pytest.raises(UserError, match="is of version 9, and this code reads 1"):
        load_finetuned(tmp_path / "tuned")


def test_what_is_typed_is_answered_until_an_empty_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    a_finetuned(tmp_path, "choose")
    typed = iter(["가람은\t웃었다\t졸았다", "가람은\t웃었다", ""])
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda _: next(typed))
    predict(Predict(model=tmp_path / "tuned", device="cpu"))
    said = capsys.readouterr()
    assert said.out in ("0: 웃었다\n", "1: 졸았다\n")
    assert "line 2: '가람은\\t웃었다': is not beginning" in said.err

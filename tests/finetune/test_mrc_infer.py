"""Answers as the course prints them, and the places that it leaves out."""

from __future__ import annotations

import ast
import io
import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from finetune.mrc_infer import COURSE, device, infer
from finetune.options_mrc import MrcInfer
from tests.finetune.readers import a_reader
from tests.vocab import vocabularies
from tools.errors import UserError

GREETING, WHO = "안녕하세요 마인즈랩입니다.", "누구?"
OTHER = "말모이는 우리말 사전의 첫 이름이다."
NUMBERS = ("start_char", "end_char", "start_token", "end_token")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    a_reader(tmp_path)
    return tmp_path


def ask(capsys: pytest.CaptureFixture[str], **options: Any) -> list[dict[str, Any]]:
    infer(MrcInfer(model_name="kor", json=True, **options))
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_the_quick_start_of_the_course(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    infer(MrcInfer(model_name="kor", context=(GREETING,), question=WHO, n=3))
    contexts, question, found, places, _, *best, end = capsys.readouterr().out.splitlines()
    assert ast.literal_eval(contexts) == [GREETING]
    assert ast.literal_eval(question) == [WHO]
    pairs = ast.literal_eval(found.removeprefix("OrderedDict(").removesuffix(")"))
    assert tuple(key for key, _ in pairs) == COURSE == (
        "text", "probability", "start_index", "end_index", "start_logit", "end_logit", "passage_idx",
    )  # fmt: skip
    answer = dict(pairs)
    assert GREETING[answer["start_index"] : answer["end_index"]] == answer["text"] != ""
    assert 0 < answer["probability"] <= 1
    assert re.match(rf"characters {answer['start_index']}-{answer['end_index']}, tokens \d+-\d+ of passage 0: ", places)
    assert f"【{answer['text']}】" in places
    assert [line.split()[0] for line in best] == ["1", "2", "3"]
    assert end == ""


def test_places_in_characters_and_tokens(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    [found] = ask(capsys, context=(GREETING,), question=WHO, n=20)
    offsets = vocabularies.wordpiece().encode(GREETING).offsets
    assert len(found["nbest"]) > 5
    for one in (found, *found["nbest"]):
        start, end, first, after = (one[key] for key in NUMBERS)
        assert (one["start_index"], one["end_index"]) == (start, end)
        assert (int(offsets[first][0]), int(offsets[after - 1][1])) == (start, end)
        assert GREETING[start:end] == one["text"]
    scores = [one["start_logit"] + one["end_logit"] for one in found["nbest"]]
    assert scores == sorted(scores, reverse=True)
    assert found["nbest"][0] == {key: found[key] for key in (*COURSE, *NUMBERS)}


def test_of_several_passages_the_best_is_found(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    alone = [ask(capsys, context=(text,), question=WHO)[0] for text in (GREETING, OTHER)]
    scores = [one["start_logit"] + one["end_logit"] for one in alone]
    for texts, best in (((GREETING, OTHER), scores.index(max(scores))), ((OTHER, GREETING), scores.index(min(scores)))):
        [found] = ask(capsys, context=texts, question=WHO)
        assert found["passage_idx"] == best
        assert found["text"] == texts[best][found["start_index"] : found["end_index"]]
        assert found["start_logit"] + found["end_logit"] == pytest.approx(max(scores), abs=1e-4)
        # A model that was never shown a question without an answer may still drop a passage by its threshold.
        order = [one["passage_idx"] for one in found["passages"]]
        assert order == sorted(set(order), key=lambda each: -scores[(GREETING, OTHER).index(texts[each])])
        assert "passages" not in alone[0]


def test_lines_pipes_and_files(home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{WHO}\t{GREETING}\n\n무엇?\t{OTHER}\t{GREETING}\n"))
    one, two = ask(capsys)
    assert (one["id"], one["question"], two["id"], two["question"]) == ("1", WHO, "3", "무엇?")
    monkeypatch.setattr(sys, "stdin", io.StringIO(GREETING))
    assert ask(capsys, question=WHO)[0] == one
    asked = [{"id": "a", "question": WHO, "answers": [{"text": "마인즈랩", "answer_start": 6}]}]
    tree = {"data": [{"title": "인사", "paragraphs": [{"context": GREETING, "qas": asked}]}]}
    (home / "qa.json").write_text(json.dumps(tree))
    [found] = ask(capsys, file=home / "qa.json")
    assert found == {**one, "id": "a"}


def test_a_model_that_may_say_that_there_is_no_answer(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    a_reader(home, null=True, threshold=-1e9)
    [found] = ask(capsys, context=(GREETING,), question=WHO)
    assert (found["text"], found["start_char"], found["end_token"]) == ("", -1, -1)
    assert "null_score" in found
    infer(MrcInfer(model_name="kor", context=(GREETING,), question=WHO))
    assert "\n답 없음 no answer\n" in capsys.readouterr().out
    a_reader(home, null=True, threshold=1e9)
    assert ask(capsys, context=(GREETING,), question=WHO)[0]["text"]


def test_mistakes_are_told(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for options, said in (
        ({"context": (GREETING,)}, "--context without --question"),
        ({"question": WHO}, "--question without --context"),
        ({"question": WHO, "file": home / "qa.json"}, "the file has its own"),
        ({"context": (GREETING,), "question": WHO, "n": 0}, "-n 0: nothing to list"),
        ({"context": (GREETING,), "question": WHO, "en": True}, "models/kor cannot read yet; train it: .* -e -t"),
        ({}, "line 1: 'no tab here' has no tab"),
    ):
        monkeypatch.setattr(sys, "stdin", io.StringIO("no tab here\n" if not options else ""))
        with pytest.raises(UserError, match=said):
            infer(MrcInfer(model_name="kor", **options))
    a_reader(home, "kor-mrc", task="nsmc", head="classify", labels=("0", "1"))
    with pytest.raises(UserError, match="models/kor-mrc: was trained for nsmc, not to read"):
        infer(MrcInfer(model_name="kor", context=(GREETING,), question=WHO))


def test_a_device_is_the_number_of_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    assert device("cpu") == "cpu"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert device("0") == "cpu"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert device("1") == "cuda:1"
    with pytest.raises(UserError, match="--device 2: GPUs here have the numbers 0 to 1, or give cpu"):
        device("2")
    with pytest.raises(UserError, match="--device gpu: give the number"):
        device("gpu")

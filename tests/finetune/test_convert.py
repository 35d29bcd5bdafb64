"""What every format of questions can hold comes through every conversion, and what it cannot is said."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from finetune.convert import FORMATS, convert, recognised
from finetune.examples import Answer, Question
from finetune.formats.qa import read_qa
from finetune.formats.squad import SHAPES
from finetune.options_data import Convert
from tests.finetune.question_files import LAKE, PAGE, SMALL, korquad, korquad2, saved, squad2, zipped
from tools.errors import UserError

QUESTIONS = [key for key, form in FORMATS.items() if form.kind == "questions"]
RICH = [key for key in QUESTIONS if key in SHAPES and key != "korquad2"] + ["csv", "tsv"]


def said(path: Path, to: str, output: Path, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """What a conversion prints, without the name of its output."""
    convert(Convert(path, to, output))
    return [line.removeprefix(f"{output}: ") for line in capsys.readouterr().out.splitlines()]


def known(path: Path) -> list[tuple[Any, ...]]:
    return [
        (example.question, example.passages, example.answers)
        for example in read_qa(path).examples
        if isinstance(example, Question)
    ]


@pytest.mark.parametrize("to", QUESTIONS)
@pytest.mark.parametrize("source", ["korquad", "korquad2", "tydi"])
def test_questions_with_one_answer_come_through_everything(source: str, to: str, tmp_path: Path) -> None:
    path = saved(SMALL[source](), tmp_path / "source")
    before = [(q, tuple(p.replace("\n", " ") for p in passages), a) for q, passages, a in known(path)]
    convert(Convert(path, to, tmp_path / "there"))
    assert recognised(tmp_path / "there") == to
    convert(Convert(tmp_path / "there", "squad", tmp_path / "back"))
    assert [
        (q, tuple(p.replace("\n", " ") for p in passages), a) for q, passages, a in known(tmp_path / "back")
    ] == before


@pytest.mark.parametrize("to", RICH)
def test_ids_titles_and_several_answers_come_through_all_but_two(to: str, tmp_path: Path) -> None:
    rows = korquad()
    rows["data"][0]["paragraphs"][0]["qas"][0]["answers"].append({"text": "서리", "answer_start": 5})
    convert(Convert(saved(rows, tmp_path / "source"), to, tmp_path / "there"))
    convert(Convert(tmp_path / "there", "korquad", tmp_path / "back"))
    assert json.loads((tmp_path / "back").read_text())["data"] == rows["data"]


def test_what_squad_2_loses(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = saved(squad2(), tmp_path / "source")
    assert said(path, "squad2", tmp_path / "there", capsys)[1:] == []
    assert said(path, "korquad", tmp_path / "there", capsys) == [
        "KorQuAD 1.0 from SQuAD 2.0: articles 1 · paragraphs 1 · questions 2",
        "dropped: questions without an answer (1)",
    ]
    assert said(path, "korquad2", tmp_path / "there", capsys)[1:] == [
        "dropped: answers after the first (1)",
        "dropped: questions without an answer (1)",
        "not known, so left out: html_answer_start (1)",
        "not known, so left out: html_answer_text (1)",
        "not known, so left out: raw_html (1)",
        "not known, so left out: url (1)",
    ]
    assert said(path, "csv", tmp_path / "there", capsys)[1:] == ["dropped: plausible answers (1)"]


def test_klue_loses_what_is_its_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = saved(SMALL["klue-mrc"](), tmp_path / "source")
    assert said(path, "squad2", tmp_path / "there", capsys)[1:] == [
        "dropped: news_category (1)",
        "dropped: question_type (2)",
        "dropped: source (1)",
    ]
    assert known(tmp_path / "there") == known(path)
    assert [example.id for example in read_qa(tmp_path / "there").examples] == [
        "klue-mrc-v1_dev_a",
        "klue-mrc-v1_dev_b",
    ]


def test_a_zip_of_korquad_2_becomes_one_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = zipped({"a.json": korquad2("1"), "b.json": korquad2("2")}, tmp_path / "q.zip")
    lines = said(path, "squad", tmp_path / "there", capsys)
    assert lines[0] == "SQuAD 1.1 from KorQuAD 2: articles 2 · paragraphs 2 · questions 2"
    assert "dropped: raw_html (2)" in lines
    place = PAGE.index("12 km²")
    assert known(tmp_path / "there") == [("가온호의 넓이는?", (PAGE,), (Answer("12 km²", place),))] * 2


def test_a_version_of_its_own(tmp_path: Path) -> None:
    path = saved(SMALL["tydi"](), tmp_path / "source")
    convert(Convert(path, "korquad", tmp_path / "there"))
    version = json.loads((tmp_path / "there").read_text())["version"]
    assert "_".join(version.split("_")[:-1]) == "KorQuAD_v1.0"  # what the official script compares


def test_mistakes_of_the_user(tmp_path: Path) -> None:
    path = saved(korquad(), tmp_path / "source")
    with pytest.raises(UserError, match="--to konkukk: no such format; did you mean 'konkuk'"):
        convert(Convert(path, "konkukk", tmp_path / "there"))
    with pytest.raises(UserError, match="--source squat: no such format"):
        convert(Convert(path, "konkuk", tmp_path / "there", source="squat"))
    with pytest.raises(UserError, match="is the file that is read"):
        convert(Convert(path, "konkuk", path))
    (tmp_path / "text").write_text(f"{LAKE}\n", encoding="utf-8")
    with pytest.raises(UserError, match="in no format that is recognised"):
        convert(Convert(tmp_path / "text", "konkuk", tmp_path / "there"))
    assert not (tmp_path / "there").exists()

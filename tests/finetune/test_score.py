"""The verb `score`, from files to what is printed."""

from __future__ import annotations

import json
import lzma
from pathlib import Path
from typing import Any

import pytest

from finetune.examples import Labelled, Span
from finetune.formats.klue_ner import read_klue_ner
from finetune.options_scores import Score
from finetune.predictions import Label, Names, write_predictions
from finetune.score import class_lines, confusion_lines, measured, report, score
from finetune.scores.classes import confusion, per_class
from finetune.tasks import TASKS
from tools.errors import UserError

DATA = Path(__file__).parents[3] / "shared" / "data"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="needs ../shared/data")
PASSAGE = "주시경은 1911년 서울에서 말모이를 짓기 시작하였다."
ANSWERS = {"1-1": "주시경", "1-2": "서울", "1-3": "1911년", "1-4": "말모이"}


@pytest.fixture
def gold(tmp_path: Path) -> Path:
    asked = [
        {"id": id, "question": "무엇인가?", "answers": [{"text": text, "answer_start": PASSAGE.index(text)}]}
        for id, text in ANSWERS.items()
    ]
    article = {"title": "말모이", "paragraphs": [{"context": PASSAGE, "qas": asked}]}
    path = tmp_path / "gold.json"
    path.write_text(json.dumps({"version": "KorQuAD_v1.0_dev", "data": [article]}, ensure_ascii=False))
    return path


def test_questions(gold: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = tmp_path / "predictions.json"
    given.write_text(json.dumps({"1-1": "주시경", "1-2": "서울에서", "1-3": "말모이", "9-9": "없음"}))
    score(Score("korquad", gold, given, tmp_path / "scores.json"))
    said = capsys.readouterr().out
    assert "예측 없음, 0점 missing, scored 0: 1 (1-4)" in said
    assert "정답에 없는 id unknown ids, not counted: 1 (9-9)" in said
    assert [line.split() for line in said.splitlines() if line.startswith(("완전", "F1"))] == [
        ["완전", "일치", "EM", "25.00", "%"],
        ["F1", "41.67", "%"],
    ]
    assert [line.split()[-4:] for line in said.splitlines() if " josa " in line] == [["1", "33.3", "%", "16.67"]]
    written: Any = json.loads((tmp_path / "scores.json").read_text())
    assert written["figures"]["exact_match"] == 25
    assert written["errors"]["josa"]["ids"] == ["1-2"]
    assert (written["missing"], written["strange"]) == (["1-4"], ["9-9"])


def test_classes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    gold, given = tmp_path / "test.txt", tmp_path / "labels.txt"
    gold.write_text("id\tdocument\tlabel\n1\t참 좋다\t1\n2\t별로다\t0\n3\t다시 본다\t1\n")
    given.write_text("1\n1\n1\n")
    score(Score("nsmc", gold, given, tmp_path / "scores.json"))
    said = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["정확도", "accuracy", "66.67", "%"] in said
    assert ["1", "66.67", "100.00", "80.00", "3", "2"] in said
    assert ["0", "0", "1"] in said  # the matrix
    written: Any = json.loads((tmp_path / "scores.json").read_text())
    assert written["confusion"] == {"0": {"0": 0, "1": 1}, "1": {"0": 0, "1": 2}}


KLUE = "## 7\t<주시경:PS>\n{}\n"


def gold_id(path: Path) -> str:
    return read_klue_ner(path).examples[0].id


def test_names_in_the_format_of_the_gold_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    gold, given, other = tmp_path / "gold.tsv", tmp_path / "given.tsv", tmp_path / "other.tsv"
    gold.write_text(KLUE.format("주\tB-PS\n시\tI-PS\n경\tI-PS\n은\tO\n"))
    given.write_text(KLUE.format("주\tB-PS\n시\tI-PS\n경\tI-PS\n은\tI-PS\n"))
    other.write_text(KLUE.format("주\tB-PS\n시\tI-PS\n경\tI-PS\n"))
    score(Score("klue-ner", gold, gold))
    assert "100.00 %" in capsys.readouterr().out
    score(Score("klue-ner", gold, given))
    said = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["개체명", "entity", "macro", "F1", "0.00", "%"] in said
    assert ["PS", "0.00", "0.00", "0.00", "1", "1"] in said
    beyond = tmp_path / "names.jsonl"
    write_predictions(beyond, [Names(gold_id(gold), (Span(2, 9, "PS"),))])
    with pytest.raises(UserError, match=r"the name at 2-9 is not within its text of 4 characters"):
        score(Score("klue-ner", gold, beyond))
    with pytest.raises(UserError, match=r"other.tsv: .* has another text than in the gold file"):
        score(Score("klue-ner", gold, other))


def test_names_that_only_klue_would_not_count_are_refused(tmp_path: Path) -> None:
    gold, given = tmp_path / "gold.tsv", tmp_path / "given.tsv"
    gold.write_text(KLUE.format("주\tB-PS\n시\tI-PS\n경\tI-PS\n은\tO\n"))
    given.write_text(KLUE.format("주\tI-PS\n시\tI-PS\n경\tI-PS\n은\tO\n"))
    with pytest.raises(UserError, match=r"given.tsv: 1 names begin with I-, .*; write B- for their first character"):
        score(Score("klue-ner", gold, given))


def test_labels_of_another_kind_are_refused_and_a_single_one_is_wrong(tmp_path: Path) -> None:
    gold, given = tmp_path / "gold.tsv", tmp_path / "given.tsv"
    gold.write_text("글\t기쁨\n참 좋다\t기쁨\n별로다\t슬픔\n".replace("글\t기쁨\n", ""))
    given.write_text("0\n1\n")
    with pytest.raises(UserError, match=r"given.tsv: says '0', which is no label, .*; write 기쁨, 슬픔"):
        score(Score("tsv", gold, given))
    given.write_text("0\n슬픔\n")
    score(Score("tsv", gold, given))


def test_an_unknown_task_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"korquadd: no such task; did you mean 'korquad'\?"):
        score(Score("korquadd", tmp_path, tmp_path))


def test_confidence_is_scored_where_it_is_known() -> None:
    gold = [Labelled("1", "가", label="1"), Labelled("2", "나", label="0")]
    found = measured(TASKS["nsmc"], gold, [Label("1", "1", {"1": 0.75}), Label("2", "1", {"1": 0.5})])
    assert found.figures["ece"] == pytest.approx((0.25 + 0.5) / 2)
    assert "보정 오차 ECE" in "\n".join(report(found))


def test_of_many_classes_the_confused_are_listed() -> None:
    gold = [str(number) for number in range(20)] * 2
    given: list[str | None] = [*gold[:20], *gold[1:20], None]
    lines = list(confusion_lines(confusion(gold, given)))
    assert len(lines) == 11
    assert "0 -> 1" in lines[1]
    assert len(list(class_lines(per_class(gold, given)))) == 21


@needs_data
def test_the_real_files_score_full_against_themselves(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    korquad = DATA / "korquad" / "korquad-112.json.xz"
    content: Any = json.loads(lzma.open(korquad, "rt", encoding="utf-8").read())
    asked = [one for article in content["data"] for part in article["paragraphs"] for one in part["qas"]]
    given = tmp_path / "predictions.json"
    given.write_text(json.dumps({one["id"]: one["answers"][0]["text"] for one in asked}))
    score(Score("korquad", korquad, given))
    said = capsys.readouterr().out
    assert "정답 gold 4,564" in said
    assert said.count("100.00 %") == 2


@needs_data
def test_klue_ner_without_names_scores_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = tmp_path / "names.jsonl"
    write_predictions(given, [Names("nobody", (Span(0, 1, "PS"),))])
    score(Score("klue-ner", DATA / "ner" / "klue-ner-dev-first4000.tsv.xz", given))
    said = capsys.readouterr().out
    assert "missing, scored 0: 4,000" in said
    assert "개체명 entity macro F1" in said

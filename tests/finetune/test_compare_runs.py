"""Two runs side by side: what is counted, what is printed, and where the right answers come from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from finetune.compare import compare_runs
from finetune.comparison import class_rows, compared, error_rows, figure_rows, lines, page
from finetune.examples import Answer, Example, Labelled, Question
from finetune.options_compare import CompareRuns
from finetune.parts import held_out
from finetune.plan import read
from finetune.predictions import Label, Number, Prediction, Reply, write_predictions
from finetune.tasks import TASKS
from tools.errors import UserError

NSMC = TASKS["nsmc"]
GOLD = [Labelled(str(n), f"글 {n}", None, str(n % 2)) for n in range(12)]
A = [Label(one.id, "1", {"0": 0.25, "1": 0.75}) for one in GOLD]  # right where n is odd
B = [Label(one.id, "0" if int(one.id) < 10 and int(one.id) % 2 == 0 else "1") for one in GOLD]  # wrong of 10 alone


def test_what_two_sets_of_predictions_differ_in() -> None:
    found = compared(NSMC, GOLD, A, B)
    assert (len(found.better_a), len(found.better_b), found.both) == (0, 5, 6)
    assert found.chance == pytest.approx(0.0625)
    assert figure_rows(found)[1] == ("정확도 accuracy", "50.00 %", "91.67 %", "+41.67")
    classes = {row[0]: row[1:] for row in class_rows(found)}
    assert classes["0"] == ("6", "0.00", "100.00", "+100.00", "0.00", "83.33", "+83.33", "0.00", "90.91", "+90.91")
    assert classes["1"][:4] == ("6", "50.00", "85.71", "+35.71")
    said = "\n".join(lines(found, 2))
    assert "A만 맞음 right A only 0 · B만 B only 5 · 둘 다 both 6 · 둘 다 아님 neither 1" in said
    assert "p = 0.0625; 차이는 우연일 수 있다" in said
    assert said.count("B만 맞음 only B right") == 2
    assert "  A            1 (75 %)" in said


def test_a_difference_beyond_chance_names_the_better() -> None:
    right = [Label(one.id, one.label or "") for one in GOLD]
    wrong = [Label(one.id, str(1 - int(one.label or 0))) for one in GOLD]
    assert "A is better, and not by chance" in "\n".join(lines(compared(NSMC, GOLD, right, wrong), 0))
    assert "B is better, and not by chance" in "\n".join(lines(compared(NSMC, GOLD, wrong, right), 0))
    assert "may be chance" in "\n".join(lines(compared(NSMC, GOLD, right, right), 0))


def test_questions_and_numbers(tmp_path: Path) -> None:
    text = "가람은 마루시에서 살았다."
    gold: list[Example] = [
        Question(word, f"{word}?", (text,), (Answer(word, text.index(word)),)) for word in ("가람", "마루시")
    ]
    one: list[Prediction] = [Reply("가람", "가람은"), Reply("마루시", "마루시")]
    other: list[Prediction] = [Reply("가람", "가람"), Reply("마루시", "살았다")]
    found = compared(TASKS["korquad"], gold, one, other)
    assert error_rows(found)[1:] == [("조사만 다름 josa", "1", "0", "-1"), ("다른 곳 elsewhere", "0", "1", "+1")]
    page(tmp_path / "page.html", found, "<A>", "B")
    drawn = (tmp_path / "page.html").read_text()
    assert "&lt;A&gt;" in drawn and "【마루시】에서" in drawn and "Only B is right (1)" in drawn
    gold = [Labelled(str(n), "가", "나", str(n)) for n in range(4)]
    near, far = [Number(str(n), n + 0.5) for n in range(4)], [Number(str(n), n - 1.0 * (n > 0)) for n in range(4)]
    found = compared(TASKS["korsts"], gold, near, far)
    assert (len(found.better_a), len(found.better_b)) == (3, 1)
    assert "A만 더 가까움 nearer A only 3" in "\n".join(lines(found, 1))


@pytest.fixture
def ratings(tmp_path: Path) -> Path:
    path = tmp_path / "ratings.txt"
    path.write_text("id\tdocument\tlabel\n" + "".join(f"{one.id}\t{one.first}\t{one.label}\n" for one in GOLD))
    return path


def a_run(folder: Path, inputs: list[Path], file: str, given: list[Any], task: str = "nsmc") -> Path:
    folder.mkdir()
    (folder / "report.json").write_text(json.dumps({"task": task}))
    (folder / "stage.json").write_text(json.dumps({"inputs": {str(path): "" for path in inputs}}))
    write_predictions(folder / file, given)
    return folder


def test_two_evaluations(tmp_path: Path, ratings: Path, capsys: pytest.CaptureFixture[str]) -> None:
    runs = [
        a_run(tmp_path / name, [Path("model"), ratings], "predictions.jsonl", given)
        for name, given in (("a", A), ("b", B))
    ]
    compare_runs(CompareRuns(run_a=runs[0], run_b=runs[1], output=tmp_path / "out" / "page.html"))
    said = capsys.readouterr().out
    assert "예 examples 12" in said and f"A  {runs[0]}\nB  {runs[1]}" in said and "p = 0.0625" in said
    drawn = (tmp_path / "out" / "page.html").read_text()
    assert drawn.count("<svg") == 1 and "+41.67" in drawn and "Only A is right (0)" in drawn


def test_the_part_that_was_held_out_is_found_again(
    tmp_path: Path, ratings: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    held = {one.id for one in held_out(read(NSMC, ratings))[1]}
    given = [one for one in A if one.id in held]
    run = a_run(tmp_path / "run", [Path("model"), ratings], "dev.jsonl", given)
    compare_runs(CompareRuns(run_a=run, run_b=run))
    assert f"예 examples {len(held)}" in capsys.readouterr().out
    assert 0 < len(held) < len(GOLD)


@pytest.mark.parametrize(("file", "wanted"), [("dev.jsonl", 2), ("test.jsonl", 3)])
def test_files_that_were_given_are_found_again(tmp_path: Path, ratings: Path, file: str, wanted: int) -> None:
    inputs = [Path("model"), tmp_path / "train.txt", tmp_path / "dev.txt", tmp_path / "test.txt"]
    inputs[wanted] = ratings
    run = a_run(tmp_path / "run", inputs[: wanted + 1], file, A)
    compare_runs(CompareRuns(run_a=run, run_b=run))


def test_mistakes_are_told(tmp_path: Path, ratings: Path) -> None:
    whole = a_run(tmp_path / "whole", [Path("model"), ratings], "predictions.jsonl", A)
    part = a_run(tmp_path / "part", [Path("model"), ratings], "predictions.jsonl", A[1:])
    other = a_run(tmp_path / "other", [Path("model"), ratings], "predictions.jsonl", A, "ynat")
    lost = a_run(tmp_path / "lost", [Path("model"), tmp_path / "gone.txt"], "predictions.jsonl", A)
    mute = a_run(tmp_path / "mute", [], "predictions.jsonl", A)
    (tmp_path / "empty").mkdir()
    for a, b, said in (
        (whole, part, "part: 1 of 12 examples have no prediction there, as '0'; run finetune evaluate"),
        (whole, other, "is of nsmc and .* of ynat; compare runs of one task"),
        (lost, whole, "was scored on .*gone.txt, which is not there now; give --gold FILE"),
        (mute, whole, "does not say what it was scored on; give --gold FILE"),
        (tmp_path / "empty", whole, "no run there; give a folder that finetune train or evaluate made"),
    ):
        with pytest.raises(UserError, match=said):
            compare_runs(CompareRuns(run_a=a, run_b=b))
    compare_runs(CompareRuns(run_a=mute, run_b=lost, gold=ratings, n=0))
    with pytest.raises(UserError, match="-n -1"):
        compare_runs(CompareRuns(run_a=whole, run_b=whole, n=-1))

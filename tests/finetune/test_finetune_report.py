"""The page of a fine-tuning says what its scores, curves and predictions say."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import Any

import pytest

from finetune.evaluation_page import confusion, evaluation_page, precision_and_recall
from finetune.examples import Answer, Choice, Example, Labelled, Question, Span, Tagged
from finetune.options_train import Train
from finetune.predictions import Chosen, Label, Names, Number, Prediction, Reply
from finetune.report import write_report
from finetune.side_by_side import EACH, side_by_side
from finetune.tasks import TASKS
from tools.charts import Heat, Table

PASSAGE = "가람은 1911년 마루시에서 사전을 짓기 시작하였다."


def asked(id: str, answer: str) -> Question:
    answers = (Answer(answer, PASSAGE.index(answer)),) if answer else ()
    return Question(id, f"<무엇> {id}?", (PASSAGE,), answers)


QUESTIONS = [asked("1", "가람"), asked("2", "마루시"), asked("3", "1911년"), asked("4", "사전")]
REPLIES = [Reply("1", "가람"), Reply("2", "마루시에서"), Reply("3", "1911"), Reply("4", "가람")]
REVIEWS = [Labelled(str(n), f"글 {n}", None, str(n % 2)) for n in range(20)]
LABELS = [Label(str(n), "1", {"0": 0.25, "1": 0.75}) for n in range(20)]


def headings(page: str) -> list[str]:
    return re.findall("<h2>(.*?)</h2>", page)


def a_seed(seed: int, exact: float, **more: Any) -> dict[str, Any]:
    return {"seed": seed, "epoch": 2.0, "step": 8, "dev": {"exact_match": exact, "f1": exact + 10}, **more}


def curve(exact: float) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = [
        {"step": n, "steps": 8, "epoch": n / 4, "seconds": 2.0 * n, "rows": 4, "tokens": 99, "loss": 3 / n}
        for n in range(1, 9)
    ]
    return [*made, *({"step": n, "epoch": n / 4, "dev_exact_match": exact / n, "dev_f1": exact} for n in (4, 8))]


def test_the_page_of_a_training_with_three_seeds(tmp_path: Path) -> None:
    task = TASKS["korquad"]
    spread = {"dev": {"exact_match": {"mean": 24.5, "sd": 1.25}, "f1": {"mean": 34.5, "sd": 1.25}}}
    write_report(
        tmp_path,
        task,
        seeds=[a_seed(1, 23.0), a_seed(2, 25.0), a_seed(3, 25.5, josa={"kept": 24.0, "taken off": 25.5})],
        spread=spread,
        curves={1: curve(40), 2: curve(44), 3: curve(50)},
        parts={"dev": (QUESTIONS, REPLIES)},
        options=dataclasses.asdict(Train(task="korquad", model=Path("m"), train=Path("t"), output=Path("o"))),
    )
    page = (tmp_path / "report.html").read_text()
    dev = "고르는 부분 dev"
    assert headings(page) == [
        "요약 Summary", "곡선 Curves", "다른 모델 Other models", f"점수 Scores · {dev}",
        f"오답의 갈래 Mistakes by kind · {dev}", f"나란히 Side by side · {dev}", "설정 Configuration",
    ]  # fmt: skip
    assert page.count("<svg") == 3 + 1
    for said in (
        "24.50 ± 1.25", "씨앗 3의", "0:48", "24.50 / 34.50", "measured here: 고르는 부분 dev", "조사만 다름",
        "&lt;무엇&gt; 2?", "【마루시】에서", "layer_decay", "taken off: exact match 24.00 with them, 25.50 without",
    ):  # fmt: skip
        assert said in page, said
    assert page.count("published, other data/split") == len(task.published) > 5
    assert all(one.figure in page for one in task.published)


def test_the_page_of_one_seed_and_a_test_file(tmp_path: Path) -> None:
    figures = {"accuracy": {"mean": 50.0, "sd": 0.0}}
    seed = {"seed": 7, "epoch": 1.0, "step": 5, "dev": {"accuracy": 60.0}, "test": {"accuracy": 50.0}}
    parts = {"dev": (REVIEWS[:10], LABELS[:10]), "test": (REVIEWS, LABELS)}
    spread = {"dev": {"accuracy": {"mean": 60.0, "sd": 0.0}}, "test": figures}
    write_report(tmp_path, TASKS["nsmc"], seeds=[seed], spread=spread, curves={7: []}, parts=parts, options={})
    page = (tmp_path / "report.html").read_text()
    assert "One seed" in page and "±" not in page
    assert sum("시험 파일 test" in one for one in headings(page)) == 4
    assert '<td class="number">50.00</td>' in page  # in the table of classes


def test_confusion_is_a_heat_map_of_shares_or_a_list() -> None:
    few: dict[str, dict[str | None, int]] = {"0": {"0": 3, "1": 1, None: 0}, "1": {"0": 0, "1": 0, None: 0}}
    [_, heat] = confusion(few)
    assert isinstance(heat, Heat)
    assert (list(heat.rows), list(heat.columns)) == (["0", "1"], ["0", "1", "없음 none"])
    assert [list(row) for row in heat.values] == [[75, 25, 0], [0, 0, 0]]
    names = [str(n) for n in range(30)]
    many: dict[str, dict[str | None, int]] = {one: {other: int(one) + 1 if one != other else 99 for other in names}
                                              for one in names}  # fmt: skip
    [table] = confusion(many)
    assert isinstance(table, Table)
    assert table.rows[0][0] == "29" and len(table.rows) == 20


def test_precision_and_recall_as_the_threshold_rises() -> None:
    gold = [asked("1", "가람"), asked("2", ""), asked("3", "1911년"), asked("4", "사전")]
    given = [
        Reply("1", "가람", best="가람", null_score=-3.0),
        Reply("2", "사전", best="사전", null_score=-1.0),
        Reply("3", "", best="1911년", null_score=0.5),
        Reply("4", "", best="가람", null_score=2.0),
    ]
    points = precision_and_recall(TASKS["squad2"], gold, given)
    [exact, _] = points.values()
    assert exact == [
        (0, 100), pytest.approx((100 / 3, 100)), pytest.approx((100 / 3, 50)), pytest.approx((200 / 3, 200 / 3)),
        pytest.approx((200 / 3, 50)),
    ]  # fmt: skip
    assert precision_and_recall(TASKS["squad2"], gold, [Reply("1", "가람")]) == {}
    assert precision_and_recall(TASKS["nsmc"], REVIEWS, LABELS) == {}


def test_the_page_of_questions_without_answers(tmp_path: Path) -> None:
    given = [Reply(one.id, "", best="가람", null_score=float(n)) for n, one in enumerate(QUESTIONS)]
    evaluation_page(tmp_path / "page.html", TASKS["squad2"], [*QUESTIONS, asked("5", "")], given, "dev.json")
    page = (tmp_path / "page.html").read_text()
    assert "Questions without an answer · dev.json" in page
    assert "1 have no prediction" in page


CASES: list[tuple[str, list[Example], list[Prediction], list[list[str]]]] = [
    (
        "korquad", [*QUESTIONS], [*REPLIES[:3]],
        [
            [PASSAGE.replace("마루시", "【마루시】"), "<무엇> 2?", "마루시", "마루시에서", "조사만 다름 josa"],
            [PASSAGE.replace("1911년", "【1911년】"), "<무엇> 3?", "1911년", "1911", "같은 곳, 다른 경계 boundary"],
            [PASSAGE.replace("사전", "【사전】"), "<무엇> 4?", "사전", "(예측 없음 missing)", "답하지 않음 empty"],
            [PASSAGE.replace("가람", "【가람】"), "<무엇> 1?", "가람", "가람", "맞음 right"],
        ],
    ),
    (
        "nsmc", [*REVIEWS[:2]], [*LABELS[:2]],
        [["글 0", "0", "1 (75 %)", "0 → 1"], ["글 1", "1", "1 (75 %)", "맞음 right"]],
    ),
    (
        "korsts",
        [Labelled("1", "비가 온다", "눈이 온다", "2"), Labelled("2", "낮", "밤", "1.5")],
        [Number("1", 2.25), Number("2", 4.0)],
        [["낮 ▏밤", "1.5", "4.00", "2.50 차이 off"], ["비가 온다 ▏눈이 온다", "2", "2.25", "0.25 차이 off"]],
    ),
    (
        "inline-ner", [Tagged("1", "가람은 왔다", (Span(0, 2, "PS"),))], [Names("1", ())],
        [["【가람:PS】은 왔다", "가람은 왔다", "틀림 wrong"]],
    ),
    (
        "copa", [Choice("1", "비가 와서", ("젖었다", "말랐다"), 0)], [Chosen("1", 1)],
        [["비가 와서", "젖었다", "말랐다", "틀림 wrong"]],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("task", "gold", "given", "rows"), CASES, ids=[case[0] for case in CASES])
def test_examples_beside_predictions(
    task: str, gold: list[Example], given: list[Prediction], rows: list[list[str]]
) -> None:
    table = side_by_side(TASKS[task], gold, given)
    assert [list(row) for row in table.rows] == rows
    assert all(len(row) == len(table.head) for row in table.rows)


def test_of_each_kind_only_some_are_shown() -> None:
    rows = side_by_side(TASKS["nsmc"], REVIEWS, LABELS).rows
    assert [row[-1] for row in rows] == ["0 → 1"] * EACH + ["맞음 right"] * EACH
    gold = [Labelled(str(n), "가", "나", "0") for n in range(30)]
    table = side_by_side(TASKS["korsts"], gold, [Number(str(n), float(n)) for n in range(30)])
    assert [row[2] for row in table.rows] == [f"{n}.00" for n in (29, 28, 27, 26, 25, 24, 23, 22, 3, 2, 1, 0)]

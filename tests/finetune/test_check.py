"""Every fault is named with its path; the repaired copy has none and reads without a note."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finetune.check import check
from finetune.check_qa import mended
from finetune.examples import Question
from finetune.formats.qa import read_qa
from finetune.formats.squad import SHAPES, read_tree
from finetune.options_data import Check
from tests.finetune.question_files import (
    KORQUAD,
    LAKE,
    PAGE,
    SMALL,
    answer,
    dirty,
    korquad,
    korquad2,
    needs_korquad,
    qa,
    saved,
    squad,
    squad2,
    zipped,
)
from tools.errors import UserError


def faults(config: Check, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """What is printed about a file that has faults, without its name."""
    with pytest.raises(SystemExit) as exit:
        check(config)
    assert exit.value.code == 1
    return [line.removeprefix(f"{config.file}: ") for line in capsys.readouterr().out.splitlines()]


def test_the_example_of_the_issue(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good = qa("0", "무엇인가?", answer("호수", LAKE))
    wrong = qa("2", "어느 산 아래인가?", {"text": "서리산", "answer_start": 69})
    rows = squad((LAKE, [good, {**good, "id": "1"}, wrong]), version="1.1")
    rows["data"] = [*korquad()["data"], *squad((LAKE, []))["data"], *rows["data"]]
    said = faults(Check(saved(rows, tmp_path / "q.json")), capsys)
    assert said[1:] == [
        "data[3].paragraphs[0].qas[2]: answer text is not at answer_start 69",
        "misplaced: 1",
    ]


def test_the_dirty_file_is_repaired(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = faults(Check(saved(dirty(), tmp_path / "q.json"), repair=tmp_path / "r.json"), capsys)
    right = LAKE.index("1931년")
    assert said == [
        "taken for SQuAD 1.1; it says no version",
        f"{tmp_path / 'r.json'}: the repaired copy",
        "data[0].paragraphs[0].qas[0]: answer '서리산/nnp' is not in the context -> taken as '서리산' at 5",
        "data[0].paragraphs[0].qas[1]: answer '돌쇠/nnp' is not in the context -> taken out",
        f"data[0].paragraphs[0].qas[2]: answer text is not at answer_start {right + 3} -> answer_start {right}",
        "not in context: 2",
        "misplaced: 1",
    ]
    repaired = json.loads((tmp_path / "r.json").read_text())
    assert repaired["creator"] == "우리"
    assert repaired["version"] == "1.1"
    check(Check(tmp_path / "r.json"))
    assert capsys.readouterr().out.endswith("no fault found\n")
    assert [example.id for example in read_qa(tmp_path / "r.json").examples] == ["9_f9_wiki_1-1", "9_f9_wiki_1-3"]


LAKE_QA = qa("1", "무엇인가?", answer("호수", LAKE))
AT = "data[0].paragraphs[0]"


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ({}, 'has no "data"'),
        ({"data": {}}, "data is dict, not a list"),
        ({"data": [1]}, "data[0]: is int, not an object"),
        ({"data": [{"title": 3, "paragraphs": []}]}, "data[0]: title is 3, not text"),
        ({"data": [{"title": ""}]}, 'data[0]: has no "paragraphs"'),
        (squad((LAKE, [LAKE_QA]), version="1.1")["data"][0], 'has no "data"'),
        ({"data": [{"paragraphs": [{"qas": []}]}]}, f'{AT}: has no "context"'),
        ({"data": [{"paragraphs": [{"context": LAKE}]}]}, f'{AT}: has no "qas"'),
        (squad((" ", [])), f"{AT}: context is empty"),
        (squad((LAKE, [{**LAKE_QA, "question": ""}])), f"{AT}.qas[0]: question is empty"),
        (squad((LAKE, [{**LAKE_QA, "question": None}])), f"{AT}.qas[0]: question is None, not text"),
        (squad((LAKE, [{**LAKE_QA, "id": 7}])), f"{AT}.qas[0]: id is the number 7, not text"),
        (squad((LAKE, [LAKE_QA, LAKE_QA])), f"{AT}.qas[1]: id '1' is that of {AT}.qas[0]"),
        (squad((LAKE, [qa("1", "?")])), f"{AT}.qas[0]: has no answer, and is not marked impossible"),
        (squad((LAKE, [LAKE_QA, {"id": "2", "question": "?"}])), f'{AT}.qas[1]: has no "answers"'),
        (squad((LAKE, [{**LAKE_QA, "answers": "호수"}])), f"{AT}.qas[0]: answers is str, not a list"),
        (squad((LAKE, [{**LAKE_QA, "answers": ["호수"]}])), f"{AT}.qas[0]: is str, not an object"),
        (squad((LAKE, [{**LAKE_QA, "answers": [{"text": "호수"}]}])), f'{AT}.qas[0]: has no "answer_start"'),
        (
            squad((LAKE, [{**LAKE_QA, "answers": [*LAKE_QA["answers"], {"text": " ", "answer_start": 1}]}])),
            f"{AT}.qas[0].answers[1]: text is empty",
        ),
        (
            squad((LAKE, [{**LAKE_QA, "answers": [{"text": "호수", "answer_start": "69"}]}])),
            f"{AT}.qas[0]: answer_start is '69', not a whole number",
        ),
        (squad((LAKE, [{**LAKE_QA, "is_impossible": True}])), f"{AT}.qas[0]: is_impossible, but has answers"),
        (squad((LAKE, [{**LAKE_QA, "is_impossible": 1}])), f"{AT}.qas[0]: is_impossible is 1, not true or false"),
        (
            squad((LAKE, [qa("1", "?", is_impossible=True, plausible_answers=[{"text": "산", "answer_start": 0}])])),
            f"{AT}.qas[0].plausible_answers[0]: answer text is not at answer_start 0",
        ),
        ({"data": [{"context": PAGE, "qas": [{"id": "1", "question": "?", "answer": 7}]}]}, "data[0].qas[0]: is int"),
    ],
)
def test_every_kind_of_fault(rows: Any, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = saved(rows, tmp_path / "q.json")
    assert any(line.startswith(said) for line in faults(Check(path, repair=tmp_path / "r.json"), capsys))
    check(Check(tmp_path / "r.json"))


def test_korquad_2_has_two_places_for_an_answer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = korquad2()
    rows["data"][0]["qas"][0]["answer"] |= {"answer_start": 1, "html_answer_start": 2}
    said = faults(Check(saved(rows, tmp_path / "q.json"), repair=tmp_path / "r.json"), capsys)
    assert said[2].startswith("data[0].qas[0]: answer text is not at answer_start 1 -> ")
    assert said[3].startswith("data[0].qas[0]: answer text is not at html_answer_start 2 -> ")
    assert json.loads((tmp_path / "r.json").read_text()) == korquad2()


def test_ids_are_compared_over_all_files_of_a_zip(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = zipped({"a.json": korquad2(), "b.json": korquad2()}, tmp_path / "q.zip")
    with pytest.raises(SystemExit):
        check(Check(path))
    assert f"{path}!b.json: data[0].qas[0]: id '77' is that of data[0].qas[0]" in capsys.readouterr().out
    with pytest.raises(UserError, match="one file can be repaired at a time"):
        check(Check(path, repair=tmp_path / "r.json"))


def test_only_so_many_of_a_kind_are_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = saved(squad((LAKE, [qa(str(at), "?") for at in range(9)])), tmp_path / "q.json")
    assert len(faults(Check(path, most=3), capsys)) == 1 + 3 + 1
    assert len(faults(Check(path, most=0), capsys)) == 1 + 9 + 1


def test_files_that_are_no_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "q.tsv").write_text("question\tcontext\tanswer\n무엇?\t산과 강\t바다\n \t산\t산\n", encoding="utf-8")
    said = faults(Check(tmp_path / "q.tsv"), capsys)
    assert said[0] == "taken for TSV"
    assert sorted(line.rpartition(": ")[2] for line in said[1:]) == ["1", "1"]
    with pytest.raises(UserError, match="only JSON files of questions can be repaired"):
        check(Check(tmp_path / "q.tsv", repair=tmp_path / "r"))


def test_other_tasks_are_checked_by_what_their_reader_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "r.txt").write_text("id\tdocument\tlabel\n1\t좋다\t1\n2\t\t0\n3\t나쁘다\t0\n", encoding="utf-8")
    assert faults(Check(tmp_path / "r.txt", task="nsmc"), capsys)[-1].endswith(": 1")
    with pytest.raises(UserError, match="no such task"):
        check(Check(tmp_path / "r.txt", task="nsmcc"))
    with pytest.raises(UserError, match="--task"):
        check(Check(saved([], tmp_path / "q.json")))


@pytest.mark.parametrize("key", SMALL)
def test_good_files_have_no_fault_and_stay_as_they_are(key: str) -> None:
    tree = {"version": "x", **SMALL[key]()}
    assert mended(tree, SHAPES[key], {}) == (tree, [])


def at(tree: Any, where: str) -> Any:
    """What stands at a path; KeyError or IndexError if there is nothing."""
    for name, number in re.findall(r"(\w+)|\[(\d+)\]", where):
        tree = tree[name] if name else tree[int(number)]
    return tree


def spoil(tree: Any, draw: st.DataObject) -> None:
    """Break a JSON value at some place."""
    while isinstance(tree, (dict, list)) and tree:
        key = draw.draw(st.sampled_from(sorted(tree) if isinstance(tree, dict) else range(len(tree))))
        below = tree[key]
        if not isinstance(below, (dict, list)) or not below or draw.draw(st.integers(0, 7)) == 0:
            tree[key] = draw.draw(
                st.sampled_from([None, 7, -1, "", "  ", "호수", True, [], {}, [[]], [{}], "서리산/nnp"])
            )
            return
        tree = below


@given(st.data(), st.sampled_from(sorted(SMALL)))
def test_whatever_is_broken_the_repaired_copy_has_no_fault(draw: st.DataObject, key: str) -> None:
    tree = {"version": "x", **copy.deepcopy(SMALL[key]())}
    for _ in range(draw.draw(st.integers(1, 3))):
        spoil(tree, draw)
    whole, found = mended(tree, SHAPES[key], {})
    again, left = mended(whole, SHAPES[key], {})
    assert (again, left) == (whole, [])
    for fault in found:
        at(tree, fault.where)
    for article in read_tree(whole, key, "q.json"):
        for part in article.paragraphs:
            for asked in part.asked:
                assert asked.question.strip()
                for one in asked.answers or ():
                    assert part.context.startswith(one.text, one.start)


@needs_korquad
@pytest.mark.parametrize("name", ["korquad-112.json.xz", "tydiqa-ko-train.json.xz", "tydiqa-ko-dev.json"])
def test_the_real_files_have_no_fault(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    check(Check(KORQUAD / name))
    assert capsys.readouterr().out.endswith("no fault found\n")


@needs_korquad
def test_answers_moved_in_the_real_file_are_found_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    moved = json.loads((KORQUAD / "tydiqa-ko-dev.json").read_text(encoding="utf-8"))
    count = 0
    for article in moved["data"]:
        for row in article["paragraphs"][0]["qas"]:
            row["answers"][0]["answer_start"] += 1
            count += 1
    said = faults(Check(saved(moved, tmp_path / "q.json"), repair=tmp_path / "r.json", most=1), capsys)
    assert said[-1] == f"misplaced: {count}"
    back = read_qa(tmp_path / "r.json").examples
    for one, two in zip(read_qa(KORQUAD / "tydiqa-ko-dev.json").examples, back, strict=True):
        assert isinstance(one, Question)
        assert isinstance(two, Question)
        assert [a.text for a in one.answers or ()] == [a.text for a in two.answers or ()]
        for was, now in zip(one.answers or (), two.answers or (), strict=True):
            assert abs(was.start - now.start) <= len(was.text) + 1


def test_squad_2_without_faults(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    check(Check(saved(squad2(), tmp_path / "q.json")))
    assert capsys.readouterr().out.splitlines()[0] == f"{tmp_path / 'q.json'}: taken for SQuAD 2.0"

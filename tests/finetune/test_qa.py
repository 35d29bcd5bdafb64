"""Each format of questions is recognised, read and written; wrong places are put right and counted."""

from __future__ import annotations

import json
import time
import unicodedata
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finetune.examples import Answer, Question
from finetune.formats.articles import nearest, placed
from finetune.formats.qa import NAMES, opened, outside, read_qa
from finetune.formats.squad import SHAPES, write_tree
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


def asked(path: Path) -> list[Question]:
    return [example for example in read_qa(path).examples if isinstance(example, Question)]


def stands(question: Question) -> bool:
    """Whether every answer stands where it is said to."""
    return all(question.passages[a.passage][a.start : a.start + len(a.text)] == a.text for a in question.answers or ())


@pytest.mark.parametrize("key", SMALL)
def test_a_format_is_recognised_and_written_as_it_was(
    key: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = saved(SMALL[key](), tmp_path / "nameless")
    found, articles = opened(path)
    assert found == key
    assert write_tree(articles, tmp_path / "written", key) == {}
    assert json.loads((tmp_path / "written").read_text())["data"] == SMALL[key]()["data"]
    assert all(stands(question) for question in asked(path))
    assert f"nameless: taken for {NAMES[key]}: " in capsys.readouterr().err


def test_the_questions_of_a_file(tmp_path: Path) -> None:
    first, second, third = asked(saved(korquad(), tmp_path / "q.json"))
    assert first == Question("1-0", "가온호는 어느 산 아래에 있나?", (LAKE,), (Answer("서리산", 5),), "호수")
    assert (second.id, third.id, third.title) == ("2-0", "2-1", "박물관")


def test_without_an_answer_and_with_two(tmp_path: Path) -> None:
    two, none = asked(saved(squad2(), tmp_path / "q.json"))
    assert [a.text for a in two.answers or ()] == ["12 km²", "12"]
    assert none.answers == ()


def test_hidden_answers(tmp_path: Path) -> None:
    rows = [{"id": "1", "question": "언제?"}]
    path = saved(squad((LAKE, rows), version="1.1"), tmp_path / "q.json")
    assert asked(path)[0].answers is None


@pytest.mark.parametrize("kind", ["folder", "zip", "file"])
def test_korquad_2_comes_as_a_folder_or_a_zip(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "data"
    if kind == "folder":
        path.mkdir()
        saved(korquad2("1"), path / "a_00.json")
        saved(korquad2("2"), path / "a_01.json")
        (path / ".hidden.json").write_text("no")
    elif kind == "zip":
        zipped({"part/a_00.json": korquad2("1"), "part/a_01.json": korquad2("2")}, path)
    else:
        saved(korquad2("1"), path)
    found = asked(path)
    assert [question.id for question in found] == ["1", "2"][: len(found)]
    assert len(found) == (1 if kind == "file" else 2)
    assert found[0].passages == (PAGE,)
    assert stands(found[0])


def test_folders_and_zips_without_data(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="holds no questions in a format known here"):
        read_qa(tmp_path)
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.json", "{")
    with pytest.raises(UserError, match=r"!a\.json: no JSON"):
        read_qa(tmp_path / "a.zip")


def test_a_zip_of_one_file_under_another_name(tmp_path: Path) -> None:
    assert [question.id for question in asked(zipped({"data.txt": korquad()}, tmp_path / "q"))] == ["1-0", "2-0", "2-1"]


def test_the_dirty_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    reading = read_qa(saved(dirty(), tmp_path / "q.json"))
    said = capsys.readouterr().err
    assert "answer is not in its context; kept to be scored, not to be trained on: 2" in said
    assert "answer stands elsewhere in its context, once: taken there: 1" in said
    assert [a.start for q in reading.examples if isinstance(q, Question) for a in q.answers or ()] == [
        -1,
        -1,
        LAKE.index("1931년"),
    ]


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (qa("1", " ", answer("호수", LAKE)), "empty question"),
        (qa("1", "무엇?", {"text": "", "answer_start": 0}), "empty answer"),
        (qa("1", "무엇?"), "no answer, and not marked impossible"),
        (qa("1", "무엇?", is_impossible=False), "no answer, and not marked impossible"),
    ],
)
def test_rows_without_an_example_are_counted(row: dict[str, Any], why: str, tmp_path: Path) -> None:
    good = qa("2", "무엇인가?", answer("호수", LAKE), is_impossible=False)
    reading = read_qa(saved(squad((LAKE, [row, good])), tmp_path / "q.json"))
    assert (len(reading.examples), reading.skipped) == (1, {why: 1})


def test_an_empty_context_is_counted(tmp_path: Path) -> None:
    good = qa("2", "무엇인가?", answer("호수", LAKE))
    reading = read_qa(
        saved(squad((" ", [qa("1", "무엇?", {"text": "호", "answer_start": 0})]), (LAKE, [good])), tmp_path / "q.json")
    )
    assert reading.skipped == {"empty context": 1}


def test_marked_impossible_wins_over_its_answers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    row = qa("1", "무엇?", answer("호수", LAKE), is_impossible=True)
    assert asked(saved(squad((LAKE, [row])), tmp_path / "q.json"))[0].answers == ()
    assert "marked impossible, though it has an answer: taken as impossible: 1" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ({"data": [{"paragraphs": [{"qas": []}]}]}, 'data[0].paragraphs[0]: has no "context"'),
        ({"data": [{"paragraphs": 3}]}, "data[0]: paragraphs is int, not a list"),
        ({"data": [{"paragraphs": [[]]}]}, "data[0].paragraphs[0]: is list, not an object"),
        (squad((LAKE, [{"id": "1"}])), 'data[0].paragraphs[0].qas[0]: has no "question"'),
        (squad((LAKE, [{"question": "무엇?"}])), 'data[0].paragraphs[0].qas[0]: has no "id"'),
        (
            squad((LAKE, [qa("1", "무엇?", {"text": "호수", "answer_start": "3"})])),
            "data[0].paragraphs[0].qas[0].answers[0]: answer_start is '3', not a whole number",
        ),
        (squad((LAKE, [qa("1", "무엇?", is_impossible="yes")])), "is_impossible is 'yes', not true or false"),
        ({"data": [{"context": PAGE, "qas": [{"id": "1", "question": "?", "answer": 7}]}]}, "answer[0]: is int"),
        ({"rows": []}, "no questions in it"),
        ([], "no questions in it"),
    ],
)
def test_what_is_broken_is_named_with_its_path(broken: Any, said: str, tmp_path: Path) -> None:
    with pytest.raises(UserError) as error:
        read_qa(saved(broken, tmp_path / "q.json"))
    assert said in str(error.value)
    assert str(error.value).startswith(f"{tmp_path / 'q.json'}: ")


def test_a_number_is_taken_for_an_id(tmp_path: Path) -> None:
    row = {**korquad2(), "data": [{**korquad2()["data"][0]}]}
    row["data"][0]["qas"][0]["id"] = 8089
    assert asked(saved(row, tmp_path / "q.json"))[0].id == "8089"


def test_decomposed_text_keeps_its_own_places(tmp_path: Path) -> None:
    context = unicodedata.normalize("NFD", LAKE)
    text = unicodedata.normalize("NFD", "호수")
    (question,) = asked(saved(squad((context, [qa("1", "무엇?", answer(text, context))])), tmp_path / "q.json"))
    assert question.passages == (context,)
    assert question.answers == (Answer(text, context.index(text)),)
    assert context.index(text) > LAKE.index("호수")


def test_what_holds_no_questions(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("문장\t1\n")
    assert outside(tmp_path / "a.txt") == ""
    with pytest.raises(UserError, match="holds no questions in a format known here"):
        read_qa(tmp_path / "a.txt")


def slow_nearest(text: str, start: int, context: str) -> int:
    found = [at for at in range(len(context)) if context[at : at + len(text)] == text]
    return min(found, key=lambda at: (abs(at - start), at))


@given(st.text("가나", min_size=1, max_size=4), st.integers(0, 20), st.text("가나다", max_size=15))
def test_the_nearest_place(text: str, start: int, context: str) -> None:
    context = f"{context}{text}"
    assert nearest(text, start, context) == slow_nearest(text, start, context)


@given(st.text("가나", min_size=1, max_size=3), st.integers(-1, 20), st.text("가나다", max_size=12))
def test_an_answer_is_placed_where_it_stands(text: str, start: int, context: str) -> None:
    found, note = placed(Answer(text, start), context)
    places = [at for at in range(len(context)) if context[at : at + len(text)] == text]
    assert found.start == (slow_nearest(text, max(start, 0), context) if places else -1)
    assert (note == "") == (start in places)
    assert ("more than once" in note) == (start not in places and len(places) > 1)


def test_long_contexts_take_time_in_proportion() -> None:
    def seconds(size: int) -> float:
        context, text = "가" * size, "가" * (size // 2)
        begun = time.process_time()
        for start in range(size // 4, size // 4 + 5):
            assert placed(Answer(f"{text}나", start), context)[0].start == -1
            assert placed(Answer(text, 2 * size), context)[0].start == size - len(text)
        return time.process_time() - begun

    seconds(1_000)
    assert seconds(100_000) < 1.0


@needs_korquad
@pytest.mark.parametrize(
    ("name", "key", "figures"),
    [
        ("korquad-112.json.xz", "korquad", (112, 785, 4564)),
        ("tydiqa-ko-train.json.xz", "tydi", (1498, 1498, 1498)),
        ("tydiqa-ko-dev.json", "tydi", (259, 259, 259)),
    ],
)
def test_the_real_files(name: str, key: str, figures: tuple[int, int, int], capsys: pytest.CaptureFixture[str]) -> None:
    reading = read_qa(KORQUAD / name)
    assert (len(reading.examples), dict(reading.skipped)) == (figures[2], {})
    assert all(isinstance(question, Question) and stands(question) for question in reading.examples)
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith("taken for {}: {:,} articles, {:,} paragraphs, {:,} questions".format(NAMES[key], *figures))


def test_every_shape_has_its_small_file() -> None:
    assert set(SHAPES) - set(SMALL) == {"squad"}  # the same as KorQuAD 1.0 but for its name
    assert Counter(NAMES.values()).most_common(1)[0][1] == 1

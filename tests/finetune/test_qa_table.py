"""Questions in CSV and TSV: what can be in a cell comes back, rows of one id are one question."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finetune.examples import Answer, Question
from finetune.formats.articles import Article, Asked, Paragraph
from finetune.formats.qa import opened, outside, read_qa
from finetune.formats.qa_table import read_table, separator, write_csv, write_tsv
from tests.finetune.question_files import LAKE, saved, squad2
from tools.errors import UserError


@pytest.mark.parametrize(
    ("header", "mark"),
    [
        ("id,question,context,answer,answer_start", ","),
        ("Question\tContext", "\t"),
        ('"context","question"', ","),
        ("question,answer", ""),
        ("sentence\tlabel", ""),
    ],
)
def test_a_table_is_known_by_its_header(header: str, mark: str) -> None:
    assert separator(header) == mark


def test_a_small_table(tmp_path: Path) -> None:
    rows = ["id,question,context,answer,answer_start", f'7,"넓이는?","{LAKE}",12 km²,26', f'8,깊이는?,"{LAKE}",,']
    (tmp_path / "q").write_text("\ufeff" + "\r\n".join(rows) + "\r\n", encoding="utf-8")
    assert outside(tmp_path / "q") == "csv"
    assert read_qa(tmp_path / "q").examples == (
        Question("7", "넓이는?", (LAKE,), (Answer("12 km²", 26),)),
        Question("8", "깊이는?", (LAKE,), ()),
    )


def test_without_places_the_answer_is_looked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "q.tsv").write_text(
        "question\tcontext\tanswer\n무엇?\t산과 강과 산\t산\n어디?\t산과 강\t강\n", encoding="utf-8"
    )
    first, second = read_qa(tmp_path / "q.tsv").examples
    assert first == Question("q-2", "무엇?", ("산과 강과 산",), (Answer("산", 0),))
    assert second == Question("q-3", "어디?", ("산과 강",), (Answer("강", 3),))
    said = capsys.readouterr().err
    assert "more than once: the first was taken: 1" in said
    assert "without a place, once in its context: taken there: 1" in said


def test_without_an_answer_column_answers_are_not_known(tmp_path: Path) -> None:
    (tmp_path / "q.tsv").write_text("context\tquestion\n산과 강\t무엇?\n", encoding="utf-8")
    reading = read_qa(tmp_path / "q.tsv")
    assert reading.examples == (Question("q-2", "무엇?", ("산과 강",), None),)


def test_quotation_marks_that_are_only_text(tmp_path: Path) -> None:
    content = 'question\tcontext\tanswer\n무엇?\t"산"과 강\t산\n어디?\t"강\t강\n'
    (tmp_path / "q.tsv").write_text(content, encoding="utf-8")
    assert [
        example.passages[0] for example in read_qa(tmp_path / "q.tsv").examples if isinstance(example, Question)
    ] == ['"산"과 강', '"강']


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("question,context\n무엇?,산,강\n", "quotation marks or columns do not agree"),
        ('question,context\n무엇?,"산"강\n', "quotation marks or columns do not agree"),
        ("question,context,answer,answer_start\n무엇?,산,산,x\n", "row 2: answer_start is 'x', not a whole number"),
    ],
)
def test_a_broken_table_is_named(content: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "q.csv").write_text(content, encoding="utf-8")
    with pytest.raises(UserError, match=said):
        read_qa(tmp_path / "q.csv")


def test_a_page_longer_than_csv_allows_by_itself(tmp_path: Path) -> None:
    page = "가" * 200_000
    write_csv([Article("", (Paragraph(page, (Asked("1", "왜?", (Answer("가", 0),)),)),))], tmp_path / "q.csv")
    assert read_qa(tmp_path / "q.csv").examples == (Question("1", "왜?", (page,), (Answer("가", 0),)),)


def test_what_a_table_cannot_hold_is_said(tmp_path: Path) -> None:
    rows = Paragraph(LAKE, (Asked("1", "왜?"), Asked("2", "왜?", (Answer("호수", 3),), more={"question_type": 2})))
    said = write_csv([Article("호수", (rows, Paragraph("빈 글", ())), {"url": "…"})], tmp_path / "q.csv")
    assert said == {
        "dropped: url": 1,
        "dropped: questions whose answer is not known": 1,
        "dropped: question_type": 1,
        "dropped: contexts without questions": 1,
    }
    assert write_csv(opened(saved(squad2(), tmp_path / "q.json"))[1], tmp_path / "q.csv") == {
        "dropped: plausible answers": 1
    }


cells = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8).map(lambda text: f"{text}가")
found = st.lists(st.builds(Answer, cells, st.integers(-1, 99)), max_size=2).map(tuple)


@given(st.lists(st.tuples(cells, st.lists(st.tuples(cells, found), min_size=1, max_size=3)), min_size=1, max_size=3))
@pytest.mark.parametrize("write", [write_csv, write_tsv])
@settings(max_examples=50)
def test_what_it_can_hold_comes_back(
    write: object,
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[tuple[str, list[tuple[str, tuple[Answer, ...]]]]],
) -> None:
    path = tmp_path_factory.mktemp("table") / "q"
    paragraphs = tuple(
        Paragraph(f"{at}{context}", tuple(Asked(f"{at}-{i}", q, a, not a) for i, (q, a) in enumerate(asked)))
        for at, (context, asked) in enumerate(rows)
    )
    assert callable(write)
    assert write([Article("제목", paragraphs)], path) == {}
    assert list(read_table(path)) == [Article("제목", paragraphs)]

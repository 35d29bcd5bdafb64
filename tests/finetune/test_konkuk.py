"""Konkuk's lines: the course's own reading of a line must find the answer, and a round trip must lose nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finetune.examples import Answer, Question
from finetune.formats.articles import Article, Asked, Paragraph
from finetune.formats.konkuk import read_konkuk, write_konkuk
from finetune.formats.qa import opened, read_qa
from tests.finetune.question_files import KORQUAD, LAKE, korquad, needs_korquad, saved, squad2
from tools.errors import UserError

LINE = "[CLS] 몇 _ 대 ? [SEP] 넷 째 _ 왕 . [SEP]\t6\t7"


def course(line: str) -> tuple[str, str, str]:
    """Question, context and answer as the course's notebook takes them from a line."""
    sequence, start, end = line.strip().split("\t")
    tokens = sequence.split()
    borders = [at for at, token in enumerate(tokens) if token == "[SEP]"]
    parts = tokens[1 : borders[0]], tokens[borders[0] + 1 : borders[1]], tokens[int(start) : int(end) + 1]
    question, context, answer = ("".join(part).replace("_", " ") for part in parts)
    return question, context, answer


def lines_of(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


def test_a_line_is_read(tmp_path: Path) -> None:
    (tmp_path / "course.txt").write_text(f"{LINE}\n\n[CLS] 왜 ? [SEP] 넷 째 _ 왕 . [SEP]\t0\t0\n", encoding="utf-8")
    assert read_qa(tmp_path / "course.txt").examples == (
        Question("course-1", "몇 대?", ("넷째 왕.",), (Answer("넷째", 0),)),
        Question("course-3", "왜?", ("넷째 왕.",), ()),
    )


def test_tokens_longer_than_a_character_keep_the_places_right(tmp_path: Path) -> None:
    (tmp_path / "q").write_text("[CLS] 왜 ? [SEP] [UNK] 째 _ 왕 [SEP]\t7\t7\n", encoding="utf-8")
    (question,) = read_qa(tmp_path / "q").examples
    assert question == Question("q-1", "왜?", ("[UNK]째 왕",), (Answer("왕", 7),))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("[CLS] 왜 ? [SEP] 왕 [SEP] 4 4", "must be tokens and two numbers"),
        ("[CLS] 왜 ? [SEP] 왕 [SEP]\t4\tx", "must be tokens and two numbers"),
        ("[CLS] 왜 ? [SEP] 왕\t4\t4", "must be [CLS], a question, [SEP], a context, [SEP]"),
        ("[CLS] 왜 ? [SEP] 왕 [SEP]\t1\t2", "1 to 2 is not within its context, 4 to 4"),
        ("[CLS] 왜 ? [SEP] 왕 [SEP]\t4\t5", "4 to 5 is not within its context"),
        ("[CLS] 왜 ? [SEP] 왕 국 [SEP]\t5\t4", "5 to 4 is not within its context"),
    ],
)
def test_a_broken_line_is_named(line: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "q").write_text(f"{LINE}\n{line}\n", encoding="utf-8")
    with pytest.raises(UserError) as error:
        read_qa(tmp_path / "q")
    assert str(error.value).startswith(f"{tmp_path / 'q'}:2: ")
    assert said in str(error.value)


def test_what_the_format_cannot_hold_is_said(tmp_path: Path) -> None:
    said = write_konkuk(opened(saved(squad2(), tmp_path / "q.json"))[1], tmp_path / "q")
    assert said == {
        "dropped: title": 1,
        "dropped: id": 2,
        "dropped: answers after the first": 1,
        "dropped: plausible answers": 1,
    }
    assert [line.split("\t")[1:] for line in lines_of(tmp_path / "q")] == [["32", "37"], ["0", "0"]]
    assert course(lines_of(tmp_path / "q")[0]) == ("넓이는?", LAKE, "12 km²")


def test_an_underscore_becomes_a_wide_one_and_a_line_end_a_blank(tmp_path: Path) -> None:
    asked = Asked("1", "a_b?", (Answer("_끝", 2),))
    said = write_konkuk([Article("", (Paragraph("앞\n_끝\t.", (asked,)),))], tmp_path / "q")
    assert said["changed: _ became ＿"] == 2
    assert said["changed: line ends, tabs and other white space became a blank"] == 2
    assert read_qa(tmp_path / "q").examples == (Question("q-1", "a＿b?", ("앞 ＿끝 .",), (Answer("＿끝", 2),)),)


def test_answers_without_a_place_are_left_out_and_counted(tmp_path: Path) -> None:
    asked = Asked("1", "왜?", (Answer("없다", 0),)), Asked("2", "왜?"), Asked("3", "왜?", (Answer("왕", 9),))
    said = write_konkuk([Article("", (Paragraph("넷째 왕.", asked),))], tmp_path / "q")
    assert said["dropped: questions whose answer is not in the context"] == 1
    assert said["dropped: questions whose answer is not known"] == 1
    assert [course(line)[2] for line in lines_of(tmp_path / "q")] == ["왕"]


texts = st.text(st.characters(exclude_characters="_", exclude_categories=("Z", "C")) | st.just(" "), max_size=12)


@given(st.lists(st.tuples(texts, texts, st.text("가나다a1[]", min_size=1, max_size=4), texts), min_size=1, max_size=4))
@settings(max_examples=50)
def test_what_it_can_hold_comes_back(tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, ...]]) -> None:
    path = tmp_path_factory.mktemp("konkuk") / "q"
    paragraphs = [
        Paragraph(f"{before}{answer}{after}", (Asked("", f"{question}?", (Answer(answer, len(before)),)),))
        for question, before, answer, after in rows
    ]
    said = write_konkuk([Article("", tuple(paragraphs))], path)
    assert set(said) == {"dropped: id"}
    back = [(part.context, asked) for row in read_konkuk(path) for part in row.paragraphs for asked in part.asked]
    assert [(context, asked.question, asked.answers) for context, asked in back] == [
        (part.context, part.asked[0].question, part.asked[0].answers) for part in paragraphs
    ]
    for line, part in zip(lines_of(path), paragraphs, strict=True):
        assert course(line) == (part.asked[0].question, part.context, (part.asked[0].answers or ())[0].text)


def test_korquad_comes_back_but_for_titles_and_ids(tmp_path: Path) -> None:
    before = read_qa(saved(korquad(), tmp_path / "q.json")).examples
    write_konkuk(opened(tmp_path / "q.json")[1], tmp_path / "q")
    for one, two in zip(before, read_qa(tmp_path / "q").examples, strict=True):
        assert isinstance(one, Question)
        assert isinstance(two, Question)
        passages = tuple(passage.replace("\n", " ") for passage in one.passages)
        assert (one.question, passages, one.answers) == (two.question, two.passages, two.answers)


@needs_korquad
def test_the_real_file_comes_back(tmp_path: Path) -> None:
    before = read_qa(KORQUAD / "korquad-112.json.xz").examples[::10]
    articles = opened(KORQUAD / "korquad-112.json.xz")[1]
    said = write_konkuk(articles, tmp_path / "q")
    assert said["changed: _ became ＿"] > 0
    after = read_qa(tmp_path / "q").examples[::10]
    for one, two, line in zip(before, after, lines_of(tmp_path / "q")[::10], strict=True):
        assert isinstance(one, Question)
        assert isinstance(two, Question)
        assert one.answers
        assert two.answers
        assert [a.start for a in one.answers] == [a.start for a in two.answers]
        assert course(line) == (two.question, two.passages[0], two.answers[0].text)
        assert len(one.passages[0]) == len(two.passages[0])

"""`head` shows answers and names where they stand; the figures of `stats` are counted again by other means."""

from __future__ import annotations

import json
import lzma
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finetune.contents import Lengths, border, example_tables, length_table, measure, share_table
from finetune.examples import Choice, Labelled, Span, Tagged
from finetune.look import cut, drawn, head, marked, stats
from finetune.options_data import Head, Stats
from finetune.reading import Reading
from tests.finetune.question_files import KORQUAD, LAKE, dirty, korquad, needs_korquad, saved, squad2
from tests.pretrain.stores import tiny_tokenizer
from tools.errors import UserError


def test_questions_as_a_person_reads_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    head(Head(saved(korquad(), tmp_path / "q.json"), n=1, first=1))
    assert capsys.readouterr().out.splitlines() == [
        "#1  2-0",
        "  제목 title     박물관",
        "  질문 question  언제 문을 열었나?",
        "  정답 answer    1988년 3월 2일",
        "  본문 context   달빛 박물관은 【1988년 3월 2일】에 문을 열었다. 첫 관장은 한소리였다.",
        "",
    ]


def test_several_answers_and_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    head(Head(saved(squad2(), tmp_path / "q.json")))
    said = capsys.readouterr().out
    assert "정답 answer    12 km²\n  정답 answer    12\n" in said
    assert "【12】 km²" in said
    assert f"정답 answer    없음 none\n  본문 context   {LAKE}\n" in said


def test_an_answer_that_is_nowhere(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    head(Head(saved(dirty(), tmp_path / "q.json"), n=1))
    assert "(정답이 본문에 없음 the answer is not in it)" in capsys.readouterr().out


@given(st.text("가 나\n", max_size=300), st.integers(0, 300), st.integers(1, 20))
def test_a_cut_holds_the_place_and_little_more(text: str, start: int, length: int) -> None:
    text = f"{text}답"
    start = min(start, len(text) - 1)
    end = min(start + length, len(text))
    found = cut(text, start, end)
    assert "\n" not in found
    assert "【" in found
    inside = found.partition("【")[2].rpartition("】")[0]
    assert inside.split() == text[start:end].split()
    assert len(found) <= 2 * 60 + length + 6


def test_other_kinds() -> None:
    names = (Span(0, 3, "PS"), Span(5, 7, "LC"))
    assert marked("홍길동은 서울에 산다.", names) == "【홍길동:PS】은 【서울:LC】에 산다."
    assert list(drawn(Tagged("1", "비가 온다.", ()))) == ["비가 온다."]
    assert list(drawn(Labelled("1", "재미있다", label="1"))) == ["1  재미있다"]
    assert list(drawn(Labelled("1", "비가\n온다", "눈이 온다"))) == ["?  비가 온다", "   눈이 온다"]
    assert list(drawn(Choice("1", "비가 와서", ("젖었다", "말랐다"), 0))) == ["비가 와서", "→ 0 젖었다", "  1 말랐다"]


def test_which_examples(tmp_path: Path) -> None:
    path = saved(korquad(), tmp_path / "q.json")
    with pytest.raises(UserError, match="has 0 to 2"):
        head(Head(path, first=3))
    with pytest.raises(UserError, match="at least 1"):
        head(Head(path, n=0))


@pytest.mark.parametrize(
    ("context", "answer", "kind", "rest"),
    [
        ("호수이다. 끝", "끝", "space", ""),
        ("가온호 넓이", "가온호", "space", ""),
        ("가온호는 넓다", "가온호", "josa", "는"),
        ("서울은 넓다", "서울", "josa", "은"),
        ("서울는 넓다", "서울", "inside", "는"),
        ("1931년에는 둑을", "1931년", "josa", "에는"),
        ("서리산맥이", "서리산", "inside", "맥이"),
        ("'달빛'이라는", "달빛", "mark", ""),
        ("12km", "12", "inside", ""),
    ],
)
def test_what_follows_an_answer(context: str, answer: str, kind: str, rest: str) -> None:
    assert border(context, context.index(answer), answer) == (kind, rest)


@given(st.lists(st.integers(0, 9), min_size=1, max_size=30))
def test_quantiles_are_lengths_that_occur(found: list[int]) -> None:
    (_, row) = length_table({"글": found})
    ordered = sorted(found)
    slow = [ordered[max(0, -(-len(found) * share // 100) - 1)] for share in (0, 50, 90, 99, 100)]
    assert [int(cell) for cell in row[1:-1]] == slow


def test_lengths_in_pieces() -> None:
    tokenizer, lengths = tiny_tokenizer(), Lengths(list)
    texts = ["가나 다", "", "라"]
    measure(lengths, "글", texts, tokenizer)
    assert lengths["글, 글자 characters"] == [4, 0, 1]
    assert lengths["글, 조각 pieces"] == [len(tokenizer.encode(text)) for text in texts]


def test_shares_add_up() -> None:
    table = share_table("답", {str(at): at for at in range(1, 14)})
    assert table[0] == ("답", "91", "")
    assert table[1] == ("13", "13", "14.3%")
    assert table[-1] == ("그 밖 3 others", "6", "6.6%")


def test_the_figures_of_other_kinds() -> None:
    reading = Reading((Tagged("1", "홍길동", (Span(0, 3, "PS"),)), Tagged("2", "비", ())), {"empty text": 2})
    tables = list(example_tables(reading, None))
    assert tables[0] == [("예 examples", "2"), ("이름 names", "1"), ("버림 left out: empty text", "2")]
    assert tables[2] == [("이름의 갈래 kind of a name", "1", ""), ("PS 인물", "1", "100.0%")]
    labelled = Reading((Labelled("1", "좋다", label="1"), Labelled("2", "나쁘다", label="0")), {})
    assert list(example_tables(labelled, None))[2][0] == ("답 label", "2", "")


def figure(text: str, name: str) -> str:
    """The first figure of the row of that name."""
    (found,) = re.findall(rf"^{re.escape(name)} +(\S+)", text, re.MULTILINE)
    return str(found)


def test_what_was_published_stands_beside_a_file_of_that_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, wanted in (("KorQuAD_v1.0_train.json", "60,407"), ("KorQuAD_v1.0_dev.json", "5,774"), ("mine.json", "")):
        stats(Stats(saved(korquad(), tmp_path / name)))
        said = capsys.readouterr().out
        counted, _, published = said.partition("as published")
        assert figure(counted, "질문 questions") == "3"
        assert figure(published, "질문 questions") == wanted if wanted else not published


@needs_korquad
def test_the_figures_of_the_real_file(capsys: pytest.CaptureFixture[str]) -> None:
    stats(Stats(KORQUAD / "korquad-112.json.xz"))
    said = capsys.readouterr().out
    assert figure(said, "글 articles") == "112"
    assert figure(said, "문단 paragraphs") == "785"
    assert figure(said, "질문 questions") == "4,564"
    assert figure(said, "정답 answers") == "4,564"
    with lzma.open(KORQUAD / "korquad-112.json.xz") as file:
        paragraphs = [part for row in json.load(file)["data"] for part in row["paragraphs"]]
    ends = begins = 0
    for part in paragraphs:
        for answer in (answer for row in part["qas"] for answer in row["answers"]):
            end = answer["answer_start"] + len(answer["text"])
            ends += re.match(r"\s|$", part["context"][end:]) is not None
            begins += re.search(r"(^|\s)$", part["context"][: answer["answer_start"]]) is not None
    assert figure(said, "어절이 끝남 the eojeol ends") == f"{ends:,}"
    assert figure(said, "어절 처음에 선 정답 that begin an eojeol") == f"{begins:,}"
    longest = max(len(part["context"]) for part in paragraphs)
    assert f"  {longest:,}  " in next(line for line in said.splitlines() if line.startswith("문단 context"))

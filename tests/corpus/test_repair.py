"""Repair of what WikiExtractor leaves: brackets, formulas, entities, links, tags, headings made into sentences."""

from __future__ import annotations

import lzma
import re
import time
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.headings import is_fake_heading, without_fake_headings
from corpus.normalize import normalize
from corpus.repair import repair
from corpus.residue import residue_per_megabyte
from corpus.wikitext import Policy

DATA = Path(__file__).parents[3] / "shared" / "data" / "kowiki" / "kowiki-2023-a.txt.xz"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("가타카나(, , )는 글자이다.", "가타카나는 글자이다."),
        ("함수 formula_12의 값은 formula_3이다.", "함수 [수식]의 값은 [수식]이다."),
        ("codice_18처럼 쓴다.", "[코드]처럼 쓴다."),
        ("&lt;궁중비사&gt;와 R&amp;D, &amp;lt;", "<궁중비사>와 R&D, &lt;"),
        ("[[유럽]]과 [[문서|글]]과 [[분류:가]] [[파일:a.jpg|섬네일|가]]끝", "유럽과 글과 끝"),
        ("남은 괄호]]와 [[괄호", "남은 괄호와 괄호"),
        ("첫째&lt;/br&gt;둘째&lt;br&gt;셋째", "첫째 둘째 셋째"),
        ("글이다.&lt;ref name=a&gt;출처&lt;/ref&gt;다음이다.", "글이다. 다음이다."),
        ("글이다.&lt;ref&gt; http://a.b 출처\n다음이다.", "글이다.\n다음이다."),
        ('요소이다.&lt;ref name="가"&gt;다음이다.', "요소이다. 다음이다."),
        ("글이다.&lt;ref name=encyclopedia 즉, 다음이다.", "글이다. 즉, 다음이다."),
        ("Marshall Field &amp;amp; Company, &amp;amp;lt;", "Marshall Field & Company, &amp;lt;"),
        ("물은 &lt;chem&gt;H2O&lt;/chem&gt;이다.", "물은 [수식]이다."),
        ("HTML 태그 &lt;br&gt;는 줄을 바꾼다.", "HTML 태그 <br>는 줄을 바꾼다."),
        ('! style="width:15%;"| 이름\n글이다.', "글이다."),
        ("[http://a.b 이름]이다.", "이름이다."),
        ("1 < 2 > 0 (f(x), g(x))", "1 < 2 > 0 (f(x), g(x))"),
    ],
)
def test_repair(text: str, expected: str) -> None:
    assert repair(text, Policy()) == expected


def test_math_policy() -> None:
    text = "값 formula_1이다."
    assert repair(text, Policy(math="tex")) == "값 [수식]이다."
    assert repair(text, Policy(math="drop")) == "값 이다."


HEADINGS = [
    "생애.", "어린 시절.", "개요.", "정계 입문.", "역사와 문화.", "무신 정권의 성립 (1170년).",
    "2003–2015: 공개매수와 사업 확장.",
    "죽음.", "비디오 게임.", "캐나다.", "《가람》.", "제1차 세계 대전.", "PHP 5.2.0.", "대외 관계에 대한 견해.",
    "훈구파와 사림파의 갈등.",
    "카를 마르크스.", "자연재해.",
]  # fmt: skip
SENTENCES = [
    "그는 왔다.", "이다.", "왔어요.", "가자고 하자.", "없음.", "무죄를 선고함.", "구하소서.",
    "자세한 것은 가람 문서를 참조.",
    "951 = 3×317.", "가, 나, 다, 라.", "투어를 개최.", "이에 여러 장수들이 말하기를.", "왔다(아래 참조).",
    "무엇인가?", "어디에 갔을까.",
    "주께서 함께 하리라.", "왔다. 그리고 갔다.", "새 종으로 된다고 널리 주장하였다는 이야기.", "※ 종료 기준.",
    "화력이 높지 않다..",
    "진화론에서는 변화된 형질이 유리하여 살아남게 된다고 주장.", "가람", "",
]  # fmt: skip


@pytest.mark.parametrize("line", HEADINGS)
def test_headings_are_known(line: str) -> None:
    assert is_fake_heading(line)
    assert without_fake_headings(["글이다.", line, "다음 글이다."]) == ["글이다.", "다음 글이다."]


@pytest.mark.parametrize("line", SENTENCES)
def test_sentences_are_no_headings(line: str) -> None:
    assert not is_fake_heading(line)


def test_headings_follow_each_other_but_a_list_is_none() -> None:
    assert without_fake_headings(["글이다.", "역사.", "고대.", "초기.", "글이다."]) == ["글이다.", "글이다."]
    items = [f"물건 {letter}." for letter in "갑을병정무"]
    assert without_fake_headings(["글이다.", *items, "글이다."]) == ["글이다.", *items, "글이다."]


def test_headings_at_the_end_and_in_latin() -> None:
    assert without_fake_headings(["글이다.", "외부 링크."]) == ["글이다."]
    assert without_fake_headings(["글이다.", "굵은 글씨는 해당 기수의 최연장자."])[-1].startswith("굵은")
    assert without_fake_headings(["글이다.", "Hello World.", "글이다."]) == ["글이다.", "글이다."]
    assert without_fake_headings(["O Canada", "From East to Western sea.", "Thou land"])[1].startswith("From")


@settings(max_examples=300)
@given(
    st.lists(
        st.sampled_from(
            ["생애.", "그는 왔다.", "(, )", "formula_1", "[[가]]", "&lt;", "<br>", "가", " ", "\n", "[[", "<ref>"]
        ),
        max_size=25,
    )
)
def test_repair_leaves_clean_text(parts: list[str]) -> None:
    text = repair("".join(parts), Policy())
    assert normalize(text) == text
    assert "[[" not in text and "formula_" not in text


@pytest.mark.parametrize(
    "unit", ["<ref name", "<ref ", "name", "[[", "<chem>", "&lt;", "(, ", "가 ()", "생애.\n", "<ref name=a "]
)
def test_time_is_linear_in_hostile_text(unit: str) -> None:
    def seconds(text: str) -> float:
        started = time.process_time()
        repair(text, Policy())
        return time.process_time() - started

    short, long = f"<ref {unit * 10_000}", f"<ref {unit * 40_000}"
    assert seconds(long) < 0.3 or seconds(long) < 7 * seconds(short)


def documents() -> Iterator[str]:
    lines: list[str] = []
    with lzma.open(DATA, "rt", encoding="utf-8") as file:
        for line in file:
            if line.startswith("<doc "):
                lines = []
            elif line.startswith("</doc>"):
                yield "".join(lines[1:])
            else:
                lines.append(line)


@pytest.mark.skipif(not DATA.exists(), reason="needs the shared kowiki")
def test_real_extracted_text_is_repaired_and_keeps_its_letters() -> None:
    """On 800 articles: residue within the bars, and no letter missing from a line of prose."""
    raw = list(islice(documents(), 800))
    clean = [repair(text, Policy()) for text in raw]
    before, after = residue_per_megabyte(raw), residue_per_megabyte(clean)
    assert before["fake heading"] > 500 and after["fake heading"] <= 5
    assert before["empty bracket"] > 50 and before["dangling bracket"] > 30
    for kind in ("empty bracket", "dangling bracket", "formula", "link brackets", "reference"):
        assert after[kind] == 0, kind
    assert after["entity"] <= 0.2
    for old, new in zip(raw, clean, strict=True):
        prose = "\n".join(
            line for line in old.split("\n") if len(line) > 60 and not re.search(r"&|\[\[|_\d|[|<]", line)
        )
        assert Counter(re.findall("[가-힣]", prose)) <= Counter(re.findall("[가-힣]", new))

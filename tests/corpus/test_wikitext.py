"""The scanner: Korean cases, policies, broken and hostile pages, its slow twin mwparserfromhell, and real pages."""

from __future__ import annotations

import bz2
import re
import time
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

import mwparserfromhell
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from corpus.normalize import normalize
from corpus.residue import RESIDUE, residue_per_megabyte
from corpus.templates import load
from corpus.wikitext import Cleaned, Policy, strip

DATA = Path(__file__).parents[3] / "shared" / "data" / "wikitext"
TEMPLATES = load()


def clean(page: str, policy: Policy = Policy()) -> Cleaned:  # noqa: B008 - frozen
    return strip(page, "제목", TEMPLATES, policy)


def cases() -> Iterator[tuple[str, str, str]]:
    text = Path(__file__).with_name("wikitext_cases.txt").read_text(encoding="utf-8")
    for block in text.split("\n#### ")[1:]:
        name, _, rest = block.partition("\n")
        page, _, expected = f"{rest}\n".partition("\n=>\n")
        yield name, page, expected.strip("\n")


CASES = list(cases())


@pytest.mark.parametrize(("page", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_case(page: str, expected: str) -> None:
    assert clean(page).text == expected


def test_there_are_enough_cases() -> None:
    assert len(CASES) >= 100
    assert len({name for name, _, _ in CASES}) == len(CASES)


# Policies and counts


@pytest.mark.parametrize(
    ("math", "expected"),
    [("token", "원주율 [수식]는 수이다."), ("tex", r"원주율 \pi_{1} < 4|x는 수이다."), ("drop", "원주율 는 수이다.")],
)
def test_math_policy(math: str, expected: str) -> None:
    page = "원주율 <math>\\pi_{1}\n &lt; 4|x</math>는 수이다."
    assert clean(page, Policy(math=math)).text == expected  # type: ignore[arg-type]


def test_math_that_is_dropped_is_counted() -> None:
    assert clean("<math>a</math> <math>b</math>", Policy(math="drop")).dropped == {"math": 2}


def test_captions_are_lines_of_their_own() -> None:
    page = "경복궁은 [[파일:a.jpg|섬네일|200px|대체글=b|[[경복궁]]의 {{한자|全景}}]] 궁이다."
    assert clean(page).text == "경복궁은 궁이다."
    assert clean(page, Policy(captions="keep")).text == "경복궁의 全景\n경복궁은 궁이다."
    assert clean("[[파일:a.jpg|섬네일|왼쪽]]글", Policy(captions="keep")).text == "글"


def test_sections_can_be_named() -> None:
    page = "가\n== 여담 ==\n나\n== 각주 ==\n다"
    assert clean(page).text == "가\n나"
    assert clean(page, Policy(sections=("여담",))).text == "가\n다"


def test_losses_are_counted() -> None:
    page = """{{인물 정보
| 이름 = 가
}}
{|
| 나
|}
글[[파일:a.jpg]] 글<ref>다</ref> 글<gallery>라</gallery> [[분류:마]] {{출처}}
== 각주 ==
바"""
    assert clean(page).dropped == {
        "block template": 1, "table": 1, "image": 1, "ref": 1, "gallery": 1,
        "category": 1, "inline template": 1, "section": 1,
    }  # fmt: skip


def test_unknown_inline_templates_are_named_with_an_example() -> None:
    cleaned = clean("글 {{없는 틀|{{작게|가}}|나}}이 {{없는 틀}}과 {{다른 틀|1=다}}")
    assert cleaned.text == "글 이 과"
    assert cleaned.unresolved == {"없는 틀": 2, "다른 틀": 1}
    assert cleaned.examples == {"없는 틀": "{{없는 틀|가|나}}", "다른 틀": "{{다른 틀|1=다}}"}


# Any page whatever

TOKENS = [
    "{{", "}}", "{{{", "}}}", "[[", "]]", "[", "]", "<ref>", "</ref>", "<ref name=a/>", "{|", "|}", "|-", "|", "!",
    "=", "==",
    "''", "'''", "<!--", "-->", "<nowiki>", "</nowiki>", "<math>", "</math>", "<br>", "<div>", "</div>", "<table>",
    "</table>",
    "\n", "\n\n", "\n*", "\n;", ":", "\n== 가 ==\n", "\n== 각주 ==\n", "&lt;", "&amp;", "-{", "}-", "(", ")", ",",
    " ", "~",
    "파일:a", "분류:b", "en:c", "작게", "#if:", "#expr:1+", "convert", "출생일", "http://a.b", "가", "나다", "글.",
    "1", "\u200b", "\ufdd0",
]  # fmt: skip
PAGES = st.lists(st.sampled_from(TOKENS), max_size=60).map("".join)


@settings(max_examples=700)
@given(PAGES)
@example("{{{{{{}}}}}}}}")
@example("\n{|\n{|\n|}\n== 가 ==\n|}")
def test_no_page_breaks_the_scanner(page: str) -> None:
    for policy in (Policy(), Policy("tex", "keep")):
        text = clean(page, policy).text
        assert normalize(text) == text
        assert not re.search("[\ufdd0-\ufdef]", text)
        assert all(line == line.strip() and line for line in text.split("\n")) or not text


@settings(max_examples=300)
@given(st.text(alphabet=st.sampled_from("가나다라마바사 ABCabc123.,!?\n“”《》·~%"), max_size=200))
def test_text_without_markup_is_only_normalised(text: str) -> None:
    assert clean(text).text == normalize(text)


@settings(max_examples=200)
@given(st.lists(st.sampled_from(["가", "나 다", "1", "Z"]), min_size=1, max_size=6), st.data())
def test_agrees_with_its_slow_twin_on_simple_markup(words: list[str], data: st.DataObject) -> None:
    forms = st.sampled_from(
        ["{0}", "[[{0}]]", "[[문서|{0}]]", "'''{0}'''", "''{0}''", "<small>{0}</small>", "[http://a.b {0}]"]
    )
    page = " ".join(data.draw(forms).format(word) for word in words)
    assert clean(page).text == str(mwparserfromhell.parse(page).strip_code()).strip()


# Time: four times the page may not take much more than four times as long

HOSTILE = {
    "quotes": "'", "open templates": "{{", "template lines": "\n{{작게|가", "open links": "[[",
    "open references": "<ref>",
    "named references": '<ref name="a">', "open tables": "\n{|", "open comments": "<!--", "open nowiki": "<nowiki>",
    "tags": "<div ",
    "all of them": "{{[[<ref>{|", "headings": "\n== 가 ==", "half headings": "\n== 가= ", "equals": "= ",
    "lines": "\n ", "spaces": " ",
    "empty brackets": "가 ()", "open brackets": "(, ", "entities": "&lt;", "outside links": "[http://a ",
    "images": "[[파일:a|",
    "terms": "\n;  ", "references": "가 <ref/>", "separators": ", ", "variants": "-{a;", "bars": "|",
    "zero width": "\u200b",
}  # fmt: skip
NESTED = {
    "templates": ("{{작게|", "}}"),
    "links": ("[[가|", "]]"),
    "tables": ("\n{|\n", "\n|}"),
    "brackets": ("(", ")"),
}


@pytest.mark.parametrize("unit", HOSTILE.values(), ids=HOSTILE)
def test_time_is_linear_in_hostile_pages(unit: str) -> None:
    short, long = unit * 10_000, unit * 40_000
    assert seconds(long) < 0.3 or seconds(long) < 7 * seconds(short)


@pytest.mark.parametrize(("opening", "closing"), NESTED.values(), ids=NESTED)
def test_time_is_linear_in_depth(opening: str, closing: str) -> None:
    short, long = (opening * depth + "글" + closing * depth for depth in (10_000, 40_000))
    assert seconds(long) < 0.3 or seconds(long) < 7 * seconds(short)


def test_a_megabyte_of_quotes() -> None:
    assert clean("'" * 1_000_000 + "글").text.endswith("글")


def seconds(page: str) -> float:
    started = time.process_time()
    clean(page)
    return time.process_time() - started


@pytest.mark.parametrize(
    "broken", ["{{작게|", "[[서울|", "<ref>", "<!-- ", "{|\n| 가", "<math>", "<gallery>", "[[파일:a|", "{{{"]
)
def test_damage_of_what_is_not_closed_is_local(broken: str) -> None:
    page = f"첫 문단이다.\n\n둘째 {broken} 문단이다.\n\n셋째 [[문단]]이다.\n\n== 절 ==\n넷째 {{{{작게|문단}}}}이다."
    lines = clean(page).text.split("\n")
    assert lines[0] == "첫 문단이다."
    assert lines[-2:] == ["셋째 문단이다.", "넷째 문단이다."]


# Real pages


def pages(path: Path) -> list[tuple[str, str]]:
    found = []
    for _, element in ET.iterparse(bz2.open(path)):
        if element.tag.endswith("}page"):
            space = element.tag[:-4]
            text = element.findtext(f"{space}revision/{space}text") or ""
            if element.findtext(f"{space}ns") in ("0", None) and not text.lower().startswith("#redirect"):
                found.append((element.findtext(f"{space}title") or "", text))
            element.clear()
    return found


@pytest.mark.skipif(not DATA.exists(), reason="needs the shared wikitext")
@pytest.mark.parametrize("name", ["enwiki-206-pages", "enwiki-table-markup", "kowiki-minidump-berlin"])
def test_residue_of_real_pages(name: str) -> None:
    found = pages(DATA / f"{name}.xml.bz2")
    texts = [strip(text, title, TEMPLATES, Policy()).text for title, text in found]
    residue = residue_per_megabyte(texts)
    assert residue["empty bracket"] == residue["dangling bracket"] == 0
    assert sum(residue.values()) <= (0 if name.startswith("ko") else 5), {k: v for k, v in residue.items() if v}


@pytest.mark.skipif(not DATA.exists(), reason="needs the shared wikitext")
def test_real_korean_text_is_whole() -> None:
    page = (DATA / "kowiki-george-lucas.wikitext").read_text(encoding="utf-8")
    first, *_, last = clean(page).text.split("\n")
    assert first.startswith(
        "조지 월턴 루카스 주니어(George Walton Lucas, Jr., 1944년 5월 14일 ~ )는 미국의 영화 제작자이자"
    )
    assert first.endswith("최고경영자(CEO)였다.")
    assert last.endswith("이런 관점에서 게임이 원작이기 때문이다.")
    assert not any(pattern.search(clean(page).text) for pattern in RESIDUE.values())


@pytest.mark.skipif(not DATA.exists(), reason="needs the shared wikitext")
def test_no_text_of_a_list_is_lost() -> None:
    """Every plain list item outside dropped sections, tables and templates is a line of the text."""
    for title, text in pages(DATA / "kowiki-minidump-berlin.xml.bz2") + pages(DATA / "enwiki-206-pages.xml.bz2")[:60]:
        body = re.split(r"\n==\s*(?:같이 보기|각주|외부 링크|See also|Notes|References|Further reading)", text)[0]
        items = re.findall(
            r"^\*+ ?([A-Za-z가-힣][\w ,.]{15,80})$", re.sub(r"(?s)\{\{.*?\}\}|\{\|.*?\|\}|<.*?>", "", body), re.M
        )
        kept = set(strip(text, title, TEMPLATES, Policy()).text.split("\n"))
        assert [item for item in items if normalize(item) not in kept] == []

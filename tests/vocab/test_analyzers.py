"""Offsets on any text, golden analyses, flat speed on long lines, and one clear line about what is missing."""

from __future__ import annotations

import importlib.util
import itertools
import shutil
import subprocess
import sys
import time
import unicodedata
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.vocab.korean import kowiki
from tools.errors import UserError
from vocab import analyzers
from vocab.analyzers import ANALYZERS, LONGEST, analyze, analyzer
from vocab.bench_analysis import wrong_places
from vocab.stages import AnalyzerName
from vocab.tags import FOREIGN, TAGS, Morpheme
from vocab.words import clean

pytest.importorskip("mecab", reason="the analyser has no package for this Python")

FATHER = "아버지가방에들어가신다."
BAT = "멕시코부터 브라질까지 그리고 카리브해 섬 지역에서 발견된다. 8종으로 이루어져 있다."

PIECES = [
    *(
        "한국은행에서 ",
        "이루어져 있다. ",
        "난 그걸 해봤어 ",
        "세종(世宗)은 ",
        "10km를 ",
        "ㅋㅋㅋ",
        "ㅏ",
        "世",
        "🙂",
        "👨‍👩‍👧 ",
        "㈜",
    ),
    *(
        "\u200b",
        "\u3000",
        "\u00a0",
        "\t",
        "\n",
        "\r",
        "\0",
        "\ud800",
        "e\u0301",
        "\u11ab",
        "\u1112\u119e",
        "...",
        "!!",
        "#",
        " ",
        "가",
    ),
    *(unicodedata.normalize("NFD", word) for word in ("했습니다 ", "대한민국의 ", "값")),
]
TEXTS = st.lists(st.sampled_from(PIECES) | st.characters(), max_size=12).map("".join)


def shown(text: str, name: str) -> str:
    return " ".join(f"{m.form}/{m.tag}" for m in analyze(text, name))


def check(text: str, name: str) -> None:
    """What must hold of an analysis of any text."""
    morphemes = analyze(text, name)
    assert all(0 <= m.start < m.end <= len(text) for m in morphemes)
    assert all(a.start <= b.start and a.end <= b.end for a, b in itertools.pairwise(morphemes))
    assert all(m.form and not any(map(str.isspace, m.form)) and m.tag in TAGS for m in morphemes)
    covered = {place for m in morphemes for place in range(m.start, m.end)}
    assert not clean("".join(letter for place, letter in enumerate(text) if place not in covered)).strip()


@settings(max_examples=400)
@given(TEXTS)
def test_places_are_right_on_any_text(text: str) -> None:
    check(text, "mecab")
    check(text, "none")


@pytest.mark.skipif(not importlib.util.find_spec("kiwipiepy"), reason="kiwipiepy is not installed")
@settings(max_examples=100)
@given(TEXTS)
def test_places_of_kiwi_are_right_on_any_text(text: str) -> None:
    check(text, "kiwi")


@pytest.mark.skipif(not importlib.util.find_spec("kiwipiepy"), reason="kiwipiepy is not installed")
def test_a_copula_that_is_not_written_has_a_place() -> None:
    text = "이것은 하나다. 학자라고"
    assert [(m.form, text[m.start : m.end]) for m in analyze(text, "kiwi") if m.tag == "VCP"] == [
        ("이", "다"),
        ("이", "라"),
    ]
    check(kowiki(100_000), "kiwi")


@given(TEXTS)
def test_a_decomposed_text_is_analysed_like_a_composed_one(text: str) -> None:
    composed = unicodedata.normalize("NFC", text)
    assert shown(unicodedata.normalize("NFD", text), "mecab") == shown(composed, "mecab")


@pytest.mark.parametrize(
    ("text", "analysis"),
    [
        (FATHER, "아버지/NNG 가/JKS 방/NNG 에/JKB 들어가/VV 시/EP ㄴ다/EF ./SF"),
        (
            BAT,
            "멕시코/NNP 부터/JX 브라질/NNP 까지/JX 그리고/MAJ 카리브해/NNP 섬/NNG 지역/NNG 에서/JKB "
            "발견/NNG 되/XSV ㄴ다/EF ./SF 8/SN 종/NNG 으로/JKB 이루어지/VV 어/EC 있/VX 다/EF ./SF",
        ),
        ("카리브 해 섬", "카리브/NNP 해/NNG 섬/NNG"),
        ("난 그걸 해봤어", "나/NP ㄴ/JX 그거/NP ㄹ/JKO 하/VV 아/EC 보/VX 았/EP 어/EC"),
        ("그가 말함", "그/NP 가/JKS 말/NNG 하/XSV ㅁ/ETN"),
    ],
)
def test_mecab_on_sentences_of_the_lecture_and_contractions(text: str, analysis: str) -> None:
    assert shown(text, "mecab") == analysis


def test_a_restored_form_stands_for_the_letters_it_came_from() -> None:
    places = [(m.form, BAT[m.start : m.end]) for m in analyze(BAT) if m.form != BAT[m.start : m.end]]
    assert places == [("되", "된"), ("ㄴ다", "된다"), ("이루어지", "이루어져"), ("어", "져")]


def test_a_compound_noun_stays_whole() -> None:
    """Its tag is that of one morpheme, although the dictionary knows its parts."""
    assert shown("위키백과", "mecab") == "위키백과/NNP"


def test_places_agree_with_the_wrapper_of_mecab() -> None:
    """Against python-mecab-ko's own parse(), on real text: composites are compared by the place they fill."""
    mecab = pytest.importorskip("mecab").MeCab()
    for line in kowiki(300_000).splitlines():
        if len(line) > LONGEST or clean(line) != line or "\u00a0" in line or "\u3000" in line:
            continue
        expected = [(*own.span, own.pos) for own in mecab.parse(line)]
        ours = iter(analyze(line))
        for start, end, tag in expected:
            parts = [next(ours) for _ in tag.split("+")]
            assert (parts[0].start, parts[-1].end) == (start, end)
            assert [part.tag for part in parts if part.tag[0] != "S"] == [
                FOREIGN["mecab"].get(one, one) for one in tag.split("+") if one[0] != "S"
            ]
        assert next(ours, None) is None


def test_a_line_of_any_length_takes_the_same_time() -> None:
    def rate(text: str) -> float:
        begun = time.process_time()
        analyze(text)
        return len(text) / (time.process_time() - begun)

    lines = kowiki(500_000)
    by_lines = rate(lines)
    assert rate(lines.replace("\n", " ")) > 0.6 * by_lines
    assert rate("".join(lines.split())) > 0.6 * by_lines


def test_no_place_is_wrong_in_a_long_line_without_a_space() -> None:
    check("한국은행에서발견되었다" * 2000, "mecab")
    check("가" * (LONGEST + 1), "mecab")


@pytest.mark.skipif(not (importlib.util.find_spec("konlpy") and shutil.which("java")), reason="needs konlpy and Java")
def test_those_of_konlpy() -> None:
    """In a process of its own, as a JVM never leaves; without Kkma, which takes as long to start as all the others."""
    code = """if True:
        import sys
        from tests.vocab.test_analyzers import check, shown
        for name in sys.argv[2:]:
            check(sys.argv[1], name)
            print(shown(sys.argv[1], name))
    """
    command = [sys.executable, "-c", code, f"{FATHER} 난 世🙂 해봤어", "okt", "komoran", "hannanum"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    okt, komoran, hannanum = done.stdout.splitlines()
    assert okt.startswith("아버지/NNG 가방/NNG 에/JX 들어가신다/VV ./SF")
    assert komoran.startswith("아버지/NNG 가방/NNP 에/JKB 들어가/VV 시/EP ㄴ다/EF ./SF")
    assert hannanum.startswith("아버지가방에들어가/NNG 이/VCP 시/EP ㄴ다/EF ./SF")
    assert all("🙂" in line for line in (okt, komoran, hannanum))


def test_the_options_name_every_analyser() -> None:
    assert get_args(AnalyzerName) == tuple(ANALYZERS)
    assert {*FOREIGN} == {*ANALYZERS} - {"none"}


@pytest.mark.parametrize("name", [name for name, source in ANALYZERS.items() if source.package])
def test_a_missing_package_is_one_line(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("mecab", "kiwipiepy", "konlpy", "jpype"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(UserError) as error:
        analyzers.analyzer.__wrapped__(name)
    assert str(error.value).startswith(f"{name}: not installed: pip install {ANALYZERS[name].package}")
    assert "\n" not in str(error.value)


def test_missing_java_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    jpype = pytest.importorskip("jpype")
    pytest.importorskip("konlpy")

    def nowhere() -> str:
        raise jpype.JVMNotFoundException("No JVM shared library file")

    monkeypatch.setattr(jpype, "getDefaultJVMPath", nowhere)
    with pytest.raises(UserError, match=r"^okt: needs Java, .*JAVA_HOME$"):
        analyzers.analyzer.__wrapped__("okt")


def test_an_unknown_analyser_is_one_line() -> None:
    with pytest.raises(UserError, match="macab: no such analyser; did you mean 'mecab'"):
        analyzer("macab")


def test_morphemes_are_what_they_say() -> None:
    assert analyze("섬") == [Morpheme("섬", "NNG", 0, 1)]
    assert analyze("") == analyze(" \n\u3000") == []


@pytest.mark.parametrize(
    ("spans", "wrong"),
    [
        ([(0, 2), (3, 4)], 0),
        ([(0, 2), (1, 2), (3, 4)], 0),
        ([(0, 2)], 1),
        ([(3, 4)], 1),
        ([(0, 2), (2, 2), (3, 4)], 1),
        ([(1, 2), (0, 2), (3, 4)], 2),
        ([(0, 2), (3, 9)], 1),
    ],
)
def test_the_benchmark_counts_wrong_places(spans: list[tuple[int, int]], wrong: int) -> None:
    assert wrong_places("가나 다", [Morpheme("x", "NNG", *span) for span in spans]) == wrong

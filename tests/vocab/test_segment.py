"""The lecture's sentences in all schemes, and places that hold on any text."""

from __future__ import annotations

from itertools import pairwise
from typing import get_args

import pytest
from hypothesis import given, settings

from tests.vocab.korean import kowiki
from tests.vocab.test_analyzers import BAT, FATHER, TEXTS
from tools.errors import UserError
from vocab.scheme import Segment
from vocab.segment import SEGMENTS, Unit, josa_cuts, segment
from vocab.tags import Morpheme
from vocab.words import clean, words

pytest.importorskip("mecab", reason="the analyser has no package for this Python")

GOLDEN = {
    BAT: {
        "eojeol": """멕시코부터 브라질까지 그리고 카리브해 섬 지역에서 발견된다 .
            8종으로 이루어져 있다 .""",
        "josa": """멕시코 ##부터 브라질 ##까지 그리고 카리브해 섬 지역 ##에서 발견된다 .
            8 ##종 ##으로 이루어져 있다 .""",
        "morpheme": """멕시코 ##부터 브라질 ##까지 그리고 카리브해 섬 지역 ##에서 발견 ##된다 .
            8 ##종 ##으로 이루어져 있 ##다 .""",
        "morpheme-tag": """멕시코/NNP ##부터/JX 브라질/NNP ##까지/JX 그리고/MAJ 카리브해/NNP 섬/NNG 지역/NNG ##에서/JKB
            발견/NNG ##되/XSV ##ㄴ다/EF ./SF 8/SN ##종/NNG ##으로/JKB 이루어지/VV ##어/EC 있/VX ##다/EF ./SF""",
        "lemma": """멕시코 ##부터 브라질 ##까지 그리고 카리브해 섬 지역 ##에서 발견 ##되 ##ㄴ다 .
            8 ##종 ##으로 이루어지 ##어 있 ##다 .""",
        "verb-lemma": """멕시코 ##부터 브라질 ##까지 그리고 카리브해 섬 지역 ##에서 발견 ##되다 ##ㄴ다 .
            8 ##종 ##으로 이루어지다 ##어 있다 ##다 .""",
    },
    FATHER: {
        "eojeol": "아버지가방에들어가신다 .",
        "josa": "아버지 ##가방 ##에들어가신다 .",
        "morpheme": "아버지 ##가 ##방 ##에 ##들어가 ##신다 .",
        "morpheme-tag": "아버지/NNG ##가/JKS ##방/NNG ##에/JKB ##들어가/VV ##시/EP ##ㄴ다/EF ./SF",
        "lemma": "아버지 ##가 ##방 ##에 ##들어가 ##시 ##ㄴ다 .",
        "verb-lemma": "아버지 ##가 ##방 ##에 ##들어가다 ##시 ##ㄴ다 .",
    },
    "사람들이 도쿄(東京)는 10km를 제가 했으며 학생이다": {
        "josa": "사람 ##들 ##이 도쿄 ( 東 京 ) 는 10 ##km ##를 제가 했으며 학생 ##이다",
        "morpheme": "사람 ##들 ##이 도쿄 ( 東京 ) 는 10 ##km ##를 제 ##가 했 ##으며 학생 ##이 ##다",
        "lemma": "사람 ##들 ##이 도쿄 ( 東京 ) 는 10 ##km ##를 제 ##가 하 ##았 ##으며 학생 ##이 ##다",
    },
}


@pytest.mark.parametrize(("text", "scheme"), [(text, scheme) for text, row in GOLDEN.items() for scheme in row])
def test_golden(text: str, scheme: str) -> None:
    assert [unit.marked for unit in segment(text, scheme)] == GOLDEN[text][scheme].split()


def test_places_of_restored_forms() -> None:
    assert segment("발견된다", "lemma") == [
        Unit("발견", 0, 2, False),
        Unit("되", 2, 3, True),
        Unit("ㄴ다", 2, 4, True),
    ]


def squeezed(text: str) -> str:
    return "".join(clean(text).split())


@settings(max_examples=150)
@given(TEXTS)
@pytest.mark.parametrize("scheme", SEGMENTS)
def test_places_on_any_text(scheme: str, text: str) -> None:
    units = segment(text, scheme)
    assert all(0 <= unit.start < unit.end <= len(text) and unit.text for unit in units)
    pairs = list(pairwise(units))
    assert all(before.start <= after.start and before.end <= after.end for before, after in pairs)
    if SEGMENTS[scheme].lossless:
        assert all(before.end <= after.start for before, after in pairs)
        assert [squeezed(text[unit.start : unit.end]) for unit in units] == [unit.text for unit in units]
        assert "".join(unit.text for unit in units) == squeezed(text)


@settings(max_examples=150)
@given(TEXTS)
def test_uncut_and_cut_words_are_the_words_of_run_time(text: str) -> None:
    assert [unit.text for unit in segment(text, "eojeol")] == words(text)
    joined: list[str] = []
    for unit in segment(text, "josa"):
        if unit.continues:
            joined[-1] += unit.text
        else:
            joined.append(unit.text)
    assert joined == words(text)


@pytest.mark.parametrize("scheme", SEGMENTS)
def test_real_text_comes_back(scheme: str) -> None:
    text = kowiki(200_000)
    units = segment(text, scheme)
    covered = "".join(text[unit.start : unit.end] for unit in units)
    assert (squeezed(covered) == squeezed(text)) is SEGMENTS[scheme].lossless
    gaps = zip([0, *(unit.end for unit in units)], [*(unit.start for unit in units), len(text)], strict=True)
    assert not "".join(text[end:start] for end, start in gaps).strip()


def test_words_are_cut_between_a_noun_and_the_josa_that_touches_it_and_around_numbers() -> None:
    def cuts(*tagged: str) -> list[int]:
        morphemes, at = [], 0
        for one in tagged:
            form, tag = one.split("/")
            gap = form.startswith(" ")
            morphemes.append(Morpheme(form.strip(), tag, at + gap, at + len(form)))
            at += len(form)
        return list(josa_cuts(morphemes))

    assert cuts("사람/NNG", "들/XSN", "이/JKS") == [2, 3]
    assert cuts("전국/NNG", "적/XSN", "으로/JKB") == [3]
    assert cuts("그/NP", "는/JX") == []
    assert cuts("제/XPN", "10/SN", "년/NNB", "간/XSN", "의/JKG") == [1, 3, 4, 5]
    assert cuts("10/SN", " 년/NNB", "간/XSN") == []
    assert cuts("학교/NNG", "에서/JKB", "의/JKG") == [2]
    assert cuts("학생/NNG", "이/VCP", "다/EF") == [2]
    assert cuts("가/VV", "면서/EC", "도/JX") == []
    assert cuts("학교/NNG", " 는/JX") == []
    assert list(josa_cuts([Morpheme("나", "NP", 0, 1), Morpheme("ㄴ", "JX", 0, 1)])) == []  # 난 is one syllable


def test_names_are_those_of_the_options() -> None:
    assert {*SEGMENTS} == {*get_args(Segment)}
    with pytest.raises(UserError, match="morfeme: no such segmentation; did you mean 'morpheme'"):
        segment("가", "morfeme")

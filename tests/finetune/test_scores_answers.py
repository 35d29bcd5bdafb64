"""The rules by which sets of questions compare two answers, against slow twins and case by case."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finetune.scores import klue_mrc, korquad, squad
from finetune.scores.answers import best, overlap, percent
from finetune.scores.korquad import html_text, normalized2
from tests.finetune import twins
from tests.finetune.fuzz import MARKS, answer_pair, cases, text

KOREAN = "가나다라은는이가 " * 2 + "aBc12é\t\n\u00a0" + MARKS
ENGLISH = ["the", "a", "an", "The", "cat", "Cat's", "theory", "an-other", "“a”", "10,000", "—the—", "", "é", "."]
TAGS = ["p", "b", "td", "span", "table", "script", "style", "rt"]


def test_korquad_1_agrees_with_its_twin() -> None:
    for draw in cases(1):
        given, right = answer_pair(draw, KOREAN)
        ours, theirs = twins.korquad_normalized(given), twins.korquad_normalized(right)
        assert korquad.exact(given, right) == float(ours == theirs), (given, right)
        assert korquad.f1(given, right) == twins.character_f1(ours, theirs), (given, right)


def test_korquad_2_agrees_with_its_twin() -> None:
    for draw in cases(2):
        given, right = (marked_up(draw, one) for one in answer_pair(draw, "가나다 은aB1&;.,《》()"))
        ours, theirs = twins.korquad2_normalized(given), twins.korquad2_normalized(right)
        assert korquad.exact2(given, right) == float(ours == theirs), (given, right)
        assert korquad.f1_2(given, right) == twins.character_f1(ours, theirs), (given, right)


def test_squad_agrees_with_its_twin() -> None:
    for draw in cases(3):
        given, right = (" ".join(draw.choices(ENGLISH, k=draw.randint(0, 5))) for _ in range(2))
        given = right if draw.random() < 0.2 else given
        ours, theirs = twins.squad_words(given), twins.squad_words(right)
        assert squad.exact(given, right) == float(ours == theirs), (given, right)
        assert squad.f1(given, right) == twins.shared_f1(ours, theirs), (given, right)
        nothing = float(ours == theirs) if not ours or not theirs else twins.shared_f1(ours, theirs)
        assert squad.f1_or_none(given, right) == nothing, (given, right)


def test_klue_mrc_agrees_with_its_twin() -> None:
    for draw in cases(4):
        given, right = answer_pair(draw, KOREAN)
        if draw.random() < 0.1:
            right += "《()‘’" + text(draw, KOREAN, 3)
        ours, theirs = twins.klue_normalized(given), twins.klue_normalized(right)
        assert klue_mrc.exact(given, right) == float(ours == theirs), (given, right)
        assert klue_mrc.rouge_w(given, right) == twins.rouge_w(ours, theirs), (given, right)


def marked_up(draw: random.Random, text: str) -> str:
    """A text with well-formed markup around pieces of it."""
    text = text.replace("&", "&amp;")
    for _ in range(draw.randint(0, 3)):
        start, end = sorted(draw.randint(0, len(text)) for _ in range(2))
        if any(mark in text for mark in "<&"):
            start, end = 0, len(text)
        tag = draw.choice(TAGS)
        opening = draw.choice([f"<{tag}>", f'<{tag} class="가">'])
        text = f"{text[:start]}{opening}{text[start:end]}</{tag}>{text[end:]}"
        if tag in ("script", "style", "rt"):
            return text.replace(opening, f"<{tag}>")
    return text + draw.choice(["", "<br>", "<br/>", "<!-- 가나 -->", "&nbsp;", "&lt;", "&#44032;"])


@pytest.mark.parametrize(
    "markup, expected",
    [
        ("가 나", "가 나"),
        ("<td>10</td><td>명</td>", "10명"),
        ("<p>가<br>나<br/>다", "가나다"),
        ("가<!-- 나 -->다", "가다"),
        ("<script>가</script><style>나</style>다", "다"),
        ("<ruby>漢<rt>한</rt></ruby>字", "漢字"),
        ("<ruby>漢<rt>한</ruby>字", "漢字"),  # what is still open ends with what is around it
        ("3 < 5 & 6", "3 < 5 & 6"),
        ("&lt;가&gt; &amp;", "<가> &"),
        ("<b 가", "<b 가"),
        ("가</b>나", "가나"),
        ("<!DOCTYPE html>가", "가"),
    ],
)
def test_html_loses_its_tags(markup: str, expected: str) -> None:
    assert html_text(markup) == expected


@given(st.text("<>/!-[]?&;#\"'= 가brpt1", max_size=30))
def test_any_markup_is_read(markup: str) -> None:
    assert isinstance(html_text(markup), str)


def test_html_agrees_with_lxml() -> None:
    lxml = pytest.importorskip("lxml.html")
    for draw in cases(5, 500):
        markup = marked_up(draw, text(draw, "가나다 은aB1&;.,《》()"))
        if any(f"<{tag}" in markup for tag in ("script", "style", "rt")):
            continue
        theirs = lxml.fromstring(f"<div>{markup}</div>").text_content()
        assert twins.korquad_normalized(theirs).replace(" ", "") == normalized2(markup), markup


def test_korquad_2_ignores_spaces_and_1_does_not() -> None:
    assert korquad.exact2("<b>주 시경</b>", "주시경") == 1
    assert korquad.exact("주 시경", "주시경") == 0
    assert korquad.f1("주 시경", "주시경") == 1


def test_squad_drops_articles_but_not_letters() -> None:
    assert squad.normalized("The theory of an Apple, a-b") == "theory of apple ab"
    assert squad.f1("", "the") == 0  # 1.1: nothing is shared
    assert squad.f1_or_none("", "the") == 1  # 2.0: both are empty
    assert squad.f1_or_none("cat", "") == 0


def test_klue_keeps_the_marks_that_korquad_drops() -> None:
    assert klue_mrc.normalized("《말모이》 (1911년)") == "《말모이》 1911년"
    assert klue_mrc.normalized("가《()‘’나") == "가 나"
    assert klue_mrc.exact("《말모이》", "말모이") == 0
    assert klue_mrc.rouge_w("서울에서", "서울") == pytest.approx(2 / 3)
    assert klue_mrc.rouge_w("가나다라", "가다나라") == 0.25  # one piece, not a subsequence
    assert klue_mrc.rouge_w("", "") == 1
    assert klue_mrc.rouge_w("가", "") == klue_mrc.rouge_w("", "가") == 0


def test_klue_passes_over_frequent_characters_of_long_answers() -> None:
    long = "가나" * 100
    assert klue_mrc.rouge_w("나가" * 50, long) == 0  # difflib's rule from 200 characters on
    assert klue_mrc.rouge_w("나가" * 50, long[:-1]) == pytest.approx(2 * 100 / 299)


def test_best_and_percent() -> None:
    assert best(korquad.f1, "가", ["나", "가다", "가"]) == 1
    assert best(korquad.f1, None, ["가"]) == 0
    assert percent([1.0, 0.0, 0.5]) == 50
    assert percent([]) == 0
    assert overlap("", "") == 0


@given(st.text(KOREAN, max_size=12), st.text(KOREAN, max_size=12))
def test_same_means_full_f1_and_scores_stay_in_bounds(one: str, other: str) -> None:
    for exact, shared in ((korquad.exact, korquad.f1), (korquad.exact2, korquad.f1_2), (squad.exact, squad.f1_or_none)):
        assert 0 <= shared(one, other) <= 1
        if exact(one, other) and shared is squad.f1_or_none:
            assert shared(one, other) == 1

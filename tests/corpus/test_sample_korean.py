from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.sample.korean import Phrase, phrase, render

TOWN = Phrase("가람시(佳覽市)", "[[가람시]]({{한자|佳覽市}})")


def test_render_fills_both_texts_and_marks_the_slots() -> None:
    made = render("{town:은} {river:을} {do|는다}.", {"town": TOWN, "river": "달내", "do": "끼고 돌"})
    assert made.plain == "가람시(佳覽市)는 달내를 끼고 돈다."
    assert made.markup == "[[가람시]]({{한자|佳覽市}})는 달내를 끼고 돈다."
    assert [(name, made.plain[start:end]) for name, start, end in made.marks] == [
        ("town", "가람시(佳覽市)"),
        ("river", "달내"),
        ("do", "끼고 돈다"),
    ]


def test_marks_of_a_phrase_come_along() -> None:
    place = render("{town} {river}", {"town": TOWN, "river": "달내"})
    made = render("그는 {place:으로} 갔다.", {"place": place})
    assert [(name, made.plain[start:end]) for name, start, end in made.marks] == [
        ("place", "가람시(佳覽市) 달내"),
        ("town", "가람시(佳覽市)"),
        ("river", "달내"),
    ]


@given(st.lists(st.tuples(st.text("가각 a1.", max_size=4), st.text("가각날", min_size=1, max_size=4))))
def test_marks_lie_where_the_slots_are(pieces: list[tuple[str, str]]) -> None:
    pattern = "".join(f"{literal}{{s{number}:은}}" for number, (literal, _) in enumerate(pieces))
    values = {f"s{number}": Phrase(word, f"[[{word}]]") for number, (_, word) in enumerate(pieces)}
    made = render(pattern, values)
    assert [made.plain[start:end] for _, start, end in made.marks] == [word for _, word in pieces]
    assert made.markup.replace("[[", "").replace("]]", "") == made.plain


def test_a_slot_that_is_not_given_is_named() -> None:
    with pytest.raises(KeyError, match=r"크다\.: nothing is given for the slot town"):
        render("{town:은} 크다.", {"river": phrase("달내")})


@pytest.mark.parametrize("pattern", ["{town", "town}", "{}", "{town:은:는}", "{town:은|았다}"])
def test_a_malformed_pattern_is_an_error(pattern: str) -> None:
    with pytest.raises(ValueError, match="not a slot"):
        render(pattern, {"town": "가람시"})


def test_an_article_takes_no_time() -> None:
    start = time.perf_counter()
    for number in range(36_000):  # 3,000 articles of 12 sentences, on one core
        render(
            "{town:은} {year}년에 {river:을} {do|았다}.",
            {"town": f"가람{number}시", "year": "1980", "river": "달내", "do": "얻"},
        )
    assert time.perf_counter() - start < 3

"""The josa that follow a word, and the words that are cut before them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.vocab.korean import kowiki
from vocab.analyzers import analyzer
from vocab.josa import JOSA, cuts_by_majority, cuts_by_rule, guess, josa_of, spaced
from vocab.segment import cut_by, segment
from vocab.tags import TAGS
from vocab.units import parted
from vocab.words import words

STEMS = ["학교", "사람", "서울", "나무"]


@pytest.mark.parametrize(
    ("word", "josa"),
    [
        ("학교는", "는"),
        ("학교은", ""),
        ("사람은", "은"),
        ("사람는", ""),
        ("서울로", "로"),
        ("서울으로", "로"),
        ("사람으로", "으로 로"),
        ("사람로", ""),
        ("학교에서는", "에서는 는"),
        ("사람이었다", "이었다"),
        ("나무였다", "였다"),
        ("世는", "는"),
        ("世은", "은"),
        ("은", ""),
    ],
)
def test_a_josa_agrees_with_the_sound_before_it(word: str, josa: str) -> None:
    assert " ".join(word[start:] for start, _ in josa_of(word)) == josa


def test_the_table() -> None:
    assert {tag for tag, _ in JOSA.values()} <= {*TAGS}
    assert {after for _, after in JOSA.values()} == {"", "C", "V", "K", "L"}
    assert 90 <= len(JOSA) <= 130


def test_words_are_cut_where_the_rest_is_a_word_with_endings() -> None:
    counts = {
        "학교": 5,
        "학교는": 3,
        "학교에서": 2,
        "학교에서는": 1,
        "하": 1,
        "하는": 9,
        "나무는": 4,
        "사람": 2,
        "사람이": 1,
    }
    cuts = cuts_by_rule(counts, endings=3)
    assert cuts == {
        "학교는": (2,),
        "학교에서": (2,),
        "학교에서는": (2,),
    }  # 하 has one ending only, 나무 is no word here
    assert spaced(counts, cuts) == {
        "학교": 5,
        "학교 는": 3,
        "학교 에서": 2,
        "학교 에서는": 1,
        "하": 1,
        "하는": 9,
        "나무는": 4,
        "사람": 2,
        "사람이": 1,
    }


def test_numbers_are_cut_off_and_what_they_count_too_if_it_is_followed_by_josa() -> None:
    words = dict.fromkeys(["제19대", "2017년", "2017년에", "2017년은", "2017년의", "B52", "1"], 1)
    found = spaced(words, cuts_by_rule(words, endings=3))
    assert list(found) == ["제 19 대", "2017 년", "2017 년 에", "2017 년 은", "2017 년 의", "B 52", "1"]


def test_cuts_of_several_places() -> None:
    counts = {"사람들이": 2, "이": 1}
    assert spaced(counts, {"사람들이": (2, 3)}) == {"사람 들 이": 2, "이": 1}
    assert parted(spaced(counts, {"사람들이": (2, 3)})) == {"사람": 2, "##들": 2, "##이": 2, "이": 1}


def test_the_majority_decides_and_ties_go_to_fewer_cuts() -> None:
    counts = {"학교 에서": 3, "학교에서": 2, "사람 들 이": 2, "사람들 이": 2, "사 람": 1, "나무": 4}
    assert cuts_by_majority(counts) == {"학교에서": (2,), "사람들이": (3,), "사람": (1,)}
    assert cuts_by_majority(dict(reversed(counts.items()))) == cuts_by_majority(counts)


@given(st.dictionaries(st.sampled_from([stem + josa for stem in STEMS for josa in ("", *JOSA)]), st.integers(1, 9)))
def test_no_letter_is_lost_and_the_order_of_the_words_does_not_matter(counts: dict[str, int]) -> None:
    cuts = cuts_by_rule(counts, endings=2)
    backwards = dict(reversed(counts.items()))
    assert cuts == cuts_by_rule(backwards, endings=2)
    after = parted(spaced(counts, cuts))
    letters = sum(len(word) * count for word, count in counts.items())
    assert sum(len(unit.removeprefix("##")) * count for unit, count in after.items()) == letters


def test_a_single_text_is_guessed_at() -> None:
    shown = [f"{m.form}/{m.tag}" for m in guess("지역에서 발견된다, 8종으로 섬은", 0)]
    assert shown == ["지역/NNG", "에서/JKB", "발견된다/NA", ",/SP", "8종/NNG", "으로/JKB", "섬은/NA"]


def test_the_rule_finds_most_of_what_the_analyser_finds() -> None:
    """On a third of a megabyte; the more text, the more nouns are seen on their own."""
    pytest.importorskip("mecab")
    text = kowiki(1_000_000)
    counts: dict[str, int] = {}
    for word in words(text):
        counts[word] = counts.get(word, 0) + 1
    by_rule = {(u.start, u.end) for u in cut_by(text, cuts_by_rule(counts)) if u.continues}
    by_mecab = {(u.start, u.end) for u in segment(text, "josa") if u.continues}
    assert len(by_rule & by_mecab) > 0.5 * len(by_mecab)
    assert len(by_rule & by_mecab) > 0.8 * len(by_rule)


def test_it_is_one_of_the_analysers() -> None:
    assert analyzer("none")("가\n학교는") == [("가", "NA", 0, 1), ("학교", "NNG", 2, 4), ("는", "JX", 4, 5)]

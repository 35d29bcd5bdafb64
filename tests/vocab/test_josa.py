"""The josa that follow a word, and the words that are cut before them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.vocab.korean import kowiki
from vocab.analyzers import analyzer
from vocab.josa import COUNTED, JOSA, OF_VERBS_TOO, cuts_by_rule, guess, josa_of, spaced
from vocab.segment import segment
from vocab.tags import TAGS
from vocab.units import parted
from vocab.words import spans, words

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
    assert {*JOSA} > OF_VERBS_TOO


def test_words_are_cut_where_the_rest_is_a_word_with_endings() -> None:
    cuts = {"학교는": (2,), "학교에서": (2,), "학교에서는": (2,), "집은": (1,), "집에": (1,), "집을": (1,)}
    other = ["학교", "집", "하", "하는", "나무는", "사람", "사람이"]
    assert cuts_by_rule(dict.fromkeys([*cuts, *other], 1)) == cuts  # 하 and 사람 have one ending, 나무 is no word here
    assert spaced({"학교": 5, "학교에서는": 2}, cuts) == {"학교": 5, "학교 에서는": 2}


@pytest.mark.parametrize(
    ("words", "cut"),
    [
        ("한마루 한마루의", "한마루의"),  # alone, and with an ending that no verb has
        ("한마루는 한마루의", "한마루는 한마루의"),  # never alone
        ("한마루는", ""),
        ("한마루의", ""),
        ("한마루 한마루는", ""),  # as verbs have it: 보이 보이는
        ("보이는 보이고 보이던 보이면", ""),  # 보 and 보이 with endings of verbs only
        ("높 높의 높에", ""),  # of one syllable
        ("높 높은 높이 높을", "높은 높이 높을"),
        ("그 그는 그가 그를", ""),
        ("에는 에서는 에 에서", ""),  # what josa are made of
    ],
)
def test_a_noun_is_known_by_its_endings(words: str, cut: str) -> None:
    found = cuts_by_rule(dict.fromkeys(words.split(), 1))
    assert list(found) == cut.split()


def test_numbers_are_cut_off_and_josa_after_what_they_count() -> None:
    words = dict.fromkeys(["제19대", "2017년", "2017년에", "3위가", "590명뿐이었다", "B52", "1", "7에서는", "3만"], 1)
    found = spaced(words, cuts_by_rule(words))
    assert list(found) == [
        "제 19 대",
        "2017 년",
        "2017 년 에",
        "3 위 가",
        "590 명뿐 이었다",
        "B 52",
        "1",
        "7 에서는",
        "3 만",
    ]


def test_what_many_numbers_count_is_a_noun_without_them_too() -> None:
    counted = [f"{number}명이" for number in range(COUNTED)]
    alone = ["명이", "명은", "명의"]
    assert set(alone) <= cuts_by_rule(dict.fromkeys([*alone, *counted], 1)).keys()
    assert not set(alone) & cuts_by_rule(dict.fromkeys([*alone, *counted[1:]], 1)).keys()


def test_cuts_of_several_places() -> None:
    counts = {"사람들이": 2, "이": 1}
    assert spaced(counts, {"사람들이": (2, 3)}) == {"사람 들 이": 2, "이": 1}
    assert parted(spaced(counts, {"사람들이": (2, 3)})) == {"사람": 2, "##들": 2, "##이": 2, "이": 1}


@given(st.dictionaries(st.sampled_from([stem + josa for stem in STEMS for josa in ("", *JOSA)]), st.integers(1, 9)))
def test_no_letter_is_lost_and_the_order_of_the_words_does_not_matter(counts: dict[str, int]) -> None:
    cuts = cuts_by_rule(counts)
    backwards = dict(reversed(counts.items()))
    assert cuts == cuts_by_rule(backwards)
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
    cuts = cuts_by_rule(counts)
    by_rule = {start + cut for start, end in spans(text) for cut in cuts.get(text[start:end], ())}
    by_mecab = {unit.start for unit in segment(text, "josa") if unit.continues}
    assert len(by_rule & by_mecab) > 0.7 * len(by_mecab)
    assert len(by_rule & by_mecab) > 0.85 * len(by_rule)


def test_it_is_one_of_the_analysers() -> None:
    assert analyzer("none")("가\n학교는") == [("가", "NA", 0, 1), ("학교", "NNG", 2, 4), ("는", "JX", 4, 5)]

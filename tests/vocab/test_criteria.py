"""The table of figures, and who is called best."""

from __future__ import annotations

from vocab import criteria
from vocab.compare_page import summary_table, verdict
from vocab.criteria import ALL, HEADLINES, best, measured

ROWS = {
    "a": {"pieces": 100, "tokens per eojeol": 2.00004, "boundary F1 [gsd]": 0.5, "boundary F1 [kaist]": 0.7},
    "b": {"pieces": 200, "tokens per eojeol": 2.00001, "boundary F1 [gsd]": 0.6, "boundary F1 [kaist]": 0.7},
    "c": {"pieces": 200, "tokens per eojeol": 2.5, "boundary F1 [gsd]": 0.4},
}
BY_KEY = {criterion.key: criterion for criterion in ALL}


def test_keys_are_there_once_and_headlines_are_among_them() -> None:
    assert len(BY_KEY) == len(ALL)
    assert set(HEADLINES) <= set(BY_KEY)


def test_what_looks_the_same_shares_the_star() -> None:
    assert best(BY_KEY["tokens per eojeol"], "tokens per eojeol", ROWS) == {"a", "b"}
    assert best(BY_KEY["boundary F1"], "boundary F1 [gsd]", ROWS) == {"b"}
    assert best(BY_KEY["boundary F1"], "boundary F1 [kaist]", ROWS) == set()  # equal: nobody wins
    assert best(BY_KEY["pieces"], "pieces", ROWS) == set()  # no way is better


def test_a_figure_of_several_files_is_a_row_a_file() -> None:
    assert measured(BY_KEY["boundary F1"], ROWS) == ["boundary F1 [gsd]", "boundary F1 [kaist]"]
    table = summary_table(ROWS, ["tokens per eojeol", "boundary F1"])
    assert table.head == ["", "a", "b", "c"]
    assert [list(row) for row in table.rows] == [
        ["어절당 조각 tokens/eojeol", "★ 2.000", "★ 2.000", "2.500"],
        ["경계 F1 boundary F1 [gsd]", "50.0%", "★ 60.0%", "40.0%"],
        ["경계 F1 boundary F1 [kaist]", "70.0%", "70.0%", ""],
    ]


def test_the_verdict_is_a_sentence_in_both_languages() -> None:
    korean, english = verdict(ROWS)
    assert korean == (
        "글을 가장 적은 조각으로 적는 것은 a, b(어절당 조각 2.000), "
        "gsd에서 형태소 경계를 가장 잘 지키는 것은 b(경계 F1 60.0%)이다."
    )
    assert english == "Fewest tokens to an eojeol: a, b (2.000). Best on morpheme boundaries in gsd: b (60.0%)."
    assert verdict({"a": {}})[1] == "There is nothing to choose between."


def test_a_vocabulary_that_wins_by_not_reading_is_told_on() -> None:
    rows = {"a": {"tokens per eojeol": 1.2, "unknown per eojeol": 0.29}, "b": {"tokens per eojeol": 2.0}}
    korean, english = verdict(rows)
    assert korean.endswith("a: 어절의 29.0%에 [UNK]가 들어 다른 수치가 실제보다 좋아 보인다.")
    assert english.endswith("a loses something of 29.0% of the eojeols, which flatters its other figures.")


def test_every_praise_is_in_both_languages() -> None:
    for criterion in criteria.ALL:
        assert bool(criterion.praise[0]) == bool(criterion.praise[1]) <= bool(criterion.better), criterion.key

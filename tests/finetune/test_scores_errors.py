"""Wrong answers by kind."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finetune.examples import Answer, Question
from finetune.predictions import Reply
from finetune.scores import korquad
from finetune.scores.answers import percent, rights, scored
from finetune.scores.errors import KINDS, by_josa, error_kind, error_rows, gap

PASSAGE = "주시경은 1911년 서울에서 말모이를 짓기 시작하였다. 말모이는 서울의 첫 사전이다."


def question(*answers: str, id: str = "q") -> Question:
    return Question(id, "무엇인가?", (PASSAGE,), tuple(Answer(one, PASSAGE.index(one)) for one in answers))


def reply(text: str, start: int | None = None) -> Reply:
    at = PASSAGE.find(text) if start is None else start
    return Reply("q", text, start=at, end=at + len(text))


@pytest.mark.parametrize(
    "right, given, kind",
    [
        ("주시경", "주시경은", "josa"),
        ("서울", "서울에서", "josa"),
        ("말모이를", "말모이", "josa"),
        ("주시경", "주시경은 1911년", "boundary"),
        ("서울에서 말모이", "말모이", "boundary"),
        ("1911년 서울", "서울에서 말모이", "overlapping"),
        ("1911년 서울에서 말모이", "서울에서", "overlapping"),
        ("주시경", "첫 사전", "elsewhere"),
        ("주시경", "", "empty"),
        ("주시경", "《》", "empty"),
    ],
)
def test_each_kind(right: str, given: str, kind: str) -> None:
    assert error_kind(question(right), reply(given)) == kind
    assert error_kind(question(right), Reply("q", given)) == kind  # the place is looked for


def test_a_josa_must_agree() -> None:
    assert by_josa("주시경은", "주시경")
    assert by_josa("나무", "나무는")
    assert not by_josa("주시경는", "주시경")
    assert not by_josa("사전이름", "사전")
    assert not by_josa("같다", "같다")


def test_of_several_right_answers_the_nearest_counts() -> None:
    assert error_kind(question("첫 사전", "주시경"), reply("주시경은")) == "josa"


def test_causes_that_are_told_or_missing() -> None:
    assert error_kind(question("주시경"), None) == "empty"
    assert error_kind(question("주시경"), reply("사전"), unknown=True) == "unknown"
    assert error_kind(Question("q", "?", (PASSAGE,), ()), reply("사전")) == "invented"


def test_the_same_text_elsewhere_is_no_error_and_another_passage_is_elsewhere() -> None:
    one = Question("q", "?", (PASSAGE, PASSAGE), (Answer("서울에서", PASSAGE.index("서울에서"), 0),))
    given = Reply("q", "서울에서 말모이", start=PASSAGE.index("서울에서"), end=0, passage=1)
    assert error_kind(one, given) == "elsewhere"
    assert error_rows([(one, Reply("q", "서울에서", start=0, passage=1))])[0].ids == ()


def test_an_answer_that_no_passage_holds_is_compared_as_text() -> None:
    one = Question("q", "?", ("다른 글",), (Answer("말모이 사전", -1),))
    assert error_kind(one, Reply("q", "말모이")) == "boundary"
    assert error_kind(one, Reply("q", "모이")) == "overlapping"
    assert error_kind(one, Reply("q", "서울")) == "elsewhere"


def test_rows_count_share_and_gap() -> None:
    pairs = [
        (question("주시경", id="1"), reply("주시경은")),
        (question("주시경", id="2"), reply("주시경")),
        (question("주시경", id="3"), reply("사전")),
        (question("주시경", id="4"), None),
    ]
    rows = {row.kind: row for row in error_rows(pairs)}
    assert list(rows) == list(KINDS)
    assert rows["josa"].ids == ("1",)
    assert rows["elsewhere"].ids == ("3",)
    assert rows["empty"].ids == ("4",)
    assert rows["josa"].share == pytest.approx(100 / 3)
    assert rows["josa"].gap == pytest.approx(100 * korquad.f1("주시경은", "주시경") / 4)
    assert {row.kind for row in error_rows(pairs, unknown={"3"}) if row.ids} == {"josa", "unknown", "empty"}


PIECES = st.sampled_from(["주시경", "주시경은", "1911년", "서울에서 말모이", "첫 사전", "", "없는 말"])


@given(st.lists(st.tuples(PIECES.filter(lambda one: one in PASSAGE and one != ""), PIECES), max_size=8))
def test_the_gap_is_f1_less_exact_match(texts: list[tuple[str, str]]) -> None:
    pairs = [(question(right, id=str(at)), Reply(str(at), given)) for at, (right, given) in enumerate(texts)]
    asked = [(rights(one), answer.text) for one, answer in pairs]
    rows = error_rows(pairs)
    assert gap(rows) == pytest.approx(percent(scored(korquad.f1, asked)) - percent(scored(korquad.exact, asked)))
    assert sum(len(row.ids) for row in rows) == sum(score == 0 for score in scored(korquad.exact, asked))
    assert sum(row.share for row in rows) == pytest.approx(100 if any(row.ids for row in rows) else 0)

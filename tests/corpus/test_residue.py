"""The residue counter finds what it names and nothing in clean text."""

from __future__ import annotations

import pytest

from corpus.residue import RESIDUE, count_residue, residue_per_megabyte

SEEN = {
    "template braces": "가 {{나", "link brackets": "[[가", "bar": "가|나", "table": "{| 가", "empty bracket": "가()는",
    "dangling bracket": "가(, 나)", "thumb": "섬네일|가", "file link": "파일:가.jpg", "category link": "분류:가",
    "quotes": "''가",
    "heading": "== 가 ==", "reference": "가<ref>나",
    "html tag": '<div class="a">', "attribute": 'style="a"', "entity": "&lt;",
    "pixels": "|200px|", "magic word": "__TOC__", "formula": "formula_1은", "fake heading": "생애.", "marker": "* 가",
}  # fmt: skip


@pytest.mark.parametrize("name", RESIDUE)
def test_each_kind_is_found(name: str) -> None:
    assert count_residue(SEEN[name])[name] >= 1


@pytest.mark.parametrize(
    "text",
    [
        "세종(世宗, 1397년 ~ 1450년)은 왕이다.", "print() 함수와 쉼표(,)", "1 < 2이고 <무한도전>은 R&D이다.",
        "12:30에 왔다. 그리고 갔다.",
        "(1924년 ~ )", "분류는 파일에 있다.", "'따옴표'와 \"큰따옴표\"", "[수식]은 식이다.", "a_b = c", "그는 왔다.",
        "없음.", "Hello World.",
    ],
)  # fmt: skip
def test_clean_text_has_none(text: str) -> None:
    assert count_residue(text) == {}


def test_rates_are_per_million_bytes_and_complete() -> None:
    rates = residue_per_megabyte(["가()는", "x" * (1_000_000 - len("가()는".encode()))])
    assert rates["empty bracket"] == 1
    assert list(rates) == list(RESIDUE)
    assert sum(rates.values()) == 1
    assert residue_per_megabyte([]) == dict.fromkeys(RESIDUE, 0)

"""Reports show Korean as Korean, need nothing from outside, and are the same bytes for the same numbers."""

from __future__ import annotations

import re
import warnings
from pathlib import Path

from tools.charts import (
    Bars,
    Groups,
    Heat,
    Heats,
    Histogram,
    Lines,
    Pieces,
    Prose,
    Section,
    Table,
    korean_font,
    write_page,
)

SECTIONS = [
    Section(
        "말뭉치 Corpus",
        [
            Prose("문서 <3,000>개 & 漢字"),
            Table(
                ["이름", "수 count", "보고서"], [["가람", "1,200", "a/b.html"], ["나루", "7", ""]], links={2: "열기"}
            ),
            Bars("종류별 문서 수 − documents by kind", {"인물 人物": 1200, "강 River": 300.5}, " 개"),
            Histogram("문장 길이", [0, 10, 20, 40], [5, 9, 2], "글자 수"),
            Groups("경계 F1", {"가람": {"작은 어휘": 0.4, "큰 어휘": 0.9}, "나루": {"큰 어휘": 0.7}}, " %"),
            Lines("덮는 몫", {f"어휘 {n}": [(100, n), (1000, 2 * n)] for n in range(1, 9)}, "k", logarithmic=True),
            Heat("겹침", ["가", "나"], ["가", "나"], [[1.0, 0.25], [None, 1.0]]),
            Heats(["나", "는"], {f"머리 {n}": [[1.0, 0.0], [0.5, 0.5]] for n in range(5)}),
            Pieces([("작은 어휘", [["말", "모이"], ["[UNK]"], ["<b>"]])]),
        ],
    )
]


def test_a_page_is_whole_and_repeatable(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # matplotlib warns of every glyph that a font lacks: tofu
        write_page(tmp_path / "a.html", "작은 세계", SECTIONS)
        write_page(tmp_path / "b.html", "작은 세계", SECTIONS)
    page = (tmp_path / "a.html").read_text(encoding="utf-8")
    assert page == (tmp_path / "b.html").read_text(encoding="utf-8")
    assert "문서 &lt;3,000&gt;개 &amp; 漢字" in page
    assert '<a href="a/b.html">열기</a>' in page
    assert page.count("<svg") == 6
    assert '<bdi><span class="p0">말</span><span class="p1">모이</span></bdi>' in page
    assert '<bdi><span class="lost">[UNK]</span></bdi>' in page
    assert '<span class="p3">&lt;b&gt;</span>' in page
    assert "<text" not in page  # letters are outlines, so no font of the reader's is needed
    fetched = re.findall(r'(?:src|href)="(https?:[^"]+)"', page)
    assert fetched == []
    assert page.count('<td class="number">1,200</td>') == 1


def test_the_font_has_the_korean_that_reports_use() -> None:
    from fontTools.ttLib import TTFont

    known = TTFont(korean_font()).getBestCmap()
    for letter in "가힣각말모이형태소漢字國語ABCxyz0123%·《》":
        assert ord(letter) in known, letter

"""The page and the card of a run say what its records and scores say."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import Any

import pytest

from pretrain import report
from pretrain.journal import Moment, Tally, record
from pretrain.options_training import Train
from pretrain.report import POINTS, model_card, write_report
from pretrain.shape import shape
from tools.charts import Lines

SHAPE = shape("mini", "bert", 8000)
OPTIONS = dataclasses.asdict(Train(instances=Path("build/instances"), output=Path("build/model")))
SCORES: dict[str, Any] = {
    "loss": 5.5, "masked_lm_accuracy": 0.3125, "masked_lm_loss": 4.9, "next_sentence_accuracy": 0.75,
    "next_sentence_loss": 0.6, "guesses": 12_345, "pairs": 678, "asked": "nsp", "notes": ["<a note>"],
    "bits per character": 2.345, "unigram bits per character": 5.678, "characters": 50_000, "pieces": 23_456,
    "characters behind [UNK]": 9,
    "examples": [{"before": "우리", "after": "서울이다.", "right": "수도", "guesses": [["수도", 0.9], ["왕", 0.05]]}],
}  # fmt: skip


def a_run(records: int, *, pairs: bool = True) -> list[dict[str, Any]]:
    found = []
    for step in range(1, records + 1):
        tally = Tally(
            updates=1, rows=64, tokens=8000, guesses=1000, nats=9000 / step**0.5, right=step % 1000,
            others=64 * pairs, other_nats=40.0, other_right=40, seconds=2.0, wait=0.01,
        )  # fmt: skip
        found.append(record(tally, Moment(step, 2.0 * step, records, lr=1e-4, mfu=0.25)))
    return found


def headings(page: str) -> list[str]:
    return [heading.split()[-1] for heading in re.findall("<h2>(.*?)</h2>", page)]


def test_the_page_of_a_run(tmp_path: Path) -> None:
    milestones = {100: SCORES, 400: {**SCORES, "masked_lm_accuracy": 0.4375}}  # and the end, at 1,000
    write_report(tmp_path, a_run(1000), shape=SHAPE, options=OPTIONS, scores=SCORES, milestones=milestones)
    page = (tmp_path / "report.html").read_text()
    assert headings(page) == [
        "Summary", "Loss", "Accuracy", "rate", "Speed", "curve", "text", "character", "Examples", "Configuration",
    ]  # fmt: skip
    assert page.count("<svg") == 4 + 2 + 1 + 2 + 1 + 1
    for said in (
        "8,000,000",
        "33:20",
        "31.25 %",
        "43.75",
        '<td class="number">1,000</td>',
        "2.345",
        "&lt;a note&gt;",
        "hidden_size",
        "25.0 %",
    ):
        assert said in page, said


def test_a_run_without_pairs_or_scores_or_a_single_record_has_a_page(tmp_path: Path) -> None:
    write_report(tmp_path, a_run(3, pairs=False), shape=SHAPE, options=OPTIONS)
    page = (tmp_path / "report.html").read_text()
    assert headings(page) == ["Summary", "Loss", "Accuracy", "rate", "Speed", "Configuration"]
    assert page.count("<svg") == 2 + 1 + 1 + 2
    write_report(tmp_path, [], shape=SHAPE, options=OPTIONS)
    assert headings((tmp_path / "report.html").read_text()) == ["Summary", "Configuration"]


@pytest.mark.parametrize("records", [2, POINTS, POINTS + 1, 3 * POINTS - 1])
def test_long_curves_are_thinned_without_losing_their_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, records: int
) -> None:
    drawn: list[Any] = []
    monkeypatch.setattr(report, "write_page", lambda path, title, sections: drawn.extend(sections))
    write_report(tmp_path, a_run(records), shape=SHAPE, options=OPTIONS)
    [loss] = [block for block in drawn[1].blocks if isinstance(block, Lines)][:1]
    [curve] = loss.points.values()
    size = -(-records // POINTS)
    assert len(curve) == -(-records // size) <= POINTS
    assert curve[-1][0] == records
    assert curve[0][1] == pytest.approx(sum(9 / step**0.5 for step in range(1, size + 1)) / size)


def test_the_card_says_what_the_model_is_made_of() -> None:
    about = {"kind": "instances", "rows": 123_456, "tokens": 7_654_321, "length": 128, "nsp": "nsp", "shards": [1]}
    card = model_card(
        SHAPE, about=about, options=OPTIONS, hardware="2 x EPYC | 64 GB", metrics=a_run(100), scores=SCORES
    )
    assert card.startswith("---\nlanguage: ko\n")
    for row in (
        "| rows | 123,456 |", "| masked_lm_accuracy | 0.3125 |", "| bits per character | 2.3450 |",
        "| instances | build/instances |", "| trained on | 2 x EPYC \\| 64 GB |", "| deterministic | False |",
    ):  # fmt: skip
        assert row in card, row
    assert "from random weights" in card
    assert "from the weights of old" in model_card(SHAPE, about={}, options={"start": "old"}, hardware="", metrics=[])
    assert "kind |" not in card and "shards" not in card
    assert "Scores" not in model_card(SHAPE, about={}, options={}, hardware="", metrics=[])

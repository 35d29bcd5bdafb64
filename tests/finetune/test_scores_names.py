"""Names by seqeval's strict mode and KLUE-NER's two figures, against twins that try every stretch."""

from __future__ import annotations

import lzma
import random
from pathlib import Path

import pytest

from finetune.examples import Span
from finetune.scores import classes
from finetune.scores.entities import entity_scores, names, tags
from finetune.scores.klue_ner import TAGS, character_macro_f1, entity_macro_f1, klue_tags
from tests.finetune import twins
from tests.finetune.fuzz import CASES, cases

KLUE = Path(__file__).parents[3] / "shared" / "data" / "ner" / "klue-ner-dev-first4000.tsv.xz"
SOME = ["O", "O", "O", "B-PS", "I-PS", "B-LC", "I-LC", "I-LC"]


def tagged(draw: random.Random, length: int) -> list[str]:
    return draw.choices(SOME, k=length)


def test_names_are_every_stretch_that_is_one() -> None:
    for draw in cases(20, CASES):
        row = tagged(draw, draw.randint(0, 9))
        assert {(one.start, one.end, one.kind) for one in names(row)} == twins.strict_names(row), row


def test_entity_scores_agree_with_sets_of_names() -> None:
    for draw in cases(21, CASES // 4):
        gold = [tagged(draw, draw.randint(0, 8)) for _ in range(3)]
        given = [one if draw.random() < 0.3 else tagged(draw, len(one)) for one in gold]
        wanted, found = (
            {(number, *one) for number, row in enumerate(side) for one in twins.strict_names(row)}
            for side in (gold, given)
        )
        rows = entity_scores([names(one) for one in gold], [names(one) for one in given])
        assert [row.name for row in rows] == sorted({one[3] for one in wanted | found})
        f1s = []
        for row in rows:
            there, said, both = (sum(one[3] == row.name for one in side) for side in (wanted, found, wanted & found))
            f1s.append(twins.class_f1(both, said, there))
            assert row.f1 == pytest.approx(float(f1s[-1]))
        total = twins.class_f1(len(wanted & found), len(found), len(wanted))
        assert classes.micro(rows).f1 == pytest.approx(float(total))
        assert classes.macro(rows) == pytest.approx(float(100 * sum(f1s) / len(f1s)) if f1s else 0)
        assert entity_macro_f1(gold, given) == classes.macro(rows)


def test_seqeval_s_own_examples() -> None:
    gold = [["O", "O", "O", "B-MISC", "I-MISC", "I-MISC", "O"], ["B-PER", "I-PER", "O"]]
    given = [["O", "O", "B-MISC", "I-MISC", "I-MISC", "I-MISC", "O"], ["B-PER", "I-PER", "O"]]
    rows = entity_scores([names(one) for one in gold], [names(one) for one in given])
    assert [(row.name, row.precision, row.recall, row.f1, row.support) for row in rows] == [
        ("MISC", 0, 0, 0, 1),
        ("PER", 1, 1, 1, 1),
    ]
    assert classes.macro(rows) == classes.weighted(rows) == 50
    assert classes.micro(rows).f1 == 0.5


def test_tags_to_the_letter() -> None:
    assert names(["I-PS", "B-PS", "I-LC", "I-PS", "B-PS"]) == [Span(1, 2, "PS"), Span(4, 5, "PS")]
    assert names(["B", "I", "B-PS", "B-PS"]) == [Span(0, 2, "_"), Span(2, 3, "PS"), Span(3, 4, "PS")]
    assert tags(4, [Span(1, 3, "LC")]) == ["O", "B-LC", "I-LC", "O"]


def test_spans_and_tags_carry_the_same() -> None:
    for draw in cases(22, CASES // 4):
        row = tagged(draw, draw.randint(0, 9))
        assert names(tags(len(row), names(row))) == names(row)


def test_characters_agree_with_their_twin() -> None:
    for draw in cases(23, CASES // 8):
        gold = [tagged(draw, draw.randint(0, 8)) for _ in range(3)]
        given = [one if draw.random() < 0.3 else tagged(draw, len(one)) for one in gold]
        ones, others = (["O"] * 6 + [tag for row in side for tag in row] for side in (gold, given))
        unused = [tag for tag in sorted(TAGS) if tag not in ones and tag not in others]
        every = [tag for tag in sorted(TAGS) if tag not in unused]
        assert character_macro_f1(gold, given) == pytest.approx(
            (twins.macro_f1(ones, others, every) * len(every) + 100 * len(unused)) / len(TAGS)
        )
        every.remove("O")
        inside = (twins.macro_f1(ones, others, every) * len(every) if every else 0) + 100 * len(unused)
        assert character_macro_f1(gold, given, outside=False) == pytest.approx(inside / (len(TAGS) - 1))


def test_klue_leaves_spaces_out() -> None:
    assert klue_tags("가 나다", [Span(0, 3, "PS")]) == ["B-PS", "I-PS", "O"]
    assert len(TAGS) == 13


@pytest.mark.skipif(not KLUE.exists(), reason="needs ../shared/data")
def test_the_gold_tags_of_klue_survive_as_spans() -> None:
    """Two names of the real file begin with a space: without it they have no B, and so KLUE counts no name there."""
    texts: list[list[tuple[str, str]]] = []
    for line in lzma.open(KLUE, "rt", encoding="utf-8"):
        character, tab, tag = line.rstrip("\n").partition("\t")
        if line.startswith("##"):
            texts.append([])
        elif tab:
            texts[-1].append((character, tag))
    texts = [text for text in texts if text]
    rows = [[tag for character, tag in text if character != " "] for text in texts]
    kept = [klue_tags("".join(one for one, _ in text), names([tag for _, tag in text])) for text in texts]
    assert len(rows) == 4000
    assert kept == rows
    assert sum(tags(len(row), names(row)) != row for row in rows) == 2
    assert entity_macro_f1(rows, rows) == pytest.approx(100)
    assert character_macro_f1(rows, rows) == pytest.approx(100)
    nothing = [["O"] * len(row) for row in rows]
    assert character_macro_f1(rows, nothing, outside=False) == 0
    assert 0 < character_macro_f1(rows, nothing) < 100 / 13

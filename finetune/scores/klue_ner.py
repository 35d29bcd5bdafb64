"""KLUE-NER as KLUE-baseline scores it: macro-F1 of names by strict IOB2, and macro-F1 of the characters' tags.

Spaces are no characters there. The characters' score is the mean over the thirteen tags, B and I apart; a tag that
nobody uses counts as 1. The paper leaves O out of that mean, the published code has it in, with one O before and one
after each sentence ([CLS] and [SEP]), and the published figures come from the code. Both are given.
"""

from __future__ import annotations

from collections.abc import Sequence

from finetune.examples import Span
from finetune.scores.classes import ClassScore, macro, per_class
from finetune.scores.entities import entity_scores, names, tags

KINDS = ("PS", "LC", "OG", "DT", "TI", "QT")
TAGS = frozenset(f"{place}-{kind}" for kind in KINDS for place in "BI") | {"O"}


def klue_tags(text: str, spans: Sequence[Span]) -> list[str]:
    """The tags of a text's characters without its spaces."""
    found = tags(len(text), spans)
    return [tag for character, tag in zip(text, found, strict=True) if character != " "]


def entity_macro_f1(gold: Sequence[Sequence[str]], predicted: Sequence[Sequence[str]]) -> float:
    """The mean F1 of the types of names, in percent, from the tags of each text."""
    return macro(entity_scores([names(one) for one in gold], [names(one) for one in predicted]))


def character_macro_f1(
    gold: Sequence[Sequence[str]], predicted: Sequence[Sequence[str]], *, outside: bool = True
) -> float:
    """The mean F1 of the tags, in percent, with that of O or without."""
    ones, others = ([tag for row in rows for tag in ("O", *row, "O")] for rows in (gold, predicted))
    rows = {row.name: row for row in per_class(ones, others)}
    wanted = sorted({*TAGS, *rows} if outside else {*TAGS, *rows} - {"O"})
    return 100.0 * sum(_f1(rows.get(tag)) for tag in wanted) / len(wanted)


def _f1(row: ClassScore | None) -> float:
    return 1.0 if row is None else row.f1

"""Names as seqeval scores them in strict mode: one counts if its type and both its ends are right, else not at all.

Tags are read by IOB2 to the letter: only B- begins a name, so an I- after O or after another type is none. Names that
are given as spans need no tags; nothing else differs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence

from finetune.examples import Span
from finetune.scores.classes import ClassScore, counted


def names(tags: Sequence[str]) -> list[Span]:
    """The names that IOB2 tags stand for, in places of the tags; a bare B has the type "_", as in seqeval."""
    found: list[Span] = []
    start, kind = -1, ""
    for place, tag in enumerate([*tags, "O"]):
        if start >= 0 and not (tag[:1] == "I" and _kind(tag) == kind):
            found.append(Span(start, place, kind))
            start = -1
        if tag[:1] == "B":
            start, kind = place, _kind(tag)
    return found


def tags(length: int, spans: Iterable[Span]) -> list[str]:
    """The IOB2 tags of so many characters with these names in them."""
    found = ["O"] * length
    for span in spans:
        for place in range(span.start, span.end):
            found[place] = f"{'B' if place == span.start else 'I'}-{span.kind}"
    return found


def entity_scores(gold: Sequence[Collection[Span]], predicted: Sequence[Collection[Span]]) -> tuple[ClassScore, ...]:
    """Each type of the gold names or the predicted ones; one collection of names for each text."""
    right, said, there = Counter[str](), Counter[str](), Counter[str]()
    for ones, others in zip(gold, predicted, strict=True):
        wanted, found = set(ones), set(others)
        there.update(span.kind for span in wanted)
        said.update(span.kind for span in found)
        right.update(span.kind for span in wanted & found)
    return counted(right, said, there)


def _kind(tag: str) -> str:
    return tag[1:].strip("-") or "_"

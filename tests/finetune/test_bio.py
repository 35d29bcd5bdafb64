"""Tags and names: against CoNLL's own rules for where chunks begin and end, and against strict IOB2."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finetune.examples import Span
from finetune.formats.bio import NO_BEGINNING, NO_END, converted, names_of, parted, scheme_of, tags_of, untyped
from finetune.scores import entities

SCHEMES = ("IOB2", "IOB1", "BIOES")
TAGS = st.lists(st.sampled_from(["O", "O", "B-PS", "I-PS", "B-LC", "I-LC", "B", "I"]), max_size=12)
BIOES = st.lists(st.sampled_from(["O", "B-PS", "I-PS", "E-PS", "S-PS", "B-LC", "I-LC", "E-LC", "S-LC"]), max_size=12)


@st.composite
def names(draw: st.DrawFn) -> tuple[list[Span], int]:
    ends = sorted(draw(st.sets(st.integers(0, 12), max_size=9)))
    spans = [Span(*two, draw(st.sampled_from(["PS", "LC"]))) for two in pairwise(ends)]
    return [span for span in spans if draw(st.booleans())], 12


def conlleval(tags: list[str]) -> list[Span]:
    """The chunks as conlleval.pl tells them: does one end before this tag, does one begin with it."""
    found, start = [], -1
    rows = [parted(tag) for tag in [*tags, "O"]]
    before, last = "O", ""
    for place, (letter, kind) in enumerate(rows):
        ends = before in "ES" or (before in "BI" and letter in "BSO") or (before != "O" and last != kind)
        begins = letter in "BS" or (letter in "IE" and before in "ESO") or (letter != "O" and last != kind)
        if start >= 0 and ends:
            found.append(Span(start, place, last))
            start = -1
        if begins:
            start = place
        before, last = letter, kind
    return found


def whole(tags: list[str], scheme: str = "IOB2") -> list[Span]:
    """The names in which no fault was found."""
    found, faults = names_of(tags, scheme)
    return [name for name in found if not {name.start, name.end - 1} & {place for place, _ in faults}]


@given(TAGS)
def test_repaired_iob2_is_what_conlleval_counts(tags: list[str]) -> None:
    found, faults = names_of(tags)
    assert found == conlleval(tags)
    assert {what for _, what in faults} <= {NO_BEGINNING}


@given(BIOES)
def test_repaired_bioes_is_what_conlleval_counts(tags: list[str]) -> None:
    assert names_of(tags, "BIOES")[0] == conlleval(tags)


@given(TAGS)
def test_strict_iob2_is_what_the_scorer_takes(tags: list[str]) -> None:
    strict = [Span(name.start, name.end, name.kind or "_") for name in whole(tags)]
    assert strict == entities.names(tags)


@given(BIOES)
def test_strict_bioes_takes_whole_names_alone(tags: list[str]) -> None:
    """A twin that tries every stretch."""
    stretches = {(a, b): tags[a:b] for a in range(len(tags)) for b in range(a + 1, len(tags) + 1)}
    expected = {
        Span(*ends, kind)
        for ends, some in stretches.items()
        for kind in ("PS", "LC")
        if some == [f"S-{kind}"] or some == [f"B-{kind}", *[f"I-{kind}"] * (len(some) - 2), f"E-{kind}"]
    }
    assert set(whole(tags, "BIOES")) == expected


@given(names())
def test_names_come_back_from_the_tags_of_each_scheme(drawn: tuple[list[Span], int]) -> None:
    spans, length = drawn
    for scheme in SCHEMES:
        tags = tags_of(spans, length, scheme)
        assert names_of(tags, scheme) == (spans, [])
        for other in SCHEMES:
            assert converted(converted(tags, scheme, other), other, scheme) == tags
    bare = untyped(spans)
    assert names_of(tags_of(bare, length))[0] == bare
    assert set(tags_of(bare, length)) <= {"O", "B", "I"}


def test_schemes_by_hand() -> None:
    spans = [Span(0, 2, "PS"), Span(2, 3, "PS"), Span(4, 5, "LC")]
    assert tags_of(spans, 6) == ["B-PS", "I-PS", "B-PS", "O", "B-LC", "O"]
    assert tags_of(spans, 6, "IOB1") == ["I-PS", "I-PS", "B-PS", "O", "I-LC", "O"]
    assert tags_of(spans, 6, "BIOES") == ["B-PS", "E-PS", "S-PS", "O", "S-LC", "O"]
    assert names_of(["B-PS", "I-LC", "I-LC"]) == ([Span(0, 1, "PS"), Span(1, 3, "LC")], [(1, NO_BEGINNING)])
    assert whole(["B-PS", "I-LC"]) == [Span(0, 1, "PS")]
    assert names_of(["B-PS", "I-PS", "O"], "BIOES") == ([Span(0, 2, "PS")], [(1, NO_END)])


def test_tags_in_other_spellings() -> None:
    assert parted("PER-B") == ("B", "PER") == parted("B-PER")
    assert [parted(tag)[0] for tag in ("L-PER", "U-PER", "W-PER", "M-PER")] == ["E", "S", "S", "I"]
    assert parted("B-ORG-COMPANY") == ("B", "ORG-COMPANY")
    assert parted("I") == ("I", "")
    for wrong in ("PER", "", "b-PER", "(PER*", "B_PER"):
        with pytest.raises(ValueError, match="is no tag"):
            parted(wrong)


def test_the_scheme_is_seen() -> None:
    assert scheme_of([["O", "I-PS"], ["I-LC", "B-LC"]]) == "IOB1"
    assert scheme_of([["O", "I-PS"], ["B-LC", "I-LC"]]) == "IOB2"  # a fault, not a scheme
    assert scheme_of([["O", "B-PS"], ["S-LC"]]) == "BIOES"
    assert scheme_of([["O"]]) == "IOB2"


@settings(max_examples=50)
@given(st.lists(names(), min_size=1, max_size=3))
def test_iob1_is_never_taken_for_iob2_to_the_harm_of_names(rows: list[tuple[list[Span], int]]) -> None:
    for scheme in ("IOB1", "IOB2"):
        tags = [tags_of(spans, length, scheme) for spans, length in rows]
        seen = scheme_of(tags)
        assert [names_of(row, seen)[0] for row in tags] == [spans for spans, _ in rows]

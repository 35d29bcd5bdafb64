"""Texts with names for the tests of formats: drawn by hypothesis, and real files that may not be here."""

from __future__ import annotations

import functools
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st

from finetune.examples import Span, Tagged
from finetune.formats.klue_ner import read_klue_ner

NER = Path(__file__).parents[3] / "shared" / "data" / "ner"
needs_data = pytest.mark.skipif(not NER.is_dir(), reason="needs ../shared/data")
KINDS = ("PS", "OG", "DT_OTHERS", "creative-work")
files = settings(max_examples=25)
"""For tests that write a file each time, and wait for the disk."""
LETTERS = "가람온은도시 12<>:\\/=\"'#-_\tKk"


@st.composite
def tagged(draw: st.DrawFn, letters: str = LETTERS, most: int = 24) -> Tagged:
    """A text and names in it, none within another, some side by side, some of white space."""
    text = draw(st.text(letters, max_size=most))
    ends = sorted(draw(st.sets(st.integers(0, len(text)), max_size=8)))
    spans = [Span(*two, draw(st.sampled_from(KINDS))) for two in pairwise(ends)]
    return Tagged("1", text, tuple(span for span in spans if draw(st.booleans())))


examples = st.lists(tagged(), min_size=1, max_size=10)


def told(examples: object) -> list[tuple[str, tuple[Span, ...] | None]]:
    """What formats keep of examples: all but ids."""
    assert isinstance(examples, (tuple, list))
    return [(example.text, example.names) for example in examples]


@functools.cache
def klue() -> tuple[Tagged, ...]:
    """The first 1,000 sentences of KLUE-NER's real file."""
    found = read_klue_ner(NER / "klue-ner-dev-first4000.tsv.xz").examples[:1000]
    return tuple(one for one in found if isinstance(one, Tagged))


def example(line: str) -> Tagged:
    """A text whose names are marked [so:PS], for tests that should be read at a glance."""
    text, names = "", []
    for part in line.split("["):
        inside, closed, rest = part.partition("]")
        if not closed:
            text += part
            continue
        name, _, kind = inside.rpartition(":")
        names.append(Span(len(text), len(text) + len(name), kind))
        text += name + rest
    return Tagged("1", text, tuple(names))

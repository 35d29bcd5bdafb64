"""Chronicles: what happened in which year, which makes the long articles long."""

from __future__ import annotations

import functools
from random import Random

from corpus.sample import inline
from corpus.sample.chance import shuffle, some
from corpus.sample.facts import RAILWAYS, Fact, Facts, Sentence, read_fact
from corpus.sample.korean import render
from corpus.sample.names import table
from corpus.sample.world import NOW, Entity, reigns


def chronicle(rng: Random, one: Entity, facts: Facts, most: int) -> list[Sentence]:
    """Entries in order of time, at most one a year; each draws its own words and forgets them."""
    rows = _rows(_name(one))
    years = sorted(some(rng, range(*_span(facts.seed, one)), most))
    if not rows or len(years) < 3:
        return []
    told: list[Sentence] = []
    deck: list[tuple[Fact, str]] = []
    for year in years:
        if not deck:
            deck = [(fact, pattern) for fact in rows for pattern in fact.say if not (told and fact.once)]
            shuffle(rng, deck)
        fact, pattern = deck.pop()
        known = set(facts)
        facts["when"] = inline.year(rng, year)
        said = render(pattern, facts)
        own = tuple((slot, facts.pop(slot)) for slot in [slot for slot in facts if slot not in known])
        told.append(Sentence(said, fact, pattern, own))
    return told


def heading_of(one: Entity) -> str:
    """What the chronicle of an entity is called."""
    return str(table("chronicle")["headings"][_name(one)])


def _name(one: Entity) -> str:
    if one.kind != "person":
        return one.kind
    return "king" if one.form == "king" else "person" if one.year > 1860 else "old"


@functools.cache
def _rows(name: str) -> tuple[Fact, ...]:
    return tuple(read_fact(f"chronicle.{name}.{at}", row) for at, row in enumerate(table("chronicle").get(name, ())))


def _span(seed: int, one: Entity) -> tuple[int, int]:
    """From which year until which a chronicle may tell of it."""
    if one.form == "king":
        return reigns(seed)[one.region].since + 1, one.until
    if one.kind == "person":
        return one.year + 25, (one.until or NOW) - 1
    return max(one.year, RAILWAYS) + 1, NOW

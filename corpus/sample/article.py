"""An article: which facts are told, in what order and words. Text and markup come out of the same sentences."""

from __future__ import annotations

import dataclasses
from random import Random

from corpus.sample.chance import between, happens, pick, some, stream
from corpus.sample.chronicle import chronicle, heading_of
from corpus.sample.facts import Fact, Facts, Sentence, slots_of
from corpus.sample.korean import phrase, render
from corpus.sample.world import Entity, entity

STUB = 6  # with no more facts than this, an article has no headings
# How many sentences an article has: most are short, a few are very long.
LENGTHS = (3, 6, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 20, 22, 24, 27, 30, 36, 45, 65, 160)


@dataclasses.dataclass(frozen=True, slots=True)
class Section:
    """Paragraphs under a heading; a list section writes one sentence per item."""

    heading: str
    paragraphs: tuple[tuple[Sentence, ...], ...]
    listed: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Article:
    """An entity with what is said about it."""

    entity: Entity
    facts: Facts
    sections: tuple[Section, ...]


def compose(seed: int, n: int) -> Article:
    """The article of entity n."""
    rng = stream(seed, "article", n)
    one = entity(seed, n)
    facts = Facts(seed, one, rng)
    length = pick(rng, LENGTHS)
    fit = [fact for fact in facts.kind.facts if _applies(fact, one) and _sayable(fact, facts)]
    lead = [fact for fact in fit if not fact.section]
    body = [fact for fact in fit if fact.section]
    opening = lead[:1] + [fact for fact in lead[1:] if happens(rng, 0.75)]
    kept = sorted(some(rng, range(len(body)), max(1, length - len(opening))))
    told = [body[at] for at in kept]
    left = length - len(opening) - len(told)
    if len(told) <= STUB:  # too little to be cut into sections
        opening, told = opening + told, []
    sections = [_section(rng, "", opening, facts)]
    for heading in dict.fromkeys(fact.section for fact in told):
        sections.append(_section(rng, heading, [fact for fact in told if fact.section == heading], facts))
    if left >= 3 and (entries := chronicle(rng, one, facts, left)):
        listed = happens(rng, 0.6)
        groups = (tuple(entries),) if listed else _paragraphs(rng, entries)
        sections.append(Section(heading_of(one), groups, listed))
    return Article(one, facts, tuple(sections))


def _applies(fact: Fact, one: Entity) -> bool:
    return (not fact.of or one.form in fact.of) and one.form not in fact.unless


def _sayable(fact: Fact, facts: Facts) -> bool:
    return any(_fillable(pattern, facts) for pattern in fact.say)


def _fillable(pattern: str, facts: Facts) -> bool:
    return all(facts.knows(slot) for slot in slots_of(pattern))


def _section(rng: Random, heading: str, told: list[Fact], facts: Facts) -> Section:
    return Section(heading, _paragraphs(rng, [_say(rng, fact, facts) for fact in told]))


def _paragraphs(rng: Random, sentences: list[Sentence]) -> tuple[tuple[Sentence, ...], ...]:
    """The sentences in paragraphs of three to six."""
    groups = []
    while sentences:
        size = between(rng, 3, 6)
        groups.append(tuple(sentences[:size]))
        sentences = sentences[size:]
    return tuple(groups)


def _say(rng: Random, fact: Fact, facts: Facts) -> Sentence:
    pattern = pick(rng, [pattern for pattern in fact.say if _fillable(pattern, facts)])
    facts["it"] = facts["name"] if happens(rng, 0.5) else phrase(pick(rng, facts.kind.pronouns))
    return Sentence(render(pattern, facts), fact, pattern)

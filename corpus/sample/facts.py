"""The facts of one article: every slot that its patterns may ask for, drawn once, so that no two sentences disagree."""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Mapping
from random import Random
from typing import Any

from corpus.sample import inline
from corpus.sample.chance import between, pick
from corpus.sample.korean import Phrase, phrase
from corpus.sample.names import table
from corpus.sample.relations import relations
from corpus.sample.world import NOW, QUOTA, Entity, entity, number

PEOPLE = ("person", "old", "arts", "trades")  # every life, and the callings
SLOT = re.compile(r"\{([^{}:|]+)")
RAILWAYS = 1905  # what has no year of its own begins its modern history here


@dataclasses.dataclass(frozen=True, slots=True)
class Fact:
    """One thing to say, in several ways, and what can be asked about it once it has been said."""

    key: str
    section: str
    say: tuple[str, ...]
    ask: Mapping[str, tuple[str, ...]]
    """By slot. A question that begins with digits fits only the ways of saying it that they number: `13 ...`."""
    of: tuple[str, ...]
    unless: tuple[str, ...]
    once: bool = False
    """Happens at most once in a life."""


@dataclasses.dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence, the fact it tells, and the pattern it was made from."""

    phrase: Phrase
    fact: Fact
    pattern: str
    own: tuple[tuple[str, Phrase], ...] = ()
    """The slots that only this sentence knows: those of a chronicle entry."""


@dataclasses.dataclass(frozen=True, slots=True)
class Kind:
    """All that is known about how a kind of thing is written about."""

    facts: tuple[Fact, ...]
    pronouns: tuple[str, ...]
    years: tuple[str, ...]
    numbers: Mapping[str, tuple[int, int, int, str]]


def read_fact(key: str, row: Mapping[str, Any]) -> Fact:
    """A fact out of a row of a table."""
    ask = {slot: tuple(questions) for slot, questions in row["ask"].items()}
    of, unless = tuple(row.get("of", ())), tuple(row.get("not", ()))
    return Fact(key, row.get("section", ""), tuple(row["say"]), ask, of, unless, row.get("once", False))


@functools.cache
def kind(name: str) -> Kind:
    """The patterns of a kind; a person's are those of every life and those of the callings."""
    tables = [table(file) for file in (PEOPLE if name == "person" else (name,))]
    rows = [row for each in tables for row in each["fact"]]
    facts = [read_fact(f"{name}.{index}", row) for index, row in enumerate(rows)]
    order = tables[0].get("sections")
    facts.sort(key=lambda fact: order.index(fact.section) if order else 0)
    numbers = {slot: tuple(row) for each in tables for slot, row in each["numbers"].items()}
    return Kind(tuple(facts), tuple(tables[0]["pronouns"]), tuple(tables[0]["years"]), numbers)


def kind_of(one: Entity) -> Kind:
    """The patterns for an entity."""
    return kind("king" if one.form == "king" else one.kind)


@functools.cache
def slots_of(pattern: str) -> frozenset[str]:
    """The slots of a pattern."""
    return frozenset(SLOT.findall(pattern))


class Facts(dict[str, Phrase]):
    """Slots by name. What the world does not decide is drawn when it is first asked for, and then stays."""

    def __init__(self, seed: int, one: Entity, rng: Random) -> None:
        super().__init__(relations(seed, one, rng))
        self.seed, self.one, self.rng, self.kind = seed, one, rng, kind_of(one)
        self.update(_years(one, rng, self.kind.years))

    def knows(self, slot: str) -> bool:
        """Whether the slot can be filled."""
        base = slot.rstrip("0123456789")
        return slot in self or slot == "it" or base in self.kind.numbers or base in drawn_slots()

    def get(self, slot: str, default: Any = None) -> Any:
        """The phrase of a slot."""
        if slot not in self:
            if not self.knows(slot):
                return default
            self[slot] = self._draw(slot)
        return self[slot]

    def _draw(self, slot: str) -> Phrase:
        base = slot.rstrip("0123456789")
        words = table("words")
        for _ in range(20):  # until it differs from its twins (place, place2)
            drawn = self._one(base, words)
            if all(drawn.plain != other.plain for name, other in self.items() if name.rstrip("0123456789") == base):
                break
        return drawn

    def _one(self, base: str, words: Mapping[str, Any]) -> Phrase:
        if numbers := self.kind.numbers.get(base) or words["numbers"].get(base):
            low, high, step, unit = numbers
            return inline.amount(self.rng, between(self.rng, low // step, high // step) * step, unit)
        if base in words["people"]:
            return phrase(_offstage(self.rng))
        if base in words["places"]:
            return inline.link(self.rng, self._elsewhere())
        if base in NAMES:
            return phrase("".join(pick(self.rng, part) for part in NAMES[base]))
        word = pick(self.rng, words["words"][base])
        if base in ("abroad", "enemy"):
            return inline.abroad(self.rng, word)
        return inline.formula(word) if base == "formula" else inline.words(self.rng, word)

    def _elsewhere(self) -> Entity:
        """A town that is not this one."""
        region, slot = int(self.rng.random() * (self.one.region + 5)), between(self.rng, 0, QUOTA["town"] - 1)
        there = number(region, "town", slot)
        return entity(self.seed, there if there != self.one.n else number(region, "town", (slot + 1) % QUOTA["town"]))


@functools.cache
def drawn_slots() -> frozenset[str]:
    """Slots that are drawn from the word tables, whatever the article."""
    words = table("words")
    return frozenset([*words["words"], *words["numbers"], *words["people"], *words["places"], *NAMES])


@functools.cache
def drawn_numbers() -> frozenset[str]:
    """Slots that are drawn as a number with a unit, whatever the article."""
    return frozenset(table("words")["numbers"])


def _years(one: Entity, rng: Random, names: tuple[str, ...]) -> dict[str, Phrase]:
    """The years of a table in their order, spread from its beginning until now; none if it is too young."""
    first = max(one.year, RAILWAYS) + 1
    step = (NOW - first) // max(len(names), 1)
    if step < 1:
        return {}
    return {name: inline.year(rng, first + step * i + between(rng, 0, step - 1)) for i, name in enumerate(names)}


def _offstage(rng: Random) -> str:
    """The name of someone who has no article: their surnames have two syllables, so nobody is meant by accident."""
    surname: str = pick(rng, table("words")["surnames"].split())
    return surname + "".join(pick(rng, table("names")[part].split())[0] for part in ("given_first", "given_second"))


# Bookish names of people of old, by their two syllables.
NAMES = {
    "penname": (tuple("송월운매죽학석청백설"), ("암", "재", "당", "헌", "촌", "계", "강", "봉")),
    "courtesy": (tuple("자중백숙군사여계"), ("경", "휘", "옥", "문", "범", "직", "온", "결")),
    "posthumous": (tuple("문충정효무장경"), ("정공", "헌공", "간공", "숙공", "익공", "민공")),
}

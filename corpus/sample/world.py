"""The world: entity number n of an invented country is a pure function of (seed, n), so any worker can name any other.

Entities come in regions of fifty that share a province: six towns on one river, the people born there, what they
founded, wrote and filmed. An entity here is only what others need in order to speak of it; the rest of its facts are
drawn where its article is written.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable
from random import Random

from corpus.sample import names
from corpus.sample.chance import between, pick, stream
from corpus.sample.names import Name

# How many of each kind a region holds.
QUOTA = {
    "person": 20,
    "town": 6,
    "firm": 4,
    "film": 4,
    "book": 4,
    "school": 3,
    "mountain": 2,
    "dish": 2,
    "album": 2,
    "river": 1,
    "festival": 1,
    "event": 1,
}
REGION = sum(QUOTA.values())
LAYOUT = tuple((kind, slot) for kind, count in QUOTA.items() for slot in range(count))
STRIDE, UNSTRIDE = 7, 43  # 7 * 43 = 1 modulo 50: kinds are interleaved, and found again
LIMIT = 1_000_000  # names are checked to be distinct up to here
NOW = 2020

# What the people of a region do, by slot, and when they are born. The last two share a name.
ROLES = (
    ("official", 1240, 1840),
    ("general", 1240, 1840),
    ("scholar", 1240, 1840),
    ("novelist", 1880, 1985),
    ("poet", 1875, 1985),
    ("director", 1900, 1985),
    ("director", 1900, 1985),
    ("actor", 1900, 1990),
    ("actor", 1900, 1990),
    ("singer", 1905, 1990),
    ("singer", 1905, 1990),
    ("scientist", 1870, 1980),
    ("physician", 1865, 1980),
    ("politician", 1895, 1975),
    ("athlete", 1900, 1990),
    ("athlete", 1900, 1990),
    ("painter", 1870, 1985),
    ("entrepreneur", 1870, 1975),
    ("educator", 1865, 1970),
    ("composer", 1880, 1985),
)
ROLE_NAMES = {
    "king": "왕",
    "official": "문신",
    "general": "장군",
    "scholar": "학자",
    "novelist": "소설가",
    "poet": "시인",
    "director": "영화감독",
    "actor": "배우",
    "singer": "가수",
    "scientist": "과학자",
    "physician": "의사",
    "politician": "정치인",
    "athlete": "육상 선수",
    "painter": "화가",
    "entrepreneur": "기업인",
    "educator": "교육자",
    "composer": "작곡가",
}
# Who in the region made what, by slot of the thing.
MAKERS = {
    "school": (18, 18, 13),
    "firm": (17, 17, 12, 11),
    "film": (5, 5, 6, 6),
    "book": (3, 3, 4, 4),
    "album": (9, 10),
}
# Films, books and albums share one space of titles.
FIRST_WORK = {"film": 0, "book": QUOTA["film"], "album": QUOTA["film"] + QUOTA["book"]}
WORKS = QUOTA["film"] + QUOTA["book"] + QUOTA["album"]


@dataclasses.dataclass(frozen=True, slots=True)
class Entity:
    """What any article may say of a thing: `year` is its birth, founding or release, `until` its death (0: none)."""

    n: int
    kind: str
    slot: int
    region: int
    name: Name
    title: str
    form: str
    year: int
    until: int = 0
    town: int = -1
    maker: int = -1


@dataclasses.dataclass(frozen=True, slots=True)
class King:
    """A reign of the old kingdoms."""

    name: Name
    dynasty: str
    order: int
    since: int
    until: int


def number(region: int, kind: str, slot: int) -> int:
    """The n of an entity, given where it stands."""
    return region * REGION + LAYOUT.index((kind, slot)) * STRIDE % REGION


def place(n: int) -> tuple[int, str, int]:
    """Region, kind and slot of entity n."""
    region, position = divmod(n, REGION)
    return region, *LAYOUT[position * UNSTRIDE % REGION]


@functools.lru_cache(maxsize=1 << 13)
def entity(seed: int, n: int) -> Entity:
    """Entity n of the world of a seed."""
    region, kind, slot = place(n)
    return MAKING[kind](seed, n, region, slot)


def related(seed: int, one: Entity, kind: str, slot: int) -> Entity:
    """The entity of a kind and slot in the same region."""
    return entity(seed, number(one.region, kind, slot))


def province(region: int) -> str:
    """The province in which a region lies."""
    provinces: list[str] = names.table("names")["provinces"]
    return provinces[region % len(provinces)]


@functools.cache
def _shift(seed: int, kind: str) -> int:
    return between(stream(seed, "names", kind), 0, 1 << 20)


@functools.cache
def reigns(seed: int) -> tuple[King, ...]:
    """All kings in order; each dynasty is cut into reigns of unequal length."""
    kings: list[King] = []
    for dynasty, first, last in (("가슬", 874, 1206), ("마루", 1206, 1907)):
        words = names.table("names")["dynasties"][dynasty].split()
        rng = stream(seed, "reigns", dynasty)
        span = last - first
        cuts = [first + span * i // len(words) + between(rng, -5, 5) for i in range(1, len(words))]
        for order, (word, since, until) in enumerate(zip(words, [first, *cuts], [*cuts, last], strict=True), 1):
            name = Name(word[:2], word[2:], names.romanize(word[:2]))
            kings.append(King(name, dynasty, order, since, until))
    return tuple(kings)


def _placed(seed: int, n: int, kind: str, region: int, slot: int) -> tuple[Name, str, str]:
    """Name, form and title of what is called after a place.

    The name space is cut to whole turns of the provinces and one region more, so that the same name comes back in
    another province each time, and the province in brackets tells them apart.
    """
    quota, forms = QUOTA[kind], len(names.table("names")["forms"][kind])
    provinces = len(names.table("names")["provinces"])
    turns = (len(names.stems()) * forms - quota) // (quota * provinces)
    size = quota * (provinces * turns + 1)
    index = region * quota + slot

    name, form = names.placed(kind, index % size, _shift(seed, kind))
    return name, form, name.hangul if index < size else f"{name.hangul} ({province(region)})"


def _person(seed: int, n: int, region: int, slot: int) -> Entity:
    kings = reigns(seed)
    town = number(region, "town", slot % QUOTA["town"])
    if slot == 0 and region < len(kings):
        return _king(seed, n, region, kings[region])
    role, early, late = ROLES[slot]
    rng = stream(seed, n)
    name, again = names.person(region * (QUOTA["person"] - 1) + min(slot, 18), _shift(seed, "person"))
    rank = 2 * again + (slot == 19)
    born = between(rng, early, late)
    born -= (born - rank) % 16  # namesakes differ in their year of birth, which goes into their titles
    died = born + between(rng, 46, 93)
    until = died if died < NOW else 0
    title = name.hangul
    if again:
        title += f" ({born}년)"
    elif slot >= 18:
        title += f" ({ROLE_NAMES[role]})"
    return Entity(n, "person", slot, region, name, title, role, born, until, town)


def _king(seed: int, n: int, region: int, king: King) -> Entity:
    born = king.since - between(stream(seed, n), 17, 30)
    title = f"{king.name.hangul} ({king.dynasty})" if king.order == 1 else king.name.hangul
    return Entity(n, "person", 0, region, king.name, title, "king", born, king.until, number(region, "town", 0))


def _town(seed: int, n: int, region: int, slot: int) -> Entity:
    name, form, title = _placed(seed, n, "town", region, slot)
    return Entity(n, "town", slot, region, name, title, form, between(stream(seed, n), 890, 1200), town=n)


def _nature(kind: str, seed: int, n: int, region: int, slot: int) -> Entity:
    name, form, title = _placed(seed, n, kind, region, slot)
    return Entity(n, kind, slot, region, name, title, form, 0, town=number(region, "town", 4 + slot))


def _founded(kind: str, seed: int, n: int, region: int, slot: int) -> Entity:
    """A school or a firm: its founder is then between thirty and fifty-five years old."""
    name, form, title = _placed(seed, n, kind, region, slot)
    maker = entity(seed, number(region, "person", MAKERS[kind][slot]))
    year = _active(maker, stream(seed, n), 30, 55)
    return Entity(n, kind, slot, region, name, title, form, year, 0, number(region, "town", slot), maker.n)


def _work(kind: str, seed: int, n: int, region: int, slot: int) -> Entity:
    """A film, book or album."""
    name = names.work(region * WORKS + FIRST_WORK[kind] + slot, _shift(seed, "work"))
    rng = stream(seed, n)
    maker = entity(seed, number(region, "person", MAKERS[kind][slot]))
    form = pick(rng, names.table("words")["genres"][maker.form])
    return Entity(n, kind, slot, region, name, name.hangul, form, _active(maker, rng, 24, 60), 0, maker.town, maker.n)


def _custom(kind: str, seed: int, n: int, region: int, slot: int) -> Entity:
    """A dish, festival or event of a town."""
    name, form, title = _placed(seed, n, kind, region, slot)
    early, late = {"dish": (1300, 1880), "festival": (1925, 2005), "event": (1260, 1890)}[kind]
    year = between(stream(seed, n), early, late)
    return Entity(n, kind, slot, region, name, title, form, year, 0, number(region, "town", slot))


def _active(maker: Entity, rng: Random, low: int, high: int) -> int:
    """A year in the working life of a person, not the last of it."""
    end = min(maker.year + high, (maker.until or NOW) - 1)
    return between(rng, maker.year + low, end)


MAKING: dict[str, Callable[[int, int, int, int], Entity]] = {
    "person": _person,
    "town": _town,
    **{kind: functools.partial(_nature, kind) for kind in ("river", "mountain")},
    **{kind: functools.partial(_founded, kind) for kind in ("school", "firm")},
    **{kind: functools.partial(_work, kind) for kind in ("film", "book", "album")},
    **{kind: functools.partial(_custom, kind) for kind in ("dish", "festival", "event")},
}

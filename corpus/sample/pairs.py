"""Sentence pairs about the little world and its daily life: 1 when both mean the same, 0 when they do not.

A pair with another meaning is a near one: one slot changed, a claim negated, roles swapped, or another question about
the same thing. Shades between the two labels are left out.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from corpus.sample import names, world
from corpus.sample.chance import happens, pick, shuffle, some, stream
from corpus.sample.korean import render

Slots = dict[str, str]
PER_REGION = 100  # pairs about one region of the world, as long as there are regions
FEWEST = 50  # regions, so that five are for dev and whatever a sentence speaks of, there is another such thing


def write_pairs(folder: Path, seed: int, count: int) -> dict[str, int]:
    """Write `train.tsv` and `dev.tsv`, half of each alike; a tenth is for dev and about other things than the rest."""
    dev = count // 20 * 2
    regions = min(max(count // PER_REGION, FEWEST), world.LIMIT // world.REGION)
    kept = regions // 10
    first = 0
    for part, size, places in (("train", count - dev, range(kept, regions)), ("dev", dev, range(kept))):
        numbers = list(range(first, first + size))
        shuffle(stream(seed, "pairs", part, "order"), numbers)
        with (folder / f"{part}.tsv").open("w", encoding="utf-8", newline="\n") as file:
            file.write("label\tsentence1\tsentence2\n")
            for number in numbers:
                file.write("\t".join((str(number % 2), *pair(seed, number, places))) + "\n")
        first += size
    return {"train": count - dev, "dev": dev}


def pair(seed: int, number: int, places: range) -> tuple[str, str]:
    """Pair `number`, about something of the given regions; odd numbers mean the same."""
    rng = stream(seed, "pair", number)
    chosen = pick(rng, names.table("pairs")["sets"])
    make = _alike if number % 2 else pick(rng, (_other, _sibling, _changed))
    draw = SOURCES.get(chosen["of"], _thing)
    texts = make(rng, chosen, lambda: draw(rng, seed, chosen["of"], pick(rng, places)))
    shuffle(rng, texts)
    return texts[0], texts[1]


def _alike(rng: random.Random, chosen: dict[str, Any], draw: Callable[[], Slots]) -> list[str]:
    """Two wordings of one meaning; sometimes one of the near sentences with an opening that changes nothing.

    Without the second kind a near sentence would give its label away.
    """
    slots = draw()
    if happens(rng, 0.2):
        text = render(pick(rng, chosen["other"]), slots).plain
        return [text, _opened(rng, text)]
    return [_said(rng, pattern, slots) for pattern in some(rng, chosen["same"], 2)]


def _other(rng: random.Random, chosen: dict[str, Any], draw: Callable[[], Slots]) -> list[str]:
    """A sentence and its negation, its roles swapped, or another question."""
    slots = draw()
    return [_said(rng, pick(rng, chosen[which]), slots) for which in ("same", "other")]


def _sibling(rng: random.Random, chosen: dict[str, Any], draw: Callable[[], Slots]) -> list[str]:
    """Sentences of two sets about the same thing."""
    siblings = [one for one in names.table("pairs")["sets"] if one["of"] == chosen["of"] and one is not chosen]
    slots = draw()
    return [_said(rng, pick(rng, one["same"]), slots) for one in (chosen, pick(rng, siblings))]


def _changed(rng: random.Random, chosen: dict[str, Any], draw: Callable[[], Slots]) -> list[str]:
    """The same said of something else: one slot has another value."""
    slots = draw()
    name = pick(rng, re.findall(r"\{(\w+)", chosen["same"][0]))
    value = slots[name]
    while value in slots.values():
        value = draw()[name]
    texts = (pick(rng, chosen["same"]), pick(rng, chosen["same"]))
    return [_said(rng, texts[0], slots), _said(rng, texts[1], slots | {name: value})]


def _said(rng: random.Random, pattern: str, slots: Slots) -> str:
    text = render(pattern, slots).plain
    return _opened(rng, text) if happens(rng, 0.15) else text


def _opened(rng: random.Random, text: str) -> str:
    """The sentence after a word or two that change nothing."""
    kind = "question" if text.endswith("?") else "claim" if text.endswith("다.") else "request"
    opening: str = pick(rng, names.table("pairs")["openings"][kind])
    return opening + text


def _thing(rng: random.Random, seed: int, kind: str, region: int) -> Slots:
    """Something of the region and what is true of it; works stand in their brackets."""
    one = world.entity(seed, world.number(region, kind, pick(rng, _places(kind))))
    slots = {"name": f"《{one.name.hangul}》" if kind in WORKS else one.name.hangul, "year": str(one.year)}
    for slot, n in (("town", one.town), ("maker", one.maker)):
        if n >= 0:
            slots[slot] = world.entity(seed, n).name.hangul
    return slots


def _two(rng: random.Random, seed: int, kind: str, region: int) -> Slots:
    """Two people or towns of the region, the elder first."""
    kind = {"two people": "person", "two towns": "town"}[kind]
    slots = some(rng, _places(kind), 2)
    both = sorted((world.entity(seed, world.number(region, kind, slot)) for slot in slots), key=lambda one: one.year)
    return {"one": both[0].name.hangul, "two": both[1].name.hangul}


def _places(kind: str) -> range:
    """Where in a region to look for a thing: people of old, who could not have met, and the namesake are left out."""
    return range(3, world.QUOTA[kind] - 1) if kind == "person" else range(world.QUOTA[kind])


def _daily(rng: random.Random, seed: int, kind: str, region: int) -> Slots:
    """Words of daily life, one of each list."""
    return {name: pick(rng, words) for name, words in names.table("pairs")["daily"].items()}


WORKS = frozenset({"film", "book", "album"})
SOURCES = {"two people": _two, "two towns": _two, "daily": _daily}

"""What a wiki page holds besides its text: infoboxes, tables, galleries, images, references, navigation, categories.

Nothing here leaves a word in the clean text; values are taken from the facts of the article, so that what a careless
cleaner lets through looks like text and must be caught.
"""

from __future__ import annotations

import re
from random import Random

from corpus.sample.chance import between, happens, pick
from corpus.sample.facts import Facts
from corpus.sample.names import romanize, table
from corpus.sample.world import Entity

Words = dict[str, str]
WORD = re.compile(r"\$(year|number|[a-z_]+)")


def words_of(one: Entity, facts: Facts) -> Words:
    """The words of an article that pieces of markup are filled with."""
    latin = one.name.latin or romanize(facts["province"].plain)
    box = table("wiki")["boxes"][one.kind].split()[0]
    return {"name": one.name.hangul, "province": facts["province"].plain, "latin": latin, "box": box}


def piece(rng: Random, name: str, words: Words) -> str:
    """One of the pieces under a name, with everything in it filled."""

    def filled(match: re.Match[str]) -> str:
        word = match[1]
        if word == "year":
            return str(between(rng, 1950, 2019))
        if word == "number":
            return str(between(rng, 101, 999))
        return words[word] if word in words else piece(rng, word, words)

    text: str = pick(rng, table("wiki")["pieces"][name])
    return WORD.sub(filled, text)


def top(rng: Random, one: Entity, facts: Facts, words: Words) -> str:
    """What stands before the first line."""
    lines = [f"{{{{다른 뜻|{one.name.hangul}}}}}"] if "(" in one.title else []
    if happens(rng, 0.06):
        lines.append(piece(rng, "notice", words))
    if happens(rng, 0.65):
        lines.append(_infobox(rng, one, facts, words))
    if happens(rng, 0.1):
        lines.append(piece(rng, "switch", words))
    return "\n".join(lines)


def _infobox(rng: Random, one: Entity, facts: Facts, words: Words) -> str:
    """The box at the top, with templates and links nested in its values."""
    rows = [f"| 이름 = {one.name.hangul}"]
    if one.name.hanja:
        rows.append(f"| 원어명 = {{{{llang|zh|{one.name.hanja}}}}}")
    rows += [f"| {label} = {facts[slot].markup}" for slot, label in table("wiki")["labels"].items() if slot in facts]
    rows += [piece(rng, row, words) for row in ("picture_row", "country_row", "place_row") if happens(rng, 0.3)]
    return f"{{{{{table('wiki')['boxes'][one.kind]}\n" + "\n".join(rows) + "\n}}"


def dropped_sections(rng: Random, words: Words) -> str:
    """Sections that are no text: links to other pages, literature with its subsections, notes."""
    likely = {"see_also": 0.4, "literature": 0.3, "notes": 0.75, "links": 0.3}
    return "\n\n".join(piece(rng, name, words) for name, share in likely.items() if happens(rng, share))


def bottom(rng: Random, one: Entity, words: Words) -> str:
    """Navigation boxes, sort key, categories and language links."""
    lines = [piece(rng, "navigation", words)] if happens(rng, 0.3) else []
    if happens(rng, 0.4):
        lines.append(f"{{{{기본정렬:{one.name.hangul}}}}}")
    lines.append(piece(rng, "category", words))
    if one.year:
        lines.append(f"[[분류:{one.year}년 {'출생' if one.kind == 'person' else '설립'}]]")
    if happens(rng, 0.3):
        lines.append(f"[[en:{words['latin']}]]")
    return "\n".join(lines)

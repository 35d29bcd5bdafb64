"""Film reviews in the format of NSMC: what people of the little world type about its films.

Beside the labelled ones stand the first two hundred of them, as one labels in an afternoon, and boards of reviews that
nobody has labelled, to pretrain on. A review is one or two opinions of one side, sometimes after a neutral opening,
closed as people do: ㅋㅋ, ㅠㅠ, !!.
Nearly half of the patterns are mirrored: the same words serve both sides, so counting them does not tell these apart.
Ratings, authors and dates are left out, as in NSMC; of misspellings only the missing space is imitated.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from corpus.sample import names, world
from corpus.sample.chance import happens, pick, shuffle, some, stream
from corpus.sample.korean import render

SIDES = ("negative", "positive")  # the label is the place in this list
REGIONS = world.LIMIT // world.REGION
PER_REGION = 60  # reviews of the four films of a region, as long as there are regions
FEW = 200
ON_A_BOARD, AGREEING = 30, 0.95
UNLABELLED = 2_000_000  # the first number of a review on a board


def write_reviews(folder: Path, seed: int, count: int) -> dict[str, int]:
    """Write the labelled files (a tenth to test, no film in both, half of each positive) and `boards.txt`."""
    test = count // 20 * 2
    regions = min(max(count // PER_REGION, 2), REGIONS)
    kept = max(regions // 10, 1)
    rows = {"train": (count - test, range(kept, regions)), "test": (test, range(kept))}
    first = 1_000_000
    for part, (size, places) in rows.items():
        numbers = list(range(first, first + size))
        shuffle(stream(seed, "reviews", part, "order"), numbers)
        lines = [f"{number}\t{review(seed, number, places)}\t{number % 2}\n" for number in numbers]
        _write_rows(folder / f"ratings_{part}.txt", lines)
        if part == "train":
            _write_rows(folder / "ratings_few.txt", lines[:FEW])
        first += size
    _write_boards(folder / "boards.txt", seed, 8 * count, range(kept, regions))
    return {"train": count - test, "test": test, "films": regions * world.QUOTA["film"]}


def _write_rows(path: Path, lines: list[str]) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write("id\tdocument\tlabel\n" + "".join(lines))


def _write_boards(path: Path, seed: int, count: int, places: range) -> None:
    """Write documents with a blank line between, a review a line: films of one region, most praised or most blamed.

    That people agree is what a model can learn from such text: which words go together tells what they mean.
    """
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for board in range(0, count, ON_A_BOARD):
            rng = stream(seed, "board", board)
            region, praised = pick(rng, places), happens(rng, 0.5)
            for number in range(board, min(board + ON_A_BOARD, count)):
                side = praised if happens(rng, AGREEING) else not praised
                file.write(review(seed, UNLABELLED + 2 * number + side, range(region, region + 1)) + "\n")
            file.write("\n")


def review(seed: int, number: int, places: range) -> str:
    """Review `number`, of a film from one of the regions; odd numbers praise."""
    rng = stream(seed, "review", number)
    side = SIDES[number % 2]
    film = _film(seed, pick(rng, places), rng)
    return _typed(rng, " ".join(_sentences(rng, side, film)) + pick(rng, names.table("reviews")["closings"][side]))


def _sentences(rng: random.Random, side: str, film: dict[str, str]) -> Iterator[str]:
    """An opening or none, then one opinion or two, the second about other aspects than the first."""
    table = names.table("reviews")
    words = film | _words(rng, side)
    if happens(rng, 0.15):
        yield render(pick(rng, table["openings"]["patterns"]), words).plain
    patterns = table["patterns"]["mirrored"] + table["patterns"][side]
    aspects = some(rng, table["aspects"], 4)
    for pattern in some(rng, patterns, 2 if happens(rng, 0.3) else 1):
        yield render(
            pattern, words | _aspect(rng, side, "one", aspects.pop()) | _aspect(rng, side, "two", aspects.pop())
        ).plain


def _film(seed: int, region: int, rng: random.Random) -> dict[str, str]:
    """A film of the region, its director and one of its actors."""
    film = world.entity(seed, world.number(region, "film", int(rng.random() * world.QUOTA["film"])))
    actors = [slot for slot, (role, *_) in enumerate(world.ROLES) if role == "actor"]
    actor = world.entity(seed, world.number(region, "person", pick(rng, actors)))
    director = world.entity(seed, film.maker)
    return {"film": film.name.hangul, "director": director.name.hangul, "actor": actor.name.hangul}


def _words(rng: random.Random, side: str) -> dict[str, str]:
    """Words for the slots of a review: neutral ones, those of the side, and what it says of the film as a whole."""
    table = names.table("reviews")
    words = {slot: pick(rng, table[key]) for slot, key in NEUTRAL.items()}
    for slot, choices in table["sides"][side].items():
        words[slot] = pick(rng, choices)
    return words | _opposites(side, "it", pick(rng, table["it"]))


def _aspect(rng: random.Random, side: str, slot: str, aspect: dict[str, Any]) -> dict[str, str]:
    """An aspect of the film and the stems for and against it."""
    return {slot: pick(rng, aspect["names"])} | _opposites(side, slot, pick(rng, aspect["pairs"]))


def _opposites(side: str, slot: str, pair: tuple[str, str]) -> dict[str, str]:
    """`yes` is the stem that agrees with the side of the review, `no` the other; a pair is good, bad."""
    yes, no = pair if side == "positive" else reversed(pair)
    return {f"{slot} yes": yes, f"{slot} no": no}


def _typed(rng: random.Random, text: str) -> str:
    """As it was typed in a hurry: one in eight lacks one of its spaces."""
    spaces = [place for place, letter in enumerate(text) if letter == " "]
    if not spaces or not happens(rng, 0.125):
        return text
    place = pick(rng, spaces)
    return text[:place] + text[place + 1 :]


NEUTRAL = {"genre": "genres", "very": "very", "who": "who", "span": "span", "minutes": "minutes"}

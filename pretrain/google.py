"""What google-research/bert's create_pretraining_data.py does, kept slow and obvious, to be compared with.

The same steps in the same order on the same lists of strings, from a description of it, faults included: text that a
random B took from another document is used there again, documents of one chunk are always "random", a random B may be
called so though it follows, long words are masked more rarely, a random piece may be [PAD]. Not here: tokenising,
writing. Nothing else in this package uses this file; the benchmark and tests do.
"""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Sequence

Document = list[list[str]]
"""Sentences of pieces."""


@dataclasses.dataclass(frozen=True, slots=True)
class Instance:
    """One instance as the script makes it."""

    tokens: list[str]
    segments: list[int]
    is_random: bool
    places: list[int]
    labels: list[str]


@dataclasses.dataclass(frozen=True, slots=True)
class Settings:
    """The script's flags."""

    length: int
    most: int
    rate: float = 0.15
    short: float = 0.1
    whole_words: bool = True


def instances(
    documents: list[Document], at: int, settings: Settings, pieces: list[str], chance: random.Random
) -> list[Instance]:
    """The instances of one document."""
    document = documents[at]
    room = settings.length - 3
    target = chance.randint(2, room) if chance.random() < settings.short else room
    found: list[Instance] = []
    chunk: list[list[str]] = []
    size = i = 0
    while i < len(document):
        chunk.append(document[i])
        size += len(document[i])
        if i == len(document) - 1 or size >= target:
            split = chance.randint(1, len(chunk) - 1) if len(chunk) >= 2 else 1
            first = [piece for sentence in chunk[:split] for piece in sentence]
            is_random = len(chunk) == 1 or chance.random() < 0.5
            if is_random:
                second = _from_elsewhere(documents, at, target - len(first), chance)
                i -= len(chunk) - split  # what was not used comes again
            else:
                second = [piece for sentence in chunk[split:] for piece in sentence]
            _truncate(first, second, room, chance)
            tokens, segments = _assembled(first, second)
            shown, places, labels = masked(tokens, settings, pieces, chance)
            found.append(Instance(shown, segments, is_random, places, labels))
            chunk, size = [], 0
        i += 1
    return found


def masked(
    tokens: Sequence[str], settings: Settings, pieces: list[str], chance: random.Random
) -> tuple[list[str], list[int], list[str]]:
    """The tokens with masks, where these are, and what stood there."""
    units: list[list[int]] = []
    for place, token in enumerate(tokens):
        if token in ("[CLS]", "[SEP]"):
            continue
        if settings.whole_words and units and token.startswith("##"):
            units[-1].append(place)
        else:
            units.append([place])
    chance.shuffle(units)
    shown = list(tokens)
    budget = min(settings.most, max(1, round(len(tokens) * settings.rate)))
    taken: list[tuple[int, str]] = []
    covered: set[int] = set()
    for unit in units:
        if len(taken) >= budget:
            break
        if len(taken) + len(unit) > budget or any(place in covered for place in unit):
            continue
        for place in unit:
            covered.add(place)
            if chance.random() < 0.8:
                put = "[MASK]"
            elif chance.random() < 0.5:
                put = tokens[place]
            else:
                put = pieces[chance.randint(0, len(pieces) - 1)]
            shown[place] = put
            taken.append((place, tokens[place]))
    taken.sort()
    return shown, [place for place, _ in taken], [label for _, label in taken]


def _assembled(first: list[str], second: list[str]) -> tuple[list[str], list[int]]:
    """As the script does it, token by token."""
    tokens, segments = ["[CLS]"], [0]
    for token in first:
        tokens.append(token)
        segments.append(0)
    tokens.append("[SEP]")
    segments.append(0)
    for token in second:
        tokens.append(token)
        segments.append(1)
    tokens.append("[SEP]")
    segments.append(1)
    return tokens, segments


def _from_elsewhere(documents: list[Document], at: int, target: int, chance: random.Random) -> list[str]:
    for _ in range(10):
        other = chance.randint(0, len(documents) - 1)
        if other != at:
            break
    document = documents[other]
    found: list[str] = []
    for sentence in document[chance.randint(0, len(document) - 1) :]:
        found.extend(sentence)
        if len(found) >= target:
            break
    return found


def _truncate(first: list[str], second: list[str], room: int, chance: random.Random) -> None:
    while len(first) + len(second) > room:
        longer = first if len(first) > len(second) else second
        if chance.random() < 0.5:
            del longer[0]
        else:
            longer.pop()

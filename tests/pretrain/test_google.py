"""The twin of Google's script: the form of its instances, and the faults that it is known for."""

from __future__ import annotations

import random

import numpy as np
import pytest

from pretrain.google import Document, Instance, Settings, instances

PIECES = ["[PAD]", "[MASK]", *(f"가{n}" for n in range(500))]


def documents(seed: int, count: int, sentences: int = 30) -> list[Document]:
    chance = random.Random(seed)

    def sentence() -> list[str]:
        return [chance.choice(("", "##", "##")) + f"나{chance.randrange(10**9)}" for _ in range(chance.randint(3, 40))]

    return [[sentence() for _ in range(sentences)] for _ in range(count)]


def made(given: list[Document], settings: Settings) -> list[Instance]:
    chance = random.Random(1)
    return [one for at in range(len(given)) for one in instances(given, at, settings, PIECES, chance)]


def test_instances_have_the_form_of_the_script() -> None:
    given = documents(1, 30)
    known = {piece: number for number, document in enumerate(given) for sentence in document for piece in sentence}
    found = made(given, Settings(64, 10))
    assert len(found) > 300
    for one in found:
        original = list(one.tokens)
        for place, label in zip(one.places, one.labels, strict=True):
            original[place] = label
        assert len(original) <= 64
        assert original[0] == "[CLS]"
        ends = [place for place, token in enumerate(original) if token == "[SEP]"]
        assert ends == [one.segments.index(1) - 1, len(original) - 1]
        assert one.places == sorted(set(one.places))
        assert len(one.places) <= 10
        first, second = known[original[1]], known[original[ends[0] + 1]]
        assert (first == second) != one.is_random
    assert np.mean([len(one.tokens) == 64 for one in found]) > 0.7


def test_the_faults_are_there() -> None:
    short = made(documents(2, 40, sentences=1), Settings(128, 20))
    assert all(one.is_random for one in short)  # one sentence makes a chunk without a B of its own
    alone = made(documents(3, 1), Settings(64, 10))
    assert any(one.is_random for one in alone)  # of the only document there is
    found = made(documents(4, 30), Settings(64, 10))
    assert np.mean([one.is_random for one in found]) == pytest.approx(0.52, abs=0.06)

"""The trigram against a twin of dictionaries, and the laws that any such model keeps."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vocab.encoded import encoded
from vocab.ngram import UNKNOWN_BITS, bits_per_character, learn
from vocab.scheme import BERT, SPECIALS, Scheme
from vocab.tokenizer import Tokenizer

TOKENIZER = Tokenizer((*SPECIALS, *"가나다라"))
TEXTS = st.lists(st.lists(st.sampled_from("가나다라"), max_size=8).map(" ".join), min_size=1, max_size=5)
Gram = tuple[str, ...]


class Twin:
    """Interpolated Kneser-Ney by its formulas: counts of trigrams, and of contexts for what is shorter."""

    def __init__(self, documents: list[str], pieces: int) -> None:
        three = Counter(gram for document in documents for gram in grams(document))
        two = Counter(gram[1:] for gram in three)
        self.counts = (Counter(gram[1:] for gram in two), two, three)
        self.size = pieces + 1

    def probability(self, gram: Gram) -> float:
        """Of the last of a gram of any length after the others."""
        if not gram:
            return 1 / self.size
        counts = self.counts[len(gram) - 1]
        once, twice = (sum(times == number for times in counts.values()) for number in (1, 2))
        discount = once / (once + 2 * twice) if once else 0.5
        beside = {other: times for other, times in counts.items() if other[:-1] == gram[:-1]}
        shorter = self.probability(gram[1:])
        if not beside:
            return shorter
        total = sum(beside.values())
        return max(beside.get(gram, 0) - discount, 0) / total + discount * len(beside) / total * shorter


def grams(document: str) -> list[Gram]:
    pieces = ["", "", *document.split(), ""]
    return [tuple(pieces[at : at + 3]) for at in range(len(pieces) - 2)]


@given(TEXTS, TEXTS)
@settings(max_examples=60)
def test_bits_are_those_of_the_twin(learned: list[str], asked: list[str]) -> None:
    twin = Twin(learned, len(TOKENIZER))
    expected = -sum(math.log2(twin.probability(gram)) for document in asked for gram in grams(document))
    model = learn(encoded(TOKENIZER, learned))
    found = bits_per_character(model, encoded(TOKENIZER, asked))
    assert found == pytest.approx(expected / sum(len(document) + 1 for document in asked))


@given(TEXTS, st.integers(0, 9), st.integers(0, 9))
def test_probabilities_of_all_pieces_add_up_to_one(texts: list[str], first: int, second: int) -> None:
    model = learn(encoded(TOKENIZER, texts))
    every = np.array([0, *range(2, len(TOKENIZER) + 2)])
    contexts = [np.full_like(every, [0, *range(2, 11)][place]) for place in (first, second)]
    assert model.probabilities(contexts[0], contexts[1], every).sum() == pytest.approx(1.0)


def test_what_is_unknown_is_not_free() -> None:
    model = learn(encoded(TOKENIZER, ["가 나 다"]))
    one = bits_per_character(model, encoded(TOKENIZER, ["가 뷁 다"]))
    two = bits_per_character(model, encoded(Tokenizer((*SPECIALS, *"가나다라"), BERT), ["가 뷁뷁 다"]))
    assert two * len("가 뷁뷁 다\n") == pytest.approx(one * len("가 뷁 다\n") + UNKNOWN_BITS)


def test_a_piece_for_spaces_costs_nothing() -> None:
    spaced = Tokenizer((*SPECIALS, " ", *"가나다라"), Scheme(kind="syllable", inside="", split="spaces", space=" "))
    plain = Tokenizer((*SPECIALS, "x", *"가나다라"))
    learned, asked = ["가 나 다 가", "나 다"], ["가 나", "다 가 다"]
    bits = [bits_per_character(learn(encoded(t, learned)), encoded(t, asked)) for t in (spaced, plain)]
    assert bits[0] == pytest.approx(bits[1])

"""Figures of a sample against values counted by hand, and against the formulas written out slowly."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.vocab.vocabularies import CHARACTERS, wordpiece
from vocab import measure
from vocab.encoded import encoded
from vocab.scheme import SPECIALS, Scheme
from vocab.tokenizer import Tokenizer

TOY = Tokenizer((*SPECIALS, "나", "##는", "학교", "##에", "간다", "##다", "."))
SAMPLE = encoded(TOY, ["나는 학교에 간다.\n나는 뷁다", "학교"])
# 나 ##는 학교 ##에 간다 . | 나 ##는 [UNK] [UNK] | 학교: what follows 뷁 is cut as a word, and no word begins with 다


def test_sizes_by_hand() -> None:
    found = measure.size(SAMPLE)
    assert found["tokens"] == 11
    assert found["tokens per eojeol"] == pytest.approx(11 / 6)
    assert found["tokens per syllable"] == pytest.approx(11 / 13)
    assert found["bytes per token"] == pytest.approx((13 * 3 + 1 + 3 + 3) / 11)  # syllables, stop, spaces, line ends
    assert (found["line median"], found["line 90 %"]) == (4, 6)
    assert found["lines within 128"] == found["documents within 512"] == 1.0


def test_lines_over_a_limit_are_counted() -> None:
    found = measure.size(encoded(TOY, ["나 " * 126 + "\n" + "나 " * 127, "나 " * 511]))
    assert found["lines within 128"] == pytest.approx(1 / 3)
    assert found["lines within 512"] == pytest.approx(2 / 3)
    assert found["documents within 512"] == pytest.approx(1 / 2)


def test_unknown_by_hand() -> None:
    found = measure.unknown(encoded(TOY, ["나는 뷁나 漢 뷁. 漢字뷁"]))
    assert found["unknown per eojeol"] == pytest.approx(4 / 5)
    assert found["worst characters"] == [["뷁", 3], ["漢", 2], ["字", 1]]
    assert found["lost scripts"] == [["CJK", 3], ["HANGUL", 3]]
    assert found["unknown Hangul"] == pytest.approx(3 / 6)


def test_a_word_that_is_lost_for_its_length_blames_no_character() -> None:
    tokenizer = Tokenizer((*SPECIALS, "나", "##나"), Scheme(unknown="word", longest_word=4))
    assert measure.unknown(encoded(tokenizer, ["나나나나나 나나"]))["worst characters"] == [["나나나나나", 1]]


def test_use_by_hand() -> None:
    found = measure.use(SAMPLE)
    assert (found["single characters"], found["single syllables"], found["distinct syllables"]) == (5, 4, 4)
    assert found["alphabet tax"] == pytest.approx(5 / 12)
    used = {piece for piece, times in zip(TOY.pieces, np.bincount(SAMPLE.ids, minlength=12), strict=True) if times}
    assert found["never used"] == pytest.approx(1 - len(used) / 12)
    assert found["words kept whole"] == pytest.approx(2 / 6)  # 간다, 학교 of 나는 학교에 간다 나는 뷁다 학교
    assert found["coverage"][-1] == [12, 1.0]


@given(st.lists(st.text(st.sampled_from(CHARACTERS), max_size=40), min_size=1, max_size=4))
def test_figures_agree_with_slow_counting(texts: list[str]) -> None:
    tokenizer = wordpiece()
    encodings = [tokenizer.encode(text) for text in texts]
    sample = encoded(tokenizer, texts)
    size, unknown, use = measure.size(sample), measure.unknown(sample), measure.use(sample)
    tokens = sum(map(len, encodings))
    assert size["tokens"] == tokens
    begins = sum(int(encoding.word_starts.sum()) for encoding in encodings)
    assert size["continuing"] == pytest.approx(1 - begins / max(tokens, 1))
    hit = 0
    for text, encoding in zip(texts, encodings, strict=True):
        lost = [start for id_, (start, _) in zip(encoding.ids, encoding.offsets, strict=True) if id_ == 1]
        ends = [end for end in range(len(text) + 1) if end == len(text) or text[end].isspace()]
        hit += len({min(end for end in ends if end > start) for start in lost})
    eojeols = sum(len(text.split()) for text in texts)
    assert unknown["unknown per eojeol"] == pytest.approx(hit / max(eojeols, 1))
    counts = Counter(int(id_) for encoding in encodings for id_ in encoding.ids)
    assert use["never used"] == pytest.approx(1 - len(counts) / len(tokenizer))
    for k, share in use["coverage"]:
        assert share == pytest.approx(sum(times for _, times in counts.most_common(k)) / max(tokens, 1))


def test_distribution_is_that_of_tokenization_scorer() -> None:
    """The expected values are what tokenization-scorer 1.1.8 answers to this text with vocab=10."""
    pieces = ("[UNK]", "pick", "ed", "l", "les", "a", "b", "c", "d", "e")
    found = measure.distribution(encoded(Tokenizer(pieces, Scheme(kind="word")), ["pick ed pick l ed pick les"]))
    assert found["entropy"] == pytest.approx(1.8423709931771088)
    assert found["entropy efficiency"] == pytest.approx(0.5546089320875498)
    assert found["renyi efficiency"] == pytest.approx(0.4976064862418698)


@given(st.lists(st.integers(0, 50), min_size=1, max_size=20), st.sampled_from([0.5, 2.0, 2.5, 3.0]))
def test_entropies_and_gini_are_their_definitions(counts: list[int], alpha: float) -> None:
    total = sum(counts)
    shares = [count / total for count in counts if count] if total else []
    array = np.array(counts)
    assert measure.entropy(array) == pytest.approx(-sum(share * math.log2(share) for share in shares))
    if shares:
        renyi = math.log2(sum(share**alpha for share in shares)) / (1 - alpha)
        assert measure.entropy(array, alpha) == pytest.approx(renyi)
        distances = sum(abs(one - other) for one in counts for other in counts)
        assert measure.gini(array) == pytest.approx(distances / (2 * len(counts) * total))

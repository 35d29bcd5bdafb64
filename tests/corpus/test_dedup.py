"""Signatures against true overlap, buckets against a pairwise twin."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus import dedup
from corpus.dedup import BINS, SHINGLE, buckets, duplicates, key, signature, write_marks


def jaccard(a: str, b: str) -> float:
    first, second = ({t[i : i + SHINGLE] for i in range(len(t) - SHINGLE + 1)} for t in (a, b))
    return len(first & second) / max(1, len(first | second))


def article(seed: int, words: int = 400) -> list[str]:
    chance = random.Random(seed)
    return ["".join(chr(0xAC00 + chance.randrange(2000)) for _ in range(chance.randint(1, 5))) for _ in range(words)]


def changed(words: Sequence[str], share: float, seed: int) -> str:
    chance = random.Random(seed)
    return " ".join(w if chance.random() > share else "바뀐" + str(chance.randrange(10**6)) for w in words)


@pytest.mark.parametrize("share", [0.0, 0.01, 0.05, 0.1, 0.3, 1.0])
def test_signatures_agree_as_much_as_texts_overlap(share: float) -> None:
    errors = []
    for seed in range(20):
        words = article(seed)
        one, other = " ".join(words), changed(words, share, seed)
        agree = float((signature(one) == signature(other)).mean())
        errors.append(agree - jaccard(one, other))
    assert abs(sum(errors) / len(errors)) < 0.05  # 20 signatures of 64 bins: 2.5 standard errors at the worst
    assert max(map(abs, errors)) < 0.3


@pytest.mark.parametrize("words", [5, 100, 1000, 20_000])
def test_the_short_cut_for_long_texts_changes_nothing(words: int, monkeypatch: pytest.MonkeyPatch) -> None:
    text = " ".join(article(1, words))
    short = signature(text)
    monkeypatch.setattr(dedup, "PER_BIN", 10**9)
    assert (signature(text) == short).all()


@given(st.text(max_size=60))
@settings(max_examples=200)
def test_any_text_has_a_signature(text: str) -> None:
    found = signature(text)
    assert found.shape == (BINS,)
    assert (found == signature(text)).all()
    assert key(text) == key(text)


def found(texts: list[str], ids: list[str], similarity: float, folder: Path, cuts: Sequence[int]) -> dict[int, int]:
    marks = []
    for start, end in zip([0, *cuts], [*cuts, len(texts)], strict=True):
        marks.append(folder / f"{start}-{end}.marks")
        mine = texts[start:end]
        write_marks(marks[-1], list(map(key, ids[start:end])), list(map(key, mine)), list(map(signature, mine)))
    why: dict[int, int] = {}
    for bucket in buckets(marks, len(texts), similarity):
        for document, reason in duplicates(bucket):
            why[document] = min(reason, why.get(document, reason))
    return why


@pytest.mark.parametrize("cuts", [[], [3], [3, 3, 7], [0, 5]])
@pytest.mark.parametrize("per_bucket", [3, 100_000])
def test_buckets_find_what_pairs_show(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cuts: list[int], per_bucket: int
) -> None:
    monkeypatch.setattr(dedup, "DOCUMENTS_A_BUCKET", per_bucket)
    a, b, c = article(1), article(2), article(3)
    texts = [
        " ".join(a), " ".join(b), changed(a, 0.01, 2), " ".join(b), " ".join(c),
        changed(c, 0.5, 3), "짧은 글", "짧은 글", changed(b, 0.01, 4), " ".join(article(5)),
    ]  # fmt: skip
    ids = [str(n) for n in range(len(texts))]
    ids[9] = ids[0]
    assert 1 > jaccard(texts[0], texts[2]) > 0.9 > 0.6 > jaccard(texts[4], texts[5])
    near = found(texts, ids, 0.8, tmp_path, cuts)
    assert {d: dedup.REASONS[w] for d, w in near.items()} == {
        2: "near duplicate", 3: "duplicate", 7: "duplicate", 8: "near duplicate", 9: "duplicate id",
    }  # fmt: skip
    assert sorted(found(texts, ids, 1.0, tmp_path, cuts)) == [3, 7, 9]


def test_an_empty_part_is_no_trouble(tmp_path: Path) -> None:
    write_marks(tmp_path / "0", [], [], [])
    assert duplicates(buckets([tmp_path / "0"], 0, 0.9)[0]) == []

"""The trainer against recounting everything after every merge, and against the `tokenizers` library."""

from __future__ import annotations

import gc
import json
import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import tokenizers
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tokenizers import models, pre_tokenizers, trainers

from tests.slow import bpe_by_recounting
from tests.vocab.korean import kowiki
from tools.errors import UserError
from vocab.bpe import Merge, Ties, Trained, train, without_unused
from vocab.words import words

CHECKOUT = Path(__file__).resolve().parents[2]
LECTURE = "경찰청 철창살은 외철창살이고 검찰청 철창살은 쌍철창살이다"
SPECIALS = ("[PAD]", "[UNK]")
UNIT = st.text(st.sampled_from("가나다ab"), min_size=1, max_size=9)
COUNTS = st.dictionaries(UNIT, st.integers(1, 5), min_size=1, max_size=25)
CONTINUED = st.dictionaries(st.tuples(st.sampled_from(["", "##"]), UNIT).map("".join), st.integers(1, 5), min_size=1)


def pairs(trained: Trained) -> list[tuple[str, str]]:
    return [(merge.left, merge.right) for merge in trained.merges]


def by_library(
    counts: Mapping[str, int], size: int, prefix: str = "", least: int = 2
) -> tuple[list[str], list[tuple[str, str]]]:
    tokenizer = tokenizers.Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    specials = list(SPECIALS)
    also: dict[str, Any] = {"continuing_subword_prefix": prefix} if prefix else {}
    trainer = trainers.BpeTrainer(
        vocab_size=size, min_frequency=least, special_tokens=specials, show_progress=False, **also
    )
    tokenizer.train_from_iterator((f"{unit} " * times for unit, times in counts.items()), trainer)
    model = json.loads(tokenizer.to_str())["model"]
    return sorted(model["vocab"], key=model["vocab"].__getitem__), [(left, right) for left, right in model["merges"]]


@settings(max_examples=300)
@given(COUNTS, st.integers(10, 40), st.integers(1, 3))
@example({"가가가가가": 2, "가가": 1, "가가가": 1}, 30, 1)
def test_plain_training_is_that_of_the_library(counts: dict[str, int], size: int, least: int) -> None:
    trained = train(counts, size, specials=SPECIALS, min_frequency=least)
    pieces, merges = by_library(counts, size, least=least)
    assert list(trained.pieces) == pieces
    assert pairs(trained) == merges


@pytest.mark.parametrize("size", [3000, 8000])
def test_plain_training_on_real_text_is_that_of_the_library(size: int) -> None:
    counts = Counter(words(kowiki(1_000_000)))
    trained = train(counts, size, specials=SPECIALS)
    pieces, merges = by_library(counts, size)
    assert list(trained.pieces) == pieces
    assert pairs(trained) == merges


@settings(max_examples=100)
@given(COUNTS)
def test_prefixed_training_is_that_of_the_library_but_for_the_order_of_the_alphabet(counts: dict[str, int]) -> None:
    """The library's order of ##c is that of a hash map: given that order, the slow twin makes its merges and ids."""
    pieces, merges = by_library(counts, 40, "##")
    start = len(pieces) - len({left + right.removeprefix("##") for left, right in merges})
    found = bpe_by_recounting(counts, 40, prefix="##", specials=SPECIALS, alphabet=pieces[len(SPECIALS) : start])
    assert (found.pieces, pairs(found)) == (tuple(pieces), merges)


@settings(max_examples=300)
@given(
    COUNTS | CONTINUED,
    st.sampled_from(["", "##"]),
    st.sampled_from(["lowest-ids", "first-seen"]),
    st.integers(1, 3),
    st.sets(st.sampled_from(["가나", "##가나", "ab", "##나다", "##ba", "나다가"])),
    st.none() | st.integers(0, 9),
)
def test_training_is_counting_again_after_every_merge(
    counts: dict[str, int], prefix: str, ties: Ties, least: int, vetoed: set[str], iterations: int | None
) -> None:
    arguments = {"prefix": prefix, "ties": ties, "min_frequency": least, "iterations": iterations}
    fast = train(counts, 50, specials=SPECIALS, veto=vetoed.__contains__, **arguments)  # type: ignore[arg-type]
    slow = bpe_by_recounting(counts, 50, specials=SPECIALS, veto=vetoed.__contains__, **arguments)  # type: ignore[arg-type]
    assert fast == slow


@settings(max_examples=50)
@given(COUNTS, st.randoms(use_true_random=False))
def test_the_order_of_the_counts_changes_nothing(counts: dict[str, int], chance: random.Random) -> None:
    shuffled = dict(chance.sample(list(counts.items()), len(counts)))
    assert train(counts, 40, prefix="##") == train(shuffled, 40, prefix="##")


def test_the_merges_of_the_lecture() -> None:
    trained = train(Counter(LECTURE.split()), 100, prefix="##", ties="first-seen", iterations=3)
    assert [(m.left, m.right, m.piece, m.count) for m in trained.merges] == [
        ("##창", "##살", "##창살", 4),
        ("##찰", "##청", "##찰청", 2),
        ("철", "##창살", "철창살", 2),
    ]
    kept = without_unused(trained, keep=0)
    assert set(kept.pieces) == set("경 ##찰청 철창살 ##은 외 ##철 ##창살 ##이 ##고 검 쌍 ##다".split())
    assert all(kept.uses)


def test_what_is_kept_stays_though_unused() -> None:
    trained = train({"가나다": 5}, 20, specials=SPECIALS)
    assert trained.pieces == ("[PAD]", "[UNK]", "가", "나", "다", "가나", "가나다")
    assert without_unused(trained, keep=2).pieces == ("[PAD]", "[UNK]", "가나다")
    assert without_unused(trained, keep=5).pieces == ("[PAD]", "[UNK]", "가", "나", "다", "가나다")
    assert without_unused(trained, keep=5).uses == (0, 0, 0, 0, 0, 5)


def test_every_merge_is_told_when_it_is_made() -> None:
    told: list[str] = []
    trained = train({"가나다": 5}, 20, on_merge=lambda merge: told.append(merge.piece))
    assert told == [merge.piece for merge in trained.merges] == ["가나", "가나다"]


def test_garbage_is_collected_again_after_training() -> None:
    def fail(_merge: Merge) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train({"가나다": 5}, 20, on_merge=fail)
    assert gc.isenabled()


def test_a_unit_can_continue_a_word() -> None:
    trained = train({"매캔지": 3, "##는": 3, "재는": 3}, 20, prefix="##")
    assert trained.pieces[:6] == ("는", "매", "재", "지", "캔", "##는")
    assert "재는" in trained.pieces


def test_no_merge_spells_a_special() -> None:
    trained = train({"[UNK]": 9}, 20, specials=SPECIALS)
    assert len(set(trained.pieces)) == len(trained.pieces)
    assert "[UNK]" not in [merge.piece for merge in trained.merges]


def test_counts_beyond_32_bits() -> None:
    trained = train({"가나": 2**40, "나다": 2**33}, 20)
    assert [merge.count for merge in trained.merges] == [2**40, 2**33]


@pytest.mark.parametrize(
    "counts, size, message",
    [({}, 10, "corpus is empty"), ({"가나다": 1}, 2, "size 2"), ({"가": 1}, 2_000_000, "size 2,000,000")],
)
def test_what_cannot_be_trained_is_said(counts: dict[str, int], size: int, message: str) -> None:
    with pytest.raises(UserError, match=message):
        train(counts, size)


TRAINING = """
import hashlib, random
from vocab.bpe import train
chance = random.Random(7)
units = ("".join(chance.choices("가나다라마바사아", k=chance.randrange(1, 8))) for _ in range(3000))
trained = train({unit: chance.randrange(1, 9) for unit in units}, 900, prefix="##")
print(hashlib.sha256(repr(trained).encode()).hexdigest())
"""


def test_hash_seeds_change_nothing() -> None:
    def trained(seed: int) -> str:
        environment = {**os.environ, "PYTHONHASHSEED": str(seed)}
        command: Sequence[str] = [sys.executable, "-c", TRAINING]
        return subprocess.run(command, capture_output=True, text=True, check=True, cwd=CHECKOUT, env=environment).stdout

    assert len({trained(seed) for seed in range(5)}) == 1

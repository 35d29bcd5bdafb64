"""The figures against counting one token after another, and the verdicts on instances that are wrong on purpose."""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pretrain.arrays import write_arrays
from pretrain.claims import BROKEN, CHANCE, HOLDS
from pretrain.gather import Block, gather
from pretrain.masking import MaskRule, Masks, mask, rule
from pretrain.options_instances import Stats
from pretrain.rows import Rows, open_rows
from pretrain.statistics import count, counts, evenly, judged, stats
from tests.pretrain.stores import INSIDE, MASK, PIECES, SPECIALS, UNK, rows_of
from tools.errors import UserError
from tools.shards import write_manifest
from vocab.folder import save

Change = Callable[[Block, Masks, MaskRule], Masks]
RATE, SIZES_OF_WORDS = "가린 비율 masked", "낱말의 조각 수"
KINDS = {"[MASK]이 된 것 masked", "다른 조각이 된 것 replaced", "그대로인 것 kept"}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Many short words, so that the cap is not reached."""
    folder = tmp_path_factory.mktemp("instances")
    rows_of(folder, 4000, length=64, per_shard=4000)
    return folder


def with_static_masks(made: Path, folder: Path, change: Change, **about: Any) -> Path:
    """The same rows with masks on disk that are drawn as they should be and then changed."""
    rows = open_rows(made / "64" / "train", check=False)
    shard = rows.shards[0]
    save(rows.tokenizer, folder / "vocab")
    block, how = gather(rows, np.arange(len(rows)), 64), rule({**rows.about, "cap": 64}, rows.tokenizer)
    right = mask(block.tokens, block.lengths, block.starts, block.numbers, how, 0)
    found = change(block, right, how)
    row = found.picks // 64
    arrays = {name: getattr(shard, name) for name in ("tokens", "ends", "bounds", "random", "starts")}
    if "random" in about:
        arrays["random"] = (np.random.default_rng(1).random(len(rows)) < about.pop("random")).astype(np.uint8)
    arrays |= {"picks": (found.picks % 64).astype(np.uint16), "put": found.put.astype(np.uint16)}
    arrays["pick_ends"] = np.cumsum(np.bincount(row, minlength=len(rows))).astype(np.uint32)
    target = folder / "64" / "train"
    target.mkdir(parents=True)
    shards = write_arrays(target, 0, arrays)
    write_manifest(target, shards, format="npy", **{**rows.about, "masking": "static", "cap": 64, **about})
    return folder


def verdicts(folder: Path) -> dict[str, str]:
    rows = open_rows(folder / "64" / "train", check=False)
    return {claim.name: claim.verdict for claim in judged(count(rows, np.arange(len(rows))), rows.about)}


def broken(folder: Path) -> set[str]:
    return {name for name, verdict in verdicts(folder).items() if verdict == BROKEN}


def as_drawn(_block: Block, found: Masks, _how: MaskRule) -> Masks:
    return found


def only(found: Masks, kept: np.ndarray[Any, np.dtype[np.bool_]]) -> Masks:
    return Masks(found.picks[kept], found.labels[kept], found.put[kept])


def test_masks_as_they_should_be_hold(made: Path, tmp_path: Path) -> None:
    found = verdicts(with_static_masks(made, tmp_path, as_drawn))
    assert set(found.values()) <= {HOLDS, CHANCE} and list(found.values()).count(CHANCE) <= 1
    assert len([name for name in found if name.startswith(SIZES_OF_WORDS)]) == 5


def test_a_lower_rate_is_found(made: Path, tmp_path: Path) -> None:
    def fewer(_block: Block, found: Masks, _how: MaskRule) -> Masks:
        return only(found, np.random.default_rng(1).random(len(found.picks)) < 0.96)

    wrong = broken(with_static_masks(made, tmp_path, fewer))
    assert RATE in wrong and all(name == RATE or name.startswith(SIZES_OF_WORDS) for name in wrong)


def test_long_words_that_are_masked_more_rarely_are_found(made: Path, tmp_path: Path) -> None:
    def rarely(block: Block, found: Masks, _how: MaskRule) -> Masks:
        """A third of the words of four and more stay, as where words are drawn until a budget is full."""
        assert block.starts is not None
        unit = np.cumsum(block.starts.ravel())
        long = np.bincount(unit)[unit[found.picks]] >= 4
        return only(found, ~long | (unit[found.picks] % 3 > 0))

    wrong = broken(with_static_masks(made, tmp_path, rarely))
    assert {name[-2:].strip() for name in wrong if name.startswith(SIZES_OF_WORDS)} == {"4", "5"}
    assert RATE in wrong


def put_as(share: float, what: Callable[[Masks], Any]) -> Change:
    """Put something else at a share of the picks."""

    def change(_block: Block, found: Masks, _how: MaskRule) -> Masks:
        chosen = np.random.default_rng(2).random(len(found.picks)) < share
        return dataclasses.replace(found, put=np.where(chosen, what(found), found.put))

    return change


@pytest.mark.parametrize(
    "change, expected",
    [
        (put_as(0.1, lambda found: MASK), KINDS),
        (put_as(0.1, lambda found: found.labels), KINDS),
        (put_as(0.0005, lambda found: SPECIALS.index("[SEP]")), {"바뀐 것 가운데 특수 조각 special among replaced"}),
        (put_as(0.0005, lambda found: PIECES.index("[unused1]")), {"바뀐 것 가운데 특수 조각 special among replaced"}),
    ],
)
def test_other_shares_and_specials_are_found(made: Path, tmp_path: Path, change: Change, expected: set[str]) -> None:
    assert broken(with_static_masks(made, tmp_path, change)) == expected


def test_masked_specials_and_rows_over_the_cap_are_found(made: Path, tmp_path: Path) -> None:
    def first_too(_block: Block, found: Masks, _how: MaskRule) -> Masks:
        picks, labels, put = [0, *found.picks], [2, *found.labels], [MASK, *found.put]
        return Masks(np.array(picks), np.array(labels), np.array(put))

    wrong = broken(with_static_masks(made, tmp_path / "first", first_too))
    assert wrong == {"가린 것 가운데 특수 조각 special among masked"}
    wrong = broken(with_static_masks(made, tmp_path / "cap", as_drawn, cap=11))
    assert wrong == {"한도 11을 넘은 줄 rows over the cap"}


def test_labels_that_are_not_half_and_half_are_found(made: Path, tmp_path: Path) -> None:
    """Google's script has 54 %, as documents of one piece get a random one."""
    assert broken(with_static_masks(made, tmp_path / "a", as_drawn, random=0.54)) == {"다른 문서 random next"}
    sop = with_static_masks(made, tmp_path / "b", as_drawn, random=0.46, nsp="sop")
    assert broken(sop) == {"뒤바뀐 순서 swapped"}


def by_hand(rows: Rows, found: Masks, width: int) -> dict[str, Any]:
    """The figures, token by token."""
    tokens, starts, specials = [], [], set(range(len(SPECIALS)))
    for shard in rows.shards:
        bits = np.ones(len(shard.tokens), np.uint8) if shard.starts is None else np.unpackbits(shard.starts)
        for start, end in zip([0, *shard.ends.tolist()], shard.ends.tolist(), strict=False):
            tokens.append(shard.tokens[start:end].tolist())
            starts.append(bits[start:end].tolist())
    cases, of = Counter[int](), Counter[int]()
    picked = set(found.picks.tolist())
    for row, (ids, begins) in enumerate(zip(tokens, starts, strict=True)):
        edges = [i for i, begin in enumerate(begins) if begin or i == 0]
        for first, last in zip(edges, [*edges[1:], len(ids)], strict=True):
            free = [i for i in range(first, last) if ids[i] not in specials]
            of[min(len(free), 6)] += len(free)
            cases[min(len(free), 6)] += sum(row * width + i in picked for i in free)
    kinds = Counter(
        0 if put == MASK else 2 if put == label else 1 for put, label in zip(found.put, found.labels, strict=True)
    )
    return {
        "cases": [cases[size] for size in range(1, 7)],
        "of": [of[size] for size in range(1, 7)],
        "put": [kinds[kind] for kind in range(3)],
        "lengths": Counter(map(len, tokens)),
        "labels": Counter(found.labels.tolist()),
        "pieces": Counter(token for ids in tokens for token in ids),
    }


@settings(max_examples=25)
@given(
    st.integers(1, 60),
    st.integers(10, 40),
    st.integers(1, 1000),
    st.sampled_from(["word", "token"]),
    st.sampled_from(["nsp", "none"]),
)
def test_counts_are_those_of_going_through_the_tokens(
    tmp_path_factory: pytest.TempPathFactory, size: int, length: int, seed: int, unit: Any, nsp: Any
) -> None:
    rows = rows_of(tmp_path_factory.mktemp("rows"), size, length=length, seed=seed, unit=unit, nsp=nsp, per_shard=17)
    how, block = rule(rows.about, rows.tokenizer), gather(rows, np.arange(size), length)
    if block.starts is not None:
        block.tokens[:, 3] = UNK  # in the middle of a word
        for shard in rows.shards:
            arrays = np.array(shard.tokens)
            arrays[shard.ends - np.diff(shard.ends, prepend=0) + 3] = UNK
            object.__setattr__(shard, "tokens", arrays)
    found = mask(block.tokens, block.lengths, block.starts, block.numbers, how, 0)
    fast, slow = counts(block, found, how, len(PIECES)), by_hand(rows, found, length)
    assert fast["sizes"][:, 0].tolist() == slow["cases"] and fast["sizes"][:, 1].tolist() == slow["of"]
    assert fast["rate"][:2].tolist() == [sum(slow["cases"]), sum(slow["of"])]
    assert fast["put"].tolist() == slow["put"]
    for name in ("lengths", "labels", "pieces"):
        assert {i: n for i, n in enumerate(fast[name].tolist()) if n} == slow[name]
    assert fast["random"].sum() == (size if nsp == "nsp" else 0)


def test_blocks_add_up(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = open_rows(made / "64" / "train", check=False)
    whole = count(rows, np.arange(1000))
    monkeypatch.setattr("pretrain.statistics.AT_ONCE", 77)
    for name, value in count(rows, np.arange(1000)).items():
        np.testing.assert_array_equal(value, whole[name])


@given(st.integers(1, 1000), st.integers(0, 1200))
def test_rows_are_taken_evenly(rows: int, wanted: int) -> None:
    found = evenly(rows, wanted)
    assert len(found) == min(wanted or rows, rows) and found[0] == 0
    gaps = np.diff([*found, rows])
    assert gaps.min() >= 1 and gaps.max() - gaps.min() <= 1


def test_the_report_and_its_json(made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = with_static_masks(made, tmp_path / "static", as_drawn)
    rows_of(folder, 300, length=16, seed=3)
    stats(Stats(folder, rows=2000, json=tmp_path / "figures.json"))
    out = capsys.readouterr().out
    assert "길이 length 16 · train · 줄 rows 300 / 300" in out and "rows 2,000 / 4,000" in out
    assert "채움 padding (bin: share): 8: " in out and "모르는 조각 [UNK]: 0 (0.000%)" in out
    figures = json.loads((tmp_path / "figures.json").read_text())
    assert figures.keys() == {"16", "64"} and figures["64"]["rows"] == 2000
    assert figures["64"]["claims"][0]["promise"] == 0.15
    assert sum(figures["64"]["lengths"]) == 2000 == sum(figures["64"]["guesses"])
    piece, times = figures["64"]["most masked"][0]
    assert piece in PIECES[INSIDE:] and f"{times:,}" in out


def test_broken_promises_end_in_an_error_after_the_report(
    made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows_of(tmp_path, 300, length=16, masking="static")  # one token in seven, and all of them [MASK]
    with pytest.raises(UserError, match=r"promises are broken \(.*16: \[MASK\]이 된 것 masked"):
        stats(Stats(tmp_path, json=tmp_path / "figures.json"))
    assert "100.000%" in capsys.readouterr().out
    assert json.loads((tmp_path / "figures.json").read_text())


@pytest.mark.parametrize(
    "options, message",
    [
        ({"length": 128}, "--length 128: .* has 64; give one of these"),
        ({"part": "held-out"}, "there is no part 'held-out'"),
        ({"rows": -1}, "--rows -1"),
    ],
)
def test_wrong_options_are_said(made: Path, options: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        stats(Stats(made, **options))

"""The instances stage through the real command: every token once, true labels, the same bytes whatever happens.

The store of these tests has no two tokens alike, so that of each token on disk one knows where in the text it stood.
"""

from __future__ import annotations

import dataclasses
import itertools
import random
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
from numpy.typing import NDArray

from pretrain import instances as making
from pretrain.instances import rounds
from pretrain.masking import mask, rule
from pretrain.options_instances import Instances
from pretrain.rows import Rows, open_rows
from pretrain.stages import STAGES
from pretrain.store import open_store
from tests.pretrain.stores import CLS, SEP, Text, store_of
from tools.errors import UserError
from tools.fingerprint import order
from tools.shards import read_manifest
from tools.stage import LEDGER, execute

LOWEST = 300  # no special piece
WHOLE = making.SHARD_TOKENS


def distinct(seed: int, count: int, sentences: int = 25) -> list[Text]:
    """Documents in which no token comes twice, in the order of their ids."""
    chance, ids = random.Random(seed), itertools.count(LOWEST)

    def words(n: int) -> list[list[int]]:
        return [list(itertools.islice(ids, chance.choice([1, 2, 2, 3, 5]))) for _ in range(n)]

    return [[words(chance.randint(2, 9)) for _ in range(chance.randint(1, sentences))] for _ in range(count)]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("stores") / "store"
    store_of(folder, distinct(1, 150), per_shard=40, morphemes=True)
    return folder


@pytest.fixture(autouse=True)
def small_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "SHARD_TOKENS", 6_400)


def made(config: Instances) -> dict[str, Any]:
    """The stage with its rounds in this process."""

    def each(function: Any, tasks: Sequence[Any], _label: str) -> list[Any]:
        return [function(task) for task in tasks]

    config.output.mkdir()
    return rounds(config, open_store(config.store), each)[0]


@dataclasses.dataclass(frozen=True)
class Row:
    a: list[int]
    b: list[int]
    random: int
    starts: list[bool]


def rows_in(rows: Rows) -> Iterator[Row]:
    """Every row, checked for the form that all have."""
    for shard in rows.shards:
        starts = np.unpackbits(shard.starts).tolist() if shard.starts is not None else []
        begin = 0
        for number, (end, bound) in enumerate(zip(shard.ends.tolist(), shard.bounds.tolist(), strict=True)):
            tokens = shard.tokens[begin:end].tolist()
            assert tokens[0] == CLS
            assert tokens[-1] == tokens[bound - 1] == SEP
            assert len(tokens) <= rows.about["length"]
            label = int(shard.random[number]) if shard.random is not None else -1
            yield Row(tokens[1 : bound - 1], tokens[bound:-1], label, list(map(bool, starts[begin:end])))
            begin = end


def both_parts(output: Path, length: int) -> list[Row]:
    return [row for part in ("train", "held-out") for row in rows_in(open_rows(output / str(length) / part))]


def documents_of(store: Path) -> NDArray[np.int64]:
    """The document of each token."""
    found, first = [], 0
    for shard in open_store(store).shards:
        ends = np.concatenate([[0], shard.sentences]).astype(np.int64)[shard.documents]
        found.append(first + np.repeat(np.arange(len(ends)), np.diff(ends, prepend=0)))
        first += len(ends)
    return np.concatenate([np.full(LOWEST, -1), *found])


def ascending(tokens: list[int]) -> bool:
    return tokens == list(range(tokens[0], tokens[0] + len(tokens)))


def test_every_token_is_in_one_row_of_each_pass_and_labels_are_true(store: Path, tmp_path: Path) -> None:
    config = Instances(store, tmp_path / "out", "32,128", dupe=2, held_out=0.1)
    summary = made(config)
    tokens = sum(len(shard.tokens) for shard in open_store(store).shards)
    home = documents_of(store)
    for length in (32, 128):
        rows = both_parts(config.output, length)
        counts = np.bincount([token for row in rows for token in row.a + row.b], minlength=LOWEST + tokens)
        kept = {int(home[row.a[0]]) for row in rows_in(open_rows(config.output / str(length) / "held-out"))}
        assert 5 < len(kept) < 30
        assert (counts[LOWEST:] == np.where(np.isin(home[LOWEST:], list(kept)), 1, 2)).all()
        for row in rows:
            assert ascending(row.a)
            assert ascending(row.b)
            if row.random:
                assert home[row.a[0]] != home[row.b[0]]
            else:
                assert row.b[0] == row.a[-1] + 1
                assert home[row.a[0]] == home[row.b[-1]]
        trained = open_rows(config.output / str(length) / "train")
        share = np.mean([row.random for row in rows_in(trained)])
        assert share == pytest.approx(0.5, abs=2 / len(trained))
        assert summary[f"{length} rows"] == len(trained) == trained.about["rows"]
        assert summary[f"{length} tokens"] == trained.lengths.sum() == trained.about["tokens"]
        assert summary[f"{length} full %"] == pytest.approx(100 * np.mean(trained.lengths == length), abs=0.01)
        padded = -(-trained.lengths.astype(int) // 8) * 8
        assert summary[f"{length} padding %"] == pytest.approx(
            100 * (1 - trained.lengths.sum() / padded.sum()), abs=0.01
        )


def test_parts_share_no_document_and_are_the_same_for_every_length(store: Path, tmp_path: Path) -> None:
    config = Instances(store, tmp_path / "out", "32,128", held_out=0.1, seed=5)
    made(config)
    made(dataclasses.replace(config, output=tmp_path / "other", lengths="64", seed=6, nsp="none"))
    home = documents_of(store)
    found = {
        (length, part): {int(home[t]) for row in rows_in(open_rows(output / str(length) / part)) for t in row.a + row.b}
        for output, length in ((config.output, 32), (config.output, 128), (tmp_path / "other", 64))
        for part in ("train", "held-out")
    }
    held_out = found[32, "held-out"]
    assert 5 < len(held_out) < 30
    assert held_out == found[128, "held-out"] == found[64, "held-out"]
    assert found[32, "train"] == found[128, "train"] == found[64, "train"] == set(range(150)) - held_out


def test_sentence_order_and_single_segments(store: Path, tmp_path: Path) -> None:
    made(Instances(store, tmp_path / "sop", "64", nsp="sop"))
    rows = list(rows_in(open_rows(tmp_path / "sop" / "64" / "train")))
    assert all(row.b[-1] + 1 == row.a[0] if row.random else row.a[-1] + 1 == row.b[0] for row in rows)
    assert np.mean([row.random for row in rows]) == pytest.approx(0.5, abs=2 / len(rows))
    made(Instances(store, tmp_path / "none", "64", nsp="none", short_rate=0))
    one = open_rows(tmp_path / "none" / "64" / "train")
    assert one.shards[0].random is None
    rows = list(rows_in(one))
    assert all(ascending(row.a) and not row.b and row.random == -1 for row in rows)
    assert max(len(row.a) for row in rows) == 62


@pytest.mark.parametrize("unit", ["word", "morpheme", "token"])
def test_starts_are_those_of_the_store_and_around_the_text(store: Path, tmp_path: Path, unit: Any) -> None:
    made(Instances(store, tmp_path / "out", "64", unit=unit))
    rows = open_rows(tmp_path / "out" / "64" / "train")
    assert rows.about["unit"] == unit
    if unit == "token":
        assert rows.shards[0].starts is None
        return
    of = {"word": "words", "morpheme": "morphemes"}[unit]
    bits = [np.unpackbits(getattr(s, of), count=len(s.tokens)) for s in open_store(store).shards]
    begins = np.concatenate([np.zeros(LOWEST), *bits]).astype(np.bool_)
    for row in rows_in(rows):
        a, b = (begins[segment].tolist() for segment in (row.a, row.b))
        a[0] = b[0] = True
        assert row.starts == [True, *a, True, *b, True]


@pytest.mark.parametrize("unit", ["word", "token"])
def test_static_masks_are_those_of_the_first_epoch(store: Path, tmp_path: Path, unit: Any) -> None:
    config = Instances(store, tmp_path / "out", "64", unit=unit, masking="static", dupe=2)
    made(config)
    rows = open_rows(tmp_path / "out" / "64" / "train")
    assert len(rows.shards) > 3
    for shard, first in zip(rows.shards, rows.firsts.tolist(), strict=False):
        assert shard.picks is not None
        assert shard.pick_ends is not None
        assert shard.put is not None
        lengths = np.diff(shard.ends.astype(int), prepend=0)
        real = np.arange(64) < lengths[:, None]
        tokens, starts = np.zeros((len(lengths), 64), np.int64), np.zeros((len(lengths), 64), np.bool_)
        tokens[real] = shard.tokens
        if shard.starts is not None:
            starts[real] = np.unpackbits(shard.starts, count=len(shard.tokens)).astype(np.bool_)
        numbers = np.arange(first, first + len(lengths))
        found = mask(tokens, lengths, None if unit == "token" else starts, numbers, rule(rows.about, rows.tokenizer), 0)
        assert (found.picks % 64).tolist() == shard.picks.tolist()
        assert found.put.tolist() == shard.put.tolist()
        assert np.cumsum(np.bincount(found.picks // 64, minlength=len(lengths))).tolist() == shard.pick_ends.tolist()


def test_another_seed_other_rows_and_another_pass_too(store: Path, tmp_path: Path) -> None:
    found = []
    for seed in (1, 2):
        made(Instances(store, tmp_path / str(seed), "64", seed=seed, dupe=2))
        rows = list(rows_in(open_rows(tmp_path / str(seed) / "64" / "train")))
        found += [{(*row.a, *row.b) for row in half} for half in (rows[: len(rows) // 2], rows[len(rows) // 2 :])]
    for first, second in itertools.combinations(found, 2):
        assert len(first & second) < 0.2 * len(first)


def run(config: Instances) -> dict[str, Any] | None:
    return execute(order(STAGES["instances"], config, {}, "test"))


def tree(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_the_same_bytes_whoever_works(store: Path, tmp_path: Path) -> None:
    config = Instances(store, tmp_path / "one", "32,64", masking="static", workers=1)
    summary = run(config)
    run(dataclasses.replace(config, output=tmp_path / "three", workers=3))
    assert tree(tmp_path / "one") == tree(tmp_path / "three")
    assert summary == made(dataclasses.replace(config, output=tmp_path / "here"))
    assert sorted(p.name for p in (tmp_path / "one").iterdir()) == ["32", "64", "stage.json", "vocab"]


ROUNDS = ("cut", "pair", "write")


def command(store: Path, output: Path) -> subprocess.Popen[bytes]:
    line = [sys.executable, "-m", "pretrain", "instances", "--store", str(store), "--output", str(output)]
    line += ["--lengths", "16,32,64", "--dupe", "4", "--masking", "static", "--workers", "1"]
    return subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def test_killed_again_and_again_it_ends_with_the_same_bytes(
    store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(making, "SHARD_TOKENS", WHOLE)
    made(Instances(store, tmp_path / "whole", "16,32,64", dupe=4, masking="static"))
    work = tmp_path / "out.part" / LEDGER
    for records in (10, 55, 70):  # of 78: while cutting, pairing, writing
        process = command(store, tmp_path / "out")
        while process.poll() is None and sum(len(list((work / of).glob("*"))) for of in ROUNDS) < records:
            time.sleep(0.002)
        process.kill()
        process.communicate()
        assert work.exists()
    last = command(store, tmp_path / "out")
    _, complaint = last.communicate(timeout=60)
    assert last.returncode == 0, complaint.decode()
    found, expected = (tree(tmp_path / name) for name in ("out", "whole"))
    assert {name: found[name] for name in found if name != "stage.json"} == {
        name: expected[name] for name in expected if not name.startswith(LEDGER)
    }


BAD = {
    "lengths, words": ({"lengths": "128,long"}, "lengths '128,long': must be different whole numbers from 16"),
    "lengths, twice": ({"lengths": "128,128"}, "lengths '128,128': must be different"),
    "lengths, short": ({"lengths": "8"}, "lengths '8'"),
    "mask_rate": ({"mask_rate": 1.0}, "mask_rate 1.0: must be above 0 and below 1"),
    "short_rate": ({"short_rate": -0.1}, "short_rate -0.1: must be 0 or more"),
    "held_out": ({"held_out": 0.7}, "held_out 0.7: must be from 0 to 0.5"),
    "dupe": ({"dupe": 0}, "dupe 0: must be 1 or more"),
    "cap": ({"cap": -1}, "cap -1: must be 0 or more"),
    "morpheme": ({"unit": "morpheme"}, "does not say where morphemes begin.*encode --analyzer mecab"),
}


@pytest.mark.parametrize("options, expected", BAD.values(), ids=BAD)
def test_a_bad_option_is_one_line(tmp_path: Path, options: dict[str, Any], expected: str) -> None:
    store_of(tmp_path / "store", distinct(1, 5))
    with pytest.raises(UserError, match=expected) as caught:
        made(Instances(tmp_path / "store", tmp_path / "out", **options))
    assert "\n" not in str(caught.value)


def test_one_document_makes_no_next_sentence_pairs_but_rows_of_other_kinds(tmp_path: Path) -> None:
    store_of(tmp_path / "store", distinct(1, 1))
    with pytest.raises(UserError, match="at least two documents"):
        made(Instances(tmp_path / "store", tmp_path / "out", "32"))
    others: tuple[Literal["sop", "none"], ...] = ("sop", "none")
    for nsp in others:
        made(Instances(tmp_path / "store", tmp_path / nsp, "32", nsp=nsp))
        assert not (tmp_path / nsp / "32" / "held-out").exists()


def test_a_store_of_hardly_anything(tmp_path: Path) -> None:
    store_of(tmp_path / "none", [[[[LOWEST]]]])
    with pytest.raises(UserError, match="no text to make instances of"):
        made(Instances(tmp_path / "none", tmp_path / "out", "32"))
    store_of(tmp_path / "two", [[[[LOWEST]]], [[[LOWEST + 1, LOWEST + 2]]], [[[LOWEST + 3]], [[LOWEST + 4]]]])
    made(Instances(tmp_path / "two", tmp_path / "out2", "32", masking="static"))
    (rows,) = [list(rows_in(open_rows(tmp_path / "out2" / "32" / "train")))]
    assert sorted(token for row in rows for token in row.a + row.b) == list(range(LOWEST, LOWEST + 5))


def test_of_a_small_corpus_a_few_documents_are_held_out(store: Path, tmp_path: Path, capsys: Any) -> None:
    made(Instances(store, tmp_path / "out", "64", held_out=0.001))
    home = documents_of(store)
    rows = rows_in(open_rows(tmp_path / "out" / "64" / "held-out"))
    assert len({int(home[row.a[0]]) for row in rows}) == 4
    store_of(tmp_path / "small", distinct(1, 19))
    made(Instances(tmp_path / "small", tmp_path / "out2", "64"))
    assert not (tmp_path / "out2" / "64" / "held-out").exists()
    assert "19 documents are too few" in capsys.readouterr().out


def test_a_changed_store_is_not_used(store: Path, tmp_path: Path) -> None:
    store_of(tmp_path / "store", distinct(1, 30))
    shard = tmp_path / "store" / read_manifest(tmp_path / "store").shards[0].name
    data = bytearray(shard.read_bytes())
    data[-1] ^= 1
    shard.write_bytes(data)
    with pytest.raises(UserError, match="bytes have changed"):
        run(Instances(tmp_path / "store", tmp_path / "out"))
    assert not (tmp_path / "out").exists()

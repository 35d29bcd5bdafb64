"""Vocabularies trained through the stage, on the generated world."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any, get_args

import orjson
import pytest

from corpus.document import Document, write_documents
from corpus.stages import STAGES as CORPUS
from corpus.stages import Sample
from tools.engine import Engine
from tools.errors import UserError
from tools.fingerprint import order
from tools.shards import write_manifest
from tools.stage import execute
from vocab.folder import load
from vocab.stages import STAGES, Kind, Segment, Train
from vocab.straddle import straddlers
from vocab.train import KINDS, ROUNDS
from vocab.units import count_units
from vocab.words import words

TEXT = "가람시는 1923년에 세워졌다. 다묵행 열차를 타고 한마루로 갔다."


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("world") / "world"
    execute(order(CORPUS["sample"], Sample(output, articles=150, workers=1), {}, "test"))
    return output / "clean"


def documents(folder: Path, *texts: str) -> Path:
    folder.mkdir(parents=True)
    shard = write_documents(folder / "0.jsonl.zst", [Document(str(n), "", t, "test") for n, t in enumerate(texts)])
    write_manifest(folder, [shard])
    return folder


def train(config: Train) -> dict[str, Any]:
    return execute(order(STAGES["train"], config, {}, "test")) or {}


def tree(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in sorted(folder.iterdir()) if p.name != "stage.json"}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_covers_its_text(world: Path, tmp_path: Path, kind: Kind) -> None:
    summary = train(Train(world, tmp_path / "v", kind=kind, size=2000, analyzer="none", workers=1))
    tokenizer = load(tmp_path / "v")
    assert len(tokenizer) == summary["pieces"] <= 2000
    encoding = tokenizer.encode(TEXT)
    covered = "".join(TEXT[s:e] for s, e in dict.fromkeys(map(tuple, encoding.offsets.tolist())))
    assert covered == TEXT.replace(" ", "")
    assert tokenizer.ids["[UNK]"] not in encoding.ids or kind == "word"


@pytest.mark.parametrize("segment", get_args(Segment))
def test_every_scheme_trains_and_uses(world: Path, tmp_path: Path, segment: Segment) -> None:
    pytest.importorskip("mecab")
    train(Train(world, tmp_path / "v", segment=segment, size=2500, workers=1))
    tokenizer = load(tmp_path / "v")
    pieces = [tokenizer.pieces[i] for i in tokenizer.encode("한마루의 강이 아름답다.").ids]
    assert "[UNK]" not in pieces
    assert (tmp_path / "v" / "tagged.txt").exists() == (segment == "morpheme-tag")


def test_pieces_that_reach_across_cuts_are_refused(
    world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spaced = count_units(world, "josa", "none", tmp_path / "counts", Engine(workers=1))
    found = []
    for rounds in (0, ROUNDS):
        monkeypatch.setattr("vocab.train.ROUNDS", rounds)
        train(Train(world, tmp_path / str(rounds), size=3000, analyzer="none", workers=1))
        found.append(straddlers(load(tmp_path / str(rounds)), spaced))
    before, after = found
    assert len(after) < len(before) / 2
    assert before and not before & {*load(tmp_path / str(ROUNDS)).pieces}


def test_the_same_bytes_for_any_workers_and_for_both_engines_of_counting(world: Path, tmp_path: Path) -> None:
    trees = []
    for workers in (1, 2):
        train(Train(world, tmp_path / str(workers), size=1500, analyzer="none", workers=workers))
        trees.append(tree(tmp_path / str(workers)))
    assert trees[0] == trees[1]


def test_both_trainers_make_the_same_merges(world: Path, tmp_path: Path) -> None:
    options: dict[str, Any] = {"kind": "bpe", "segment": "eojeol", "size": 1500, "workers": 1}
    train(Train(world, tmp_path / "fast", **options))
    train(Train(world, tmp_path / "slow", trainer="teaching", **options))
    fast, slow = tree(tmp_path / "fast"), tree(tmp_path / "slow")
    for name in ("vocab.txt", "merges.txt"):
        assert fast[name] == slow[name]
    assert fast["merges.txt"].count(b"\n") > 500


def test_uses_are_those_of_the_training_text(tmp_path: Path) -> None:
    corpus = documents(tmp_path / "c", "가나다 가나다 가나 라마", "가나다라 마바")
    train(Train(corpus, tmp_path / "v", segment="eojeol", size=60, alphabet=20, workers=1))
    lines = (tmp_path / "v" / "vocab.tsv").read_text(encoding="utf-8").splitlines()
    uses = {piece: int(count or 0) for piece, _, count in (line.partition("\t") for line in lines)}
    tokenizer = load(tmp_path / "v")
    assert sum(uses.values()) >= sum(map(len, map(words, ["가나다 가나다 가나 라마", "가나다라 마바"])))
    assert list(uses) == list(tokenizer.pieces)


def test_a_left_out_character_is_listed_with_its_count(tmp_path: Path) -> None:
    corpus = documents(tmp_path / "c", "가나 가나 가뷁나 漢 漢 漢")
    summary = train(Train(corpus, tmp_path / "v", segment="eojeol", size=40, alphabet=3, workers=1))
    assert (tmp_path / "v" / "left_out.tsv").read_text(encoding="utf-8") == "뷁\tU+BDC1\t1\n"
    assert summary["characters left out"] == 1
    assert "가나" in load(tmp_path / "v").ids
    vocabulary = Counter(load(tmp_path / "v").pieces)
    assert not [piece for piece in vocabulary if "뷁" in piece]


LONG = "가나다라마바사아자차카타파하"
MISTAKES = {
    "empty corpus": ({}, ["   "], r"no words to train on"),
    "size below the alphabet": ({"size": 12, "alphabet": 99, "segment": "eojeol"}, [LONG], r"ask for more"),
    "size below the specials": ({"size": 4}, ["가"], r"--size 4: not even the special pieces fit"),
    "morphemes without an analyser": ({"segment": "lemma", "analyzer": "none"}, ["가"], r"made of morphemes"),
}


@pytest.mark.parametrize("options, texts, expected", MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_one_line(tmp_path: Path, options: dict[str, Any], texts: list[str], expected: str) -> None:
    corpus = documents(tmp_path / "c", *texts)
    with pytest.raises(UserError, match=expected) as caught:
        train(Train(corpus, tmp_path / "v", **{"analyzer": "none", "workers": 1, **options}))
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "v").exists()


def test_the_hash_seed_changes_nothing(world: Path, tmp_path: Path) -> None:
    trees = []
    for seed in ("1", "77"):
        output = tmp_path / seed
        command = ["-m", "vocab", "train", "--corpus", str(world), "--output", str(output), "--size", "1500"]
        environment = {"PYTHONHASHSEED": seed, "PATH": "/usr/bin:/bin"}
        subprocess.run(
            [sys.executable, *command, "--analyzer", "none"], check=True, capture_output=True, env=environment
        )
        trees.append(tree(output))
    assert trees[0] == trees[1]
    record = orjson.loads(trees[0]["malmoi.json"])
    assert record["scheme"]["segment"] == "josa"

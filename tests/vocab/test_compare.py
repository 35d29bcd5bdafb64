"""The comparison from end to end on the little world, and how its sample is chosen."""

from __future__ import annotations

import dataclasses
import random
from collections import Counter
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.document import Document, read_documents
from corpus.stages import STAGES as CORPUS
from corpus.stages import Sample
from tests.vocab.test_morphology import GSD
from tools.errors import UserError
from tools.fingerprint import order
from tools.stage import execute
from vocab.bpe import train
from vocab.compare import EXAMPLES, choose, cut, overlap
from vocab.folder import save
from vocab.scheme import SPECIALS, Scheme
from vocab.stages import STAGES, Compare
from vocab.tokenizer import Tokenizer
from vocab.words import words


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("compare")
    execute(order(CORPUS["sample"], Sample(folder / "world", articles=200, workers=1), {}, "sample"))
    counts = Counter(word for document in read_documents(folder / "world" / "clean") for word in words(document.text))
    for name, veto in {"raw": None, "josa": ends_in_josa}.items():
        trained = train(counts, 1500, prefix="##", specials=SPECIALS, veto=veto)
        merges = tuple((merge.left, merge.right) for merge in trained.merges)
        save(Tokenizer(trained.pieces, Scheme(), merges), folder / name)
    (folder / "gold.conllu").write_text(GSD, encoding="utf-8")
    return folder


def ends_in_josa(piece: str) -> bool:
    return len(piece) > 3 and piece.startswith("##") and piece.endswith(tuple("은는이가을를의에로도와과"))


def config(world: Path, output: Path, **more: Any) -> Compare:
    whole = Compare(
        vocabularies=(world / "raw", world / "josa"),
        corpus=world / "world" / "clean",
        output=output,
        treebank=(world / "gold.conllu",),
        qa=(world / "world" / "qa" / "train.json",),
        workers=1,
    )
    return dataclasses.replace(whole, **more)


def compared(decided: Compare) -> dict[str, Any]:
    execute(order(STAGES["compare"], decided, {}, "compare"))
    report: dict[str, Any] = orjson.loads((decided.output / "report.json").read_bytes())
    return report


def test_from_end_to_end(world: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = compared(config(world, tmp_path / "out", sample_mb=0.1))
    raw, josa = report["vocabularies"]["raw"], report["vocabularies"]["josa"]
    assert report["sample"]["bytes"] >= 100_000
    assert josa["ceiling EM [train]"] > raw["ceiling EM [train]"]  # what the veto is for
    assert josa["tokens per eojeol"] > raw["tokens per eojeol"]
    for figures in (raw, josa):
        assert figures["places exact"] == figures["letters come back"] == figures["text covered"] == 1.0
        assert 0 < figures["merges differ"] < 0.5
        assert figures["ids MB/s"] > 0 < figures["memory MB"]
    assert 0.3 < report["overlap"]["raw"]["josa"] < 1 == report["overlap"]["josa"]["josa"]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["report.html", "report.json", "stage.json"]
    printed = capsys.readouterr().out
    assert "EM 상한 EM ceiling [train]" in printed
    assert "Highest answer ceiling in train: josa" in printed
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "Highest answer ceiling in train: josa" in page
    assert page.count("<svg") >= 8
    assert '<span class="lost">[UNK]</span>' in page
    for text in EXAMPLES:
        assert text.split()[0] in page


def test_figures_but_speeds_are_the_same_again(world: Path, tmp_path: Path) -> None:
    reports = [compared(config(world, tmp_path / name, sample_mb=0.05, qa=(), treebank=())) for name in "ab"]
    for report in reports:
        for figures in report["vocabularies"].values():
            for key in ("ids MB/s", "places MB/s", "load s", "memory MB"):
                del figures[key]
    assert reports[0] == reports[1]


def test_errors_are_one_line(world: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="--sample_mb 0"):
        compared(config(world, tmp_path / "a", sample_mb=0.0))
    with pytest.raises(UserError, match="given twice"):
        compared(config(world, tmp_path / "b", vocabularies=(world / "raw", world / "raw")))
    with pytest.raises(UserError, match="no vocabulary given"):
        compared(config(world, tmp_path / "d", vocabularies=()))
    with pytest.raises(UserError, match="none of"):
        compared(config(world, tmp_path / "c", vocabularies=(world,)))


@given(st.lists(st.integers(1, 50), min_size=1, max_size=30), st.integers(1, 500), st.integers())
def test_the_sample_hangs_on_ids_alone(sizes: list[int], size: int, seed: int) -> None:
    documents = [Document(str(number), "", "x" * length, "s") for number, length in enumerate(sizes)]
    chosen = choose(documents, size)
    shuffled = documents.copy()
    random.Random(seed).shuffle(shuffled)
    assert choose(shuffled, size) == chosen
    total = sum(len(document.text) for document in chosen)
    assert total >= min(size, sum(sizes))
    assert total - len(chosen[-1].text) < size
    assert choose(documents, max(size // 2, 1)) == chosen[: len(choose(documents, max(size // 2, 1)))]


def test_overlap_sees_through_marks() -> None:
    hashes = Tokenizer((*SPECIALS, "서울", "##에", "##서"))
    lines = Tokenizer((*SPECIALS, "▁서울", "에", "▁서"), Scheme(inside="", start="▁", split="spaces"))
    assert overlap({"a": hashes, "b": lines})["a"]["b"] == pytest.approx(2 / 4)


def test_examples_are_words_of_pieces() -> None:
    tokenizer = Tokenizer((*SPECIALS, "서울", "##에", "산다", "."))
    assert cut(tokenizer, "서울에 산다. 뷁") == [["서울", "에"], ["산다"], ["."], ["[UNK]"]]
    spaced = Tokenizer((*SPECIALS, "▃", "가"), Scheme(kind="syllable", inside="", split="spaces", space="▃"))
    assert cut(spaced, "가 가") == [["가"], ["␣"], ["가"]]

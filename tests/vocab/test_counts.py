"""Counts are those of a plain Counter, and their bytes depend on the text alone."""

from __future__ import annotations

import random
import shutil
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from corpus.document import Document, write_documents
from tools.engine import Engine
from tools.errors import UserError
from tools.shards import write_manifest
from vocab import counts
from vocab.counts import count, merge, read_counts, write_counts
from vocab.units import row_words
from vocab.words import words

ONE = Engine(workers=1)


def documents(folder: Path, texts: Sequence[str], shards: int) -> Path:
    folder.mkdir()
    parts = [[Document(str(i), "제목", text, "test") for i, text in enumerate(texts)][k::shards] for k in range(shards)]
    write_manifest(folder, [write_documents(folder / f"{i:03d}.jsonl.zst", part) for i, part in enumerate(parts)])
    return folder


def texts(seed: int = 1, number: int = 60) -> list[str]:
    chance = random.Random(seed)
    return [
        "\n".join(
            " ".join(chance.choices(["말모이는", "사전,", "大韓", "a", f"수{chance.randrange(900)}"], k=9))
            for _ in "가나다"
        )
        for _ in range(number)
    ]


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_counts_are_those_of_a_counter(tmp_path: Path) -> None:
    expected = Counter(word for text in texts() for word in words(text))
    totals = count(documents(tmp_path / "documents", texts(), 3), row_words, tmp_path / "counts", ONE)
    found = read_counts(tmp_path / "counts")
    assert found == expected
    assert list(found) == sorted(expected)
    assert totals == {"distinct": len(expected), "total": expected.total()}
    assert read_counts(tmp_path / "counts", least=3) == {unit: n for unit, n in expected.items() if n >= 3}


def test_bytes_do_not_depend_on_workers_order_shards_or_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    count(documents(tmp_path / "a", texts(), 1), row_words, tmp_path / "plain", ONE)
    monkeypatch.setattr(counts, "FAN_IN", 2)
    count(documents(tmp_path / "b", texts()[::-1], 5), row_words, tmp_path / "spilled", Engine(workers=2), table=10)
    assert content(tmp_path / "plain") == content(tmp_path / "spilled")


def test_counts_of_two_corpora_add_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counts, "SHARD", 50)
    count(documents(tmp_path / "a", texts(1), 1), row_words, tmp_path / "first", ONE)
    count(documents(tmp_path / "b", texts(2), 2), row_words, tmp_path / "second", ONE)
    count(documents(tmp_path / "c", texts(1) + texts(2), 2), row_words, tmp_path / "both", ONE)
    merge([tmp_path / "second", tmp_path / "first"], tmp_path / "merged", ONE)
    assert content(tmp_path / "merged") == content(tmp_path / "both")
    assert len(content(tmp_path / "both")) > 2


def test_a_killed_count_goes_on_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the moment: here when all is counted, and when all is merged."""
    folder = documents(tmp_path / "documents", texts(), 4)
    count(folder, row_words, tmp_path / "whole", ONE, table=20)

    def killed(*_arguments: object, **_options: object) -> None:
        raise KeyboardInterrupt

    for module, name in ((counts, "_merge_all"), (shutil, "rmtree")):
        with monkeypatch.context() as patch:
            patch.setattr(module, name, killed)
            with pytest.raises(KeyboardInterrupt):
                count(folder, row_words, tmp_path / "again", ONE, table=20)
        count(folder, row_words, tmp_path / "again", ONE, table=20)
        assert content(tmp_path / "again") == content(tmp_path / "whole")


def test_counts_beyond_32_bits(tmp_path: Path) -> None:
    write_counts(tmp_path / "a", [("가", 2**62)])
    merge([tmp_path / "a"], tmp_path / "b", ONE)
    assert read_counts(tmp_path / "b") == {"가": 2**62}


def test_no_documents_give_no_counts(tmp_path: Path) -> None:
    assert count(documents(tmp_path / "a", [""], 1), row_words, tmp_path / "counts", ONE) == {"distinct": 0, "total": 0}
    with pytest.raises(UserError, match="no manifest"):
        count(tmp_path / "nowhere", row_words, tmp_path / "other", ONE)

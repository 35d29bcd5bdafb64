"""The suites in one: every row says whose it is."""

from __future__ import annotations

import pytest

from vocab import bench_vocab


def test_the_rows_of_all_suites(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench_vocab, "trainers", lambda sizes: [{"MB": size} for size in sizes])
    for name in ("encoders", "analyzers"):
        monkeypatch.setattr(bench_vocab, name, lambda name=name: [{"by": name}] * 2)
    rows = bench_vocab.everything()
    assert [row["of"] for row in rows] == ["train", "encode", "encode", "analysis", "analysis"]
    assert [row.get("by") or row["MB"] for row in rows] == [10, "encoders", "encoders", "analyzers", "analyzers"]

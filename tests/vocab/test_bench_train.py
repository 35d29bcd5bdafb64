"""The comparison of the trainers: each in its own process, and what they learned told apart."""

from __future__ import annotations

from pathlib import Path

from vocab.bench_train import measured


def test_each_trainer_is_measured_and_told_what_it_learned(tmp_path: Path) -> None:
    text = tmp_path / "text"
    text.write_text("말모이 는 말 을 모은다\n말모이 를 모은다 모은다\n" * 3, encoding="utf-8")
    ours, library, marked = (measured(name, text) for name in ("malmoi", "tokenizers", "malmoi ##"))
    assert ours["digests"] == library["digests"] != marked["digests"]
    assert ours["merges"] == library["merges"] > 0
    assert 0 < ours["cpu s"] < 10
    assert 5 < ours["peak MB"] < 500
    assert measured("malmoi ##", text, seed=3)["digests"] == marked["digests"]

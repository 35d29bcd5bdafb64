"""The little world through the real stages: what the cleaner gives is what the generator says it must."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from corpus.document import read_documents
from corpus.residue import residue_per_megabyte
from corpus.stages import STAGES, Clean, Sample
from tools.fingerprint import order
from tools.stage import execute


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("golden") / "world"
    execute(order(STAGES["sample"], Sample(output, articles=3000, seed=7), {}, "test"))
    return output


@pytest.fixture(scope="module")
def cleaned(world: Path) -> tuple[Path, dict[str, Any]]:
    output = world.parent / "clean"
    config = Clean((str(world / "dump"),), output, min_chars=1, near_duplicates=1.0)
    return output, execute(order(STAGES["clean"], config, {}, "test")) or {}


def test_every_well_formed_page_gives_its_text_letter_by_letter(world: Path, cleaned: tuple[Path, Any]) -> None:
    wanted = {document.id: document for document in read_documents(world / "clean")}
    found = {document.id: document for document in read_documents(cleaned[0])}
    assert len(wanted) > 2800
    for identity, document in wanted.items():
        assert found[identity].text == document.text, document.title
        assert found[identity].title == document.title


def test_only_broken_pages_come_beside_them_and_all_else_is_dropped_by_reason(
    world: Path, cleaned: tuple[Path, dict[str, Any]]
) -> None:
    output, summary = cleaned
    counts = json.loads((world / "expected.json").read_text(encoding="utf-8"))
    expected = {name.removeprefix("pages."): n for name, n in counts.items() if name.startswith("pages.")}
    broken = set((world / "broken.txt").read_text().split())
    wanted = {document.id for document in read_documents(world / "clean")}
    extra = {document.id for document in read_documents(output)} - wanted
    assert extra == broken
    assert summary["redirect"] == expected["redirect"]
    assert summary["disambiguation"] == expected["disambiguation"]
    kept = ("article", "broken", "redirect", "disambiguation")
    assert summary["namespace"] == sum(count for kind, count in expected.items() if kind not in kept)


def test_damage_stays_where_it_is(world: Path, cleaned: tuple[Path, Any]) -> None:
    """A broken page still gives most of a page: what is unclosed does not eat the rest."""
    broken = set((world / "broken.txt").read_text().split())
    texts = [document.text for document in read_documents(cleaned[0]) if document.id in broken]
    average = sum(map(len, texts)) / len(texts)
    whole = [document.text for document in read_documents(world / "clean")]
    assert average > 0.8 * sum(map(len, whole)) / len(whole)
    residue = residue_per_megabyte(whole)
    assert sum(residue.values()) == 0, residue

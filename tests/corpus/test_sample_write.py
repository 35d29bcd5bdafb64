"""The stage as a user runs it: files that fit together, and the same bytes whoever wrote them."""

from __future__ import annotations

import bz2
import hashlib
import json
import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path

import pytest

from corpus.document import Document, read_documents
from corpus.sample.export import DUMP, INDEX
from corpus.sample.write import sample
from corpus.stages import Sample
from tools.errors import UserError
from tools.shards import read_manifest

ARTICLES = 1130  # three blocks, the last not whole, nor its last region
NS = "{http://www.mediawiki.org/xml/export-0.11/}"
KINDS = {"#": "redirect", "{{동음이의}}": "disambiguation"}


def write(folder: Path, articles: int = ARTICLES, seed: int = 1, workers: int = 1) -> Path:
    folder.mkdir()
    sample(Sample(output=folder, articles=articles, seed=seed, workers=workers))
    return folder


def digests(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("sample") / "world")


@pytest.fixture(scope="module")
def pages(world: Path) -> list[ET.Element]:
    return ET.fromstring(bz2.decompress((world / "dump" / DUMP).read_bytes())).findall(f"{NS}page")


@pytest.fixture(scope="module")
def documents(world: Path) -> list[Document]:
    return list(read_documents(world / "clean"))


def value(page: ET.Element, path: str) -> str:
    return page.findtext("/".join(NS + part for part in path.split("/"))) or ""


def test_the_dump_is_the_xml_of_a_wiki(world: Path, pages: list[ET.Element]) -> None:
    root = ET.fromstring(bz2.decompress((world / "dump" / DUMP).read_bytes()))
    assert root.get("version") == "0.11" and root[0].tag == f"{NS}siteinfo"
    namespaces = {row.get("key"): row.text for row in root.iter(f"{NS}namespace")}
    assert namespaces["0"] is None and namespaces["10"] == "틀" and namespaces["14"] == "분류"
    for page in pages:
        number, title = int(value(page, "ns")), value(page, "title")
        assert (number == 0) == (title.split(":")[0] not in namespaces.values()), title
        text = value(page, "revision/text")
        assert int(page.find(f"{NS}revision/{NS}text").get("bytes", "")) == len(text.encode())  # type: ignore[union-attr]


def test_the_index_names_the_stream_of_every_page(world: Path, pages: list[ET.Element]) -> None:
    data = (world / "dump" / DUMP).read_bytes()
    index = bz2.decompress((world / "dump" / INDEX).read_bytes()).decode().splitlines()
    rows = [(int(offset), int(number), title) for offset, number, title in (line.split(":", 2) for line in index)]
    assert [(number, title) for _, number, title in rows] == [(int(value(p, "id")), value(p, "title")) for p in pages]
    by_stream = Counter(offset for offset, _, _ in rows)
    assert max(by_stream.values()) == 100 and list(by_stream) == sorted(by_stream)
    for offset in by_stream:
        xml = bz2.BZ2Decompressor().decompress(data[offset:]).decode()
        found = [(int(value_of(each, "id")), value_of(each, "title")) for each in ET.fromstring(f"<x>{xml}</x>")]
        assert found == [(number, title) for at, number, title in rows if at == offset]


def value_of(page: ET.Element, name: str) -> str:
    return page.findtext(name) or ""


def test_counts_add_up(world: Path, pages: list[ET.Element], documents: list[Document]) -> None:
    expected = json.loads((world / "expected.json").read_text())
    assert (
        expected["pages"] == len(pages) == sum(count for name, count in expected.items() if name.startswith("pages."))
    )
    assert expected["pages.article"] + expected["pages.broken"] == ARTICLES
    assert expected["pages.article"] == len(documents) == read_manifest(world / "clean").records
    assert expected["clean.bytes"] == sum(len(document.text.encode()) for document in documents)
    main = [page for page in pages if value(page, "ns") == "0"]
    redirects = [page for page in main if page.find(f"{NS}redirect") is not None]
    assert len(redirects) == expected["pages.redirect"] > 0
    assert all(value(page, "revision/text").lower().startswith(("#넘겨주기", "#redirect")) for page in redirects)
    ambiguous = [page for page in main if "{{동음이의}}" in value(page, "revision/text")]
    assert len(ambiguous) == expected["pages.disambiguation"] > 0
    assert len(main) - len(redirects) - len(ambiguous) == ARTICLES
    for split in ("train", "dev"):
        data = json.loads((world / "qa" / f"{split}.json").read_text())["data"]
        assert expected[f"qa.{split}"] == sum(len(p["qas"]) for entry in data for p in entry["paragraphs"])
        assert expected[f"ner.{split}"] == len((world / "ner" / f"{split}.txt").read_text().splitlines())


def test_clean_text_is_there_for_every_whole_article(
    world: Path, pages: list[ET.Element], documents: list[Document]
) -> None:
    broken = set((world / "broken.txt").read_text().split())
    by_id = {value(page, "id"): page for page in pages}
    ids = [document.id for document in documents]
    assert broken and not broken & set(ids) and len(set(ids)) == len(ids)
    assert all(value(by_id[document.id], "title") == document.title for document in documents)
    assert broken <= by_id.keys()


def test_questions_are_of_korquad_form_and_split_by_article(world: Path, documents: list[Document]) -> None:
    texts = {document.title: document.text.split("\n") for document in documents}
    titles = []
    for split in ("train", "dev"):
        file = json.loads((world / "qa" / f"{split}.json").read_text())
        assert set(file) == {"version", "data"}
        titles.append({entry["title"] for entry in file["data"]})
        for entry in file["data"]:
            assert all(paragraph["context"] in texts[entry["title"]] for paragraph in entry["paragraphs"])
    assert not titles[0] & titles[1]
    assert 0.05 < len(titles[1]) / sum(map(len, titles)) < 0.15


def test_other_tasks_are_there(world: Path) -> None:
    for name in ("reviews/ratings_train.txt", "reviews/ratings_test.txt", "pairs/train.tsv", "pairs/dev.tsv"):
        assert (world / name).read_text(encoding="utf-8").count("\n") > 100
    assert not (world / "parts").exists()


def test_two_workers_write_the_same_bytes(world: Path, tmp_path: Path) -> None:
    assert digests(write(tmp_path / "two", workers=2)) == digests(world)


def test_another_seed_is_another_world(tmp_path: Path) -> None:
    one, two = (write(tmp_path / str(seed), 60, seed) for seed in (1, 2))
    assert digests(one)[f"dump/{DUMP}"] != digests(two)[f"dump/{DUMP}"]
    assert [d.title for d in read_documents(one / "clean")] != [d.title for d in read_documents(two / "clean")]


@pytest.mark.parametrize("hashing", ["0", "1"])
def test_the_hash_seed_changes_nothing(tmp_path: Path, hashing: str) -> None:
    code = "import sys; from pathlib import Path; from tests.corpus.test_sample_write import write, digests; "
    code += "print(sorted(digests(write(Path(sys.argv[1]), 120)).items()))"
    run = [sys.executable, "-c", code, str(tmp_path / "world")]
    done = subprocess.run(
        run, env={**os.environ, "PYTHONHASHSEED": hashing}, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == str(sorted(digests(write(tmp_path / "here", 120)).items()))


@pytest.mark.parametrize("articles", [1, 7, 50, 51])
def test_small_worlds_are_whole_too(tmp_path: Path, articles: int) -> None:
    folder = write(tmp_path / "world", articles)
    expected = json.loads((folder / "expected.json").read_text())
    assert expected["pages.article"] + expected.get("pages.broken", 0) == articles
    assert (
        len(ET.fromstring(bz2.decompress((folder / "dump" / DUMP).read_bytes())).findall(f"{NS}page"))
        == expected["pages"]
    )


@pytest.mark.parametrize("articles", [0, -3, 1_000_001])
def test_sizes_that_cannot_be_are_refused(tmp_path: Path, articles: int) -> None:
    with pytest.raises(UserError, match="names are distinct up to 1,000,000"):
        write(tmp_path / "world", articles)

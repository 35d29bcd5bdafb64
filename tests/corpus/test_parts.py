from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus import packed
from corpus.document import Document
from corpus.parts import Part, lines, records
from corpus.readers import read, split


def texts(path: Path, block: int) -> list[tuple[Document, str | None]]:
    return [pair for part in split(str(path), "text", block) for pair in read(part)]


@given(st.lists(st.text(alphabet="가\n\r \ufeffa<", max_size=30), max_size=8), st.integers(1, 40))
@settings(max_examples=100)
def test_text_in_any_parts_is_the_same_documents(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[str], block: int
) -> None:
    path = tmp_path_factory.mktemp("text") / "x"
    path.write_bytes("x\n\n".join(["", *pieces]).encode())
    if path.stat().st_size:
        assert texts(path, block) == texts(path, 1 << 22)


@given(st.binary(max_size=400), st.integers(1, 64))
@settings(max_examples=100)
def test_lines_and_records_lose_nothing(tmp_path_factory: pytest.TempPathFactory, data: bytes, block: int) -> None:
    path = tmp_path_factory.mktemp("lines") / "x"
    path.write_bytes(b"#" + data)
    chunk, packed.CHUNK = packed.CHUNK, block
    try:
        assert b"".join(line for _, line in lines(Part(str(path)))) == b"#" + data
        marked = b"#" + b"".join(b"<p>" + data.replace(b"<", b"") + b"</p>" for _ in range(3))
        path.write_bytes(marked)
        found = list(records(Part(str(path)), b"<p>", b"</p>"))
        assert [record.data for record in found] == [b"<p>" + data.replace(b"<", b"") + b"</p>"] * 3
        assert all(marked[record.offset :].startswith(record.data) for record in found)
    finally:
        packed.CHUNK = chunk


def test_record_that_never_ends_is_cut_off_and_the_next_is_found(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"<p>" + b"a" * (17 << 20) + b"<p>b</p>")
    long, short = records(Part(str(tmp_path / "x")), b"<p>", b"</p>")
    assert not long.closed and 16 << 20 <= len(long.data) < 17 << 20
    assert short.closed and short.data == b"<p>b</p>" and short.offset == (17 << 20) + 3

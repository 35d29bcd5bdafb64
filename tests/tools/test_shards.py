"""Shards are read as they were written or not at all."""

from __future__ import annotations

import resource
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.errors import UserError
from tools.shards import atomic, read_manifest, read_shard, write_manifest, write_shard

Rows = list[dict[str, Any]]
VALUES = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text()
ROWS = st.lists(st.dictionaries(st.text(max_size=5), VALUES, max_size=4), max_size=20)


def written(folder: Path, *shards: Rows) -> Path:
    folder.mkdir(exist_ok=True)
    write_manifest(
        folder, [write_shard(folder / f"{i}.jsonl.zst", rows) for i, rows in enumerate(shards)], made="for a test"
    )
    return folder


def read(folder: Path) -> Rows:
    return [row for shard in read_manifest(folder).shards for row in read_shard(folder, shard)]


SOME = [{"글": "나라의 말씀이 " * 50, "n": n} for n in range(100)]


@given(ROWS, ROWS)
@settings(max_examples=50)
def test_what_is_written_is_read(tmp_path_factory: pytest.TempPathFactory, first: Rows, second: Rows) -> None:
    folder = written(tmp_path_factory.mktemp("shards"), first, second)
    assert read(folder) == first + second
    manifest = read_manifest(folder)
    assert manifest.records == len(first) + len(second)
    assert manifest.about == {"made": "for a test"}


def test_the_same_rows_are_the_same_bytes(tmp_path: Path) -> None:
    assert write_shard(tmp_path / "a", SOME).sha256 == write_shard(tmp_path / "b", iter(SOME)).sha256


def test_every_flipped_byte_is_found_before_a_row_is_read(tmp_path: Path) -> None:
    folder = written(tmp_path / "s", SOME)
    path = folder / "0.jsonl.zst"
    whole = path.read_bytes()
    for place in range(0, len(whole), max(1, len(whole) // 40)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        rows = read_shard(folder, read_manifest(folder).shards[0])
        with pytest.raises(UserError, match=r"s/0\.jsonl\.zst: the shard's bytes have changed"):
            next(rows)


def test_a_cut_file_and_a_missing_one_are_named(tmp_path: Path) -> None:
    folder = written(tmp_path / "s", SOME, SOME)
    (folder / "0.jsonl.zst").write_bytes((folder / "0.jsonl.zst").read_bytes()[:-7])
    with pytest.raises(UserError, match=r"s/0\.jsonl\.zst: the shard has [\d,]+ bytes but the manifest says"):
        read(folder)
    (folder / "0.jsonl.zst").unlink()
    with pytest.raises(UserError, match=r"s/0\.jsonl\.zst: the shard is missing"):
        read(folder)


@pytest.mark.parametrize("content", [None, "", "{", "[]", '{"shards": [{"name": "x"}]}'])
def test_a_folder_that_is_not_finished_is_named(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "manifest.json").write_text(content)
    with pytest.raises(UserError, match=r"run the stage that makes"):
        read(tmp_path)


def test_an_error_while_writing_leaves_nothing(tmp_path: Path) -> None:
    def rows() -> Iterator[dict[str, Any]]:
        yield {"n": 1}
        raise ValueError("the reader broke")

    with pytest.raises(ValueError):
        write_shard(tmp_path / "x.jsonl.zst", rows())
    assert list(tmp_path.iterdir()) == []


def random_rows() -> Iterator[dict[str, Any]]:
    import random

    noise = random.Random(1)
    while True:
        yield {"noise": noise.randbytes(1000).hex()}


def test_a_file_over_the_limit_leaves_nothing(tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2**20, hard))
    try:
        with pytest.raises(OSError, match="File too large"):
            write_shard(tmp_path / "x.jsonl.zst", random_rows())
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, ignored)
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)]
    try:
        if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
            pytest.skip("mounting a small disk needs root")
    except FileNotFoundError:
        pytest.skip("no mount command here")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_a_full_disk_leaves_nothing_under_a_final_name(small_disk: Path) -> None:
    with pytest.raises(OSError, match="No space left"):
        write_shard(small_disk / "x.jsonl.zst", random_rows())
    assert list(small_disk.iterdir()) == []
    good = write_shard(small_disk / "y.jsonl.zst", SOME)
    with pytest.raises(OSError, match="No space left"), atomic(small_disk / "y.jsonl.zst") as file:
        file.write(b"x" * 2**21)
    assert [p.name for p in small_disk.iterdir()] == ["y.jsonl.zst"]
    assert list(read_shard(small_disk, good)) == SOME

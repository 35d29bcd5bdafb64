"""The reader of tensor bundles against a writer of them, and against every kind of damage."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from pretrain.bundle import open_bundle, table
from pretrain.wire import fields, unsnappy
from tests.pretrain import bundles
from tools.errors import UserError


def variables(count: int = 60) -> dict[str, NDArray[Any]]:
    """Names that share much, as those of layers do, and shapes of every rank."""
    chance = np.random.default_rng(1)
    shapes = [(), (3,), (2, 5), (4, 1, 3), (0, 4)]
    found = {f"bert/layer_{i}/kernel": chance.normal(size=shapes[i % 5]).astype(np.float32) for i in range(count)}
    return {**found, "global_step": np.array(1_000_000, np.int64), "half": np.arange(3, dtype=np.float16)}


@pytest.mark.parametrize("compression", ["none", "snappy"])
def test_what_was_written_is_read(tmp_path: Path, compression: Literal["none", "snappy"]) -> None:
    written = variables()
    bundle = open_bundle(bundles.write_checkpoint(tmp_path / "model.ckpt-1", written, compression=compression))
    assert bundle.entries.keys() == written.keys()
    for name, array in written.items():
        assert bundle.shape(name) == array.shape
        found = bundle.read(name)
        assert found.dtype == array.dtype
        np.testing.assert_array_equal(found, array)


@settings(max_examples=60)
@given(st.dictionaries(st.binary(max_size=40), st.binary(max_size=300), max_size=60), st.integers(1, 30))
def test_any_table(rows: dict[bytes, bytes], per_block: int) -> None:
    assert list(table(bundles.table(rows, per_block=per_block))) == sorted(rows.items())


@settings(max_examples=100)
@given(st.lists(st.binary(min_size=1, max_size=80), max_size=8), st.randoms(use_true_random=False))
def test_snappy_is_undone(parts: list[bytes], chance: random.Random) -> None:
    data = b"".join(chance.choices(parts, k=200)) if parts else b""
    assert unsnappy(pyarrow.compress(data, codec="snappy", asbytes=True)) == data


def test_snappy_copies_reach_into_themselves_and_far_back() -> None:
    for data in (b"a" * 100_000, random.Random(1).randbytes(70_000) * 2, bytes(range(256)) * 300):
        assert unsnappy(pyarrow.compress(data, codec="snappy", asbytes=True)) == data


@settings(max_examples=200)
@given(st.binary(max_size=60))
def test_garbage_is_a_value_error_or_nothing(data: bytes) -> None:
    for reader in (unsnappy, lambda data: list(fields(data)), lambda data: list(table(data))):
        try:
            reader(data)
        except ValueError:
            continue


@settings(max_examples=150)
@given(st.data())
def test_no_changed_byte_of_the_index_goes_unseen(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    written = variables(20)
    index = bundles.write_checkpoint(folder / "model.ckpt", written)
    content = bytearray(index.read_bytes())
    at = data.draw(st.integers(0, len(content) - 1))
    content[at] ^= 1 << data.draw(st.integers(0, 7))
    index.write_bytes(content)
    try:
        found = open_bundle(index)
    except UserError as error:
        assert str(index) in str(error) and "\n" not in str(error)
    else:  # only the footer holds bytes that mean nothing
        assert at >= len(content) - 48
        assert found.entries.keys() == written.keys()


@pytest.mark.parametrize("cut", [1, 8, 30, 48, 60, 500])
def test_a_cut_index_is_said(tmp_path: Path, cut: int) -> None:
    index = bundles.write_checkpoint(tmp_path / "model.ckpt", variables())
    index.write_bytes(index.read_bytes()[:-cut])
    with pytest.raises(UserError, match="index: is damaged or no index of a TensorFlow checkpoint"):
        open_bundle(index)


def test_damaged_and_missing_numbers_are_said(tmp_path: Path) -> None:
    written = {"a": np.arange(100, dtype=np.float32), "b": np.arange(50, dtype=np.float32)}
    index = bundles.write_checkpoint(tmp_path / "model.ckpt", written)
    data = tmp_path / "model.ckpt.data-00000-of-00001"
    content = data.read_bytes()
    for at in random.Random(1).sample(range(400, 600), 20):
        data.write_bytes(content[:at] + bytes([content[at] ^ 4]) + content[at + 1 :])
        bundle = open_bundle(index)
        np.testing.assert_array_equal(bundle.read("a"), written["a"])
        with pytest.raises(UserError, match="numbers of b are damaged"):
            bundle.read("b")
    data.write_bytes(content[:-1])
    with pytest.raises(UserError, match="ends before b does, at 599 of 600 bytes"):
        open_bundle(index).read("b")
    data.unlink()
    with pytest.raises(UserError, match="data-00000-of-00001: is missing"):
        open_bundle(index)


def test_what_is_not_read_is_said(tmp_path: Path) -> None:
    written = {"a": np.zeros((4, 2), np.float32)}
    with pytest.raises(UserError, match="big-endian"):
        open_bundle(bundles.write_checkpoint(tmp_path / "big", written, endianness=1))
    sliced = open_bundle(bundles.write_checkpoint(tmp_path / "sliced", written, sliced="a"))
    assert list(sliced.entries) == ["a"]
    with pytest.raises(UserError, match="a was saved in slices"):
        sliced.read("a")
    with pytest.raises(UserError, match="give the file that ends in"):
        open_bundle(tmp_path / "big.data-00000-of-00001")
    with pytest.raises(UserError, match="no such file"):
        open_bundle(tmp_path / "none.index")
    (tmp_path / "text.index").write_text("not a table")
    with pytest.raises(UserError, match="is damaged or no index"):
        open_bundle(tmp_path / "text.index")

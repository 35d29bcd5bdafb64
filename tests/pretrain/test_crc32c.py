"""The checksum against the RFC's examples and against reading one bit after another."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pretrain.crc32c import FOLDS, SHORT, crc32c, masked


def bit_by_bit(data: bytes) -> int:
    state = 0xFFFFFFFF
    for byte in data:
        state ^= byte
        for _ in range(8):
            state = state >> 1 ^ (0x82F63B78 if state & 1 else 0)
    return state ^ 0xFFFFFFFF


@pytest.mark.parametrize(
    "data, crc",
    [  # the first is the check value of every catalogue, the others are those of RFC 3720, B.4
        (b"123456789", 0xE3069283),
        (bytes(32), 0x8A9136AA),
        (b"\xff" * 32, 0x62A8AB43),
        (bytes(range(32)), 0x46DD794E),
        (bytes(range(31, -1, -1)), 0x113FDB5C),
        (b"", 0),
    ],
)
def test_published_checksums(data: bytes, crc: int) -> None:
    assert crc32c(data) == crc


EDGES = [SHORT - 1, SHORT, *(4 * stride + more for stride in FOLDS for more in (-1, 0, 1, 4, 5)), 4 * FOLDS[0] * 2 + 3]


@pytest.mark.parametrize("length", EDGES)
def test_folding_changes_nothing_at_the_edges_of_rows(length: int) -> None:
    data = random.Random(length).randbytes(length)
    assert crc32c(data) == bit_by_bit(data)


@given(st.binary(max_size=3000))
def test_any_bytes(data: bytes) -> None:
    assert crc32c(data) == crc32c(memoryview(data)) == bit_by_bit(data)


def test_an_array_is_its_bytes() -> None:
    array = np.arange(6000, dtype=np.float32).reshape(60, 100)
    assert crc32c(array) == crc32c(array.tobytes())


def test_the_mask_of_leveldb() -> None:
    """From its crc32c_test.cc: a mask is undone by taking off the constant and turning the bits back."""
    crc = crc32c(b"foo")
    taken = masked(crc) - 0xA282EAD8 & 0xFFFFFFFF
    assert masked(crc) not in (crc, masked(masked(crc)))
    assert (taken >> 17 | taken << 15) & 0xFFFFFFFF == crc

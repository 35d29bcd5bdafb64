"""CRC-32C, the checksum in TensorFlow's files: hundreds of megabytes a second with numpy alone.

A checksum is the remainder of the message, read as one long polynomial, so a long message may be replaced by a short
one of the same remainder before anything is computed: to add n zero bytes to a word is a linear map of its 32 bits, two
look-ups in tables. Rows of equal length are folded on each other that way, first long ones, then short ones, and the
few words that are left go the usual way, byte by byte.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint32]
POLYNOMIAL = 0x82F63B78  # Castagnoli's, its bits reversed
ONES = 0xFFFFFFFF
FOLDS = (1 << 15, 1 << 8, 1 << 3)  # words in a row: long rows for speed, shorter ones until little is left
SHORT = 256  # bytes; below this the tables cost more than they save


def crc32c(data: bytes | memoryview | NDArray[Any]) -> int:
    """The checksum of some bytes."""
    content = np.frombuffer(data, np.uint8)
    state = ONES
    if len(content) >= SHORT:
        whole = len(content) // 4 * 4
        words, content = content[:whole].view("<u4"), content[whole:]
        for stride in FOLDS:
            if len(words) > stride:
                words, state = _folded(words, stride, state), 0
        state = _bytewise(state, words.tobytes())
    return _bytewise(state, content.tobytes()) ^ ONES


def masked(crc: int) -> int:
    """A checksum as it is stored beside its data, so that data which holds checksums can itself be checked."""
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & ONES


def _folded(words: Words, stride: int, state: int) -> Words:
    """`stride` words that leave the same remainder; the state, xored into the first word, counts as read before."""
    low, high = _zeros_behind(4 * stride)
    first = (len(words) - 1) % stride + 1
    folded = np.zeros(stride, np.uint32)  # zeros before a message change nothing
    folded[-first:] = words[:first]
    folded[-first] ^= np.uint32(state)
    for row in words[first:].reshape(-1, stride):
        folded = low[folded & 0xFFFF] ^ high[folded >> 16] ^ row
    return folded


def _bytewise(state: int, data: bytes) -> int:
    table = _table()
    for byte in data:
        state = table[(state ^ byte) & 0xFF] ^ state >> 8
    return state


@cache
def _table() -> tuple[int, ...]:
    """What each byte leaves."""
    states: Words = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        states = states >> np.uint32(1) ^ (states & np.uint32(1)) * np.uint32(POLYNOMIAL)
    return tuple(states.tolist())


@cache
def _zeros_behind(count: int) -> tuple[Words, Words]:
    """What each lower and upper half of a word leaves when `count` zero bytes (a power of two) come after it."""
    images = np.array([_bytewise(1 << bit, b"\0") for bit in range(32)], np.uint32)
    for _ in range(count.bit_length() - 1):
        images = _mapped(images, images)
    low, high = np.zeros(1, np.uint32), np.zeros(1, np.uint32)
    for bit in range(16):
        low = np.concatenate([low, low ^ images[bit]])
        high = np.concatenate([high, high ^ images[16 + bit]])
    return low, high


def _mapped(words: Words, images: Words) -> Words:
    """Words under the linear map that takes bit i to images[i]."""
    bits = words[:, None] >> np.arange(32, dtype=np.uint32) & 1
    result: Words = np.bitwise_xor.reduce(bits * images, axis=1)
    return result

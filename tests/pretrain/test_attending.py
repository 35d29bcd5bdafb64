"""Attention on a flat axis against one sequence at a time, written out."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from pretrain.attending import Layout, attend, look, packed, padded, places, rows, shares

HEADS, WIDTH = 2, 4
MANY = (20_000, -1, -1, -1)
Parts = tuple[Tensor, Tensor, Tensor]
LENGTHS = st.lists(st.integers(0, 9), min_size=1, max_size=6).filter(any)


def one_by_one(query: Tensor, key: Tensor, value: Tensor, lengths: list[int], window: int) -> Tensor:
    """Each token of each sequence alone."""
    seen, start = torch.zeros_like(query), 0
    for length in lengths:
        for at in range(start, start + length):
            first = max(start, at - window // 2) if window else start
            last = min(start + length, at + window // 2 + 1) if window else start + length
            for head in range(query.shape[1]):
                scores = key[first:last, head] @ query[at, head] / query.shape[2] ** 0.5
                seen[at, head] = scores.softmax(0) @ value[first:last, head]
        start += length
    return seen


def random_parts(*size: int, seed: int, dtype: torch.dtype = torch.float32) -> Parts:
    """Queries, keys and values."""
    generator = torch.Generator().manual_seed(seed)
    query, key, value = torch.randn(3, *size, generator=generator).to(dtype).unbind()
    return query, key, value


@settings(max_examples=60)
@given(LENGTHS, st.sampled_from([0, 2, 3, 6]), st.integers(0, 9), st.booleans())
def test_packed_sequences_see_themselves_only(lengths: list[int], window: int, seed: int, grad: bool) -> None:
    parts = random_parts(sum(lengths), HEADS, WIDTH, seed=seed)
    with torch.set_grad_enabled(grad):
        found = attend(*parts, packed(torch.tensor(lengths), max(lengths)), window)
    torch.testing.assert_close(found, one_by_one(*parts, lengths, window), atol=1e-5, rtol=1e-5)


@settings(max_examples=60)
@given(st.lists(st.integers(1, 7), min_size=1, max_size=5), st.sampled_from([0, 2, 5]), st.integers(0, 9))
def test_rows_with_padding_see_what_is_real(lengths: list[int], window: int, seed: int) -> None:
    width = 7
    parts = random_parts(len(lengths) * width, HEADS, WIDTH, seed=seed)
    found = attend(*parts, padded(torch.tensor(lengths), width), window).unflatten(0, (-1, width))
    for row, length in enumerate(lengths):
        query, key, value = (part[row * width : row * width + length] for part in parts)
        expected = one_by_one(query, key, value, [length], window)
        torch.testing.assert_close(found[row, :length], expected, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("window", [0, 4])
def test_rows_without_padding_need_no_mask(window: int) -> None:
    parts = random_parts(3 * 8, HEADS, WIDTH, seed=1)
    found = attend(*parts, rows(3, 8, torch.device("cpu")), window)
    torch.testing.assert_close(found, one_by_one(*parts, [8, 8, 8], window), atol=1e-5, rtol=1e-5)


@settings(max_examples=60)
@given(LENGTHS)
def test_places_count_from_the_start_of_each_sequence(lengths: list[int]) -> None:
    expected = [place for length in lengths for place in range(length)]
    assert places(packed(torch.tensor(lengths), max(lengths)), sum(lengths)).tolist() == expected


@pytest.mark.parametrize("window", [0, 4])
def test_packed_gradients_are_those_of_padded_rows(window: int) -> None:
    lengths, width = torch.tensor([3, 8, 1, 5]), 8
    real = (torch.arange(width) < lengths[:, None]).flatten()
    found = []
    for layout, taken in ((packed(lengths, width), real), (padded(lengths, width), torch.ones_like(real))):
        query, key, value = random_parts(4 * width, HEADS, WIDTH, seed=2)
        parts = [part.requires_grad_() for part in (query, key, value)]
        seen = attend(query[taken], key[taken], value[taken], layout, window)
        seen = seen if len(seen) == real.sum() else seen[real]
        seen.square().sum().backward()
        found.append([part.grad for part in parts])
    torch.testing.assert_close(*found, atol=1e-5, rtol=1e-5)


def test_shares_are_those_that_attention_uses_and_padding_has_none() -> None:
    lengths, width = torch.tensor([5, 2]), 6
    query, key, value = random_parts(2 * width, HEADS, WIDTH, seed=3)
    layout = padded(lengths, width)
    found = shares(query, key, layout)
    seen = found @ value.unflatten(0, (-1, width)).transpose(1, 2)
    torch.testing.assert_close(seen.transpose(1, 2).flatten(0, 1), attend(query, key, value, layout))
    for row, length in enumerate(lengths.tolist()):
        assert found[row, :, :length, length:].eq(0).all()
        torch.testing.assert_close(found[row].sum(-1), torch.ones(HEADS, width))


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_attention_by_hand_is_that_of_torch(masked: bool, dtype: torch.dtype) -> None:
    parts = random_parts(3, 2, 8, 4, seed=4, dtype=dtype)
    mask = torch.arange(8) < torch.tensor([8, 3, 5])[:, None] if masked else None
    mask = None if mask is None else mask[:, None, None]
    with torch.no_grad():
        expected = look(*parts, mask)
    tiny = 1e-9  # dropout that hits nothing chooses the way by hand
    close = 1e-3 if dtype == torch.float32 else 3e-2
    torch.testing.assert_close(look(*parts, mask, tiny), expected, atol=close, rtol=close)


def test_dropout_of_attention_leaves_the_mean() -> None:
    query, key, value = random_parts(1, 1, 6, 4, seed=5)
    torch.manual_seed(1)
    many = look(query.expand(MANY), key.expand(MANY), value.expand(MANY), None, 0.3)
    expected = look(query, key, value, None)[0]
    assert (many.mean(0) - expected).abs().max() < 0.02
    assert many.std(0).min() > 0.05


def test_a_layout_may_hold_empty_sequences() -> None:
    layout = Layout(torch.tensor([0, 2, 2, 5], dtype=torch.int32), 3)
    assert places(layout, 5).tolist() == [0, 1, 0, 1, 2]

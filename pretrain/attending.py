"""Attention among tokens that lie one after another: each looks at its own sequence and at nothing else.

A Layout says where sequences lie on the flat axis of tokens. Three kinds are in use:

rows       a rectangle of rows without padding: each row a sequence
padded     a rectangle in which rows end early: what pads a row is a sequence of its own, that nobody else looks at
packed     no rectangle at all: sequences of any length, one after another, with nothing between

On a GPU in half precision one kernel (torch's varlen_attn) does them all. Elsewhere a mask keeps the sequences of a
rectangle apart, and on a flat axis sequences of one length are a rectangle of their own; but where shapes must not
change (in a compiled model) or a GPU would have to be asked for lengths, the axis is cut into blocks as long as the
longest sequence may be, and each block looks at its neighbours through a mask. Flat attention has no dropout, since
that kernel has none; attention in rows may.
"""

from __future__ import annotations

import dataclasses

import torch
import torch.nn.functional as F
from torch import Tensor

from pretrain.dropping import dropped

HALVES = (torch.bfloat16, torch.float16)


@dataclasses.dataclass(frozen=True, slots=True)
class Layout:
    """Where sequences lie on the flat axis."""

    ends: Tensor
    """int32 [sequences + 1]: a 0, and where each sequence ends. Some may be empty."""
    longest: int
    """No sequence is longer."""
    width: int = 0
    """The axis is rows of so many tokens, and no sequence goes over the end of a row; 0 = it is no rectangle."""
    whole: bool = False
    """Every row is one sequence."""


def rows(count: int, width: int, device: torch.device) -> Layout:
    """Rows without padding."""
    ends = torch.arange(0, (count + 1) * width, width, dtype=torch.int32, device=device)
    return Layout(ends, width, width, whole=True)


def padded(lengths: Tensor, width: int) -> Layout:
    """Rows of which only the first `lengths` tokens are real."""
    firsts = torch.arange(0, len(lengths) * width, width, device=lengths.device)
    ends = torch.stack([firsts + lengths, firsts + width], 1).flatten()
    return Layout(F.pad(ends, (1, 0)).to(torch.int32), width, width)


def packed(lengths: Tensor, longest: int, tokens: int = 0) -> Layout:
    """Sequences of some lengths, with nothing between; if the axis has more `tokens`, the rest are filler.

    The empty sequences at the end take it up, as much each as the longest may have: the kernel of a GPU computes
    nothing beyond that. There have to be enough of them.
    """
    ends = lengths.cumsum(0)
    if tokens:
        ends = (ends + longest * (lengths == 0).cumsum(0)).clamp(max=tokens)
    return Layout(F.pad(ends, (1, 0)).to(torch.int32), longest)


def places(layout: Layout, tokens: int) -> Tensor:
    """For each token, its place in its sequence."""
    at = torch.arange(tokens, device=layout.ends.device)
    return at - layout.ends[sequences(layout, at)]


def sequences(layout: Layout, at: Tensor) -> Tensor:
    """The number of the sequence in which each of some places lies."""
    return torch.searchsorted(layout.ends, at.to(torch.int32), right=True) - 1


def attend(query: Tensor, key: Tensor, value: Tensor, layout: Layout, window: int = 0) -> Tensor:
    """What each token sees: all of [tokens, heads, head width]; with a window only half of it to either side."""
    if query.is_cuda and query.dtype in HALVES and (window or not layout.whole):
        # Imported here since older versions of torch have no such kernel, and only a GPU needs it.
        from torch.nn.attention.varlen import varlen_attn

        around = (window // 2, window // 2) if window else (-1, -1)
        ends, longest = layout.ends, layout.longest
        seen = varlen_attn(query, key, value, ends, ends, longest, longest, window_size=around)
        assert isinstance(seen, Tensor)
        return seen
    if layout.width:
        return _in_rectangle(query, key, value, layout, window)
    if query.is_cuda or torch.compiler.is_compiling():
        return _in_blocks(query, key, value, layout, window)
    return _in_runs(query, key, value, layout, window)


def look(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None, dropout: float = 0.0) -> Tensor:
    """What each token sees in its row: all of [rows, heads, width, head width]; the mask says who may look at whom."""
    by_hand = query.device.type == "cpu" and torch.is_grad_enabled() and (dropout or query.dtype in HALVES)
    if not by_hand or torch.compiler.is_compiling():
        return F.scaled_dot_product_attention(query, key, value, mask, dropout)
    # torch has no kernel with dropout for processors, and that for bfloat16 is slow backwards.
    count, heads, _, size = query.shape
    query, key, value = (each.flatten(0, 1) for each in (query, key, value))
    hidden = query.new_zeros(1, 1, 1)
    if mask is not None:
        hidden = hidden.new_zeros(mask.shape).masked_fill(~mask, -torch.inf).expand(count, heads, -1, -1).flatten(0, 1)
    scores = torch.baddbmm(hidden, query, key.transpose(1, 2), beta=0 if mask is None else 1, alpha=size**-0.5)
    return torch.bmm(dropped(scores.softmax(-1), dropout), value).view(count, heads, -1, size)


def shares(query: Tensor, key: Tensor, layout: Layout, window: int = 0) -> Tensor:
    """[rows, heads, width, width]: how much each token of a rectangle (third) looks at each (fourth)."""
    query, key = (each.unflatten(0, (-1, layout.width)).transpose(1, 2).float() for each in (query, key))
    scores: Tensor = query @ key.transpose(2, 3) / query.shape[-1] ** 0.5
    mask = rectangle_mask(layout, query.shape[0], window)
    scores = scores if mask is None else scores.masked_fill(~mask, -torch.inf)
    return scores.softmax(-1)


def rectangle_mask(layout: Layout, count: int, window: int) -> Tensor | None:
    """[rows or 1, 1, width, width]: who may look at whom in a rectangle; None if all at all."""
    width, device = layout.width, layout.ends.device
    near = _near(width, window, device) if window else None
    if layout.whole:
        return near
    own = sequences(layout, torch.arange(count * width, device=device)).view(count, 1, width)
    same = own.unsqueeze(2) == own.unsqueeze(3)
    return same if near is None else same & near


def _in_rectangle(query: Tensor, key: Tensor, value: Tensor, layout: Layout, window: int) -> Tensor:
    query, key, value = (each.unflatten(0, (-1, layout.width)).transpose(1, 2) for each in (query, key, value))
    mask = rectangle_mask(layout, query.shape[0], window)
    seen = look(query, key, value, mask)
    return seen.transpose(1, 2).flatten(0, 1)


def _in_runs(query: Tensor, key: Tensor, value: Tensor, layout: Layout, window: int) -> Tensor:
    """Neighbours of one length are a rectangle without padding, and need no mask."""
    lengths, counts = layout.ends.diff().unique_consecutive(return_counts=True)
    parts = zip(*(each.split((lengths * counts).tolist()) for each in (query, key, value)), strict=True)
    seen = []
    for length, run in zip(lengths.tolist(), parts, strict=True):
        if length:
            near = _near(length, window, query.device) if window else None
            query, key, value = (each.unflatten(0, (-1, length)).transpose(1, 2) for each in run)
            seen.append(look(query, key, value, near).transpose(1, 2).flatten(0, 1))
    return torch.cat(seen)


def _in_blocks(query: Tensor, key: Tensor, value: Tensor, layout: Layout, window: int) -> Tensor:
    """A token's sequence begins and ends at most one block away from its own."""
    count, longest = len(query), layout.longest
    blocks = -(-count // longest)
    at = torch.arange(-longest, (blocks + 1) * longest, device=query.device)
    around = at.unfold(0, 3 * longest, longest)  # [blocks, 3 longest]: the places that a block looks at
    own = sequences(layout, around)  # -1 before all of them, and one more number behind
    mask = own[:, longest : 2 * longest, None] == own[:, None]
    if window:
        mask = mask & ((around[:, longest : 2 * longest, None] - around[:, None]).abs() <= window // 2)
    query, key, value = (F.pad(each, (0, 0, 0, 0, 0, blocks * longest - count)) for each in (query, key, value))
    key, value = (F.pad(each, (0, 0, 0, 0, longest, longest)) for each in (key, value))
    key, value = (each.unfold(0, 3 * longest, longest).transpose(2, 3) for each in (key, value))
    seen = look(query.unflatten(0, (blocks, longest)).transpose(1, 2), key, value, mask[:, None])
    return seen.transpose(1, 2).flatten(0, 1)[:count]


def _near(width: int, window: int, device: torch.device) -> Tensor:
    at = torch.arange(width, device=device)
    return ((at[:, None] - at).abs() <= window // 2)[None, None]

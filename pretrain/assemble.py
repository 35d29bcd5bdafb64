"""From places in a token store to the arrays of instances: text gathered, special pieces put around it, masks drawn.

Only one shard's worth of rows, without a loop over them. What stands where was decided before (cuts.py, pairs.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pretrain.masking import MaskRule, mask_flat
from pretrain.pairs import Segments
from pretrain.ragged import Bools, Ints, bits, runs
from pretrain.store import Store, StoreShard

AT_ONCE = 1 << 15  # tokens: arrays of this many numbers stay in a cache and need no fresh memory
MASKED_AT_ONCE = 1 << 18  # tokens: few of them are masked
Places = NDArray[np.int64]
STARTS = {"word": "words", "morpheme": "morphemes"}


def assembled(
    store: Store, segments: Segments, random: NDArray[np.uint8] | None, unit: str, cls: int, sep: int
) -> dict[str, NDArray[Any]]:
    """The arrays of a shard of rows as rows.py describes them, without masks."""
    spans = segments["size"].astype(np.int64) + 1  # each segment with its [SEP], the first with [CLS] too
    spans[:, 0] += 1
    ends = np.cumsum(spans).reshape(spans.shape)
    begins = ends[:, 0] - spans[:, 0]
    tokens, starts = _gathered(store.shards, segments, spans, STARTS.get(unit, ""))
    tokens[begins] = cls
    tokens[ends - 1] = sep
    arrays = {"tokens": tokens, "ends": ends[:, -1].astype(np.uint32), "bounds": spans[:, 0].astype(np.uint16)}
    if random is not None:
        arrays["random"] = random
    if starts is not None:
        for marks in (begins, begins + 1, ends - 1, ends[:, 0]):
            starts[marks[marks < len(starts)]] = True
        arrays["starts"] = np.packbits(starts)
    return arrays


def masked(arrays: dict[str, NDArray[Any]], first: int, rule: MaskRule) -> dict[str, NDArray[Any]]:
    """The arrays of the static masks of these rows, the first of which has the number `first`."""
    tokens, ends = arrays["tokens"], arrays["ends"].astype(np.int64)
    starts = np.unpackbits(arrays["starts"], count=len(tokens)).view(np.bool_) if "starts" in arrays else None
    lengths = np.diff(ends, prepend=0)
    step = max(1, MASKED_AT_ONCE // int(lengths.max()))
    picks, puts, counts = [], [], []
    for low in range(0, len(ends), step):
        high = min(low + step, len(ends))
        some, numbers = slice(ends[low] - lengths[low], ends[high - 1]), first + np.arange(low, high)
        marks = None if starts is None else starts[some]
        found, row, place = mask_flat(tokens[some], lengths[low:high], marks, numbers, rule, 0)
        counts.append(np.bincount(row, minlength=high - low))
        picks.append(place.astype(np.uint16))
        puts.append(found.put.astype(tokens.dtype))
    pick_ends = np.cumsum(np.concatenate(counts)).astype(np.uint32)
    return {"picks": np.concatenate(picks), "pick_ends": pick_ends, "put": np.concatenate(puts)}


def _gathered(
    shards: Sequence[StoreShard], segments: Segments, spans: Ints, of: str
) -> tuple[NDArray[Any], Bools | None]:
    """The text of all segments with places for what stands around it; where units begin, if `of` names their bits."""
    tokens = np.empty(int(spans.sum()), shards[0].tokens.dtype)
    starts = np.empty(len(tokens), np.bool_) if of else None
    unpacked = dict[int, Bools]()
    for number, at_home, source, target in _moves(segments, spans):
        # Places for special pieces are filled with what stands beside the text; "clip" is for those at a shard's ends.
        tokens[target] = np.asarray(shards[number].tokens).take(source, mode="clip")
        if starts is not None:
            packed = np.asarray(getattr(shards[number], of))
            if at_home and number not in unpacked:
                unpacked[number] = np.unpackbits(packed).view(np.bool_)
            starts[target] = unpacked[number].take(source, mode="clip") if at_home else bits(packed, source)
    return tokens, starts


def _moves(segments: Segments, spans: Ints) -> Iterator[tuple[int, bool, Places, Places | slice]]:
    """What to copy: shard of the store, whether it is that of the row's first segment, indices there, indices here.

    First all rows as if both segments were of one shard, which most are and which makes whole blocks of the target;
    then, over what that left in their places, the segments from elsewhere.
    """
    home = segments["shard"][:, 0]
    sources, ends = segments["start"].astype(np.int64), np.cumsum(spans).reshape(spans.shape)
    sources[:, 0] -= 1
    step = max(1, AT_ONCE // int(spans.sum(axis=1).max()))
    for number in np.unique(home).tolist():
        low, high = np.searchsorted(home, [number, number + 1]).tolist()
        for first in range(low, high, step):
            some = slice(first, min(first + step, high))
            whole = slice(ends[first, 0] - spans[first, 0], ends[some][-1, -1])
            yield number, True, runs(sources[some].reshape(-1), spans[some].reshape(-1)), whole
    far = np.flatnonzero((segments["shard"] != home[:, None]).reshape(-1))
    far = far[np.argsort(segments["shard"].reshape(-1)[far], kind="stable")]
    shard, source, end, size = (array.reshape(-1)[far] for array in (segments["shard"], sources, ends, spans))
    for number in np.unique(shard).tolist():
        low, high = np.searchsorted(shard, [number, number + 1]).tolist()
        for first in range(low, high, step):
            some = slice(first, min(first + step, high))
            yield number, False, runs(source[some], size[some]), runs(end[some] - size[some], size[some])

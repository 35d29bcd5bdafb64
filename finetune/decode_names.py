"""From the logits of a text's windows to the names in it, as characters of the text.

Each token's logits come from the window in which it was asked. Among all rows of tags in which I-x follows only B-x or
I-x, the one of the highest sum is taken (Viterbi); where the best tag of each token makes such a row, that is it.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from finetune.encode_names import Sentences
from finetune.examples import Span, Tagged
from finetune.predictions import Names
from finetune.windows import Places

Logits = NDArray[np.floating[Any]]
"""[tokens of a row, tags]; what stands behind its end is not looked at."""
Tags = NDArray[np.int64]


def names(
    examples: Sequence[Tagged], sentences: Sentences, logits: Sequence[Logits], kinds: Sequence[str]
) -> list[Names]:
    """The names in each text; `logits` are those of all windows, in their order."""
    found = {number: Names(example.id, ()) for number, example in enumerate(examples)}
    parts = zip(sentences.windows, sentences.asked, logits, strict=True)
    for number, some in groupby(parts, key=lambda part: part[0].row.example):
        places, scores = list[Places](), list[Logits]()
        for window, (low, high), each in some:
            places.append(window.places[low:high])
            scores.append(each[window.first + low : window.first + high])
        at, tagged = np.concatenate(places), np.concatenate(scores).astype(np.float64)
        solid = at[:, 1] > at[:, 0]
        found[number] = Names(examples[number].id, spans(at[solid], best_tags(tagged[solid]), kinds))
    return list(found.values())


def best_tags(scores: NDArray[np.float64]) -> Tags:
    """The tags of the highest sum of [tokens, tags] in which every I follows a B or I of its kind."""
    tags: Tags = scores.argmax(1)
    before = np.insert(tags, 0, 0)[:-1]
    inside = (tags > 0) & (tags % 2 == 0)
    if (~inside | (before == tags) | (before == tags - 1)).all():
        return tags
    return _viterbi(scores)


def spans(places: Places, tags: Tags, kinds: Sequence[str]) -> tuple[Span, ...]:
    """The names that some tags make of some tokens."""
    begins = np.flatnonzero(tags % 2 == 1)
    outside = np.append(np.flatnonzero((tags % 2 == 1) | (tags == 0)), len(tags))
    ends = outside[np.searchsorted(outside, begins, "right")]
    return tuple(
        Span(int(places[begin, 0]), int(places[end - 1, 1]), kinds[(tags[begin] - 1) // 2])
        for begin, end in zip(begins, ends, strict=True)
    )


def _viterbi(scores: NDArray[np.float64]) -> Tags:
    """I-x follows B-x or itself, and all else anything: so the best tag before is one of two, or the best of all."""
    inner = np.arange(2, scores.shape[1], 2)
    total = scores[0].copy()
    total[inner] = -np.inf
    back = np.zeros(scores.shape, np.int64)
    for token in range(1, len(scores)):
        back[token] = total.argmax()
        back[token, inner] = np.where(total[inner] >= total[inner - 1], inner, inner - 1)
        total = total[back[token]] + scores[token]
    tags = np.empty(len(scores), np.int64)
    tags[-1] = total.argmax()
    for token in range(len(scores) - 1, 0, -1):
        tags[token - 1] = back[token, tags[token]]
    return tags

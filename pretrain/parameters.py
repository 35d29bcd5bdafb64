"""How many numbers a model learns, and where they stand: counted by formula from its shape, before it exists.

The symbols are those of the lecture's slides: V pieces, H hidden size, L layers, A heads (which change no count), P
positions, F the inner width of the feed-forward layers. Counted are the tensors that are shared with transformers, so
without the unused rows at the end of our table of pieces (see Shape.padded). A matrix that is used twice counts once.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from pretrain.shape import Shape


@dataclasses.dataclass(frozen=True, slots=True)
class Part:
    """Some of a model's parameters."""

    group: str
    """embeddings, layers, pooler or heads"""
    name: str
    korean: str
    formula: str
    count: int


def parts(shape: Shape) -> list[Part]:
    """All parameters of a model as the class of transformers has them that export.py names."""
    return [*PARTS[shape.architecture](shape)]


def total(shape: Shape, groups: Iterable[str] = ("embeddings", "layers", "pooler", "heads")) -> int:
    """How many parameters a model has, or some groups of it."""
    return sum(part.count for part in parts(shape) if part.group in groups)


def _bert(shape: Shape) -> Iterable[Part]:
    v, h, f, p, layers = shape.vocabulary, shape.hidden, shape.inner, shape.positions, shape.layers
    yield Part("embeddings", "pieces", "조각", "V × H", v * h)
    yield Part("embeddings", "positions", "위치", "P × H", p * h)
    yield Part("embeddings", "segments A and B", "문장 A·B", "2 × H", 2 * h)
    yield Part("embeddings", "norm", "정규화", "2H", 2 * h)
    yield Part("layers", "attention: query, key, value, output", "어텐션", "L × 4(H² + H)", layers * 4 * (h * h + h))
    yield Part("layers", "feed-forward", "전방향망", "L × (2HF + F + H)", layers * (2 * h * f + f + h))
    yield Part("layers", "norms", "정규화", "L × 4H", layers * 4 * h)
    if shape.pairs:
        yield Part("pooler", "pooler over [CLS]", "[CLS] 풀러", "H² + H", h * h + h)
    if shape.head == "pieces":
        yield Part("heads", "masked pieces: transform and norm", "빈칸: 변환·정규화", "H² + 3H", h * h + 3 * h)
        yield Part("heads", "masked pieces: bias (matrix: the pieces')", "빈칸: 편향", "V", v)
    else:
        yield Part("heads", "replaced pieces", "바뀐 조각", "H² + 2H + 1", h * h + 2 * h + 1)
    if shape.pairs:
        yield Part("heads", "next sentence", "다음 문장", "2H + 2", 2 * h + 2)


def _modern(shape: Shape) -> Iterable[Part]:
    v, h, f, layers = shape.vocabulary, shape.hidden, shape.inner, shape.layers
    yield Part("embeddings", "pieces", "조각", "V × H", v * h)
    yield Part("embeddings", "norm", "정규화", "H", h)
    yield Part("layers", "attention: query, key, value, output", "어텐션", "L × 4H²", layers * 4 * h * h)
    yield Part("layers", "feed-forward with gate", "게이트 전방향망", "L × 3HF", layers * 3 * h * f)
    yield Part("layers", "norms, none before the first attention", "정규화", "(2L - 1)H", (2 * layers - 1) * h)
    yield Part("layers", "last norm", "마지막 정규화", "H", h)
    if shape.head == "pieces":
        yield Part("heads", "masked pieces: transform and norm", "빈칸: 변환·정규화", "H² + H", h * h + h)
        yield Part("heads", "masked pieces: bias (matrix: the pieces')", "빈칸: 편향", "V", v)
    else:
        yield Part("heads", "replaced pieces", "바뀐 조각", "H² + H + 1", h * h + h + 1)


PARTS = {"bert": _bert, "modern": _modern}

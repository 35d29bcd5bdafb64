"""Precision, recall and F1 of classes, their averages as scikit-learn has them, and the confusion matrix.

A prediction that is missing (None) is wrong and belongs to no class. Where there is nothing to divide by, the figure
is 0.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Collection, Mapping, Sequence


@dataclasses.dataclass(frozen=True, slots=True)
class ClassScore:
    """How one class was found: so many are right of those predicted and of those there are (the support)."""

    name: str
    right: int
    predicted: int
    support: int

    @property
    def precision(self) -> float:
        """The share of its predictions that are right."""
        return self.right / self.predicted if self.predicted else 0.0

    @property
    def recall(self) -> float:
        """The share of it that was found."""
        return self.right / self.support if self.support else 0.0

    @property
    def f1(self) -> float:
        """The harmonic mean of both."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


def accuracy(gold: Sequence[object], predicted: Sequence[object]) -> float:
    """The share of predictions that are right, in percent."""
    right = sum(one == other for one, other in zip(gold, predicted, strict=True))
    return 100.0 * right / len(gold) if gold else 0.0


def per_class(gold: Sequence[str], predicted: Sequence[str | None]) -> tuple[ClassScore, ...]:
    """Each class of the gold labels or the predicted ones, by name."""
    right = Counter(one for one, other in zip(gold, predicted, strict=True) if one == other)
    said, there = Counter(one for one in predicted if one is not None), Counter(gold)
    return counted(right, said, there)


def counted(
    right: Mapping[str, int], predicted: Mapping[str, int], support: Mapping[str, int], names: Collection[str] = ()
) -> tuple[ClassScore, ...]:
    """Class scores from three counts, by name, and of `names` even if they do not occur."""
    every = sorted({*predicted, *support, *names})
    return tuple(ClassScore(name, right.get(name, 0), predicted.get(name, 0), support.get(name, 0)) for name in every)


def macro(rows: Sequence[ClassScore]) -> float:
    """The mean F1 of the classes, each counting alike, in percent."""
    return 100.0 * sum(row.f1 for row in rows) / len(rows) if rows else 0.0


def weighted(rows: Sequence[ClassScore]) -> float:
    """The mean F1 of the classes, each counting by its support, in percent."""
    support = sum(row.support for row in rows)
    return 100.0 * sum(row.f1 * row.support for row in rows) / support if support else 0.0


def micro(rows: Sequence[ClassScore]) -> ClassScore:
    """All classes together, as if they were one."""
    totals = (sum(getattr(row, field) for row in rows) for field in ("right", "predicted", "support"))
    return ClassScore("micro", *totals)


def confusion(gold: Sequence[str], predicted: Sequence[str | None]) -> dict[str, dict[str | None, int]]:
    """Gold class -> predicted class -> how often; None counts missing predictions. Every class has its row."""
    pairs = Counter(zip(gold, predicted, strict=True))
    names = sorted({*gold, *(one for one in predicted if one is not None)})
    columns: list[str | None] = [*names, None] if None in predicted else [*names]
    return {row: {column: pairs[row, column] for column in columns} for row in names}

"""Relation extraction as KLUE-RE scores it: micro-F1 without "no relation", and the area under precision and recall.

"No relation" is called no_relation in KLUE and NA by others. A class that no example has is left out of the mean area,
where scikit-learn's answer depends on its version; in KLUE's own files there is none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from finetune.scores.classes import ClassScore, micro, per_class

NONE = frozenset({"no_relation", "NA"})


def relation_score(gold: Sequence[str], predicted: Sequence[str | None]) -> ClassScore:
    """All relations together but "no relation", which counts as nothing found."""
    return micro([row for row in per_class(gold, predicted) if row.name not in NONE])


def mean_area(gold: Sequence[str], chances: Sequence[Mapping[str, float]]) -> float:
    """The mean over the classes of the area under precision and recall, in percent."""
    areas = []
    for name in sorted(set(gold)):
        right = np.array([one == name for one in gold])
        areas.append(area(right, np.array([chance.get(name, 0.0) for chance in chances])))
    return 100.0 * float(np.mean(areas)) if areas else 0.0


def area(right: NDArray[np.bool_], chances: NDArray[np.float64]) -> float:
    """The area under precision over recall, by trapezoids, as the chance that is asked for falls."""
    order = np.argsort(-chances, kind="stable")
    found = np.cumsum(right[order])
    falls = np.append(np.diff(chances[order]) != 0, True)  # equal chances are one step
    precision = (found / np.arange(1, len(found) + 1))[falls]
    recall = (found / found[-1])[falls]
    return float(np.trapezoid(np.append(1.0, precision), np.append(0.0, recall)))

"""What the held-out part decides of a reader once it is trained: from where on it says that there is no answer, and
whether a josa at the end of its answers is taken off.

Neither changes a weight. Both are kept in task.json, so that whatever uses the model does what was measured here. A
josa is taken off only if more answers are then exactly right; that helps where the vocabulary has no border before it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

from finetune.decode_questions import best_threshold
from finetune.examples import Question
from finetune.josa import trimmed
from finetune.predictions import Reply
from finetune.scores.answers import Rule, best, percent, rights
from finetune.scores.metrics import RULES
from finetune.spec import Spec

KEPT, OFF = "kept", "taken off"


def decided(spec: Spec, dev: Sequence[Question], given: Sequence[Reply]) -> tuple[Spec, dict[str, float]]:
    """A spec with what is decided, and the exact match with josa kept and with josa taken off.

    `given` are a model's answers to the held-out part before anything is decided.
    """
    exact = next(iter(RULES[spec.known.metrics[0]].values()))
    found = list[Spec]()
    figures = dict[str, float]()
    for way, said in ((KEPT, list(given)), (OFF, [trimmed([one])[0] for one in given])):
        threshold = best_threshold(dev, [[one] for one in said], exact) if spec.null else 0.0
        found.append(dataclasses.replace(spec, threshold=threshold, josa=way == KEPT))
        figures[way] = _right(exact, dev, said, threshold)
    return found[figures[OFF] > figures[KEPT]], figures


def about_josa(figures: Mapping[str, float]) -> str:
    """What became of josa, in a line."""
    off = figures[OFF] > figures[KEPT]
    korean = f"답 끝의 조사는 {'뗀다' if off else '떼지 않는다'}"
    kept, taken = (f"{figures[way]:.2f}" for way in (KEPT, OFF))
    return f"{korean} josa at the end of answers {OFF if off else KEPT}: exact match {kept} with them, {taken} without"


def _right(exact: Rule, dev: Sequence[Question], given: Sequence[Reply], threshold: float) -> float:
    """How many answers are exactly right, in percent."""
    texts = ["" if one.null_score is not None and one.null_score > threshold else one.best for one in given]
    return percent(best(exact, text, rights(asked)) for asked, text in zip(dev, texts, strict=True))

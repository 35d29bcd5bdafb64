"""A part of the training file held out to choose by, where no development file is given.

What belongs together stays together, or a model would be praised for what it has seen: all questions of an article, of
a passage where articles have no titles, and all examples of the same text. Which part it is hangs on the texts alone,
not on their order or the seed, so that all seeds and all models are compared on the same one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from finetune.answering import texts
from finetune.examples import Example, Question

SHARE = 0.1


def held_out(examples: Sequence[Example], share: float = SHARE) -> tuple[list[Example], list[Example]]:
    """The examples to train on, and at least this share of them to choose by, both in their order."""
    groups: dict[str, list[int]] = {}
    for number, example in enumerate(examples):
        groups.setdefault(_kept_with(example), []).append(number)
    chosen, wanted = set[int](), share * len(examples)
    for name in sorted(groups, key=lambda name: hashlib.sha256(name.encode()).digest()):
        if len(chosen) >= wanted:
            break
        chosen.update(groups[name])
    parts: tuple[list[Example], list[Example]] = ([], [])
    for number, example in enumerate(examples):
        parts[number in chosen].append(example)
    return parts


def _kept_with(example: Example) -> str:
    if isinstance(example, Question):
        return example.title or "\0".join(example.passages)
    return "\0".join(texts(example))

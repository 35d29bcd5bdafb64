"""A josa taken off the end of an answer, by a closed list and without an analyser: `브라질에서` becomes `브라질`.

It can help only where the vocabulary has no border before the josa, and it does harm to answers that end in such a
syllable by nature, so that the held-out part decides whether it is done (decisions.py). What may follow a noun is that
of vocab/josa.py, less what nouns themselves often end in (제주도, 3만, 9월 5일) and the forms of the copula.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from finetune.predictions import Reply
from vocab.josa import josa_of

OF_NOUNS_TOO = frozenset("도 만 로 나 랑 란 이나 이랑 이란".split())
SHORTEST = 2  # characters of the word that must be left


def trim_josa(text: str) -> str:
    """An answer without the josa at its end, of several possible ones the longest."""
    for start, tag in josa_of(text):
        left = start - text.rfind(" ", 0, start) - 1
        if left >= SHORTEST and tag != "VCP" and text[start:] not in OF_NOUNS_TOO:
            return text[:start]
    return text


def trimmed(found: Sequence[Reply]) -> tuple[Reply, ...]:
    """The replies to a question without josa at their ends; those that thereby become one are as likely as together."""
    kept = dict[tuple[int, int, int], Reply]()
    for one in found:
        text = trim_josa(one.text)
        end = one.end - (len(one.text) - len(text))
        place = (one.passage, one.start, end)
        if place in kept:
            kept[place] = dataclasses.replace(kept[place], probability=kept[place].probability + one.probability)
        else:
            kept[place] = dataclasses.replace(one, text=text, end=end, best=trim_josa(one.best))
    return tuple(kept.values())

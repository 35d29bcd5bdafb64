"""A josa taken off the end of an answer, by a closed list and without an analyser: `브라질에서` becomes `브라질`.

It can help only where the vocabulary has no border before the josa, and it does harm to answers that end in such a
syllable by nature, so that it is used only if asked for. What may follow a noun is that of vocab/josa.py, less what
nouns themselves often end in (제주도, 3만, 9월 5일) and the forms of the copula.
"""

from __future__ import annotations

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

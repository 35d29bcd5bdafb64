"""SQuAD 1.1 and one answer of SQuAD 2.0 as their evaluation scripts score them: exact match and F1 of words.

Letters become small, the punctuation of ASCII vanishes, English articles become a space. The two scripts differ where
there is nothing to compare: 1.1 gives no F1 for it, 2.0 gives all of it if both are empty.
"""

from __future__ import annotations

import re
import string

from finetune.scores.answers import overlap

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_DROPPED = str.maketrans(dict.fromkeys(string.punctuation))


def normalized(answer: str) -> str:
    """An answer as it is compared."""
    return " ".join(_ARTICLES.sub(" ", answer.lower().translate(_DROPPED)).split())


def exact(answer: str, right: str) -> float:
    """Whether an answer is the right one."""
    return float(normalized(answer) == normalized(right))


def f1(answer: str, right: str) -> float:
    """How many words two answers share."""
    return overlap(normalized(answer).split(), normalized(right).split())


def f1_or_none(answer: str, right: str) -> float:
    """The same as SQuAD 2.0 has it: no answer and no right one are alike."""
    given, wanted = normalized(answer).split(), normalized(right).split()
    return overlap(given, wanted) if given and wanted else float(given == wanted)

"""The rules by which KorQuAD 1.0 compares an answer with the right one, as its evaluation script states them.

Some quotation marks and brackets become spaces, letters become small, the punctuation of ASCII vanishes, and white
space is made even. Nothing else: no Unicode form, no josa. Exact match compares what is left with its spaces; F1
compares the characters without their order and without spaces.
"""

from __future__ import annotations

import string
from collections import Counter

_SPACED = str.maketrans(dict.fromkeys("'\"《》<>〈〉()‘’", " "))
_DROPPED = str.maketrans(dict.fromkeys(string.punctuation))


def normalized(answer: str) -> str:
    """An answer as it is compared."""
    return " ".join(answer.translate(_SPACED).lower().translate(_DROPPED).split())


def exact_match(answer: str, right: str) -> bool:
    """Whether an answer is the right one."""
    return normalized(answer) == normalized(right)


def f1(answer: str, right: str) -> float:
    """How many characters an answer shares with the right one."""
    given, wanted = ("".join(normalized(text).split()) for text in (answer, right))
    shared = (Counter(given) & Counter(wanted)).total()
    return 2 * shared / (len(given) + len(wanted)) if shared else 0.0

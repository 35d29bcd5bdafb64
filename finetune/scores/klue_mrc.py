"""KLUE-MRC as KLUE-baseline scores it: exact match and what it calls ROUGE-W.

Despite its name that is no weighted subsequence: it is the F1 of the longest piece that both answers have in common, in
characters, as the KLUE paper says too. Its search is difflib's, whose rule about frequent characters in answers of 200
characters and more is part of the score. The pattern that should turn quotation marks into spaces has its bracket in
the wrong place and finds only 《()‘’ and the like; so such marks stay, but for those of ASCII, which are dropped.
"""

from __future__ import annotations

import re
import string
from difflib import SequenceMatcher

_SPACED = re.compile(r"['\"《》<>〈〉]\(\)‘’")
_DROPPED = str.maketrans(dict.fromkeys(string.punctuation))


def normalized(answer: str) -> str:
    """An answer as it is compared."""
    return " ".join(_SPACED.sub(" ", answer.lower()).translate(_DROPPED).split())


def exact(answer: str, right: str) -> float:
    """Whether an answer is the right one."""
    return float(normalized(answer) == normalized(right))


def rouge_w(answer: str, right: str) -> float:
    """How much of both answers their longest common piece is."""
    given, wanted = normalized(answer), normalized(right)
    if not wanted:
        return float(not given)
    common = SequenceMatcher(None, given, wanted).find_longest_match(0, len(given), 0, len(wanted)).size
    if common == 0:
        return 0.0
    precision, recall = common / len(given), common / len(wanted)
    return 2 * (precision * recall) / (precision + recall)

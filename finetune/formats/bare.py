"""Names without what their eojeols add to them: a josa at the end, and marks and quotes around.

Corpora that tag eojeols call 송인영은 a person. The josa are a closed list, vocab.josa's without the forms that names
end in as often (나, 만, 인), and they must agree with the sound before them: 제주에서 but not 종로. Two characters of
the name must be left. No lexicon is asked, so 제주도 loses its 도. Names whose ends are known to the character, as
KLUE's are, must not come here: of its names widened to eojeols, 45 in 100 are right when marks are taken off, 85 when
josa are too, and 1 is cut too short. (finetune/josa.py, for answers, takes less off: 82, and 0.4 too short.)
"""

from __future__ import annotations

from collections.abc import Sequence

from finetune.examples import Span
from vocab.josa import JOSA, josa_of

LEFT = 2
"""How many characters of a name must be left before a josa."""


def bare_names(text: str, names: Sequence[Span]) -> tuple[Span, ...]:
    """The names without their josa and the marks around them; one that is nothing else stays as it is."""
    return tuple(_bare(text, name) for name in names)


def without_josa(name: str) -> str:
    """The name without the longest josa at its end that agrees with what is before it."""
    for start, _ in josa_of(name):
        if name[start:] in TAKEN_OFF and len(name[:start].replace(" ", "")) >= LEFT:
            return name[:start]
    return name


def without_marks(name: str) -> str:
    """The name without quotes, brackets and stops at its ends; what is opened and closed inside stays."""
    while name:
        first, last = name[0], name[-1]
        if len(name) > 1 and _CLOSES.get(first) == last:
            name = name[1:-1]
        elif last in _STOPS or (
            last in _OPENS and name.count(_OPENS[last]) < name.count(last) + (_OPENS[last] == last)
        ):
            name = name[:-1]
        elif first in _STOPS or (first in _CLOSES and _CLOSES[first] not in name[1:]):
            name = name[1:]
        else:
            break
    return name


def _bare(text: str, name: Span) -> Span:
    whole = text[name.start : name.end]
    left = without_marks(without_josa(without_marks(whole)))
    if not left:
        return name
    start = name.start + whole.index(left)
    return Span(start, start + len(left), name.kind)


TAKEN_OFF = frozenset(JOSA) - frozenset("일 임 인 이자 이면 이던 이라 나 만 만의 대로".split())
_STOPS = frozenset(" .,!?…·:;~、。")
_CLOSES = {pair[0]: pair[1] for pair in "'' \"\" ‘’ “” () [] {} <> 〈〉 《》 「」 『』 【】 （）".split()}
_OPENS = {close: opening for opening, close in _CLOSES.items()}

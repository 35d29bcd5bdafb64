"""The trials of `python -m tools bench josa`: ways to cut words by their morphemes, and to refuse pieces.

The first rows repeat the table this project began with; then come one idea after another, and the default in other
settings. Nothing is measured here.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise

from vocab.josa import JOSA
from vocab.segment import JOSA_LIKE, NOUN_LIKE, josa_cuts
from vocab.straddle import SHARE
from vocab.tags import TAGS, Morpheme
from vocab.train import Veto

Cut = Callable[[Sequence[Morpheme]], Iterable[int]]


def nothing(_: object) -> tuple[int, ...]:
    """No cut at all."""
    return ()


@dataclasses.dataclass(frozen=True, slots=True)
class Trial:
    """A way to make a vocabulary."""

    name: str
    cut: Cut | None
    """Where a word is cut; None = by rule, without an analyser."""
    veto: Veto | None = None
    """Whether a piece is refused from the start."""
    rounds: int = 0
    """How often the pieces that reach across cuts are refused as well, and training begins again."""
    share: float = SHARE
    size: int = 32_000
    alphabet: int = 0
    """The most different characters; 0 = a fifth of the size."""


def between(before: Iterable[str], after: Iterable[str]) -> Cut:
    """Cuts between touching morphemes with these tags."""
    left, right = frozenset(before), frozenset(after)

    def cut(morphemes: Sequence[Morpheme]) -> Iterator[int]:
        for one, other in pairwise(morphemes):
            if one.tag in left and other.tag in right and one.end == other.start:
                yield other.start

    return cut


def both(one: Cut, other: Cut) -> Cut:
    """The cuts of two ways."""
    return lambda morphemes: [*one(morphemes), *other(morphemes)]


def after_a_unit(morphemes: Sequence[Morpheme]) -> Iterator[int]:
    """Cuts after what a number counts: 10년|간."""
    for number, unit, after in zip(morphemes, morphemes[1:], morphemes[2:], strict=False):
        if number.tag == "SN" and unit.end == after.start:
            yield after.start


def ending(syllables: str, but: Iterable[str] = ()) -> Veto:
    """No piece that continues a word and ends in one of these syllables, but for itself and some others."""
    allowed = frozenset(but)
    return lambda piece: piece[:2] == "##" and len(piece) > 3 and piece[-1] in syllables and piece[2:] not in allowed


PARTICLES = JOSA_LIKE - {"VCP"}
NOUNS = NOUN_LIKE | {"NP"}
FEW, SOME, MANY, MOST = "는", "은는을를의", "은는이가을를의에로도와과", "은는이가을를의에로도와과들간인라"

JOSA_CUT, JOSA_AND_SUFFIX = between(NOUNS, JOSA_LIKE), between(NOUNS, JOSA_LIKE | {"XSN"})
NO_PRONOUN = between(NOUN_LIKE, JOSA_LIKE)
NO_BOUND_NOUN = between(NOUN_LIKE - {"NNB"}, JOSA_LIKE)
LESS_NOMINAL = between(NOUN_LIKE - {"ETN"}, JOSA_LIKE)
UNITS = both(NO_PRONOUN, after_a_unit)
AROUND_NUMBERS = both(NO_PRONOUN, both(between({"SN"}, TAGS), between(TAGS, {"SN"})))
NO_PLURAL = both(UNITS, AROUND_NUMBERS)
WITH_SUFFIX = both(josa_cuts, between(NOUN_LIKE, {"XSN"}))

TRIALS = (
    Trial("nothing", nothing),
    Trial("nothing", nothing, size=16_000),
    Trial("nothing", nothing, size=64_000),
    Trial("nothing, 3,200 characters", nothing, alphabet=3200),
    Trial("every morpheme", between(TAGS, TAGS)),
    Trial("after a noun", between(NOUNS, TAGS)),
    Trial("around josa, before copula", both(between(TAGS, JOSA_LIKE), between(PARTICLES, TAGS))),
    Trial("noun|josa", JOSA_CUT),
    Trial(f"noun|josa; no piece in {FEW}", JOSA_CUT, ending(FEW)),
    Trial(f"noun|josa; no piece in {SOME}", JOSA_CUT, ending(SOME)),
    Trial(f"noun|josa; no piece in {MANY}", JOSA_CUT, ending(MANY)),
    Trial("noun|josa; learned", JOSA_CUT, rounds=2),
    Trial(f"noun|josa, noun|suffix; no piece in {MOST}", JOSA_AND_SUFFIX, ending(MOST)),
    Trial(f"noun|josa, noun|suffix; no piece in {MOST}, but josa", JOSA_AND_SUFFIX, ending(MOST, but=JOSA)),
    Trial("noun|josa, noun|suffix; learned", JOSA_AND_SUFFIX, rounds=2),
    Trial("noun|josa, not 그|는; learned", NO_PRONOUN, rounds=2),
    Trial("noun|josa, not 그|는, 것|은, 명|은; learned", NO_BOUND_NOUN, rounds=2),
    Trial("noun|josa, not 그|는, 하기|는; learned", LESS_NOMINAL, rounds=2),
    Trial("noun|josa, not 그|는, 10년|간; learned", UNITS, rounds=2),
    Trial("noun|josa, not 그|는, 제|10|년간; learned", AROUND_NUMBERS, rounds=2),
    Trial("noun|josa, not 그|는, 제|10|년|간; learned", NO_PLURAL, rounds=2),
    Trial("noun|josa, noun|suffix, not 그|는, 제|10|년|간; learned", WITH_SUFFIX, rounds=2),
    Trial("default: noun|josa, 사람|들, not 그|는, 제|10|년|간; learned", josa_cuts, rounds=2),
    Trial("default; nothing refused", josa_cuts),
    Trial(f"default; no piece in {MOST}, nothing learned", josa_cuts, ending(MOST)),
    Trial("default; learned in 1 round", josa_cuts, rounds=1),
    Trial("default; learned in 3 rounds", josa_cuts, rounds=3),
    Trial("default; learned above 1 %", josa_cuts, rounds=2, share=0.01),
    Trial("default; learned above 20 %", josa_cuts, rounds=2, share=0.2),
    Trial("default", josa_cuts, rounds=2, size=16_000),
    Trial("default", josa_cuts, rounds=2, size=64_000),
    Trial("default, 3,200 characters", josa_cuts, rounds=2, alphabet=3200),
    Trial("by rule, no analyser; nothing refused", None),
    Trial(f"by rule, no analyser; no piece in {MOST}", None, ending(MOST)),
    Trial("by rule, no analyser; learned", None, rounds=2),
)

"""Josa without an analyser: the particles and forms of the copula, and where words are cut before them.

A word is cut before a josa that agrees with the sound before it when the rest is a noun: it is seen as a word of its
own and with several endings, or with endings that no verb has, or it is what a number counts. That needs the words of a
corpus and nothing else; a noun seen once stays whole. What a single text allows, `guess`, is far cruder.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice, pairwise

from corpus.jamo import is_syllable
from vocab.hangul import final
from vocab.tags import Morpheme, sign
from vocab.words import spans

NUMBER = re.compile(r"(?<=\d)(?=\D)|(?<=\D)(?=\d)")
"""Where a number begins or ends inside a word."""
Cuts = Mapping[str, tuple[int, ...]]
"""Word -> where it is cut; words that are not in it stay whole."""

# After a colon: the form after a consonant, a vowel, a consonant but ㄹ (K), a vowel or ㄹ (L). Others follow anything.
_FORMS = {
    "JKS": "C:이 V:가 께서",
    "JKO": "C:을 V:를",
    "JKG": "의",
    "JX": """C:은 V:는 도 만 만이 만은 만을 만의 까지 까지는 까지도 까지의 까지만 부터 부터는 부터의 마다 조차 마저
        밖에 뿐 뿐만 C:이나 V:나 C:이나마 V:나마 C:이라도 V:라도 C:이야말로 V:야말로""",
    "JKB": """에 에는 에도 에만 에의 에서 에서는 에서도 에서의 에서만 에게 에게는 에게도 에게서 에게로 한테 보다 보다는
        보다도 처럼 만큼 만큼은 대로 K:으로 L:로 K:으로는 L:로는 K:으로도 L:로도 K:으로의 L:로의 K:으로만 L:로만
        K:으로서 L:로서 K:으로써 L:로써 K:으로부터 L:로부터""",
    "JC": "C:과 V:와 C:과의 V:와의 C:과는 V:와는 C:과도 V:와도 C:이랑 V:랑 하고",
    "JKQ": "C:이라고 V:라고 C:이라는 V:라는 C:이란 V:란",
    "VCP": """이다 이며 이고 이자 이지만 이므로 이면 이던 이라 인 일 임 입니다 이었다 V:였다 이었고 V:였고 이었으며
        V:였으며 이었으나 V:였으나 이었던 V:였던 이어서 V:여서""",
}
JOSA: Mapping[str, tuple[str, str]] = {
    form: (tag, after)
    for tag, row in _FORMS.items()
    for after, _, form in (item.rpartition(":") for item in row.split())
}
"""Form -> the Sejong tag of its first morpheme, and what it follows."""
AFTER_A_CONSONANT: Mapping[str, str] = {
    form.partition(":")[2]: before.rpartition(":")[2]
    for row in _FORMS.values()
    for before, form in pairwise(row.split())
    if form.startswith(("V:", "L:"))
}
"""Form after a vowel -> the same josa after a consonant, which is written before it: 는 -> 은."""
_LONGEST = max(map(len, JOSA))
OF_VERBS_TOO = frozenset(form for form, (tag, _) in JOSA.items() if tag == "VCP") | {
    *"은 는 이 을 로 나 이나 라고 라는 라도 란".split()
}
"""Forms that verbs and adverbs end in as well: 먹은, 높이, 보이다, 스스로."""
PRONOUNS = frozenset("그이")
"""Never cut off: 그는 and 이를 are frequent, and nobody asks for 그."""
ENDINGS = 3  # that a noun which stands alone has
COUNTED = 10  # words in which something follows a number, that it stand alone; fewer hold chance finds (2같은)


def josa_of(word: str) -> Iterator[tuple[int, str]]:
    """Where a word may be cut before a josa that agrees, and that josa's tag; the longest josa first."""
    for start in range(max(1, len(word) - _LONGEST), len(word)):
        tag, after = JOSA.get(word[start:], ("", ""))
        if tag and _agrees(word[start - 1], after):
            yield start, tag


def cuts_by_rule(words: Mapping[str, int]) -> dict[str, tuple[int, ...]]:
    """Cuts for the words of a corpus: around numbers, and before the longest josa that follows a noun."""
    is_noun = _nouns(words)
    cuts: dict[str, tuple[int, ...]] = {}
    for word in words:
        places = [match.start() for match in NUMBER.finditer(word)]
        rest, counts = _after_number(word)
        josa = (start for start, _ in josa_of(rest) if counts or is_noun(rest[:start]))
        if rest not in JOSA:
            places += (len(word) - len(rest) + start for start in islice(josa, 1))
        if places:
            cuts[word] = tuple(places)
    return cuts


def _nouns(words: Iterable[str]) -> Callable[[str], bool]:
    """Whether a stem is a noun, by all the words that it is seen in.

    A noun stands alone and has several endings; one of two syllables or more has an ending that no verb has, and
    another one or none. What numbers count (명 of 590명이) stands alone with them.
    """
    alone, endings, counted = set[str](), defaultdict[str, set[str]](set), Counter[str]()
    for word in words:
        rest, counts = _after_number(word)
        if rest in JOSA:
            continue
        alone.add(rest)
        stems = [rest[:start] for start, _ in josa_of(rest)]
        counted.update(stems[: 1 if counts else 0])
        for stem in stems:
            endings[stem].add(rest[len(stem) :])

    def is_noun(stem: str) -> bool:
        seen, by_itself = endings[stem], stem in alone or counted[stem] >= COUNTED
        if by_itself and len(seen) >= ENDINGS:
            return stem not in PRONOUNS
        return len(stem) > 1 and len(seen) + by_itself > 1 and not seen <= OF_VERBS_TOO

    return is_noun


def _after_number(word: str) -> tuple[str, bool]:
    """What follows the last number in a word, or all of it, and whether a number comes before."""
    rest = word[max((match.start() for match in NUMBER.finditer(word)), default=0) :]
    return rest, len(rest) < len(word) and not rest[0].isdecimal()


def spaced(words: Mapping[str, int], cuts: Cuts) -> dict[str, int]:
    """Counts of words with a space put at each cut."""
    found = {}
    for word, count in words.items():
        bounds = [0, *cuts.get(word, ()), len(word)]
        found[" ".join(word[start:end] for start, end in pairwise(bounds))] = count
    return found


def guess(piece: str, start: int) -> list[Morpheme]:
    """The words of a text, cut before a josa where two syllables or more come before it; what is unclear is NA."""
    found = []
    for low, high in spans(piece):
        word = piece[low:high]
        cut, josa = next(josa_of(word), (0, ""))
        if cut < 2 or not is_syllable(word[cut - 1]):
            found.append(Morpheme(word, sign(word), start + low, start + high))
        else:
            found.append(Morpheme(word[:cut], "NNG", start + low, start + low + cut))
            found.append(Morpheme(word[cut:], josa, start + low + cut, start + high))
    return found


def _agrees(before: str, after: str) -> bool:
    if not after or not is_syllable(before):  # Hanja and Latin letters are not read: either form may follow
        return True
    sound = final(before)
    return {"C": sound != "", "V": sound == "", "K": sound not in ("", "ㄹ"), "L": sound in ("", "ㄹ")}[after]

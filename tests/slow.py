"""Slow, obvious twins of the algorithms: what the fast ones are compared with on random input."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence

from vocab.bpe import Merge, Ties, Trained


def bpe_by_recounting(
    counts: Mapping[str, int],
    size: int,
    *,
    prefix: str = "",
    ties: Ties = "lowest-ids",
    veto: Callable[[str], bool] | None = None,
    specials: Sequence[str] = (),
    min_frequency: int = 2,
    iterations: int | None = None,
    alphabet: Sequence[str] | None = None,
) -> Trained:
    """Byte-pair training that counts all pairs of all words again for every merge; `alphabet` orders the characters."""
    words = [characters(unit, prefix) for unit in counts]
    weights = list(counts.values())
    if alphabet is None:
        spelled = {piece for word in words for piece in word}
        bare = {piece.removeprefix(prefix) if len(piece) > 1 else piece for piece in spelled}
        alphabet = [*sorted(bare), *sorted(piece for piece in spelled if len(piece) > 1)]
    pieces, merges, refused = [*specials, *alphabet], list[Merge](), set[tuple[str, str]]()
    while len(pieces) < size and len(merges) != iterations:
        pairs: dict[tuple[str, str], int] = {}
        for word, weight in zip(words, weights, strict=True):
            for pair in itertools.pairwise(word):
                pairs[pair] = pairs.get(pair, 0) + weight
        open_pairs = [pair for pair in pairs if pairs[pair] >= max(1, min_frequency) and pair not in refused]
        if not open_pairs:
            break
        if ties == "lowest-ids":
            left, right = min(open_pairs, key=lambda pair: (-pairs[pair], pieces.index(pair[0]), pieces.index(pair[1])))
        else:
            left, right = max(open_pairs, key=pairs.__getitem__)  # the first of the best, as a dict keeps its order
        piece = left + right.removeprefix(prefix)
        if piece in pieces or (veto and veto(piece)):
            refused.add((left, right))
            continue
        pieces.append(piece)
        merges.append(Merge(left, right, piece, pairs[left, right]))
        words = [joined(word, left, right, piece) for word in words]
    uses = [sum(w * word.count(piece) for word, w in zip(words, weights, strict=True)) for piece in pieces]
    return Trained(tuple(pieces), tuple(merges), tuple(uses))


def characters(unit: str, prefix: str) -> list[str]:
    """A unit as the pieces it begins with."""
    if prefix and unit.startswith(prefix) and unit != prefix:
        return [prefix + character for character in unit[len(prefix) :]]
    return [character if index == 0 else prefix + character for index, character in enumerate(unit)]


def joined(word: list[str], left: str, right: str, piece: str) -> list[str]:
    """A word after a merge, from left to right."""
    result: list[str] = []
    for part in word:
        if result and part == right and result[-1] == left:
            result[-1] = piece
        else:
            result.append(part)
    return result


def longest_match(word: str, pieces: Mapping[str, int], unknown: int, *, whole: bool, inside: str = "##") -> list[int]:
    """WordPiece by trying every end of every start; what fits nowhere is unknown, alone or with its `whole` word."""
    ids, start, mark = list[int](), 0, ""
    while start < len(word):
        ends = [end for end in range(len(word), start, -1) if mark + word[start:end] in pieces]
        if ends:
            ids.append(pieces[mark + word[start : ends[0]]])
            start, mark = ends[0], inside
        elif whole:
            return [unknown]
        elif mark:
            mark = ""
        else:
            ids.append(unknown)
            start += 1
    return ids


def by_merge_order(word: str, merges: Sequence[tuple[str, str]], inside: str = "##") -> list[str]:
    """Byte-pair encoding of a word by looking for the earliest merge among all neighbours, again and again."""
    pieces = characters(word, inside)
    while True:
        places = [(merges.index(pair), at) for at, pair in enumerate(itertools.pairwise(pieces)) if pair in merges]
        if not places:
            return pieces
        _, at = min(places)
        pieces[at : at + 2] = [pieces[at] + pieces[at + 1].removeprefix(inside)]

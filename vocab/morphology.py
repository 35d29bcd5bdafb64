"""How the cuts of a vocabulary lie to the morphemes that linguists found: against CoNLL-U treebanks.

The lemma column of the Korean treebanks gives a word's morphemes joined by +; their tags stand joined in the column of
language-specific tags (UD GSD) or behind a slash in the last one (the KAIST treebank). Where the morphemes spell the
word, their borders are places in it; where a contraction changed letters (가까운: 가깝+ㄴ) there is nothing to compare,
and only the share of such words is given. The sentences are encoded whole, since analysers need the context.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np

from corpus.packed import plain
from tools.errors import UserError
from vocab.encoded import Encoded, encoded
from vocab.measure import Figures
from vocab.tokenizer import Tokenizer

TAGS = 16  # the most frequent ones are shown


class Word(NamedTuple):
    """A word of a treebank in its sentence: its morphemes with their tags, none if they do not spell it."""

    start: int
    end: int
    morphemes: tuple[tuple[str, str], ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a treebank."""

    text: str
    words: tuple[Word, ...]


def read_treebank(path: Path) -> list[Sentence]:
    """The sentences of a CoNLL-U file, packed or not, or of all *.conllu files of a folder."""
    files = sorted(path.rglob("*.conllu*")) if path.is_dir() else [path]
    found = [sentence for file in files for sentence in _sentences(file)]
    if not any(word.morphemes for sentence in found for word in sentence.words):
        raise UserError(f"{path}: no words with their morphemes; give a Korean treebank in CoNLL-U, as UD GSD or Kaist")
    return found


def morphology(tokenizer: Tokenizer, sentences: Sequence[Sentence]) -> Figures:
    """Precision, recall and F1 of the borders inside words, words cut exactly right, and the pieces of each tag."""
    sample = encoded(tokenizer, [sentence.text for sentence in sentences])
    cuts = _cuts(sample)
    total = right = predicted = gold = exact = splittable = 0
    pieces, kept, seen = Counter[str](), Counter[str](), Counter[str]()
    for sentence, origin in zip(sentences, sample.origins.tolist(), strict=True):
        for start, end, morphemes in sentence.words:
            total += 1
            if not morphemes:
                continue
            splittable += 1
            places = list(accumulate((len(form) for form, _ in morphemes), initial=origin + start))
            inside, own = set(np.flatnonzero(cuts[origin + start + 1 : origin + end]) + 1), set()
            own = {place - origin - start for place in places[1:-1]}
            right, predicted, gold = right + len(own & inside), predicted + len(inside), gold + len(own)
            exact += own == inside
            for (_, tag), (low, high) in zip(morphemes, pairwise(places), strict=True):
                within = int(cuts[low + 1 : high].sum())
                seen[tag] += 1
                pieces[tag] += 1 + within
                kept[tag] += within == 0 and bool(cuts[low]) and bool(cuts[high])
    return {
        "splittable": splittable / max(total, 1),
        "boundary precision": right / max(predicted, 1),
        "boundary recall": right / max(gold, 1),
        "boundary F1": 2 * right / max(predicted + gold, 1),
        "words exact": exact / max(splittable, 1),
        "treebank fertility": len(sample) / max(total, 1),
        "tags": [[tag, times, pieces[tag] / times, kept[tag] / times] for tag, times in seen.most_common(TAGS)],
    }


def _cuts(sample: Encoded) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Whether a piece begins or ends before each character of the text; white space parts too."""
    cuts = np.zeros(len(sample.text) + 1, np.bool_)
    cuts[sample.starts] = cuts[sample.ends] = True
    space = np.fromiter((c.isspace() for c in sample.text), np.bool_, len(sample.text))
    cuts[:-1] |= space
    cuts[1:] |= space
    cuts[0] = True
    return cuts


def _sentences(file: Path) -> Iterator[Sentence]:
    try:
        lines = b"".join(plain(str(file))).decode().splitlines()
    except UnicodeDecodeError:
        raise UserError(f"{file}: not UTF-8 text; give a treebank in CoNLL-U") from None
    rows: list[list[str]] = []
    for number, line in enumerate([*lines, ""], 1):
        if line.startswith("#"):
            continue
        if not line.strip():
            if rows:
                yield _sentence(rows)
            rows = []
            continue
        row = line.split("\t")
        if len(row) != 10:
            raise UserError(f"{file}:{number}: {len(row)} columns, but CoNLL-U has 10; give a treebank in CoNLL-U")
        if row[0].isdecimal():
            rows.append(row)


def _sentence(rows: Sequence[Sequence[str]]) -> Sentence:
    text, words = "", []
    for row in rows:
        form = row[1]
        words.append(Word(len(text), len(text) + len(form), _morphemes(row)))
        text += form if "SpaceAfter=No" in row[9].split("|") else f"{form} "
    return Sentence(text.rstrip(), tuple(words))


def _morphemes(row: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """The morphemes of a word with their tags; none if together they do not spell it."""
    form, lemma, tags, last = row[1], row[2], row[4], row[9]
    if form == lemma and "+" not in tags:
        return ((form, tags if tags != "_" else last.rpartition("/")[2]),)
    forms = lemma.split("+")
    names = tags.split("+") if tags != "_" else [part.rpartition("/")[2] for part in last.split("+")]
    if "".join(forms) != form or len(forms) != len(names) or not all(forms):
        return ()
    return tuple(zip(forms, names, strict=True))

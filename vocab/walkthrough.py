"""Byte-pair encoding by hand, as the lecture draws it: the tables of every step of training on one sentence.

The rules are the lecture's: of several best pairs the one that is seen first is merged, and the vocabulary is built
once, after the last merge, from the pieces that are then in use. Each table is counted anew from the words it stands
for, so this is for sentences; `vocab/bpe.py`, which says here what to merge, is for corpora.
"""

from __future__ import annotations

import dataclasses
import itertools
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tools.charts import Block, Prose, Section, Table, write_page
from tools.errors import UserError
from vocab.bpe import Merge, train
from vocab.words import words

if TYPE_CHECKING:
    from vocab.stages import Walkthrough

PREFIX = "##"
Pieces = tuple[str, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Step:
    """The words of the text in pieces, and the merge that comes next; none after the last."""

    words: tuple[Pieces, ...]
    merge: Merge | None

    @property
    def candidates(self) -> Pieces:
        """The pieces in use, each once, in the order in which they are seen: the vocabulary if training ended here."""
        return tuple(dict.fromkeys(itertools.chain.from_iterable(self.words)))

    @property
    def bigrams(self) -> dict[tuple[str, str], int]:
        """Every pair of pieces side by side and its count, in the order in which they are seen."""
        return dict(Counter(pair for word in self.words for pair in itertools.pairwise(word)))


def steps(text_words: Sequence[str], merges: int) -> list[Step]:
    """The words as characters, then as they are after each merge; it ends early when nothing is left to merge."""
    trained = train(
        Counter(text_words),
        sys.maxunicode,
        prefix=PREFIX,
        ties="first-seen",
        min_frequency=1,
        iterations=merges,
    )
    current = tuple(characters(word) for word in text_words)
    taken = []
    for merge in trained.merges:
        taken.append(Step(current, merge))
        current = tuple(joined(word, merge.left, merge.right) for word in current)
    return [*taken, Step(current, None)]


def characters(word: str) -> Pieces:
    """A word as the lecture begins with it: its first character, and each other one as a continuation."""
    return (word[0], *(PREFIX + character for character in word[1:]))


def joined(pieces: Iterable[str], left: str, right: str) -> Pieces:
    """A word in pieces after one merge, made from left to right."""
    result: list[str] = []
    for piece in pieces:
        if result and (result[-1], piece) == (left, right):
            result[-1] = left + right.removeprefix(PREFIX)
        else:
            result.append(piece)
    return tuple(result)


def show(config: Walkthrough) -> None:
    """`python -m vocab walkthrough`: print the tables, and draw them as a page if asked to."""
    text_words = words(config.text)
    if not text_words:
        raise UserError("walkthrough: the text holds no words; give a sentence")
    if config.merges < 0:
        raise UserError(f"walkthrough: --merges {config.merges} must not be negative; try 3")
    taken = steps(text_words, config.merges)
    print("\n\n".join(printed(number, step) for number, step in enumerate(taken)))
    if config.html:
        draw(config.html, config.text, taken)
        print(f"\n{config.html}")


def printed(number: int, step: Step) -> str:
    """The tables of one step for a terminal."""
    bigrams = (f"({left}, {right}) {count}" for (left, right), count in step.bigrams.items())
    name = "candidates" if step.merge else "vocabulary"
    lines = [
        f"iteration {number}",
        f"  words       {' / '.join(map(' '.join, step.words))}",
        f"  {name}  {' '.join(step.candidates)} ({len(step.candidates)})",
        f"  bigrams     {' · '.join(bigrams)}",
    ]
    return "\n".join([*lines, f"  best pair   {_best(step.merge)}"] if step.merge else lines)


def draw(path: Path, text: str, taken: Sequence[Step]) -> None:
    """The tables of all steps as an HTML page."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_page(path, f"Byte-pair encoding: {text}", [_section(number, step) for number, step in enumerate(taken)])


def _section(number: int, step: Step) -> Section:
    best = (step.merge.left, step.merge.right) if step.merge else None
    rows = [(left, right, count, "★" * ((left, right) == best)) for (left, right), count in step.bigrams.items()]
    name = "Vocabulary candidates" if step.merge else "The vocabulary, built after the last merge"
    blocks: list[Block] = [
        Table(
            ["word", "in pieces"],
            [("".join(p.removeprefix(PREFIX) for p in word), " ".join(word)) for word in step.words],
        ),
        Prose(f"{name} ({len(step.candidates)}): {' '.join(step.candidates)}"),
        Table(["left", "right", "count", "best"], rows),
    ]
    return Section(f"Iteration {number}", [*blocks, Prose(f"Best pair: {_best(step.merge)}")] if step.merge else blocks)


def _best(merge: Merge) -> str:
    return f"({merge.left}, {merge.right}) {merge.count} → {merge.piece}"

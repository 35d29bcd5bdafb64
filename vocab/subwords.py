"""A list of words and the subwords that spell it: what a vocabulary of pieces saves over a vocabulary of words.

The pieces are learned from the list itself, each word counting once. By default merging stops where the vocabulary is
smallest: at first a merge makes more pieces needless than the one it adds, later it only adds.
"""

from __future__ import annotations

import dataclasses
import itertools
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tools.charts import Bars, Prose, Section, Table, write_page
from tools.columns import aligned
from tools.errors import UserError
from vocab.bpe import Merge, train
from vocab.walkthrough import PREFIX, Pieces, characters, joined
from vocab.words import words

if TYPE_CHECKING:
    from vocab.stages import WordToSubword

LECTURE = ("고양경찰서", "고양시", "종로경찰서", "경찰", "경찰서", "경찰관", "경찰청")


@dataclasses.dataclass(frozen=True, slots=True)
class Spelling:
    """Words in pieces."""

    words: Mapping[str, Pieces]

    @property
    def pieces(self) -> Pieces:
        """The subword vocabulary, in the order in which its pieces are seen."""
        return tuple(dict.fromkeys(itertools.chain.from_iterable(self.words.values())))

    @property
    def entries(self) -> dict[str, int]:
        """How many words there are, and how many pieces."""
        return {"words": len(self.words), "pieces": len(self.pieces)}

    @property
    def characters(self) -> dict[str, int]:
        """How many characters the words hold, and the pieces, whose prefix is none of theirs."""
        pieces = sum(len(piece.removeprefix(PREFIX)) for piece in self.pieces)
        return {"words": sum(map(len, self.words)), "pieces": pieces}


def spell(word_list: Iterable[str], merges: int | None = None) -> Spelling:
    """Words to subwords by that many merges, or by as many as make the vocabulary smallest."""
    counts = dict.fromkeys(word_list, 1)
    learned = train(counts, sys.maxunicode, prefix=PREFIX, ties="first-seen", min_frequency=2, iterations=merges).merges
    kept = learned if merges is not None else learned[: smallest(counts, learned)]
    ranks = {(merge.left, merge.right): rank for rank, merge in enumerate(kept)}
    return Spelling({word: _spelled(word, ranks) for word in counts})


def smallest(word_list: Iterable[str], merges: Sequence[Merge]) -> int:
    """After how many of the merges the fewest pieces are in use."""
    uses = Counter(piece for word in word_list for piece in characters(word))
    sizes = [len(uses)]
    for merge in merges:
        uses[merge.piece] = merge.count
        for piece in (merge.left, merge.right):
            uses[piece] -= merge.count
            if uses[piece] <= 0:
                del uses[piece]
        sizes.append(len(uses))
    return sizes.index(min(sizes))


def _spelled(word: str, ranks: Mapping[tuple[str, str], int]) -> Pieces:
    pieces = characters(word)
    while known := [pair for pair in itertools.pairwise(pieces) if pair in ranks]:
        pieces = joined(pieces, *min(known, key=ranks.__getitem__))
    return pieces


def show(config: WordToSubword) -> None:
    """`python -m vocab word2subword`: print the words in pieces and the saving, and draw them if asked to."""
    if config.file and not config.file.is_file():
        raise UserError(f"{config.file}: there is no such file; give a text file with words")
    listed = words(config.file.read_text(encoding="utf-8", errors="replace")) if config.file else LECTURE
    if not listed:
        raise UserError(f"{config.file}: holds no words; write one on each line")
    spelling = spell(listed, config.merges)
    print(*aligned([(word, " ".join(pieces)) for word, pieces in spelling.words.items()]), sep="\n")
    print(f"\n{' '.join(spelling.pieces)}\n{saving(spelling)}")
    if config.html:
        draw(config.html, spelling)
        print(config.html)


def saving(spelling: Spelling) -> str:
    """What the pieces save, in words."""
    entries, characters = spelling.entries, spelling.characters
    return (
        f"{entries['words']:,} words of {characters['words']:,} characters are spelled by "
        f"{entries['pieces']:,} pieces of {characters['pieces']:,} characters: "
        f"{_share(entries)} entries, {_share(characters)} characters"
    )


def draw(path: Path, spelling: Spelling) -> None:
    """The figure as an HTML page."""
    rows = [(word, " ".join(pieces)) for word, pieces in spelling.words.items()]
    bars = [Bars("Entries of the vocabulary", spelling.entries), Bars("Characters in it", spelling.characters)]
    sections = [
        Section("Words in pieces", [Table(["word", "pieces"], rows)]),
        Section("Subword vocabulary", [Prose(" ".join(spelling.pieces))]),
        Section("Saving", [Prose(saving(spelling)), *bars]),
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    write_page(path, "From words to subwords", sections)


def _share(sizes: Mapping[str, int]) -> str:
    before, after = sizes["words"], sizes["pieces"]
    return f"{abs(before - after) / before:.0%} {'fewer' if after <= before else 'more'}"

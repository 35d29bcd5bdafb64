"""How a vocabulary is to be used: all that `malmoi.json` says besides the pieces themselves.

A scheme is data. It names no file and holds no piece; what the names mean is told in the files that act on them
(words.py, segment.py, wordpiece.py, merges.py, unigram.py). The defaults are those of a WordPiece vocabulary of ours.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, Literal, get_args, get_type_hints

from tools.errors import UserError, nearest
from vocab.segment import segmentation

Kind = Literal["wordpiece", "bpe", "unigram", "word", "syllable", "jamo", "library"]
Segment = Literal["josa", "eojeol", "morpheme", "morpheme-tag", "lemma", "verb-lemma"]
Form = Literal["NFC", "NFD", "NFKC", "NFKD"]
Unknown = Literal["character", "word"]

SPECIALS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
MORE_SPECIALS = ("[BOS]", "[EOS]", "<unk>", "<s>", "</s>", "<pad>", "<mask>")  # of published vocabularies


@dataclasses.dataclass(frozen=True, slots=True)
class Scheme:
    """From text to pieces: composed text, its words, the form and the marks of a word, and how a word is cut."""

    kind: Kind = "wordpiece"
    """How a word is cut: by longest match (wordpiece, syllable, jamo), by merge order, by likelihood,
    not at all (word), or as a tokenizer.json of others says (library)."""
    segment: Segment = "eojeol"
    """What was counted in training; where segment.py says so, text is cut the same way at run time."""
    analyzer: str = "mecab"
    """The morphological analyser that such a scheme needs."""
    form: Form = "NFC"
    """The Unicode form of a word when it is looked up; NFD and NFKD make jamo of syllables."""
    split: Literal["bert", "spaces"] = "bert"
    """What a word is: as in words.py, or all that stands between white space."""
    start: str = ""
    """The mark before the first piece of a word, as ▁ in sentencepiece."""
    inside: str = "##"
    """The mark before the other pieces of a word, as ## in BERT."""
    end: str = ""
    """The mark after the last piece of a word, as _ in KorBERT."""
    space: str = ""
    """The piece that stands for the white space between two words, in the few vocabularies that have one."""
    unknown: Unknown = "character"
    """What becomes [UNK]: the character that no piece holds, or, as in BERT, the whole word around it."""
    longest_word: int = 0
    """Longer words are [UNK], as in BERT, where it is 100; 0 = words of any length are cut."""

    @property
    def analysed(self) -> bool:
        """Whether text is cut by a morphological analyser at run time."""
        return segmentation(self.segment).analysis == "always"

    @property
    def by_longest_match(self) -> bool:
        """Whether words are cut by longest match; words cut before josa in training are words of parts at run time."""
        in_parts = self.kind == "word" and bool(self.inside) and not self.analysed
        return in_parts or self.kind in ("wordpiece", "syllable", "jamo")

    @property
    def whole_words_unknown(self) -> bool:
        """Whether [UNK] stands for whole words."""
        return self.unknown == "word" or self.kind == "word"


OURS = Scheme()
BERT = Scheme(unknown="word", longest_word=100)
"""A published vocab.txt as its users' libraries apply it."""


def scheme_from(value: Mapping[str, Any], where: str) -> Scheme:
    """A scheme from its JSON, or an error that names the field that is wrong."""
    hints = get_type_hints(Scheme)
    for name, given in value.items():
        if name not in hints:
            raise UserError(f"{where}: {name} is no part of a scheme; {nearest(name, hints)}")
        allowed = get_args(hints[name])
        if (given not in allowed) if allowed else not isinstance(given, hints[name]):
            what = f"one of {', '.join(allowed)}" if allowed else f"of type {hints[name].__name__}"
            raise UserError(f"{where}: {name} is {given!r} but must be {what}; make the folder again")
    return Scheme(**value)

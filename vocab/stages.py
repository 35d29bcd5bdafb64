"""What `python -m vocab` can do: the options of each verb, and the tables that name what runs."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Literal

from tyro.conf import Positional

from tools.stage import Command, Stage, Verb

ABOUT = "Documents to tokenizers, and their comparison."

AnalyzerName = Literal["mecab", "kiwi", "okt", "komoran", "kkma", "hannanum", "none"]
Kind = Literal["wordpiece", "bpe", "unigram", "word", "syllable", "jamo"]
Segment = Literal["josa", "eojeol", "morpheme", "morpheme-tag", "lemma", "verb-lemma"]


@dataclasses.dataclass(frozen=True, slots=True)
class AnalyzeCorpus:
    """Analyse a corpus once, so that every scheme can be counted from it.

    Example: python -m vocab analyze-corpus build/tiny/corpus --output build/tiny/analyses
    """

    corpus: Positional[Path]
    """A folder of documents, as corpus clean makes it."""
    output: Path
    """The folder to make."""
    analyzer: AnalyzerName = "mecab"
    """mecab does about 1 MB/s in each process, kiwi 0.2, the others a tenth of that or less."""
    share: float = 1.0
    """The share of the documents to analyse, chosen by their ids: 40 MB are enough for the cuts of the josa scheme."""
    engine: Literal["local", "ray"] = "local"
    """Where the work is done: processes here, or a Ray cluster."""
    workers: int = 0
    """Processes; 0 = one for each core."""


@dataclasses.dataclass(frozen=True, slots=True)
class Analyze:
    """Show a text as each analyser sees it, in one tag set, side by side.

    Example: python -m vocab analyze "아버지가방에들어가신다."
    """

    text: Positional[str]
    """The text."""
    analyzer: tuple[AnalyzerName, ...] = ()
    """The analysers to ask; none given = all."""


@dataclasses.dataclass(frozen=True, slots=True)
class SegmentText:
    """Show a text in every segmentation scheme, with the places of the units on request.

    Example: python -m vocab segment "섬 지역에서 발견된다."
    """

    text: Positional[str]
    """The text."""
    analyzer: AnalyzerName = "mecab"
    """The morphological analyser."""
    offsets: bool = False
    """Also print where each unit stands in the text."""


@dataclasses.dataclass(frozen=True, slots=True)
class Tags:
    """Show the tag set in its seven classes, with what each analyser calls a tag, or with its counts in a corpus.

    Example: python -m vocab tags
    """

    analyses: Positional[Path | None] = None
    """A folder of analyses, as analyze-corpus makes it."""


@dataclasses.dataclass(frozen=True, slots=True)
class Walkthrough:
    """Byte-pair encoding by hand: the tables of every step of training on one sentence, as the lecture draws them.

    Example: python -m vocab walkthrough "경찰청 철창살은 외철창살이고 검찰청 철창살은 쌍철창살이다" --merges 3
    """

    text: Positional[str]
    """The sentence."""
    merges: int = 3
    """How many merges to make."""
    html: Path | None = None
    """Also draw the tables as a page, into this file."""


@dataclasses.dataclass(frozen=True, slots=True)
class WordToSubword:
    """Turn a list of words into the subwords that spell it, and say what that saves.

    Example: python -m vocab word2subword --html build/subwords.html
    """

    file: Positional[Path | None] = None
    """A text file with words; without one, the lecture's seven words."""
    merges: int | None = None
    """How many merges to make; none given = as many as make the vocabulary smallest."""
    html: Path | None = None
    """Also draw the figure as a page, into this file."""


@dataclasses.dataclass(frozen=True, slots=True)
class Encode:
    """Show the pieces of a text in a vocabulary, with their ids and their places in the text.

    Example: python -m vocab encode build/tiny/vocab "멕시코부터 브라질까지"
    """

    vocabulary: Positional[Path]
    """A tokenizer's folder, or a published vocab.txt, tokenizer.json or sentencepiece model."""
    text: Positional[str]
    """The text."""


@dataclasses.dataclass(frozen=True, slots=True)
class Export:
    """Write a tokenizer as a folder that other software opens.

    Example: python -m vocab export build/tiny/vocab --format hf --output build/tiny/hf
    """

    vocabulary: Positional[Path]
    """A tokenizer's folder, or a published vocab.txt, tokenizer.json or sentencepiece model."""
    format: Literal["hf"] = "hf"
    """hf: for AutoTokenizer of transformers."""
    output: Path = Path("build/hf")
    """The folder to make."""


@dataclasses.dataclass(frozen=True, slots=True)
class Train:
    """Train a vocabulary on a folder of documents; without options the josa-aware WordPiece of 32,000 pieces.

    Example: python -m vocab train --corpus build/tiny/corpus --output build/tiny/vocab --size 8000
    """

    corpus: Path
    """A folder of documents (corpus clean) or of analyses (analyze-corpus)."""
    output: Path
    """The folder to make."""
    kind: Kind = "wordpiece"
    """How pieces are made and used: wordpiece, bpe, unigram, or whole units, syllables, jamo."""
    segment: Segment = "josa"
    """What words are cut into before training; `python -m vocab segment TEXT` shows each."""
    size: int = 32000
    """How many pieces, special ones included."""
    analyzer: AnalyzerName = "mecab"
    """The morphological analyser; none = josa are found by rule."""
    trainer: Literal["fast", "teaching"] = "fast"
    """For bpe: the tokenizers library, or vocab/bpe.py, which gives the same merges. The others know one trainer."""
    alphabet: int = 0
    """How many different characters are kept; the others are listed in left_out.tsv. 0 = a fifth of the size."""
    min_frequency: int = 2
    """Pairs and units that occur less often make no piece."""
    unused: int = 0
    """How many [unusedN] pieces to keep free."""
    iterations: int | None = None
    """Stop after so many merges."""
    drop_unused: bool = False
    """Leave out pieces that only led to longer ones."""
    engine: Literal["local", "ray"] = "local"
    """Where the counting is done: processes here, or a Ray cluster."""
    workers: int = 0
    """Processes; 0 = one for each core."""


@dataclasses.dataclass(frozen=True, slots=True)
class Compare:
    """Compare vocabularies on the same text: a page, a JSON file and a table.

    Example: python -m vocab compare build/tiny/vocab vocab.txt --corpus build/tiny/corpus --output build/comparison
    """

    vocabularies: Positional[tuple[Path, ...]]
    """Tokenizers' folders, or published vocab.txt, tokenizer.json or sentencepiece models."""
    corpus: Path
    """A folder of documents, as corpus clean makes it."""
    output: Path
    """The folder for report.html and report.json."""
    treebank: tuple[Path, ...] = ()
    """Treebanks with morphemes in CoNLL-U (UD GSD, Kaist): files, or folders of them."""
    qa: tuple[Path, ...] = ()
    """Questions in the format of KorQuAD 1.0, for the answer ceiling."""
    sample_mb: float = 5.0
    """How much of the corpus to measure on, in MB; the documents are chosen by their ids."""
    engine: Literal["local", "ray"] = "local"
    """Where the work is done: processes here, or a Ray cluster."""
    workers: int = 0
    """Processes; 0 = one for each core."""


STAGES: dict[str, Stage] = {
    "train": Stage(
        "vocab.train",
        Train,
        "vocab.train:train",
        inputs=("corpus",),
        neutral=("engine", "workers"),
        version=2,
        resumable=True,
        next='python -m vocab encode {output} "아버지가 방에 들어가신다."',
    ),
    "analyze-corpus": Stage(
        "vocab.analyze-corpus",
        AnalyzeCorpus,
        "vocab.analysis:analyze_corpus",
        inputs=("corpus",),
        neutral=("engine", "workers"),
        resumable=True,
        next="python -m vocab tags {output}",
    ),
    "compare": Stage(
        "vocab.compare",
        Compare,
        "vocab.compare:compare",
        inputs=("vocabularies", "corpus", "treebank", "qa"),
        neutral=("engine", "workers"),
    ),
    "export": Stage("vocab.export", Export, "vocab.export:export", inputs=("vocabulary",)),
}
COMMANDS: dict[str, Command] = {
    "encode": Command("vocab.encode", Encode, "vocab.show_encoding:encode"),
    "analyze": Command("vocab.analyze", Analyze, "vocab.show_analysis:analyze"),
    "segment": Command("vocab.segment", SegmentText, "vocab.show_analysis:segment"),
    "tags": Command("vocab.tags", Tags, "vocab.show_analysis:tags"),
    "walkthrough": Command("vocab.walkthrough", Walkthrough, "vocab.walkthrough:show"),
    "word2subword": Command("vocab.word2subword", WordToSubword, "vocab.subwords:show"),
}
VERBS: dict[str, Verb] = {**STAGES, **COMMANDS}
SUITES = {
    "vocab": "vocab.bench_vocab:everything",
    "vocab-train": "vocab.bench_train:trainers",
    "vocab-encode": "vocab.bench_encode:encoders",
    "vocab-analysis": "vocab.bench_analysis:analyzers",
    "josa": "vocab.bench_josa:ablation",
}

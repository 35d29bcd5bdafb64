"""The options of the verbs that make and show instances."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Annotated, Literal

from tyro.conf import Positional, arg

Part = Literal["train", "held-out"]


@dataclasses.dataclass(frozen=True, slots=True)
class Encode:
    """Tokenise documents once, into arrays that say where sentences, documents and words begin.

    Example: python -m pretrain encode --corpus build/tiny/corpus --vocabulary build/tiny/vocab --output build/store
    """

    corpus: Path
    """A folder of documents, as corpus clean makes it."""
    vocabulary: Path
    """A tokenizer's folder, or a published vocab.txt, tokenizer.json or sentencepiece model."""
    output: Path
    """The folder to make."""
    analyzer: Literal["mecab", "kiwi", "none"] = "none"
    """Also mark where morphemes begin, for --unit morpheme: mecab does about 1 MB/s in each process."""
    engine: Literal["local", "ray"] = "local"
    """Where the work is done: processes here, or a Ray cluster."""
    workers: int = 0
    """Processes; 0 = one for each core."""


@dataclasses.dataclass(frozen=True, slots=True)
class Instances:
    """Cut a token store into rows of [CLS] A [SEP] B [SEP], half of them with a B from another document.

    Example: python -m pretrain instances --store build/store --output build/instances --lengths 128,512
    """

    store: Path
    """A token store, as pretrain encode makes it."""
    output: Path
    """The folder to make; a subfolder for each length, with the parts train and held-out."""
    lengths: str = "128"
    """How many tokens a full row has, special pieces included; several with commas: 128,512."""
    mask_rate: float = 0.15
    """The share of tokens that is to be guessed: of these 80 % become [MASK], 10 % another piece, 10 % stay."""
    masking: Literal["static", "dynamic"] = "dynamic"
    """dynamic: drawn anew in each epoch while training; static: drawn now and written down, as BERT did."""
    dupe: int = 1
    """How many times to go through the corpus, each time with other pairs (and other masks, if static)."""
    unit: Literal["token", "word", "morpheme"] = "word"
    """What is masked as a whole; morpheme needs a store made with --analyzer."""
    nsp: Literal["nsp", "sop", "none"] = "nsp"
    """What is asked about B: is it the next text (nsp), is it before A (sop); none = rows of one segment."""
    short_rate: float = 0.1
    """The share of rows that are cut to a random shorter length."""
    held_out: float = 0.005
    """The share of documents kept for evaluation and never trained on."""
    cap: int = 0
    """The most guesses in a row; 0 = a tenth more than the rate of a full row, and four."""
    seed: int = 1
    """Another seed, other pairs and masks."""
    engine: Literal["local", "ray"] = "local"
    """Where the work is done: processes here, or a Ray cluster."""
    workers: int = 0
    """Processes; 0 = one for each core."""


@dataclasses.dataclass(frozen=True, slots=True)
class Show:
    """Print instances as a person reads them: pieces, masks, and what stood under the masks.

    Example: python -m pretrain show build/instances -n 3
    """

    instances: Positional[Path]
    """A folder of instances."""
    n: Annotated[int, arg(aliases=("-n",))] = 3
    """How many."""
    first: int = 0
    """The number of the first."""
    length: int = 0
    """Which length; 0 = the shortest there is."""
    part: Part = "train"
    """Which part."""
    epoch: int = 0
    """With dynamic masking, the epoch whose masks are shown."""


@dataclasses.dataclass(frozen=True, slots=True)
class Stats:
    """Prove 15 / 80 / 10 / 10 / 50 on instances, with confidence intervals, lengths, padding and most-masked pieces.

    Example: python -m pretrain stats build/instances
    """

    instances: Positional[Path]
    """A folder of instances."""
    length: int = 0
    """Which length; 0 = every one."""
    part: Part = "train"
    """Which part."""
    rows: int = 200_000
    """How many rows to look at, taken evenly from the whole; 0 = all."""
    json: Path | None = None
    """Also write the figures into this file."""


@dataclasses.dataclass(frozen=True, slots=True)
class MaskDemo:
    """Mask a text as pretraining would, several times, and draw it.

    Example: python -m pretrain mask-demo build/tiny/vocab-josa "우리 집 강아지는 털이 복슬복슬하다."
    """

    vocabulary: Positional[Path]
    """A tokenizer's folder, or a published vocab.txt, tokenizer.json or sentencepiece model."""
    text: Positional[str]
    """The text."""
    unit: Literal["token", "word"] = "word"
    """What is masked as a whole."""
    mask_rate: float = 0.15
    """The share of tokens that is to be guessed."""
    times: int = 5
    """How often."""
    seed: int = 1
    """Another seed, other masks."""


@dataclasses.dataclass(frozen=True, slots=True)
class ToTfrecord:
    """Write instances as the TFRecord files of Google's create_pretraining_data.py.

    Example: python -m pretrain to-tfrecord build/instances --output build/tfrecord
    """

    instances: Positional[Path]
    """A folder of instances."""
    output: Path
    """The folder to make."""
    length: int = 128
    """Which length."""
    part: Part = "train"
    """Which part."""


@dataclasses.dataclass(frozen=True, slots=True)
class FromTfrecord:
    """Read TFRecord files of create_pretraining_data.py as instances with static masks; no TensorFlow needed.

    Example: python -m pretrain from-tfrecord old.tfrecord --vocabulary old/vocab.txt --output build/instances
    """

    files: Positional[tuple[Path, ...]]
    """The files."""
    vocabulary: Path
    """The vocabulary they were made with: a tokenizer's folder or a published file."""
    output: Path
    """The folder to make."""

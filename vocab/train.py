"""The stage `train`: a corpus to a tokenizer, by segmentation scheme and kind of vocabulary.

Units are counted, rare characters left out and listed (left_out.tsv), and one of KINDS makes pieces of the counts. The
default is the josa-aware WordPiece: words are cut between a noun and its josa while they are counted, and the pieces
that would swallow a josa all the same are refused, so that answers end where pieces end; using it needs no analyser.
"""

from __future__ import annotations

import dataclasses
import io
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from tools.engine import Engine
from tools.errors import UserError
from tools.progress import progress
from tools.shards import atomic
from tools.stage import LEDGER
from vocab import bpe
from vocab.alphabet import Alphabet, bare, choose, limited
from vocab.folder import save
from vocab.scheme import SPECIALS, Scheme
from vocab.segment import segmentation
from vocab.stages import Train
from vocab.straddle import straddlers
from vocab.tagged import tagged, write_tagged
from vocab.tokenizer import Tokenizer
from vocab.unigram import pieces
from vocab.units import count_units, parted
from vocab.words import words

START = "▁"
POOR = 0.99  # of a text must be characters that are pieces, or something is wrong
ROUNDS = 2  # of refusing pieces; a third changes next to nothing
Counts = Mapping[str, int]
Veto = Callable[[str], bool]
"""Whether a piece may not be made."""


def train(config: Train) -> dict[str, Any]:
    """Count, train, and write the tokenizer with what a person wants to see beside it."""
    _check(config)
    engine = Engine(config.engine, config.workers)
    spaced = count_units(config.corpus, config.segment, config.analyzer, config.output / LEDGER, engine)
    counts = parted(spaced)
    if not counts:
        raise UserError(f"{config.corpus}: no words to train on; the corpus has no text")
    whole = segmentation(config.segment).analysis == "always" and config.kind == "word"
    letters = Alphabet((), {}, 0) if whole else choose(counts, config.alphabet or config.size // 5)
    units = limited(counts, letters)
    row = KINDS[config.kind]
    made = row.make(units, config)
    tokenizer, uses = row.mend(made, units, spaced, config) if row.mend else made
    save(tokenizer, config.output)
    _write_people(config, counts, letters, tokenizer, uses)
    if letters.coverage < POOR:
        lost = 100 * (1 - letters.coverage)
        print(f"{lost:.1f} % of the text is characters that no piece has; give a larger --size")
    if len(tokenizer) < config.size:
        print(f"{len(tokenizer):,} pieces, not {config.size:,}: the text has no more to learn from")
    return {
        "pieces": len(tokenizer),
        "units": len(counts),
        "characters": len(letters.kept),
        "characters left out": len(letters.left_out),
        "coverage %": round(100 * letters.coverage, 4),
    }


def _check(config: Train) -> None:
    row = segmentation(config.segment)
    if config.analyzer == "none" and row.analysis == "always":
        raise UserError(
            f"--segment {config.segment} --analyzer none: this scheme is made of morphemes; choose mecab or kiwi"
        )
    if config.size < len(SPECIALS) + config.unused + 1:
        raise UserError(f"--size {config.size}: not even the special pieces fit; ask for some thousands")


def _specials(config: Train) -> tuple[str, ...]:
    return (*SPECIALS, *(f"[unused{number}]" for number in range(config.unused)))


def _scheme(config: Train, **more: Any) -> Scheme:
    return Scheme(kind=config.kind, segment=config.segment, analyzer=config.analyzer, **more)


Made = tuple[Tokenizer, Mapping[str, int]]
"""A tokenizer, and how often each of its pieces was used in the training text."""


@dataclasses.dataclass(frozen=True, slots=True)
class Making:
    """A kind: how its pieces are made of units, and made better by what the words, with a space at each cut, tell."""

    make: Callable[[Counts, Train], Made]
    mend: Callable[[Made, Counts, Counts, Train], Made] | None = None


def wordpiece(counts: Counts, config: Train, veto: Veto | None = None) -> Made:
    """Pieces by merging, used by longest match; our trainer, since tokenizers' is not the same from run to run."""
    trained = _merged({**_continuing(counts), **counts}, config, "##", veto)
    return Tokenizer(trained.pieces, _scheme(config), _pairs(trained)), _uses(trained)


def without_straddlers(made: Made, units: Counts, spaced: Counts, config: Train) -> Made:
    """Train again without the pieces that reach across cuts; in their place come others, of which a few do so too."""
    refused: set[str] = set()
    for _ in range(ROUNDS):
        found = straddlers(made[0], spaced)
        if not found:
            break
        refused |= found
        made = wordpiece(units, config, refused.__contains__)
    return made


def _continuing(counts: Counts) -> dict[str, int]:
    """Each character as one that continues a word, with no count: 11 is 1 ##1 though only 1 was seen."""
    return {f"##{c}": 0 for c in sorted({c for unit in counts for c in bare(unit)}) if len(words(f"가{c}")) == 1}


def pair_merges(counts: Counts, config: Train) -> Made:
    """Byte-pair encoding: pieces by merging, used in the order of the merges."""
    marked = _with_start(counts)
    if config.trainer == "fast" and config.iterations is None and not config.drop_unused:
        pieces, merges, uses = _by_library(marked, config)
    else:
        trained = _merged(marked, config, "")
        pieces, merges, uses = trained.pieces, _pairs(trained), _uses(trained)
    return Tokenizer(pieces, _scheme(config, start=START, inside=""), merges), uses


def _merged(counts: Counts, config: Train, prefix: str, veto: Veto | None = None) -> bpe.Trained:
    specials = _specials(config)
    with progress("merge", config.size, "pieces") as bar:
        trained = bpe.train(
            dict(sorted(counts.items())),
            config.size,
            prefix=prefix,
            specials=specials,
            veto=veto,
            min_frequency=config.min_frequency,
            iterations=config.iterations,
            on_merge=lambda merge: bar.update(),
        )
    return bpe.without_unused(trained, len(specials)) if config.drop_unused else trained


def _pairs(trained: bpe.Trained) -> tuple[tuple[str, str], ...]:
    return tuple((merge.left, merge.right) for merge in trained.merges)


def _uses(trained: bpe.Trained) -> dict[str, int]:
    return dict(zip(trained.pieces, trained.uses, strict=True))


def _by_library(counts: Counts, config: Train) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...], dict[str, int]]:
    """The same merges by the tokenizers library, from the counted words."""
    import orjson
    from tokenizers import Tokenizer as Library
    from tokenizers import models, pre_tokenizers, trainers

    library = Library(models.BPE())
    library.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    special = list(_specials(config))
    trainer = trainers.BpeTrainer(
        vocab_size=config.size, min_frequency=config.min_frequency, special_tokens=special, show_progress=False
    )
    # The library counts words itself; it is given each as often as it occurs, a batch at a time.
    library.train_from_iterator((" ".join([unit] * count) for unit, count in counts.items()), trainer)
    model = orjson.loads(library.to_str())["model"]
    pieces = tuple(sorted(model["vocab"], key=model["vocab"].__getitem__))
    merges = tuple(
        (left, right) for left, right in (m if isinstance(m, list) else m.split(" ") for m in model["merges"])
    )
    return pieces, merges, {}


def unigram(counts: Counts, config: Train) -> Made:
    """Sentencepiece's unigram model over the counted units, without any normalisation of its own."""
    import sentencepiece
    from sentencepiece import sentencepiece_model_pb2

    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=(f"{unit}\t{count}" for unit, count in sorted(_with_start(counts).items())),
        add_dummy_prefix=False,
        input_format="tsv",
        model_writer=model,
        model_type="unigram",
        vocab_size=config.size,
        normalization_rule_name="identity",
        character_coverage=1.0,
        hard_vocab_limit=False,
        unk_id=1, unk_piece="[UNK]", pad_id=0, pad_piece="[PAD]", bos_id=-1, eos_id=-1,
        control_symbols=["[CLS]", "[SEP]", "[MASK]", *(f"[unused{n}]" for n in range(config.unused))],
        minloglevel=2,
    )  # fmt: skip
    # Trained on units of which only the first of a word has its ▁; used on words, which all get it.
    trained = sentencepiece_model_pb2.ModelProto()  # type: ignore[attr-defined]  # made when it is imported
    trained.ParseFromString(model.getvalue())
    trained.normalizer_spec.add_dummy_prefix = True
    data: bytes = trained.SerializeToString(deterministic=True)
    return Tokenizer(pieces(data, "the trained model"), _scheme(config, start=START, inside=""), model=data), {}


def word(counts: Counts, config: Train) -> Made:
    """The most frequent units as they are; everything else is [UNK]."""
    return _most_frequent(counts, config)


def syllable(counts: Counts, config: Train) -> Made:
    """Single characters, those that begin a word and those that continue one apart."""
    seen: Counter[str] = Counter()
    for unit, count in counts.items():
        for at, character in enumerate(bare(unit)):
            seen[f"##{character}" if at or bare(unit) != unit else character] += count
    return _most_frequent(seen, config)


def jamo(counts: Counts, config: Train) -> Made:
    """Single jamo (and other characters): text is decomposed before it is cut."""
    import unicodedata

    decomposed: Counter[str] = Counter()
    for unit, count in counts.items():
        mark = "##" if bare(unit) != unit else ""
        decomposed[mark + unicodedata.normalize("NFD", bare(unit))] += count
    tokenizer, uses = syllable(decomposed, config)
    return Tokenizer(tokenizer.pieces, _scheme(config, form="NFD")), uses


def _most_frequent(counts: Counts, config: Train) -> Made:
    specials = _specials(config)
    order = sorted((c for c in counts if c not in specials), key=lambda unit: (-counts[unit], unit))
    kept = [unit for unit in order if counts[unit] >= config.min_frequency][: config.size - len(specials)]
    return Tokenizer((*specials, *kept), _scheme(config)), counts


def _with_start(counts: Counts) -> dict[str, int]:
    """Counts of ##-units as counts of ▁-units: the start of a word is marked, and not what continues it."""
    marked: Counter[str] = Counter()
    for unit, count in counts.items():
        marked[unit[2:] if bare(unit) != unit else START + unit] += count
    return dict(marked)


def _write_people(
    config: Train, counts: Counts, letters: Alphabet, tokenizer: Tokenizer, uses: Mapping[str, int]
) -> None:
    """The same for people: pieces with their uses, characters left out with their counts, tagged morphemes."""
    tables = {
        "vocab.tsv": (f"{piece}\t{uses.get(piece, '')}" for piece in tokenizer.pieces),
        "left_out.tsv": (f"{character}\tU+{ord(character):04X}\t{n}" for character, n in letters.left_out.items()),
    }
    for name, lines in tables.items():
        with atomic(config.output / name) as file:
            file.writelines(f"{line}\n".encode() for line in lines)
    if config.segment == "morpheme-tag":
        write_tagged(config.output / "tagged.txt", tagged(counts))


KINDS: dict[str, Making] = {
    "wordpiece": Making(wordpiece, without_straddlers),
    "bpe": Making(pair_merges),
    "unigram": Making(unigram),
    "word": Making(word),
    "syllable": Making(syllable),
    "jamo": Making(jamo),
}

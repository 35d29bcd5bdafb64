"""Where to cut words while they are counted, and which pieces to refuse: the trials behind the default, failures kept.

40 MB of an encyclopedia are analysed once and cut in each way. Choices were made on the questions about half of
KorQuAD's articles (sha1 of the title even); the other half and TyDi QA were only reported on. A row has the answer
ceilings, the tokens of KorQuAD's contexts (also as a multiple of those of WordPiece without cuts, of the same size and
alphabet), and what a trigram needs for documents it has not seen. josa_trials.py has the ways.
"""

from __future__ import annotations

import hashlib
import tempfile
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any

import orjson

from corpus import readers
from corpus.packed import plain
from corpus.repair import repair
from corpus.wikitext import Policy
from tools.errors import UserError
from tools.progress import progress
from vocab import measure, ngram
from vocab.alphabet import choose, limited
from vocab.analyzers import analyzer
from vocab.ceiling import Passage, ceiling, read_questions
from vocab.encoded import encoded
from vocab.josa import cuts_by_rule, spaced
from vocab.josa_trials import TRIALS, Cut, Trial
from vocab.stages import Train
from vocab.straddle import straddlers
from vocab.tags import Morpheme
from vocab.tokenizer import Tokenizer
from vocab.train import wordpiece
from vocab.units import parted
from vocab.words import clean, spans

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
TEXT, KORQUAD = DATA / "kowiki" / "kowiki-2023-a.txt.xz", DATA / "korquad" / "korquad-112.json.xz"
TYDI = DATA / "korquad" / "tydiqa-ko-dev.json"
LEARNED, ASKED = 0.1724, 0.99  # documents up to here in the scrambled order of their ids, 40 MB; and from here on

Word = tuple[str, tuple[Morpheme, ...]]
"""A word and the morphemes that stand in it; their places count from its first letter."""


def ablation() -> list[dict[str, Any]]:
    """A row for each trial."""
    for path in (TEXT, KORQUAD, TYDI):
        if not path.is_file():
            raise UserError(f"{path}: not there; the vocabularies are trained on, and asked about, such files")
    learned, asked = _documents()
    words = Counter(word for text in learned for word in tagged_words(text, analyzer("mecab")(text)))
    learned = learned[::2]  # enough for the trigram
    questions = {**_halves(), "TyDi": read_questions(TYDI)}
    rows, uncut = list[dict[str, Any]](), dict[tuple[int, int], float]()
    with progress("josa", len(TRIALS), "trials") as bar:
        for cut, trials in groupby(TRIALS, key=lambda trial: trial.cut):
            spaced_words = cut_words(words, cut)
            for trial in trials:
                tokenizer = made(trial, spaced_words)
                row = {"cut and refused": trial.name, "pieces": trial.size, **_answers(tokenizer, questions)}
                raw = uncut.setdefault((trial.size, trial.alphabet), row["tokens"])
                row["x raw"] = round(row["tokens"] / raw, 3)
                rows.append(row | _language(tokenizer, learned, asked))
                bar.update()
    return rows


def cut_words(words: Mapping[Word, int], cut: Cut | None) -> dict[str, int]:
    """Counts of words with a space at each cut; None = by rule."""
    found: Counter[str] = Counter()
    for (word, morphemes), count in words.items():
        places = [place for place in cut(morphemes) if 0 < place < len(word)] if cut else []
        bounds = sorted({0, *places, len(word)})
        found[" ".join(word[start:end] for start, end in pairwise(bounds))] += count
    return dict(found) if cut else spaced(found, cuts_by_rule(found))


def made(trial: Trial, words: Mapping[str, int]) -> Tokenizer:
    """The vocabulary of a trial."""
    config = Train(Path(), Path(), size=trial.size)
    counts = parted(words)
    units, refused = limited(counts, choose(counts, trial.alphabet or trial.size // 5)), set[str]()

    def veto(piece: str) -> bool:
        return piece in refused or (trial.veto is not None and trial.veto(piece))

    for turn in range(trial.rounds + 1):
        tokenizer, _ = wordpiece(units, config, veto)
        if turn < trial.rounds:
            refused |= straddlers(tokenizer, words, trial.share)
    return tokenizer


def tagged_words(text: str, morphemes: Sequence[Morpheme]) -> Iterator[Word]:
    """The words of clean text, each with its morphemes."""
    first = 0
    for start, end in spans(text):
        while first < len(morphemes) and morphemes[first].end <= start:
            first += 1
        own, at = list[Morpheme](), first
        while at < len(morphemes) and morphemes[at].start < end:
            form, tag, low, high = morphemes[at]
            own.append(Morpheme(form, tag, max(low, start) - start, min(high, end) - start))
            at += 1
        yield text[start:end], tuple(own)


def _language(tokenizer: Tokenizer, learned: Sequence[str], asked: Sequence[str]) -> dict[str, Any]:
    sample = encoded(tokenizer, asked)
    bits = ngram.bits_per_character(ngram.learn(encoded(tokenizer, learned)), sample)
    lost = measure.unknown(sample)
    return {
        "bits": round(bits, 3),
        "[UNK] %": round(100 * lost["unknown per token"], 3),
        "lost Hangul %": round(100 * lost["unknown Hangul"], 4),
    }


def _documents() -> tuple[list[str], list[str]]:
    learned, asked = list[str](), list[str]()
    for document, _ in readers.read(readers.split(str(TEXT))[0]):
        place = zlib.crc32(document.id.encode()) / (1 << 32)
        if place < LEARNED or place >= ASKED:
            (learned if place < LEARNED else asked).append(clean(repair(document.text, Policy())))
    return learned, asked


def _halves() -> dict[str, list[Passage]]:
    halves: dict[str, list[Any]] = {"chosen on": [], "other half": []}
    for article in orjson.loads(b"".join(plain(str(KORQUAD))))["data"]:
        odd = hashlib.sha1(article["title"].encode()).digest()[-1] % 2
        halves["other half" if odd else "chosen on"].append(article)
    with tempfile.TemporaryDirectory() as folder:
        for name, articles in halves.items():
            (Path(folder) / name).write_bytes(orjson.dumps({"data": articles}))
        return {name: read_questions(Path(folder) / name) for name in halves}


def _answers(tokenizer: Tokenizer, questions: Mapping[str, Sequence[Passage]]) -> dict[str, Any]:
    found = {name: ceiling(tokenizer, passages) for name, passages in questions.items()}
    row = {f"{kind} {name}": round(f[f"ceiling {kind}"], 2) for name, f in found.items() for kind in ("EM", "F1")}
    halves = [(found[name]["tokens per context"], len(questions[name])) for name in ("chosen on", "other half")]
    return row | {"tokens": round(sum(t * n for t, n in halves) / sum(n for _, n in halves), 1)}

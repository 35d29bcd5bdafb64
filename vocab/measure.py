"""What a vocabulary makes of a sample of text: how many pieces, what is unknown, and how evenly its pieces are used.

An eojeol is what stands between white space. Pieces are counted without [CLS] and [SEP]. Of unevenness no single number
tells: Rényi efficiency ranks against morphology as often as with it, so entropy and Gini stand beside it.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from typing import Any

import numpy as np

from vocab.encoded import Encoded, Ints, bare, spans
from vocab.words import spans as word_spans

Figures = dict[str, Any]

HANGUL = re.compile("[가-힣]")
ALPHA = 2.5  # of Rényi's entropy: the value that went best with translation quality (Zouhar et al. 2023)
RARE = 5  # uses in the sample; a piece with fewer is hardly learned
AROUND = 2  # [CLS] and [SEP]
STEPS = (100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 200_000)
WORST = 20


def size(sample: Encoded) -> Figures:
    """How long texts become."""
    text, tokens = sample.text, max(len(sample), 1)
    lines = _per_line(sample)
    documents = np.diff(sample.firsts)
    return {
        "pieces": len(sample.tokenizer),
        "tokens": len(sample),
        "tokens per eojeol": len(sample) / max(len(text.split()), 1),
        "tokens per syllable": len(sample) / max(len(HANGUL.findall(text)), 1),
        "tokens per character": len(sample) / max(len(text), 1),
        "bytes per token": len(text.encode()) / tokens,
        "continuing": 1 - float(sample.begins.sum()) / tokens,
        "line median": _quantile(lines, 0.5),
        "line 90 %": _quantile(lines, 0.9),
        "line 99 %": _quantile(lines, 0.99),
        "lines within 128": float((lines + AROUND <= 128).mean()) if len(lines) else 0.0,
        "lines within 512": float((lines + AROUND <= 512).mean()) if len(lines) else 0.0,
        "documents within 512": float((documents + AROUND <= 512).mean()) if len(documents) else 0.0,
    }


def unknown(sample: Encoded) -> Figures:
    """What becomes [UNK], and which characters are to blame."""
    lost = np.flatnonzero(sample.unknown)
    eojeols, _ = spans(r"\S+", sample.text)
    hit = np.unique(np.searchsorted(eojeols, sample.starts[lost], "right"))
    pieces = [sample.text[start:end] for start, end in zip(sample.starts[lost], sample.ends[lost], strict=True)]
    lost_hangul = sum(len(HANGUL.findall(piece)) for piece in pieces)
    culprits = _culprits(sample, pieces)
    return {
        "unknown per token": len(lost) / max(len(sample), 1),
        "unknown per eojeol": len(hit) / max(len(eojeols), 1),
        "unknown Hangul": lost_hangul / max(len(HANGUL.findall(sample.text)), 1),
        "worst characters": [[what, count] for what, count in culprits.most_common(WORST)],
        "lost scripts": [[script, count] for script, count in _scripts(culprits).most_common()],
    }


def use(sample: Encoded) -> Figures:
    """What the pieces are, which of them are used, and which words stay whole."""
    tokenizer = sample.tokenizer
    hidden = {*tokenizer.specials, tokenizer.scheme.space}
    spelled = [bare(piece, tokenizer.scheme) for piece in tokenizer.pieces if piece not in hidden]
    single = [piece for piece in spelled if len(piece) == 1]
    syllables = [piece for piece in single if HANGUL.match(piece)]
    counts = _counts(sample)
    return {
        "single characters": len(single),
        "alphabet tax": len(single) / len(tokenizer),
        "single syllables": len(syllables),
        "distinct syllables": len(set(syllables)),
        "never used": float((counts == 0).mean()),
        "rarely used": float((counts < RARE).mean()),
        "words kept whole": _kept_whole(sample),
        "coverage": _coverage(counts),
    }


def distribution(sample: Encoded) -> Figures:
    """How evenly the pieces are used; efficiencies are of the logarithm of the whole vocabulary, used or not."""
    counts = _counts(sample)
    most = math.log2(max(len(counts), 2))
    return {
        "entropy": entropy(counts),
        "entropy efficiency": entropy(counts) / most,
        "renyi efficiency": entropy(counts, ALPHA) / most,
        "gini": gini(counts),
    }


def entropy(counts: Ints, alpha: float = 1.0) -> float:
    """Rényi's entropy of a distribution in bits; at 1 it is Shannon's."""
    shares = counts[counts > 0] / max(counts.sum(), 1)
    if not len(shares):
        return 0.0
    if alpha == 1.0:
        return float(-(shares * np.log2(shares)).sum())
    return float(np.log2((shares**alpha).sum()) / (1 - alpha))


def gini(counts: Ints) -> float:
    """Gini's coefficient: 0 if all pieces are used alike, near 1 if few pieces do all the work."""
    rising, total = np.sort(counts), counts.sum()
    if not total:
        return 0.0
    ranks = np.arange(1, len(rising) + 1)
    return float((2 * ranks - len(rising) - 1) @ rising / (len(rising) * total))


def _counts(sample: Encoded) -> Ints:
    return np.bincount(sample.ids, minlength=len(sample.tokenizer))


def _per_line(sample: Encoded) -> Ints:
    """How many pieces each line has; empty lines are none."""
    starts, ends = spans(r"[^\n]+", sample.text)
    return np.searchsorted(sample.starts, ends) - np.searchsorted(sample.starts, starts)


def _quantile(values: Ints, share: float) -> int:
    """The smallest value that so large a share of all does not exceed."""
    return int(np.quantile(values, share, method="inverted_cdf")) if len(values) else 0


def _culprits(sample: Encoded, pieces: list[str]) -> Counter[str]:
    """The characters that no piece holds; where all are known, the stretch itself, which was too long or ill-joined."""
    form = sample.tokenizer.scheme.form
    alphabet = set().union(*sample.tokenizer.pieces)
    found: Counter[str] = Counter()
    for piece, times in Counter(pieces).items():
        strange = {c for c in piece if not set(unicodedata.normalize(form, c)) <= alphabet}
        for what in strange or {piece if len(piece) <= 12 else f"{piece[:11]}…"}:
            found[what] += times * max(piece.count(what), 1)
    return Counter(dict(sorted(found.items())))  # equal counts come in the order of the characters


def _scripts(characters: Counter[str]) -> Counter[str]:
    """Counts of characters as counts of what they belong to: HANGUL, CJK, LATIN ..., or SIGN for what is no letter."""
    found: Counter[str] = Counter()
    for character, times in characters.items():
        name = unicodedata.name(character[0], "SIGN").partition(" ")[0]
        found[name if character[0].isalpha() else "SIGN"] += times
    return found


def _kept_whole(sample: Encoded) -> float:
    """The share of running words with Hangul in them that are one piece."""
    words = [(start, end) for start, end in word_spans(sample.text) if HANGUL.search(sample.text, start, end)]
    if not words or not len(sample):
        return 0.0
    starts, ends = np.array(words).T
    at = np.minimum(np.searchsorted(sample.starts, starts), max(len(sample) - 1, 0))
    whole = (sample.starts[at] == starts) & (sample.ends[at] == ends) & ~sample.unknown[at]
    return float(whole.mean())


def _coverage(counts: Ints) -> list[list[float]]:
    """The share of all tokens that the k most frequent pieces make up, for rising k."""
    covered = np.cumsum(np.sort(counts)[::-1]) / max(counts.sum(), 1)
    steps = sorted({min(step, len(counts)) for step in (*STEPS, len(counts))})
    return [[step, float(covered[step - 1])] for step in steps]

"""The units of a corpus with their counts, by segmentation scheme: what every trainer starts from.

Where the cuts need morphemes, text is analysed in context as it is read, or was by `analyze-corpus`. The analyser-free
josa scheme is counted by words and cut afterwards, because its rule looks at all words at once.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tools.engine import Engine
from tools.errors import UserError
from tools.shards import read_manifest
from vocab import counts
from vocab.analysis import row_units, spaced_words
from vocab.josa import cuts_by_rule, spaced
from vocab.segment import segmentation
from vocab.words import words


def count_units(corpus: Path, segment: str, analyzer: str, work: Path, engine: Engine) -> dict[str, int]:
    """Unit -> count over a folder of documents or of analyses; counts that `work` already holds are used again.

    The josa scheme gives words with a space at each cut (학교 에서) instead of units; `parted` makes units of them.
    """
    analysed = segmentation(segment).analysis != "nothing" and analyzer != "none"
    stored = read_manifest(corpus).about.get("analyzer")
    if analysed and stored not in (None, analyzer):
        raise UserError(f"{corpus}: was analysed by {stored}, not by {analyzer}; add --analyzer {stored}")
    target = work / "counts"
    if not (target / "manifest.json").exists():
        counts.count(corpus, _rows_to_units(segment, analyzer if analysed else ""), target, engine)
    found = counts.read_counts(target)
    return spaced(found, cuts_by_rule(found)) if segment == "josa" and not analysed else found


def parted(counted: Mapping[str, int]) -> dict[str, int]:
    """Counts of words with spaces as counts of what stands between them; what follows a space is written with ##."""
    units: Counter[str] = Counter()
    for word, count in counted.items():
        first, *others = word.split(" ")
        units[first] += count
        for unit in others:
            units[f"##{unit}"] += count
    return dict(units)


def row_words(row: Mapping[str, Any]) -> Iterable[str]:
    """The words of a document."""
    return words(row["text"])


def _rows_to_units(segment: str, analyzer: str) -> counts.Units:
    if not analyzer:
        return row_words
    if segment == "josa":
        return functools.partial(spaced_words, name=analyzer)
    return functools.partial(row_units, scheme=segment, name=analyzer)

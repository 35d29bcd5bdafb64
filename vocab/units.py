"""The units of a corpus with their counts, by segmentation scheme: what every trainer starts from.

Where the cuts need morphemes, text is analysed in context as it is read, or was by `analyze-corpus`. The analyser-free
josa scheme is counted by words and cut afterwards, because its rule looks at all words at once.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tools.engine import Engine
from tools.errors import UserError
from tools.shards import read_manifest
from vocab import counts
from vocab.analysis import row_units
from vocab.josa import cut_words, cuts_by_rule
from vocab.segment import segmentation
from vocab.words import words


def count_units(corpus: Path, segment: str, analyzer: str, work: Path, engine: Engine) -> dict[str, int]:
    """Unit -> count over a folder of documents or of analyses; counts that `work` already holds are used again."""
    analysed = segmentation(segment).analysis != "nothing" and analyzer != "none"
    stored = read_manifest(corpus).about.get("analyzer")
    if analysed and stored not in (None, analyzer):
        raise UserError(f"{corpus}: was analysed by {stored}, not by {analyzer}; add --analyzer {stored}")
    target = work / "counts"
    if not (target / "manifest.json").exists():
        units = functools.partial(row_units, scheme=segment, name=analyzer) if analysed else row_words
        counts.count(corpus, units, target, engine)
    found = counts.read_counts(target)
    return cut_words(found, cuts_by_rule(found)) if segment == "josa" and not analysed else found


def row_words(row: Mapping[str, Any]) -> Iterable[str]:
    """The words of a document."""
    return words(row["text"])

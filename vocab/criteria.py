"""Which figures a comparison shows, in which order, in which words, and which way is better: one table for all outputs.

A figure that is measured once for each treebank or question file is kept under `name [file]`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple

Better = Literal["less", "more", ""]


class Criterion(NamedTuple):
    """A figure: its key, its name in both languages, how it is written, and which way is better, if one is."""

    key: str
    korean: str
    english: str
    form: str
    better: Better = ""
    praise: tuple[str, str] = ("", "")
    """What the best vocabulary is said to do, in both languages; empty if nothing is said."""

    @property
    def title(self) -> str:
        """The name in both languages."""
        return f"{self.korean} {self.english}"


SIZE = (
    Criterion("pieces", "어휘 크기", "pieces", ",.0f"),
    Criterion("tokens per eojeol", "어절당 조각", "tokens/eojeol", ".3f", "less",
              ("글을 가장 적은 조각으로 적는 것은", "Fewest tokens to an eojeol")),
    Criterion("tokens per syllable", "음절당 조각", "tokens/syllable", ".3f", "less"),
    Criterion("bytes per token", "조각당 바이트", "bytes/token", ".2f", "more"),
    Criterion("continuing", "잇는 조각", "continuing (##)", ".1%"),
    Criterion("line median", "문단 길이 중앙값", "tokens, median line", ",.0f", "less"),
    Criterion("line 90 %", "문단 길이 90 %", "90 % of lines", ",.0f", "less"),
    Criterion("line 99 %", "문단 길이 99 %", "99 % of lines", ",.0f", "less"),
    Criterion("lines within 128", "128에 드는 문단", "lines within 128", ".1%", "more"),
    Criterion("lines within 512", "512에 드는 문단", "lines within 512", ".2%", "more"),
    Criterion("documents within 512", "512에 드는 문서", "documents within 512", ".1%", "more"),
)  # fmt: skip
UNKNOWN = (
    Criterion("unknown per token", "조각당 [UNK]", "[UNK]/token", ".4%", "less"),
    Criterion("unknown per eojeol", "[UNK]가 든 어절", "eojeols with [UNK]", ".4%", "less",
              ("모르는 글자가 가장 적은 것은", "Fewest eojeols with [UNK]")),
    Criterion("unknown Hangul", "[UNK]가 된 한글 음절", "Hangul syllables lost", ".4%", "less"),
)  # fmt: skip
USE = (
    Criterion("single characters", "한 글자 조각", "single characters", ",.0f"),
    Criterion("alphabet tax", "한 글자 조각의 몫", "alphabet tax", ".1%", "less"),
    Criterion("distinct syllables", "서로 다른 음절", "distinct syllables", ",.0f", "more"),
    Criterion("never used", "안 쓰인 조각", "never used", ".1%", "less"),
    Criterion("rarely used", "다섯 번 미만 쓰인 조각", "used < 5 times", ".1%", "less"),
    Criterion("words kept whole", "통째로 남은 단어", "words kept whole", ".1%", "more"),
)
DISTRIBUTION = (
    Criterion("entropy", "엔트로피(비트)", "entropy (bits)", ".3f"),
    Criterion("entropy efficiency", "엔트로피 효율", "entropy efficiency", ".3f"),
    Criterion("renyi efficiency", "레니 효율(α = 2.5)", "Rényi efficiency", ".3f"),
    Criterion("gini", "지니 계수", "Gini", ".3f"),
)
MORPHOLOGY = (
    Criterion("splittable", "나눌 수 있는 단어", "splittable words", ".1%"),
    Criterion("boundary precision", "경계 정밀도", "boundary precision", ".1%", "more"),
    Criterion("boundary recall", "경계 재현율", "boundary recall", ".1%", "more"),
    Criterion("boundary F1", "경계 F1", "boundary F1", ".1%", "more",
              ("형태소 경계를 가장 잘 지키는 것은", "Best on morpheme boundaries")),
    Criterion("words exact", "정확히 나눈 단어", "words exact", ".1%", "more"),
    Criterion("treebank fertility", "단어당 조각", "tokens/word", ".3f", "less"),
)  # fmt: skip
CEILING = (
    Criterion("answers aligned", "경계에 놓인 정답", "answers aligned", ".2%", "more"),
    Criterion("ceiling EM", "EM 상한", "EM ceiling", ".2f", "more",
              ("정답을 가장 온전히 고를 수 있는 것은", "Highest answer ceiling")),
    Criterion("ceiling F1", "F1 상한", "F1 ceiling", ".2f", "more"),
    Criterion("tokens per context", "지문당 조각", "tokens/context", ",.1f", "less"),
)  # fmt: skip
PREDICTION = (
    Criterion("bits per character", "글자당 비트", "bits/character", ".3f", "less",
              ("다음 조각을 짐작하기 가장 쉬운 것은", "Easiest to predict")),
    Criterion("tokens per character", "글자당 조각", "tokens/character", ".3f"),
)  # fmt: skip
EXACTNESS = (
    Criterion("places exact", "제자리에 선 조각", "places exact", ".3%", "more"),
    Criterion("places out of order", "어긋난 자리", "places out of order", ",.0f", "less"),
    Criterion("text covered", "조각에 든 글자", "text covered", ".3%", "more"),
    Criterion("letters come back", "되살아난 문단(글자)", "lines back", ".2%", "more"),
    Criterion("spaces come back", "되살아난 문단(띄어쓰기까지)", "lines back with spaces", ".2%", "more"),
    Criterion("merges differ", "병합과 다른 단어", "words that merging cuts otherwise", ".2%"),
)
COST = (
    Criterion("ids MB/s", "번호 인코딩 MB/s", "ids, MB/s", ".2f", "more", ("가장 빠른 것은", "Fastest")),
    Criterion("places MB/s", "자리까지 MB/s", "with places, MB/s", ".2f", "more"),
    Criterion("load s", "여는 시간(초)", "load, s", ".2f", "less"),
    Criterion("memory MB", "메모리(MB)", "memory, MB", ",.0f", "less"),
)

ALL = (*SIZE, *UNKNOWN, *USE, *DISTRIBUTION, *MORPHOLOGY, *CEILING, *PREDICTION, *EXACTNESS, *COST)
HEADLINES = (
    "pieces", "tokens per eojeol", "unknown per eojeol", "alphabet tax", "words kept whole", "boundary F1",
    "ceiling EM", "tokens per context", "bits per character", "ids MB/s",
)  # fmt: skip

LOSSY = 0.05  # of the eojeols: what a vocabulary does not read costs it no tokens and no borders
Rows = Mapping[str, Mapping[str, Any]]
"""Vocabulary -> its figures."""


def measured(criterion: Criterion, rows: Rows) -> list[str]:
    """The keys under which a figure was measured: its own, or one for each file."""
    keys = dict.fromkeys(key for figures in rows.values() for key in figures)
    return [key for key in keys if key == criterion.key or key.startswith(f"{criterion.key} [")]


def best(criterion: Criterion, key: str, rows: Rows) -> set[str]:
    """The vocabularies that look best in a figure as it is written; none where no way is better or all are equal."""
    written = {name: written_as(criterion, figures.get(key)) for name, figures in rows.items() if key in figures}
    if not criterion.better or len(set(written.values())) < 2:
        return set()
    choose = min if criterion.better == "less" else max
    top = choose(written, key=lambda name: rows[name][key])
    return {name for name, text in written.items() if text == written[top]}


def written_as(criterion: Criterion, value: Any) -> str:
    """A figure as it is written; what was not measured is empty."""
    return "" if value is None else format(value, criterion.form)


def lossy(rows: Rows) -> dict[str, str]:
    """The vocabularies that cannot be compared without a warning, with the share of eojeols that they lose part of."""
    lost = {name: figures.get("unknown per eojeol", 0.0) for name, figures in rows.items()}
    return {name: f"{share:.1%}" for name, share in lost.items() if share > LOSSY}


def verdicts(rows: Rows) -> Iterator[tuple[Criterion, str, list[str], str]]:
    """What can be said of the best: (figure, of which file, vocabularies, value)."""
    for criterion in ALL:
        for key in measured(criterion, rows) if criterion.praise[0] else ():
            if names := best(criterion, key, rows):
                file = key.removeprefix(criterion.key).strip(" []")
                yield criterion, file, sorted(names), written_as(criterion, rows[min(names)][key])

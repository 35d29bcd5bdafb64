"""What a data file holds, in figures: how many of what, how long, what follows an answer, which labels and names.

Figures come as tables for the terminal; the first row of a table may name its columns, the first cell names the row.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

import numpy as np

from finetune.examples import Choice, Example, Labelled, Question, Tagged
from finetune.formats.articles import Article, placed
from finetune.formats.tagsets import legend
from finetune.reading import Reading
from vocab.josa import JOSA, josa_of
from vocab.tokenizer import Tokenizer

Table = list[tuple[str, ...]]
Lengths = defaultdict[str, list[int]]
QUANTILES = (0, 0.5, 0.9, 0.99, 1)
MOST = 10
BORDERS = {
    "space": "어절이 끝남 the eojeol ends",
    "josa": "조사 a josa follows",
    "mark": "부호 a mark follows",
    "inside": "다른 글자 other letters follow",
    "nowhere": "본문에 없음 not in its context",
}


def question_tables(articles: Iterable[Article], tokenizer: Tokenizer | None, file: str = "") -> Iterator[Table]:
    """What a file of questions holds; what was published of a file of this name stands below."""
    counts, borders, josa, openings = (Counter[str]() for _ in range(4))
    lengths = Lengths(list)
    for article in articles:
        counts["글 articles"] += 1
        for part in article.paragraphs:
            counts["문단 paragraphs"] += 1
            measure(lengths, "문단 context", [part.context], tokenizer)
            measure(lengths, "질문 question", [asked.question for asked in part.asked], tokenizer)
            for asked in part.asked:
                counts["질문 questions"] += 1
                counts["답 없는 질문 without an answer"] += bool(asked.impossible)
                counts["답을 감춘 질문 with hidden answers"] += asked.answers is None
                openings.update(asked.question.split()[:1])
                answers = [placed(answer, part.context)[0] for answer in asked.answers or ()]
                counts["정답 answers"] += len(answers)
                measure(lengths, "정답 answer", [answer.text for answer in answers], tokenizer)
                for answer in answers:
                    kind, rest = border(part.context, answer.start, answer.text)
                    borders[kind] += 1
                    josa.update([rest] if kind == "josa" else [])
                    counts["어절 처음에 선 정답 that begin an eojeol"] += begins(part.context, answer.start)
    yield [(name, f"{count:,}") for name, count in counts.items()]
    if about := next((about for begin, about in OFFICIAL.items() if file.startswith(begin)), None):
        yield [("발표된 수 as published", ""), *((name, f"{count:,}") for name, count in about.items())]
    yield length_table(lengths)
    if borders:
        yield share_table(
            "정답 뒤 after an answer", {BORDERS[kind]: borders[kind] for kind in BORDERS if borders[kind]}
        )
    if josa:
        yield share_table("조사 josa after an answer", josa)
    yield share_table("질문의 첫 어절 first word of a question", openings)


def example_tables(reading: Reading, tokenizer: Tokenizer | None) -> Iterator[Table]:
    """What a file of any other task holds."""
    lengths, labels, names = Lengths(list), Counter[str](), 0
    for example in reading.examples:
        measure(lengths, "글 text", list(_texts(example)), tokenizer)
        found = list(_labels(example))
        labels.update(found)
        names += len(found) if isinstance(example, Tagged) else 0
    counts = {"예 examples": len(reading.examples)}
    counts |= {"이름 names": names} if names else {}
    counts |= {f"버림 left out: {reason}": count for reason, count in reading.skipped.items()}
    yield [(name, f"{count:,}") for name, count in counts.items()]
    yield length_table(lengths)
    words = {kind: word for kind, word in legend(labels) if word != kind} if names else {}
    told = {f"{label} {words[label]}" if label in words else label: count for label, count in labels.items()}
    yield share_table("이름의 갈래 kind of a name" if names else "답 label", told)


def border(context: str, start: int, answer: str) -> tuple[str, str]:
    """What follows an answer that begins at `start`, as a key of BORDERS, and the Hangul that follows it."""
    end = start + len(answer)
    after = context[end : end + 1]
    if start < 0:
        return "nowhere", ""
    if not after or after.isspace():
        return "space", ""
    hangul = _HANGUL.match(context, end)
    if hangul is None:
        return ("inside" if after.isalnum() else "mark"), ""
    word = context[end - 1 : hangul.end()]
    return ("josa" if any(at == 1 for at, _ in josa_of(word)) else "inside"), hangul[0]


def begins(context: str, start: int) -> bool:
    """Whether an eojeol begins at a place."""
    return start == 0 or (start > 0 and context[start - 1].isspace())


def measure(lengths: Lengths, name: str, texts: Sequence[str], tokenizer: Tokenizer | None) -> None:
    """Note how long some texts are: in characters, and in pieces if there is a vocabulary."""
    if not texts:
        return
    lengths[f"{name}, 글자 characters"] += map(len, texts)
    if tokenizer is not None:
        ends = tokenizer.encode_ids_batch(texts)[2]
        lengths[f"{name}, 조각 pieces"] += [end - start for start, end in pairwise([0, *ends])]


def length_table(lengths: Mapping[str, Sequence[int]]) -> Table:
    """The quantiles of each list of lengths, each a length that occurs, and their mean."""
    head = ("길이 length", *(f"{share:.0%}" for share in QUANTILES), "평균 mean")
    rows = []
    for name, found in lengths.items():
        quantiles = np.quantile(found, QUANTILES, method="inverted_cdf")
        rows.append((name, *(f"{value:,}" for value in quantiles), f"{np.mean(found):,.1f}"))
    return [head, *rows]


def share_table(name: str, counts: Mapping[str, int]) -> Table:
    """The most frequent of something, how often, and their share of all; the others together."""
    total = sum(counts.values())
    shown = Counter(counts).most_common(MOST)
    rest = total - sum(count for _, count in shown)
    rows = [*shown, *([(f"그 밖 {len(counts) - MOST:,} others", rest)] if rest else [])]
    return [(name, f"{total:,}", ""), *((key, f"{count:,}", f"{count / total:.1%}") for key, count in rows)]


def _texts(example: Example) -> Iterator[str]:
    if isinstance(example, Labelled):
        yield example.first
        yield from [example.second] if example.second is not None else []
    elif isinstance(example, Tagged):
        yield example.text
    elif isinstance(example, Question):
        yield from (example.question, *example.passages)
    else:
        yield from (example.text, *example.choices)


def _labels(example: Example) -> Iterator[str]:
    """What there is to be guessed, by name."""
    if isinstance(example, Labelled) and example.label is not None:
        yield example.label
    elif isinstance(example, Tagged):
        yield from (name.kind for name in example.names or ())
    elif isinstance(example, Choice) and example.right is not None:
        yield str(example.right)


TOGETHER = {"둘을 합친 문단 paragraphs, train and dev": 10_645, "둘을 합친 질문 questions, train and dev": 66_181}
OFFICIAL = {
    "KorQuAD_v1.0_train": {"질문 questions": 60_407, **TOGETHER},
    "KorQuAD_v1.0_dev": {"질문 questions": 5_774, **TOGETHER},
}
"""How the name of a published file begins -> what its authors say it holds."""
_HANGUL = re.compile(f"[가-힣]{{1,{max(map(len, JOSA)) + 1}}}")

"""Wrong answers to questions by kind, and what each kind adds to the gap between F1 and exact match.

The gap is what answers have in common with the right ones without being right: in Korean mostly the josa that a
tokenizer cannot part from its noun. An answer whose place is not told is looked for wherever it stands in the passages.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence

from finetune.examples import Answer, Question
from finetune.predictions import Reply
from finetune.scores import korquad
from finetune.scores.answers import Rule, best, rights
from vocab.josa import josa_of
from vocab.korquad import normalized

Place = tuple[int, int, int]
"""Passage, first character, the character after the last."""


@dataclasses.dataclass(frozen=True, slots=True)
class ErrorRow:
    """The wrong answers of one kind: their ids, their share of all that is wrong, and their points of the gap."""

    kind: str
    ids: tuple[str, ...]
    share: float
    gap: float


def error_rows(
    pairs: Sequence[tuple[Question, Reply | None]],
    unknown: Collection[str] = (),
    exact: Rule = korquad.exact,
    f1: Rule = korquad.f1,
) -> tuple[ErrorRow, ...]:
    """Every kind of error, in the order of KINDS; `unknown` are the ids whose right answer holds an [UNK]."""
    ids, shared = defaultdict[str, list[str]](list), defaultdict[str, float](float)
    for question, reply in pairs:
        right, text = rights(question), None if reply is None else reply.text
        if best(exact, text, right):
            continue
        kind = error_kind(question, reply, unknown=question.id in unknown)
        ids[kind].append(question.id)
        shared[kind] += best(f1, text, right)
    wrong, total = sum(map(len, ids.values())) or 1, len(pairs) or 1
    return tuple(
        ErrorRow(kind, tuple(ids[kind]), 100 * len(ids[kind]) / wrong, 100 * shared[kind] / total) for kind in KINDS
    )


def error_kind(question: Question, reply: Reply | None, *, unknown: bool = False) -> str:
    """The kind of an answer that is known to be wrong: against several right ones, the least bad kind."""
    if not question.answers:
        return "invented"
    if reply is None or not normalized(reply.text):
        return "empty"
    if unknown:
        return "unknown"
    order = list(KINDS)
    return min((_against(question, reply, answer) for answer in question.answers), key=order.index)


def _against(question: Question, reply: Reply, answer: Answer) -> str:
    if by_josa(reply.text, answer.text):
        return "josa"
    ones = list(_places(question, reply.text, reply.start, reply.passage))
    others = list(_places(question, answer.text, answer.start, answer.passage))
    if not ones or not others:
        return _by_text(reply.text, answer.text)
    together = [(one, other) for one in ones for other in others if _overlap(one, other)]
    if any(one[1] == other[1] or one[2] == other[2] for one, other in together):
        return "boundary"
    return "overlapping" if together else "elsewhere"


def by_josa(answer: str, right: str) -> bool:
    """Whether one of the two is the other and a josa that agrees with its last sound."""
    short, long = sorted((normalized(answer), normalized(right)), key=len)
    return long.startswith(short) and any(start == len(short) for start, _ in josa_of(long))


def _places(question: Question, text: str, start: int, passage: int) -> Iterator[Place]:
    if start >= 0:
        yield passage, start, start + len(text)
        return
    for number, context in enumerate(question.passages):
        at = context.find(text)
        while at >= 0:
            yield number, at, at + len(text)
            at = context.find(text, at + 1)


def _overlap(one: Place, other: Place) -> bool:
    return one[0] == other[0] and one[1] < other[2] and other[1] < one[2]


def _by_text(answer: str, right: str) -> str:
    short, long = sorted((normalized(answer), normalized(right)), key=len)
    if long.startswith(short) or long.endswith(short):
        return "boundary"
    return "overlapping" if short in long else "elsewhere"


def gap(rows: Iterable[ErrorRow]) -> float:
    """How far F1 is above exact match, in points."""
    return sum(row.gap for row in rows)


KINDS = {
    "josa": "조사만 다름",
    "boundary": "같은 곳, 다른 경계",
    "overlapping": "겹침",
    "elsewhere": "다른 곳",
    "unknown": "[UNK]가 든 답",
    "empty": "답하지 않음",
    "invented": "답이 없는데 답함",
}
"""From the least bad to the worst; the Korean beside."""

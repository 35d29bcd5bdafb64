"""Slow, obvious twins of the scorers, written from what is said of the official scripts, not from ours."""

from __future__ import annotations

import html
import math
import re
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise

PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
Spans = set[tuple[int, int, str]]


def korquad_normalized(answer: str) -> str:
    """Marks to spaces, small letters, no ASCII punctuation, single spaces: one character after the other."""
    for mark in "'\"《》<>〈〉()‘’":
        answer = answer.replace(mark, " ")
    answer = "".join(character for character in answer.lower() if character not in PUNCTUATION)
    return " ".join(answer.split())


def korquad2_normalized(answer: str) -> str:
    """The text of the markup, as KorQuAD 1.0 has it, without its spaces."""
    return "".join(korquad_normalized(text_of(answer)).split())


def text_of(markup: str) -> str:
    """Whatever is not between < and >, with comments and silent elements left out; only for well-formed markup."""
    markup = re.sub(r"<!--.*?-->", "", markup, flags=re.S)
    markup = re.sub(r"<(script|style|template|rt|rp)>.*?</\1>", "", markup, flags=re.S)
    return html.unescape(re.sub(r"</?[a-z][^<>]*>", "", markup))


def character_f1(given: str, wanted: str) -> float:
    """F1 of two texts' characters: each takes away one that is the same."""
    return shared_f1([one for one in given if one != " "], [one for one in wanted if one != " "])


def shared_f1(given: Sequence[str], wanted: Sequence[str]) -> float:
    """F1 of two lists without order, by crossing out."""
    left, same = list(wanted), 0
    for one in given:
        if one in left:
            left.remove(one)
            same += 1
    if same == 0:
        return 0.0
    precision, recall = 1.0 * same / len(given), 1.0 * same / len(wanted)
    return (2 * precision * recall) / (precision + recall)


def squad_words(answer: str) -> list[str]:
    """Small words without ASCII punctuation and articles; an article may touch what is no letter, as in `the—end`."""
    text = "".join(character for character in answer.lower() if character not in PUNCTUATION)
    pieces = re.findall(r"\w+|\W+", text)
    return "".join(" " if piece in ("a", "an", "the") else piece for piece in pieces).split()


def klue_normalized(answer: str) -> str:
    """Small letters without ASCII punctuation; a mark before `()‘’` becomes a space with it."""
    text = answer.lower()
    for mark in "'\"《》<>〈〉":
        text = text.replace(mark + "()‘’", " ")
    return " ".join("".join(character for character in text if character not in PUNCTUATION).split())


def longest_common(one: str, other: str) -> int:
    """The length of the longest piece that stands in both."""
    lengths = range(min(len(one), len(other)), 0, -1)
    return next((n for n in lengths if any(one[at : at + n] in other for at in range(len(one) - n + 1))), 0)


def rouge_w(answer: str, right: str) -> float:
    """F1 of the longest common piece."""
    if right == "":
        return 1.0 if answer == "" else 0.0
    common = longest_common(answer, right)
    if common == 0:
        return 0.0
    precision, recall = common / len(answer), common / len(right)
    return (1 + 1**2) * (precision * recall) / (1**2 * precision + recall)


Doubt = tuple[float, bool, bool, float]
"""Doubt, whether there is an answer, whether one was given, its score."""


def every_threshold(questions: Sequence[Doubt]) -> list[tuple[float, int]]:
    """The sum of the scores when only the first so many, by doubt, are answered: counted anew each time."""
    ordered = sorted(questions, key=lambda one: one[0])
    found = []
    for answered in range(len(ordered) + 1):
        total = 0.0
        for has, gave, score in (one[1:] for one in ordered[:answered]):
            total += score if has else float(not gave)
        found.append((total + sum(not one[1] for one in ordered[answered:]), answered))
    return found


def average_precision(questions: Sequence[Doubt], answerable: int) -> float:
    """The sum over all thresholds of precision times what recall gains."""
    area, before = 0.0, 0.0
    for threshold in sorted({one[0] for one in questions}):
        said = [one for one in questions if one[0] <= threshold]
        found = math.fsum(one[3] for one in said if one[1])
        area += found / len(said) * (found / answerable - before)
        before = found / answerable
    return 100 * area


def strict_names(tags: Sequence[str]) -> Spans:
    """Every stretch that is B, then only I of the same type, and no longer."""
    found: Spans = set()
    for start in range(len(tags)):
        for end in range(start + 1, len(tags) + 1):
            kind = tags[start][2:]
            inside = tags[start + 1 : end]
            longer = end < len(tags) and tags[end] == f"I-{kind}"
            if tags[start] == f"B-{kind}" and all(tag == f"I-{kind}" for tag in inside) and not longer:
                found.add((start, end, kind))
    return found


def class_f1(right: int, predicted: int, there: int) -> Fraction:
    """F1 by the other formula, without rounding."""
    return Fraction(2 * right, predicted + there) if predicted + there else Fraction(0)


def macro_f1(gold: Sequence[str], predicted: Sequence[str | None], names: Sequence[str] | None = None) -> float:
    """The mean of the classes' F1 in percent, counting pair by pair."""
    every = names if names is not None else sorted({*gold, *(one for one in predicted if one is not None)})
    pairs = list(zip(gold, predicted, strict=True))
    total = Fraction(0)
    for name in every:
        right = sum(one == other == name for one, other in pairs)
        total += class_f1(right, sum(other == name for _, other in pairs), sum(one == name for one, _ in pairs))
    return float(100 * total / len(every)) if every else 0.0


def micro_f1_without(gold: Sequence[str], predicted: Sequence[str | None], left_out: str) -> float:
    """F1 of all classes but one, together, in percent."""
    pairs = list(zip(gold, predicted, strict=True))
    right = sum(one == other != left_out for one, other in pairs)
    said = sum(other not in (left_out, None) for _, other in pairs)
    return float(100 * class_f1(right, said, sum(one != left_out for one in gold)))


def pr_area(right: Sequence[bool], chances: Sequence[float]) -> float:
    """Trapezoids under precision over recall, a point for each chance that occurs, from (0, 1) on."""
    points = [(0.0, 1.0)]
    for threshold in sorted(set(chances), reverse=True):
        said = [one for one, chance in zip(right, chances, strict=True) if chance >= threshold]
        points.append((sum(said) / sum(right), sum(said) / len(said)))
    return sum((x - x0) * (y + y0) / 2 for (x0, y0), (x, y) in pairwise(points))


def pearson(ones: Sequence[float], others: Sequence[float]) -> float:
    """The correlation from its definition, in percent."""
    mean, mean_other = math.fsum(ones) / len(ones), math.fsum(others) / len(others)
    moved = [(one - mean, other - mean_other) for one, other in zip(ones, others, strict=True)]
    below = math.sqrt(math.fsum(x * x for x, _ in moved) * math.fsum(y * y for _, y in moved))
    return 100 * math.fsum(x * y for x, y in moved) / below


def spearman(ones: Sequence[float], others: Sequence[float]) -> float:
    """The correlation of ranks: how many are less, and half of those that are equal."""
    return pearson(*([rank(value, values) for value in values] for values in (ones, others)))


def rank(value: float, values: Sequence[float]) -> float:
    """The mean place of a value among others."""
    return sum(one < value for one in values) + (sum(one == value for one in values) + 1) / 2


def calibration_error(confidences: Sequence[float], right: Sequence[bool], number: int) -> float:
    """Bins of equal width, one after the other."""
    total = 0.0
    for place in range(number):
        low, high = place / number, (place + 1) / number
        bin = [pair for pair in zip(confidences, right, strict=True) if low < pair[0] <= high]
        if bin:
            total += abs(sum(one for one, _ in bin) - sum(hit for _, hit in bin))
    return total / len(confidences)


def file_mean(rule: Callable[[str, str], float], gold: Mapping[str, Sequence[str]], given: Mapping[str, str]) -> float:
    """The mean over a file as the scripts have it: the nearest right answer, 0 for a question that is missing."""
    total = 0.0
    for id, answers in gold.items():
        if id in given:
            total += max([rule(given[id], answer) for answer in answers])
    return 100.0 * total / len(gold)

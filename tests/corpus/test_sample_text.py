"""The sentences of the world: enough patterns, none too often, every josa right."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator

import pytest

from corpus.sample.article import Article, compose
from corpus.sample.facts import Fact, kind, slots_of
from corpus.sample.names import table
from corpus.sample.world import QUOTA

SEED = 5
ARTICLES = [*range(800), *range(100_000, 101_900)]  # the first regions have kings, later ones do not


@pytest.fixture(scope="module")
def articles() -> list[Article]:
    return [compose(SEED, n) for n in ARTICLES]


def sentences(articles: list[Article]) -> Iterator[tuple[str, str]]:
    for article in articles:
        for section in article.sections:
            for paragraph in section.paragraphs:
                yield from ((each.pattern, each.phrase.plain) for each in paragraph)


def facts() -> list[Fact]:
    return [fact for name in (*QUOTA, "king") for fact in kind(name).facts]


def test_no_pattern_is_used_for_more_than_three_percent(articles: list[Article]) -> None:
    counts = Counter(pattern for pattern, _ in sentences(articles))
    assert len(counts) >= 500
    assert max(counts.values()) <= 0.03 * sum(counts.values())


def test_sentences_are_written_as_prose(articles: list[Article]) -> None:
    for pattern, text in sentences(articles):
        assert text.endswith(".") and "  " not in text and " ." not in text and " ," not in text, text
        assert not re.search(r"[{}\[\]<>|]|&(?!B| )|''|\(\)", text.replace("[수식]", "")), (pattern, text)
        assert unicodedata.is_normalized("NFC", text)


def test_every_josa_agrees_with_the_sound_before_it(articles: list[Article]) -> None:
    """A twin of the josa table: walk the pattern beside the sentence, and look at the decomposed last letter."""
    checked = Counter[str]()
    for article in articles:
        for section in article.sections:
            for each in (sentence for paragraph in section.paragraphs for sentence in paragraph):
                for word, josa, rest in slots_in(each.pattern, each.phrase.plain, each.phrase.marks):
                    closed = ends_closed(word, for_direction=josa.startswith("으로"))
                    if closed is None or josa not in FORMS:
                        continue
                    checked[josa] += 1
                    assert rest.startswith(FORMS[josa][0 if closed else 1]), (each.pattern, each.phrase.plain)
    assert all(checked[josa] > 20 for josa in ("은", "이", "을", "과", "으로", "이라고", "이었다")), checked


def slots_in(pattern: str, plain: str, marks: tuple[tuple[str, int, int], ...]) -> Iterator[tuple[str, str, str]]:
    """Each filled slot that has a josa: the word, the josa, and the rest of the sentence behind the word."""
    place = 0
    ends = list(marks)
    for name, josa in re.findall(r"\{(\w+)(?::(\w+))?\}", pattern):
        _, start, end = next(mark for mark in ends if mark[0] == name and mark[1] >= place)
        place = end
        if josa:
            yield plain[start:end], josa, plain[end:]


def ends_closed(word: str, *, for_direction: bool) -> bool | None:
    """Whether the word ends in a consonant, None if that is not for this twin to say (Latin letters)."""
    word = re.sub(r"(?<=.)\([^()]*\)$", "", word).rstrip("》〉』」”’")
    last = word[-1]
    if last.isascii() and last.isdigit():
        last = "영일이삼사오육칠팔구"[int(last)] if last != "0" else "십"
    letters = unicodedata.normalize("NFD", last)
    if not "가" <= last <= "힣":
        return None
    if for_direction and letters[-1] == "\u11af":
        return False
    return len(letters) == 3


PARTICLES = "은/는 이/가 을/를 과/와 과의/와의 으로/로 이라고/라고 이라는/라는 이나/나 이었다/였다 이었으나/였으나"
FORMS = {pair.split("/")[0]: pair.split("/") for pair in PARTICLES.split()}


def test_questions_ask_only_for_slots_that_the_fact_tells() -> None:
    for fact in facts():
        told = set[str]().union(*(slots_of(pattern) for pattern in fact.say))
        assert set(fact.ask) <= told, (fact.key, set(fact.ask) - told)
        for slot, questions in fact.ask.items():
            for question in questions:
                ways, _, _ = question.partition(" ")
                numbers = [int(way) for way in ways] if ways.isdecimal() else []
                assert all(1 <= way <= len(fact.say) and slot in slots_of(fact.say[way - 1]) for way in numbers), (
                    question
                )
                assert question.endswith("?")


def test_every_pattern_can_be_said(articles: list[Article]) -> None:
    """A pattern with a misspelt slot would never be chosen, and nobody would notice."""
    left = {(fact.key, pattern) for fact in facts() for pattern in fact.say}
    for article in articles:
        mine = {(fact.key, pattern) for fact in article.facts.kind.facts for pattern in fact.say} & left
        left -= {(key, pattern) for key, pattern in mine if all(map(article.facts.knows, slots_of(pattern)))}
    assert not left


def test_tags_name_slots_that_exist() -> None:
    known = {re.sub(r"\d", "", slot) for fact in facts() for pattern in fact.say for slot in slots_of(pattern)}
    rows = [row for name, rows in table("chronicle").items() if name != "headings" for row in rows]
    known |= {re.sub(r"\d", "", slot) for row in rows for pattern in row["say"] for slot in slots_of(pattern)}
    tagged = {slot for tag, slots in table("tags").items() if tag != "name" for slot in slots}
    assert tagged <= known, tagged - known

"""Questions and tagged sentences, checked from the outside: against the text, and against the names of the world."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import pytest

from corpus.sample.article import compose
from corpus.sample.page import Page, write_page
from corpus.sample.questions import questions
from corpus.sample.tagging import tagged_sentences
from corpus.sample.world import entity

SEED, PAGES = 4, 500
TAG = re.compile(r"<([^<>]+):(PS|LC|OG|DT|QT|AF|EV)>")


@pytest.fixture(scope="module")
def pages() -> list[Page]:
    return [write_page(compose(SEED, n)) for n in range(PAGES)]


def asked(pages: list[Page], most: int = 4) -> list[tuple[Page, str, dict[str, Any]]]:
    entries = [(page, questions(page, most)) for page in pages]
    return [
        (page, paragraph["context"], row)
        for page, entry in entries
        if entry
        for paragraph in entry["paragraphs"]
        for row in paragraph["qas"]
    ]


def test_every_answer_stands_where_it_says(pages: list[Page]) -> None:
    rows = asked(pages, 50)
    assert len(rows) > 5 * PAGES
    for page, context, row in rows:
        (answer,) = row["answers"]
        start, text = answer["answer_start"], answer["text"]
        assert context[start : start + len(text)] == text and text
        assert context in page.text.split("\n")
        assert text == text.strip(" ,.《》〈〉『』“”‘’()") and "(" not in text, text


def test_answers_carry_no_josa(pages: list[Page]) -> None:
    """Behind an answer comes a josa, a space or a bracket; an answer that took its josa along would be in no name."""
    for _, context, row in asked(pages, 50):
        (answer,) = row["answers"]
        after = context[answer["answer_start"] + len(answer["text"]) :]
        assert re.match(r"[은는이가을를과와의에으로도만까부라였인나뿐생행들쪽풍,.:)》〉』”’ (]", after), (
            answer,
            context,
        )


def test_questions_do_not_hold_their_answer(pages: list[Page]) -> None:
    for _, _, row in asked(pages, 50):
        (answer,) = row["answers"]
        assert answer["text"] not in re.sub("《.*?》", "", row["question"]) or len(answer["text"]) < 3, row


def test_paragraphs_have_to_be_read(pages: list[Page]) -> None:
    """Most paragraphs that are asked about hold several years or names of the kind of the answer."""
    years = [
        len(set(re.findall(r"\d{3,4}년", context)))
        for _, context, row in asked(pages)
        if re.fullmatch(r"\d+년", row["answers"][0]["text"])
    ]
    assert sum(count > 1 for count in years) > len(years) / 2


def test_ids_are_unique_and_capped(pages: list[Page]) -> None:
    rows = asked(pages, 4)
    assert len({row["id"] for _, _, row in rows}) == len(rows)
    assert max(Counter(page.article.entity.n for page, _, _ in rows).values()) <= 4


def test_tags_lie_on_the_text(pages: list[Page]) -> None:
    for page in pages:
        for line in tagged_sentences(page, 50):
            plain = TAG.sub(r"\1", line)
            assert plain in page.text and not re.search("[<>]", plain), line


def test_all_tags_occur(pages: list[Page]) -> None:
    counts = Counter(tag for page in pages for line in tagged_sentences(page) for _, tag in TAG.findall(line))
    assert set(counts) == {"PS", "LC", "OG", "DT", "QT", "AF", "EV"}
    assert min(counts.values()) > 5


def test_the_same_name_has_the_same_tag(pages: list[Page]) -> None:
    """By the kinds of the world, which the tagger does not ask."""
    tag_of_kind = {"person": "PS", "town": "LC", "river": "LC", "mountain": "LC", "school": "OG", "firm": "OG"}
    known = {each.name.hangul: tag_of_kind.get(each.kind, "") for each in (entity(SEED, n) for n in range(2000))}
    named = {name for name, tag in known.items() if tag}
    seen = Counter[bool]()
    for page in pages:
        for line in tagged_sentences(page, 50):
            for text, tag in TAG.findall(line):
                if known.get(text):
                    seen[known[text] == tag] += 1
            missed = set(re.findall("[가-힣]{4,}", TAG.sub(" ", line))) & named
            assert not missed, line
    assert seen[True] > 500 and not seen[False]


def test_tags_never_take_a_josa(pages: list[Page]) -> None:
    dates = [
        text for page in pages for line in tagged_sentences(page, 50) for text, tag in TAG.findall(line) if tag == "DT"
    ]
    assert dates and all(re.fullmatch(r"\d+년( \d+월 \d+일)?|\d+세기|\d+월", text) for text in dates)

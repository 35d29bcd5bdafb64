"""Pages: the markup is whole where it claims to be, and says exactly the text that is written beside it."""

from __future__ import annotations

import re
from pathlib import Path

import mwparserfromhell
import pytest

from corpus.clean import one_page
from corpus.sample.article import compose
from corpus.sample.chance import stream
from corpus.sample.damage import broken, is_broken
from corpus.sample.names import table
from corpus.sample.page import Page, write_page
from corpus.stages import Clean

SEED, PAGES = 9, 1000


@pytest.fixture(scope="module")
def pages() -> list[Page]:
    return [write_page(compose(SEED, n)) for n in range(PAGES)]


def literal(markup: str) -> str:
    """The markup without what is literal in it."""
    return re.sub(r"<nowiki>.*?</nowiki>|<math>.*?</math>|<score>.*?</score>", "", markup, flags=re.S)


def balanced(markup: str) -> bool:
    """Whether brackets nest and tags are closed: a stack, and nothing clever."""
    stack: list[str] = []
    for token in re.findall(r"\{\{|\}\}|\[\[|\]\]|^\{\||^\|\}|<!--|-->|</?[a-z]+[^>]*>", markup, flags=re.M):
        if token.endswith("/>") or token.startswith("<br"):
            continue
        name = token.strip("</>").split()[0] if token[0] == "<" and token not in ("<!--", "-->") else token
        if token in CLOSING or token.startswith("</"):
            if not stack or stack.pop() != CLOSING.get(token, name):
                return False
        else:
            stack.append(name)
    return not stack


CLOSING = {"}}": "{{", "]]": "[[", "|}": "{|", "-->": "<!--"}


def test_well_formed_pages_are_balanced(pages: list[Page]) -> None:
    for page in pages:
        assert balanced(literal(page.markup)), page.markup
        assert page.markup.replace("'''", "").count("''") % 2 == 0


def test_most_broken_pages_are_not(pages: list[Page]) -> None:
    """Half of what people forget to close is bracket or tag; the rest (quotes, nowiki) a counter cannot see."""
    damaged = [broken(page.markup, stream(SEED, "damage", page.article.entity.n)) for page in pages]
    assert all(text != page.markup for text, page in zip(damaged, pages, strict=True))
    assert sum(not balanced(literal(text)) for text in damaged) > PAGES / 2


def test_about_three_percent_are_broken() -> None:
    assert 0.02 < sum(is_broken(SEED, n) for n in range(10_000)) / 10_000 < 0.04


def test_the_cleaner_finds_exactly_the_text(pages: list[Page]) -> None:
    for page in pages:
        title = page.article.entity.title
        assert one_page(page.markup, title, CONFIG).text == page.text, title


CONFIG = Clean(input=(), output=Path("unused"))


def test_the_text_has_no_markup(pages: list[Page]) -> None:
    for page in pages:
        assert not re.search(r"\{\{|\}\}|\[\[|\]\]|''|<\w|&\w+;|==|\(\)|\( |\s,|  |\n\n", page.text), page.text
        assert all(line == line.strip() and line for line in page.text.split("\n"))


def test_every_word_of_the_text_is_in_the_markup(pages: list[Page]) -> None:
    """What mwparserfromhell calls text holds most of ours; templates are what it loses."""
    kept = total = 0
    for page in pages[:150]:
        found = set(mwparserfromhell.parse(page.markup).strip_code().split())
        words = page.text.split()
        kept += sum(word in found for word in words)
        total += len(words)
    assert kept / total > 0.9


def test_pages_hold_what_cleaners_stumble_over(pages: list[Page]) -> None:
    everything = "\n".join(page.markup for page in pages)
    for piece in FOUND:
        assert piece in everything, piece


FOUND = (
    *(
        "{{llang|",
        "{{lang|",
        "{{한자|",
        "{{출생일|",
        "{{출생일과 나이|",
        "{{사망일|",
        "{{convert|",
        "{{국기나라|",
        "{{flag|",
    ),
    *(
        "{{인용문|",
        "{{루비|",
        "{{임시링크|",
        "{{nihongo|",
        "{{세기|",
        "{{글씨 색|",
        "{{작게|",
        "{{nowrap|",
        "{{formatnum:",
    ),
    *(
        "{{#if:",
        "{{#expr:",
        "{{PAGENAME}}",
        "{{출처|",
        "{{Cite web|",
        "{{각주}}",
        "{{위키공용",
        "{{Sfn|",
        "{{기본정렬:",
    ),
    *("<ref>", '<ref name="', '" />', '<ref group="', "<references", "<gallery", "<timeline>", "<score>", "<math>"),
    *("<poem>", "<nowiki>", "<blockquote>", "<small>", "<span ", "<br />", "<!--", "&nbsp;", "&amp;", "-{", "{|", "|+"),
    *(
        "[[파일:",
        "[[File:",
        "[[Image:",
        "[[분류:",
        "[[Category:",
        "[[en:",
        "[[:en:",
        "[http://",
        "#역사|",
        "|]]",
        "rowspan",
    ),
    *(
        "== 외부 링크 ==",
        "== 같이 보기 ==",
        "== 참고 문헌 ==",
        "== 주해 ==",
        "=== 국내 자료 ===",
        "__TOC__",
        "\n; ",
        "\n: ",
    ),
    *("\n* ", "\n** ", "\n# ", "''", "'''"),
)


def test_chronicles_run_forward(pages: list[Page]) -> None:
    headings = set(table("chronicle")["headings"].values())
    for page in pages:
        for section in page.article.sections:
            if section.heading in headings and section.heading not in ("역사",):
                years = [
                    int(dict(each.own)["when"].plain[:-1]) for part in section.paragraphs for each in part if each.own
                ]
                assert years == sorted(set(years))


def test_lengths_spread(pages: list[Page]) -> None:
    sizes = sorted(len(page.text.encode()) for page in pages)
    assert sizes[len(sizes) // 20] < 450 and sizes[-1] > 4000
    assert 1000 < sum(sizes) / len(sizes) < 1700

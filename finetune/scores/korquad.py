"""KorQuAD 1.0 and 2.0 as their evaluation scripts score them: exact match and F1 of characters.

2.0 takes the text out of HTML first and compares without any space. Its script asks BeautifulSoup for `get_text()` and
leaves the parser to what is installed; here it is the standard library's, one of those. Comments are no text, and since
BeautifulSoup 4.9 neither are scripts, styles, templates and the readings of ruby. A tag that never ends is text.
"""

from __future__ import annotations

from html.parser import HTMLParser

from finetune.scores.answers import overlap
from vocab.korquad import exact_match, normalized

SILENT = frozenset({"script", "style", "template", "rt", "rp"})
VOID = frozenset("area base br col embed hr img input link meta param source track wbr".split())


def exact(answer: str, right: str) -> float:
    """Whether an answer is the right one, with its spaces."""
    return float(exact_match(answer, right))


def f1(answer: str, right: str) -> float:
    """How many characters two answers share, without spaces and order."""
    return overlap(normalized(answer).replace(" ", ""), normalized(right).replace(" ", ""))


def exact2(answer: str, right: str) -> float:
    """Whether the texts of two pieces of HTML are the same without spaces."""
    return float(normalized2(answer) == normalized2(right))


def f1_2(answer: str, right: str) -> float:
    """How many characters the texts of two pieces of HTML share."""
    return overlap(normalized2(answer), normalized2(right))


def normalized2(answer: str) -> str:
    """A piece of HTML as KorQuAD 2.0 compares it."""
    return normalized(html_text(answer)).replace(" ", "")


def html_text(markup: str) -> str:
    """The text between the tags, with character references as what they stand for."""
    if "<" not in markup and "&" not in markup:
        return markup
    parser = _Text()
    try:
        parser.feed(markup)
        parser.close()
    except AssertionError:  # the standard library gives up at declarations such as <![x
        parser.found.append(parser.rawdata)
    return "".join(parser.found)


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: object) -> None:
        """A tag that ends at once holds no text."""

    def handle_endtag(self, tag: str) -> None:
        if tag in self.open:  # and what is still open within it ends too
            while self.open.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if SILENT.isdisjoint(self.open):
            self.found.append(data)

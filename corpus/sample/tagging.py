"""Tagged sentences: the entities of a sentence in inline markup, `<가람온:PS>은 <도하시:LC>에서 태어났다.`"""

from __future__ import annotations

import functools
import re

from corpus.sample.chance import some, stream
from corpus.sample.facts import Sentence, drawn_numbers
from corpus.sample.names import table
from corpus.sample.page import Page
from corpus.sample.questions import trimmed

CAP = 60_000  # sentences in all
MOST = 3  # of one article


def tagged_sentences(page: Page, most: int = MOST) -> list[str]:
    """Some sentences of the article, each with at least one entity."""
    facts, one = page.article.facts, page.article.entity
    rng = stream(facts.seed, "tags", one.n)
    sentences = [sentence for paragraph in page.paragraphs for _, sentence in paragraph.sentences]
    lines = [tagged(sentence, one.kind, frozenset(facts.kind.numbers)) for sentence in some(rng, sentences, most)]
    return [line for line in lines if "<" in line]


def tagged(sentence: Sentence, kind: str, numbers: frozenset[str]) -> str:
    """The sentence with its entities marked; an entity inside another is not marked again."""
    text, line, place = sentence.phrase.plain, "", 0
    for slot, first, last in sorted(sentence.phrase.marks, key=lambda mark: (mark[1], mark[0] == "head", -mark[2])):
        tag = tag_of(slot, kind, numbers)
        if not tag or first < place or first == last:
            continue
        first, last = trimmed(text, first, last)
        line += f"{text[place:first]}<{text[first:last]}:{tag}>"
        place = last
    return line + text[place:]


def tag_of(slot: str, kind: str, numbers: frozenset[str]) -> str:
    """The tag of a slot in an article of a kind; empty if it names no entity."""
    base = re.sub(r"\d", "", slot)
    if base == "name" or slot == "it":
        return str(table("tags")["name"][kind]) if base == "name" else ""
    return "QT" if base in numbers or base in drawn_numbers() else _tags().get(base, "")


@functools.cache
def _tags() -> dict[str, str]:
    return {slot: tag for tag, slots in table("tags").items() if tag != "name" for slot in slots}

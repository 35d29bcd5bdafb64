"""A wiki page out of an article: its markup and, beside it, the exact text that a cleaner must find in it."""

from __future__ import annotations

import dataclasses
from random import Random

from corpus.sample import blocks
from corpus.sample.article import Article, Section
from corpus.sample.blocks import Words, piece
from corpus.sample.chance import between, happens, pick, some, stream
from corpus.sample.facts import Sentence
from corpus.sample.names import table
from corpus.sample.world import QUOTA, ROLE_NAMES, Entity, related

HEADINGS = ("== {} ==", "== {} ==", "=={}==", "=== {} ===", "== {} == <!-- 고쳐 쓸 것 -->")
MARKERS = ("* ", "*", "# ", ": ")


@dataclasses.dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of the clean text, and the sentences in it with the place where each begins."""

    text: str
    sentences: tuple[tuple[int, Sentence], ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class Page:
    """An article as a page: wikitext, and its clean text as paragraphs."""

    article: Article
    markup: str
    paragraphs: tuple[Paragraph, ...]

    @property
    def text(self) -> str:
        """The clean text, one paragraph per line."""
        return "\n".join(paragraph.text for paragraph in self.paragraphs)


Part = tuple[str, list[Paragraph]]  # a piece of the page: its markup, and what of it is text


def write_page(article: Article) -> Page:
    """The page of an article."""
    one, facts = article.entity, article.facts
    rng, words = stream(facts.seed, "page", one.n), blocks.words_of(one, facts)
    parts: list[Part] = [(blocks.top(rng, one, facts, words), [])]
    for section in article.sections:
        parts += _section(rng, section, one, words)
    for heading, rows in _lists(rng, one, facts.seed):
        written = "\n".join((_heading(rng, heading), "", *(markup for _, markup in rows)))
        parts.append((written, [Paragraph(plain) for plain, _ in rows]))
    parts += [(blocks.dropped_sections(rng, words), []), (blocks.bottom(rng, one, words), [])]
    markup = "\n\n".join(written for written, _ in parts if written)
    return Page(article, markup, tuple(paragraph for _, found in parts for paragraph in found))


def _heading(rng: Random, text: str) -> str:
    return pick(rng, HEADINGS).format(text)


def _section(rng: Random, section: Section, one: Entity, words: Words) -> list[Part]:
    before: list[Part] = [(_heading(rng, section.heading), [])] if section.heading else []
    if happens(rng, 0.15):
        before.append((piece(rng, "block", words), []))
    if section.listed:
        return [*before, _listed(rng, section.paragraphs[0], words)]
    parts = [_paragraph(rng, sentences, words) for sentences in section.paragraphs]
    if section.heading and happens(rng, 0.04):
        parts.insert(between(rng, 0, len(parts)), _quotation(rng, one))
    return before + parts


def _listed(rng: Random, sentences: tuple[Sentence, ...], words: Words) -> Part:
    """One sentence per item."""
    marker = pick(rng, MARKERS)
    written = [marker + _noted(rng, each.phrase.markup, words) for each in sentences]
    return "\n".join(written), [Paragraph(each.phrase.plain, ((0, each),)) for each in sentences]


def _paragraph(rng: Random, sentences: tuple[Sentence, ...], words: Words) -> Part:
    """Sentences in a row, with what wiki pages put between them: it is all read as one space."""
    written, text, starts = "", "", []
    for sentence in sentences:
        if text:
            text += " "
            written += piece(rng, "between", words) if happens(rng, 0.3) else " "
        starts.append((len(text), sentence))
        text += sentence.phrase.plain
        written += _noted(rng, sentence.phrase.markup, words)
    roll = rng.random()
    if roll < 0.2:
        written += piece(rng, "reference", words)
    elif roll < 0.23:
        written = piece(rng, "image", words) + written
    elif roll < 0.25:
        written = f"<blockquote>{written}</blockquote>"
    return written, [Paragraph(text, tuple(starts))]


def _noted(rng: Random, markup: str, words: Words) -> str:
    """A sentence with a reference before its full stop or after a comma, now and then."""
    roll = rng.random()
    if roll < 0.04 and markup.endswith("."):
        return f"{markup[:-1]}{piece(rng, 'reference', words)}."
    if roll < 0.06 and not any(mark in markup for mark in "([{"):
        return markup.replace(", ", f",{piece(rng, 'reference', words)} ", 1)
    return markup


def _quotation(rng: Random, one: Entity) -> Part:
    """Words on lines of their own: a quotation or some verses."""
    words = table("verses")
    if happens(rng, 0.5):
        text = pick(rng, words["quotes"])
        return f"{{{{인용문|{text}|{one.name.hangul}}}}}", [Paragraph(text)]
    lines = some(rng, words["verses"], 4)
    return "<poem>\n" + "\n".join(lines) + "\n</poem>", [Paragraph(line) for line in lines]


def _lists(rng: Random, one: Entity, seed: int) -> list[tuple[str, list[tuple[str, str]]]]:
    """List sections, each line as it reads and as it is written: other scripts, works, people of a town."""
    lists = []
    if one.name.hanja and happens(rng, 0.08):
        rows = [("한자 표기", one.name.hanja, f"{{{{한자|{one.name.hanja}}}}}"), ("로마자 표기", *[one.name.latin] * 2)]
        lists.append(("이름", [(f"{term}: {plain}", f"; {term} : {markup}") for term, plain, markup in rows]))
    if one.kind == "person" and happens(rng, 0.6):
        works = [related(seed, one, kind, slot) for kind in ("film", "book", "album") for slot in range(QUOTA[kind])]
        lines = [
            (f"《{w.name.hangul}》 ({w.year}년)", f"* 《[[{w.title}]]》 ([[{w.year}년]])")
            for w in works
            if w.maker == one.n
        ]
        lists.append(("작품 목록", lines))
    if one.kind == "town" and happens(rng, 0.5):
        people = [related(seed, one, "person", slot) for slot in range(QUOTA["person"])]
        natives = [(who, ROLE_NAMES[who.form]) for who in people if who.town == one.n]
        markers = [("* ", "** ")[at % 3 == 2] for at in range(len(natives))]
        lines = [
            (f"{who.name.hangul}: {role}", f"{marker}[[{who.title}|{who.name.hangul}]]: {role}")
            for (who, role), marker in zip(natives, markers, strict=True)
        ]
        lists.append(("출신 인물", lines))
    return [(heading, lines) for heading, lines in lists if lines]

"""Wikitext to clean text: `strip` is the whole way of one page, from the markup of an article to its paragraphs.

The page goes through three steps: extension tags are taken out (`corpus.tags`), templates, links, tables and sections
resolved in one walk over its tokens (`corpus.scan`), and what is left of markup within lines removed
(`corpus.lines`). Every step is linear in the length of the page, none recurses, and no text of a page is ever
evaluated.

What the text is: one line of wikitext is one line of text, and so is each item of a list. A single line break is kept
although MediaWiki would run the two lines together, because Korean writers use it to part paragraphs.

Left out: redirects and disambiguation pages (`corpus.filters` knows them), Lua modules, transclusion of other pages.
"""

from __future__ import annotations

import dataclasses
from typing import Literal

from corpus.lines import clean_lines
from corpus.losses import Losses
from corpus.markup import DROPPED_SECTIONS
from corpus.normalize import normalize
from corpus.scan import Scan, scan, section_names
from corpus.tags import take_tags
from corpus.templates import Templates, template_text


@dataclasses.dataclass(frozen=True, slots=True)
class Policy:
    """What a page keeps beside its prose."""

    math: Literal["token", "tex", "drop"] = "token"
    """A formula is the text `[수식]`, its TeX source, or nothing."""
    captions: Literal["drop", "keep"] = "drop"
    """The caption of an image is dropped, or a line of its own before the line that holds the image."""
    sections: tuple[str, ...] = DROPPED_SECTIONS
    """Names of sections that are dropped with their subsections; case and spaces do not matter."""


@dataclasses.dataclass(frozen=True, slots=True)
class Cleaned:
    """The text of one page, and what it lost on the way."""

    text: str
    dropped: dict[str, int]
    """How much was dropped, by kind: table, image, ref, section, block template, ..."""
    unresolved: dict[str, int]
    """Inline templates that no row of the table knows, by name."""
    examples: dict[str, str]
    """One use of each of them as it stood in the page."""


def strip(text: str, title: str, templates: Templates, policy: Policy) -> Cleaned:
    """The clean text of one page."""
    losses = Losses()
    text = take_tags(text, policy.math, losses.dropped)
    state = Scan(
        captions=policy.captions,
        sections=section_names(policy.sections),
        template=lambda body, alone: template_text(body, alone, title, templates, losses),
        dropped=losses.dropped,
    )
    text = normalize(clean_lines(scan(text, state), losses.dropped))
    return Cleaned(text, dict(losses.dropped), dict(losses.unresolved), losses.examples)

"""Broken markup: a page on which someone has forgotten to close something, as on a few pages of every wiki."""

from __future__ import annotations

from random import Random

from corpus.sample.chance import happens, pick, stream

SHARE = 0.03
SLIPS = (
    "{{글씨 색|red|", "{{인용문|", "[[", "[[파일:모름.jpg|섬네일|", "<ref>", '<ref name="미완"', "'''", "''", "}}",
    "]]", "</ref>", "<!-- ", "<div style=", "<nowiki>", "<math>", "|}", "{{{",
)  # fmt: skip
LINES = ("{| class=wikitable\n| 열린 표", "<gallery>\n파일:모름.jpg|설명", "{{인물 정보\n| 이름 = 모름")


def is_broken(seed: int, n: int) -> bool:
    """Whether the page of entity n is one of the broken."""
    return happens(stream(seed, "broken", n), SHARE)


def broken(markup: str, rng: Random) -> str:
    """The page with one thing left open, or closed without having been opened."""
    lines = markup.split("\n")
    at = int(rng.random() * len(lines))
    if happens(rng, 0.25):
        return "\n".join([*lines[:at], pick(rng, LINES), *lines[at:]])
    words = lines[at].split(" ")
    words.insert(int(rng.random() * (len(words) + 1)), pick(rng, SLIPS))
    return "\n".join([*lines[:at], " ".join(words), *lines[at + 1 :]])

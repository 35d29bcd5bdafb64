"""What a link leaves in the text: `[[wiki links]]`, images, categories, `[http://.. outside links]`.

Follows what a reader sees, with three exceptions that serve running text: the prefix of a link into a sister project
or another language is left out, the `#` before a bare section link too, and of a label with stray bars the last part
is taken.
"""

from __future__ import annotations

import re
from collections import Counter

from corpus.markup import (
    CAPTION_CLOSE,
    CAPTION_OPEN,
    CATEGORY_SPACES,
    FILE_SPACES,
    GONE,
    IMAGE_OPTIONS,
    LANGUAGES,
    PROJECT_SPACES,
)

_SIZE = re.compile(r"(?:\d*x)?\d+ *(?:px|픽셀)(?:px)?", re.IGNORECASE)
_OPTION = re.compile(
    r"(?:link|alt|page|lang|class|upright|thumb|start|end|thumbtime|링크|대체글|대체|쪽|언어|클래스|위로|섬네일)\s*=",
    re.IGNORECASE,
)
_OUTSIDE = re.compile(
    r"\[(?:(?:https?|ftps?|sftp|irc|ircs|news|gopher|telnet|svn|git|magnet|geo|tel|urn|xmpp):(?://)?|//|mailto:)"
    r"[^\s\[\]]*+([^\[\]\n]*+)\]",
    re.IGNORECASE,
)


def link_text(body: str, captions: str, dropped: Counter[str]) -> str:
    """The text of a wiki link, `body` being what stood between its brackets with everything inside resolved."""
    target, bar, label = body.partition("|")
    if ":" in target:
        prefix, _, rest = target.partition(":")
        space = prefix.strip().lower()
        if space in FILE_SPACES:
            dropped["image"] += 1
            return _caption(label) if captions == "keep" else GONE
        if space in CATEGORY_SPACES or space in LANGUAGES:
            dropped["category" if space in CATEGORY_SPACES else "interlanguage link"] += 1
            return ""
        if not space or space in PROJECT_SPACES:
            target = _without_prefix(rest)
    if not bar:
        return target.strip().removeprefix("#")
    if label:
        return label.rpartition("|")[2]
    return re.sub(r"\s*[(（][^()（）]*[)）]\s*$", "", target.rpartition(":")[2]).strip()


def _without_prefix(target: str) -> str:
    """`en:Apple` of `[[:en:Apple]]` without the language; `분류:서울` of `[[:분류:서울]]` stays."""
    prefix, colon, rest = target.partition(":")
    space = prefix.strip().lower()
    return rest if colon and (not space or space in LANGUAGES or space in PROJECT_SPACES) else target


def _caption(options: str) -> str:
    """The caption among the parameters of an image, marked so that it becomes a line of its own; GONE without one."""
    for option in reversed(options.split("|")):
        word = option.strip()
        if word and word.lower() not in IMAGE_OPTIONS and not _SIZE.fullmatch(word) and not _OPTION.match(word):
            return f"{CAPTION_OPEN}{word}{CAPTION_CLOSE}"
    return GONE


def outside_links(text: str) -> str:
    """Replace `[http://.. name]` by the name; one without a name vanishes. A bare address in the text stays."""
    return _OUTSIDE.sub(lambda match: match[1].strip() or GONE, text) if "[" in text else text

"""Html entities, decoded once: `&amp;lt;` becomes `&lt;` and no more."""

from __future__ import annotations

import html
import re

_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")


def decode(text: str) -> str:
    """The text with its entities as characters; what is no entity (`R&D`, `&없는것;`) stays."""
    return _ENTITY.sub(lambda match: html.unescape(match[0]), text) if "&" in text else text

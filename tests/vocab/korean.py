"""Real Korean text for tests: read by its path beside the checkout, and the test is skipped where it is not."""

from __future__ import annotations

import functools
import lzma
import re
import unicodedata
from pathlib import Path

import pytest

KOWIKI = Path(__file__).resolve().parents[3] / "shared" / "data" / "kowiki" / "kowiki-2023-a.txt.xz"


@functools.cache
def kowiki(size: int) -> str:
    """The first `size` bytes of the encyclopedia's text, composed, without the document tags."""
    if not KOWIKI.is_file():
        pytest.skip(f"{KOWIKI} is not here")
    with lzma.open(KOWIKI) as file:
        text = file.read(size).decode(errors="ignore")
    return unicodedata.normalize("NFC", re.sub(r"</?doc\b.*", "", text))

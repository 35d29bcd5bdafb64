"""Text to words at run time: white space parts words, and a punctuation character or a Hanja is a word of its own.

The words are those of BERT's basic tokenizer, cased, as the `tokenizers` library has it: a vocabulary exported for it
gives the same ids there. Its tables are of Unicode 8; they are written out here, for Python's move with its version.
Text is composed (NFC) first; offsets nevertheless point into the text as it was given. There is no analyser here.
"""

from __future__ import annotations

import dataclasses
import re
import unicodedata
from collections.abc import Iterator

_DROPPED = """
0-8 b-c e-1f 7f-9f ad 600-605 61c 6dd 70f 180e 200b-200f 202a-202e 2060-2064 2066-206f d800-dfff e000-f8ff feff
fff9-fffb fffd 110bd 1bca0-1bca3 1d173-1d17a e0001 e0020-e007f f0000-ffffd 100000-10fffd"""
_PUNCTUATION = """
21-2f 3a-40 5b-60 7b-7e a1 a7 ab b6-b7 bb bf 37e 387 55a-55f 589-58a 5be 5c0 5c3 5c6 5f3-5f4 609-60a 60c-60d 61b 61e-61f
66a-66d 6d4 700-70d 7f7-7f9 830-83e 85e 964-965 970 af0 df4 e4f e5a-e5b f04-f12 f14 f3a-f3d f85 fd0-fd4 fd9-fda
104a-104f 10fb 1360-1368 1400 166d-166e 169b-169c 16eb-16ed 1735-1736 17d4-17d6 17d8-17da 1800-180a 1944-1945 1a1e-1a1f
1aa0-1aa6 1aa8-1aad 1b5a-1b60 1bfc-1bff 1c3b-1c3f 1c7e-1c7f 1cc0-1cc7 1cd3 2010-2027 2030-2043 2045-2051 2053-205e
207d-207e 208d-208e 2308-230b 2329-232a 2768-2775 27c5-27c6 27e6-27ef 2983-2998 29d8-29db 29fc-29fd 2cf9-2cfc 2cfe-2cff
2d70 2e00-2e2e 2e30-2e42 3001-3003 3008-3011 3014-301f 3030 303d 30a0 30fb a4fe-a4ff a60d-a60f a673 a67e a6f2-a6f7
a874-a877 a8ce-a8cf a8f8-a8fa a8fc a92e-a92f a95f a9c1-a9cd a9de-a9df aa5c-aa5f aade-aadf aaf0-aaf1 abeb fd3e-fd3f
fe10-fe19 fe30-fe52 fe54-fe61 fe63 fe68 fe6a-fe6b ff01-ff03 ff05-ff0a ff0c-ff0f ff1a-ff1b ff1f-ff20 ff3b-ff3d ff3f ff5b
ff5d ff5f-ff65 10100-10102 1039f 103d0 1056f 10857 1091f 1093f 10a50-10a58 10a7f 10af0-10af6 10b39-10b3f 10b99-10b9c
11047-1104d 110bb-110bc 110be-110c1 11140-11143 11174-11175 111c5-111c9 111cd 111db 111dd-111df 11238-1123d 112a9 114c6
115c1-115d7 11641-11643 1173c-1173e 12470-12474 16a6e-16a6f 16af5 16b37-16b3b 16b44 1bc9f 1da87-1da8b"""
_HANJA = "3400-4dbf 4e00-9fff f900-faff 20000-2a6df 2a700-2b81f 2b920-2ceaf 2f800-2fa1f"


def _characters(ranges: str) -> str:
    """Ranges of code points as what stands between the brackets of a regular expression."""
    bounds = (part.partition("-") for part in ranges.split())
    return "".join(f"\\U{int(low, 16):08x}-\\U{int(high or low, 16):08x}" for low, _, high in bounds)


ALONE = _characters(_PUNCTUATION) + _characters(_HANJA)
"""The characters that are words by themselves, as they stand between the brackets of a regular expression."""
DROPPED = _characters(_DROPPED)
"""The characters that no word holds, likewise."""
_WORD = re.compile(f"[^\\s{ALONE}]+|[{ALONE}]")
_DROP = re.compile(f"[{DROPPED}]+")


@dataclasses.dataclass(frozen=True, slots=True)
class Cleaned:
    """Text as words are cut from it: composed, without control, private and stray surrogate characters."""

    text: str
    spans: tuple[tuple[int, int], ...] | None
    """Where each character stood in the text as it was given; None if nothing was changed."""

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The place in the text as it was given of the characters from `start` to `end` (at least one)."""
        return (start, end) if self.spans is None else (self.spans[start][0], self.spans[end - 1][1])


def clean(text: str) -> str:
    """Text as words are cut from it, for those who need no offsets."""
    return _DROP.sub("", unicodedata.normalize("NFC", text))


def cleaned(text: str) -> Cleaned:
    """Text as words are cut from it, with the way back; quick for text that is clean already, as nearly all is."""
    if unicodedata.is_normalized("NFC", text) and not _DROP.search(text):
        return Cleaned(text, None)
    kept = [(character, span) for character, span in _composed(text) if not _DROP.match(character)]
    return Cleaned("".join(character for character, _ in kept), tuple(span for _, span in kept))


def words(text: str) -> list[str]:
    """The words of a text, composed and clean."""
    return _WORD.findall(clean(text))


def spans(clean_text: str) -> list[tuple[int, int]]:
    """Where the words of an already clean text start and end."""
    return [match.span() for match in _WORD.finditer(clean_text)]


def _composed(text: str) -> Iterator[tuple[str, tuple[int, int]]]:
    """The characters of NFC(text), each with the place it came from; what was composed together shares one."""
    for start, end in _clusters(text):
        cluster = text[start:end]
        composed = unicodedata.normalize("NFC", cluster)
        same = 0
        while same < len(cluster) and composed.startswith(cluster[same], same):
            same += 1
        for index, character in enumerate(composed):
            yield character, (start + index, start + index + 1) if index < same else (start + same, end)


def _clusters(text: str) -> Iterator[tuple[int, int]]:
    """The shortest stretches of a text that NFC handles apart: it joins nothing across their ends."""
    start, nfc = 0, unicodedata.normalize
    for here in range(1, len(text)):
        character = text[here]
        if character.isascii():  # nothing ASCII is ever joined to what stands before it
            joined = False
        elif unicodedata.combining(character):
            joined = True
        else:
            cluster = text[start:here]
            joined = nfc("NFC", cluster + character) != nfc("NFC", cluster) + nfc("NFC", character)
        if not joined:
            yield start, here
            start = here
    if text:
        yield start, len(text)

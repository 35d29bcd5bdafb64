"""Brackets that a removal has left empty or dangling: `도쿄(, )는` -> `도쿄는`, `(, 1397년 ~ )` -> `(1397년 ~ )`.

One walk over a line with a stack, innermost brackets first, linear in its length. Real content stays:

* `print()` and `a[]` are code: empty, directly after a name that begins with a small letter or holds `_` or `::` (in
  a line without Hangul, after any name). `NUMA()는` has lost something;
* `음극(-)` and `쉼표(,)` name the character: one separator and no space, for commas after a word that says so;
* `(1924년 ~ )`, `( ~ 1450년)`: a tilde or dash beside content says something (still alive; birth unknown).
"""

from __future__ import annotations

import re

from corpus.markup import GONE

_PAIRS = {
    "(": ")",
    "（": "）",
    "[": "]",
    "［": "］",
    "《": "》",
    "〈": "〉",
    "「": "」",
    "『": "』",
    "【": "】",
    "〔": "〕",
}
_OPENING = {closing: opening for opening, closing in _PAIRS.items()} | {"）": "(", "］": "["}
_ALIKE = {"（": "(", "［": "["}  # writers mix the widths: `(, ）`
_ROUND = "(（"
_BLANK = " \t\u00a0\u3000"
_COMMAS = ",;，、；"
_SEPARATORS = f"{_COMMAS}:：·/~～–—-"
_EDGE = f"{_COMMAS}{GONE}"
_EMPTY = f"{_BLANK}{_SEPARATORS}{GONE}"

_OPEN, _CLOSE, _ANY = (re.escape("".join(marks)) for marks in (_PAIRS, _OPENING, [*_PAIRS, *_OPENING]))
_NO_TEXT = re.escape(_EMPTY)
_BRACKET = re.compile(f"([{_ANY}])")
_SIGNS = [
    *(re.compile(f"{re.escape(mark)}(?:[{_BLANK}]*+[{_EDGE}]|[{_NO_TEXT}]*+[{_CLOSE}])") for mark in _ROUND),
    *(re.compile(f"{mark}(?<=[{_BLANK}{_EDGE}]{mark})") for mark in (r"\)", "）")),
    *(re.compile(f"{re.escape(mark)}[{_NO_TEXT}]*+[{_CLOSE}]") for mark in _PAIRS if mark not in _ROUND),
    re.compile(f"{GONE}[{_BLANK}]*+[{_COMMAS}]"),
    re.compile(", ,"),
]
"""Where a line may need work. Each begins with one letter that must be there, which makes looking for it cheap."""

_REPEATED = re.compile(f"([{_COMMAS}])(?:[{_BLANK}]*{GONE}[{_BLANK}{GONE}]*+[{_COMMAS}]|[{_BLANK}]++[{_COMMAS}])+")

_LEADING = re.compile(f"([{_ROUND}])[{_BLANK}]*+[{_EDGE}][{_EDGE}{_BLANK}]*+(?![)）])")
_TRAILING = re.compile(f"(?<![{_ROUND}{_BLANK}{_EDGE}])[{_BLANK}]*+[{_EDGE}][{_EDGE}{_BLANK}]*+([)）])")


def close_brackets(text: str) -> str:
    """The text without empty brackets and without separators that dangle at the edge of a round bracket.

    Works line by line: a bracket that is open at the end of its line stays as it is.
    """
    parts: list[str] = []
    done = 0
    for position in sorted(match.start() for sign in _SIGNS for match in sign.finditer(text)):
        if position >= done:
            start, end = max(done, text.rfind("\n", done, position) + 1), text.find("\n", position)
            end = len(text) if end < 0 else end
            parts += (text[done:start], _close_line(text[start:end]))
            done = end
    return "".join([*parts, text[done:]]) if parts else text


def _close_line(line: str) -> str:
    return _TRAILING.sub(r"\1", _LEADING.sub(r"\1", _without_empty(line)))


def _without_empty(line: str) -> str:
    """Take away brackets with nothing in them, the inner ones first."""
    out: list[str] = []
    opened: list[tuple[str, int]] = []
    removed, korean = False, bool(_HANGUL.search(line))
    for part in _BRACKET.split(line):
        if part in _PAIRS:
            opened.append((_ALIKE.get(part, part), len(out)))
            out.append(part)
        elif part in _OPENING and any(bracket == _OPENING[part] for bracket, _ in opened[-4:]):
            while opened[-1][0] != _OPENING[part]:
                opened.pop()
            removed = _close(part, opened.pop()[1], out, korean)
        elif part:
            if removed and out and _after_comma(out[-1]) and part.lstrip(_BLANK).startswith(tuple(_COMMAS)):
                out[-1], part = out[-1].rstrip(_BLANK), part.lstrip(_BLANK)[1:]
            out.append(_REPEATED.sub(r"\1", part) if opened or GONE in part else part)
            removed = False
    return "".join(out)


def _close(closing: str, start: int, out: list[str], korean: bool) -> bool:
    """End the bracket that began at `start`; whether it was empty and is gone, and the blanks before it with it."""
    last = len(out) - 1
    while last > start and not out[last].strip(_EMPTY):
        last -= 1
    if last > start or _is_meant("".join(out[start + 1 :]), out[start - 1] if start else "", korean):
        out.append(closing)
        return False
    del out[start:]
    if out and not _after_comma(out[-1]):
        out[-1] = out[-1].rstrip(_BLANK)
    return True


def _after_comma(text: str) -> bool:
    return text.rstrip(_BLANK).endswith(tuple(_COMMAS))


def _is_meant(content: str, before: str, korean: bool) -> bool:
    """Whether a bracket without words was written so: code like `f()` and `for(;;)`, or a separator spoken of."""
    code = _CODE.search(before[-60:])
    if not content or (len(content) > 1 and not korean and content.strip(f"{_BLANK}{GONE}") == content):
        return code is not None and (not korean or code[0][0].islower() or "_" in code[0] or "::" in code[0])
    if len(content) > 1 or content not in _SEPARATORS:
        return False
    return content not in _COMMAS or _NAMED.search(before[-20:]) is not None


_CODE = re.compile(r"(?<![A-Za-z0-9_:])(?![a-z][A-Z]+$)[A-Za-z_][A-Za-z0-9_:]*$")
_NAMED = re.compile(r"(?:쉼표|콤마|반점|쌍반점|세미콜론|기호|부호|문자|표|comma|semicolon|sign) ?$", re.IGNORECASE)
_HANGUL = re.compile("[가-힣]")

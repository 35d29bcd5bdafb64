"""Parser functions and variables: `{{#if:..}}`, `{{formatnum:..}}`, `{{PAGENAME}}` and their kin, on text already
resolved.

Left out: Lua (`#invoke` is an unresolved template), and whatever asks about the wiki itself. Fixed policies, because
the text of a page must depend on the page alone: every page asked for by `#ifexist` exists, and the current date is 1
January 2026.
"""

from __future__ import annotations

import re
import urllib.parse
from collections.abc import Callable

from corpus.expressions import evaluate, number_text

_CALL = re.compile(r"\s*+(#?[^\s:|#{}\[\]]++)\s*+:")
_NUMBER = re.compile(r"\s*([-−+]?)(\d+)(\.\d+)?(.*)", re.DOTALL)


def parser_function(body: str, title: str) -> str | None:
    """The text of a parser function or variable, or None where `body` is neither."""
    variable = VARIABLES.get(body.strip())
    if variable is not None:
        return variable.format(title=title)
    call = _CALL.match(body)
    if not call:
        return None
    function = FUNCTIONS.get(call[1].lower())
    if function is None:
        return None
    return function([part.strip() for part in body[call.end() :].split("|")]).strip()


def format_number(text: str) -> str:
    """A number with commas between its thousands; anything that is no number stays as it is."""
    match = _NUMBER.fullmatch(text)
    return f"{match[1]}{int(match[2]):,}{match[3] or ''}{match[4]}" if match and len(match[2]) < 40 else text


def _part(parts: list[str], index: int) -> str:
    return parts[index] if index < len(parts) else ""


def _if(parts: list[str]) -> str:
    return _part(parts, 1 if parts[0] else 2)


def _ifeq(parts: list[str]) -> str:
    left, right = parts[0], _part(parts, 1)
    numbers = [evaluate(side) if re.fullmatch(r"[-+]?[\d.]+", side) else None for side in (left, right)]
    equal = left == right or (None not in numbers and numbers[0] == numbers[1])
    return _part(parts, 2 if equal else 3)


def _ifexpr(parts: list[str]) -> str:
    return _part(parts, 1 if evaluate(parts[0]) else 2)


def _iferror(parts: list[str]) -> str:
    return _part(parts, 1) if 'class="error"' in parts[0] else _part(parts, 2) or parts[0]


def _expr(parts: list[str]) -> str:
    value = evaluate(parts[0])
    return "" if value is None else number_text(value)


def _switch(parts: list[str]) -> str:
    """The value of the first case that matches; cases without a value fall through to the next that has one."""
    matched, default = False, ""
    for index, part in enumerate(parts[1:], 2):
        case, equals, value = (piece.strip() for piece in part.partition("="))
        matched = matched or case == parts[0]
        if equals and matched:
            return value
        if case == "#default":
            default = value
        elif not equals and index == len(parts):
            default = case
    return default


def _pad(parts: list[str], left: bool) -> str:
    """`padleft:7|3|0`: filled up to a length, by default with zeros, up to the 500 that MediaWiki allows."""
    length = int(_part(parts, 1)) if re.fullmatch(r"\d{1,3}", _part(parts, 1)) else 0
    missing = min(length, 500) - len(parts[0])
    filling = (_part(parts, 2) or "0") * max(0, missing)
    padding = filling[: max(0, missing)]
    return padding + parts[0] if left else parts[0] + padding


def _sub(parts: list[str]) -> str:
    bounds = [int(part) if re.fullmatch(r"-?\d{1,6}", part) else 0 for part in (_part(parts, 1), _part(parts, 2))]
    rest = parts[0][bounds[0] :]
    return rest[: bounds[1]] if bounds[1] else rest


def _nothing(_: list[str]) -> str:
    return ""


VARIABLES: dict[str, str] = {
    **dict.fromkeys(("PAGENAME", "FULLPAGENAME", "BASEPAGENAME", "SUBPAGENAME", "ROOTPAGENAME", "문서이름"), "{title}"),
    **dict.fromkeys(("PAGENAMEE", "FULLPAGENAMEE", "전체문서이름", "SUBJECTPAGENAME", "ARTICLEPAGENAME"), "{title}"),
    **dict.fromkeys(("NAMESPACE", "NAMESPACEE", "이름공간", "TALKSPACE", "!-", "*"), ""),
    **dict.fromkeys(("CURRENTYEAR", "LOCALYEAR", "현재연도", "현재년도"), "2026"),
    **dict.fromkeys(("CURRENTMONTH", "CURRENTMONTH2", "LOCALMONTH", "CURRENTDAY2", "현재달"), "01"),
    **dict.fromkeys(("CURRENTMONTH1", "CURRENTDAY", "LOCALDAY", "현재날짜"), "1"),
    **dict.fromkeys(("CURRENTMONTHNAME", "LOCALMONTHNAME", "현재달이름"), "1월"),
    **dict.fromkeys(("SITENAME", "사이트이름"), "위키백과"),
    "!": "|",
    "=": "=",
    "(": "{{",
    ")": "}}",
    "!!": "||",
    "-": "",
}

FUNCTIONS: dict[str, Callable[[list[str]], str]] = {
    "#if": _if,
    "#ifeq": _ifeq,
    "#ifexpr": _ifexpr,
    "#iferror": _iferror,
    "#ifexist": lambda parts: _part(parts, 1),
    "#switch": _switch,
    "#expr": _expr,
    "#len": lambda parts: str(len(parts[0])),
    "#sub": _sub,
    "#replace": lambda parts: parts[0].replace(_part(parts, 1) or " ", _part(parts, 2)),
    "#titleparts": lambda parts: parts[0],
    "#language": lambda parts: parts[0],
    "#time": _nothing,
    "#timel": _nothing,
    "#tag": _nothing,
    "#coordinates": _nothing,
    "#property": _nothing,
    "#statements": _nothing,
    "#section": _nothing,
    "#lst": _nothing,
    "formatnum": lambda parts: parts[0].replace(",", "") if _part(parts, 1) == "R" else format_number(parts[0]),
    "lc": lambda parts: parts[0].lower(),
    "uc": lambda parts: parts[0].upper(),
    "lcfirst": lambda parts: parts[0][:1].lower() + parts[0][1:],
    "ucfirst": lambda parts: parts[0][:1].upper() + parts[0][1:],
    "padleft": lambda parts: _pad(parts, left=True),
    "padright": lambda parts: _pad(parts, left=False),
    "plural": lambda parts: _part(parts, 1) if parts[0] in ("1", "-1") else _part(parts, 2) or _part(parts, 1),
    "urlencode": lambda parts: urllib.parse.quote_plus(parts[0]),
    "anchorencode": lambda parts: parts[0].replace(" ", "_"),
    "pagename": lambda parts: parts[0].rpartition(":")[2],
    "fullpagename": lambda parts: parts[0],
    "int": lambda parts: parts[0],
    "ns": lambda parts: parts[0],
    **dict.fromkeys(("fullurl", "localurl", "canonicalurl", "filepath"), _nothing),
    **dict.fromkeys(("defaultsort", "defaultsortkey", "기본정렬", "displaytitle", "표시제목", "제목보이기"), _nothing),
}

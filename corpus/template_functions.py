"""Functions that rows of `templates.toml` may name: what a pattern cannot say.

They format what the page states and never compute with it: no age from a birthday, no metres from feet. Dates are
written the Korean way whatever the template is called.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from corpus.countries import COUNTRIES
from corpus.markup import LANGUAGES
from corpus.parser_functions import format_number

Arguments = dict[str, str]

_ISO = re.compile(r"(-?\d{1,4})[-./](\d{1,2})(?:[-./](\d{1,2}))?")
_DIGITS = re.compile(r"-?\d+")


def _positional(values: Arguments) -> list[str]:
    """The numbered parameters in order, up to the first that is missing."""
    found: list[str] = []
    while (value := values.get(str(len(found) + 1))) is not None:
        found.append(value)
    return found


def date(values: Arguments) -> str:
    """`1980|1|1`, `1980-01-01` or a date in words -> 1980년 1월 1일; with less than a day what there is."""
    parts = _positional(values)
    named = [values.get(name, "") for name in ("년", "월", "일")]
    if any(named):
        parts = named
    if parts and (iso := _ISO.fullmatch(parts[0])):
        parts = list(iso.groups(""))
    numbers = [_DIGITS.fullmatch(part.rstrip("년월일")) for part in parts[:3]]
    if not numbers or not numbers[0]:
        return parts[0] if parts else ""
    if len(numbers) == 1 or not numbers[1]:
        return _year(numbers[0][0])
    day = f" {int(numbers[2][0])}일" if len(numbers) > 2 and numbers[2] else ""
    return f"{_year(numbers[0][0])} {int(numbers[1][0])}월{day}"


def _year(digits: str) -> str:
    return f"기원전 {-int(digits)}년" if digits.startswith("-") else f"{int(digits)}년"


def day(values: Arguments) -> str:
    """A day without a year: `3|1` -> 3월 1일."""
    parts = [part.rstrip("월일") for part in _positional(values)]
    if len(parts) > 1 and all(part.isdigit() for part in parts[:2]):
        return f"{int(parts[0])}월 {int(parts[1])}일"
    return " ".join(parts)


def period(values: Arguments) -> str:
    """Two dates in six numbers, or two years: `1980|1|1|1990|2|2` -> 1980년 1월 1일 ~ 1990년 2월 2일."""
    parts = _positional(values)
    half = 3 if len(parts) > 3 else 1
    first, second = (date({str(i + 1): part for i, part in enumerate(side)}) for side in (parts[:half], parts[half:]))
    return f"{first} ~ {second}" if second else first


def century(values: Arguments) -> str:
    """`19` -> 19세기, `-3` and `3|전` -> 기원전 3세기."""
    parts = _positional(values)
    digits = parts[0].removesuffix("세기").strip() if parts else ""
    before = digits.startswith("-") or "전" in "".join(parts[1:]).lower() or "bc" in "".join(parts[1:]).lower()
    return f"{'기원전 ' if before else ''}{digits.lstrip('-')}세기" if digits else ""


def convert(values: Arguments) -> str:
    """The first value and its unit as written: `93|m|ft` -> 93 m, `5|ft|8|in` -> 5 ft 8 in, `3|to|5|km` -> 3~5 km."""
    parts = _positional(values)
    if len(parts) < 2:
        return "".join(parts)
    text, index = parts[0], 1
    while index + 1 < len(parts) and parts[index].lower() in _RANGES:
        text += _RANGES[parts[index].lower()] + parts[index + 1]
        index += 2
    if index >= len(parts):
        return text
    unit = parts[index]
    text = f"{text} {UNITS.get(unit, unit)}"
    following = parts[index + 1 : index + 3]
    if (unit, following[1:]) in _PAIRED and _DIGITS.match(following[0]):
        text += f" {following[0]} {following[1]}"
    return text


def number(values: Arguments) -> str:
    """A number with its thousands separated, and a unit where one is given."""
    parts = _positional(values)
    unit = values.get("u", values.get("ul", values.get("단위", "")))
    text = format_number(parts[0]) if parts else ""
    if "e" in values:
        text += f"×10^{values['e']}"
    if len(parts) > 1 and _DIGITS.match(parts[1]):
        text = f"{text}±{parts[1]}"
    return f"{text} {UNITS.get(unit, unit)}".strip() if unit else text


def plain_number(values: Arguments) -> str:
    """A number with its thousands separated; sorting and rounding parameters are of no interest."""
    return format_number(values.get("1", ""))


def fraction(values: Arguments) -> str:
    """`2` -> 1/2, `1|3` -> 1/3, `2|1|3` -> 2 1/3."""
    parts = [part for part in _positional(values) if part]
    if len(parts) == 1:
        return f"1/{parts[0]}"
    return "/".join(parts) if len(parts) == 2 else f"{parts[0]} {parts[1]}/{parts[2]}" if parts else ""


def joined(values: Arguments) -> str:
    """All parameters in a row, as formulas of chemistry are written: `H|2|O` -> H2O."""
    return "".join(_positional(values))


def spaced(values: Arguments) -> str:
    """All parameters, a space between them."""
    return " ".join(part for part in _positional(values) if part)


def listed(values: Arguments) -> str:
    """All parameters, a comma between them; a list written with `*` inside one parameter is a list too."""
    items = (item for part in _positional(values) for item in re.split(r"\n[*#:]*\s*", f"\n{part}"))
    return ", ".join(item.strip(" *") for item in items if item.strip(" *"))


def lines(values: Arguments) -> str:
    """All parameters, each on a line of its own."""
    return "\n" + "\n".join(part for part in _positional(values) if part) + "\n"


def sounds(values: Arguments) -> str:
    """The sounds of `IPAc-en` between slashes: `b|ɜːr|l|ɪ|n` -> /bɜːrlɪn/."""
    parts = _positional(values)
    if parts and parts[0] in ("lang", "pron", "ipa", "us", "uk", "UK", "US", "also", "local"):
        parts = parts[1:]
    text = "".join(part.replace("_", " ") for part in parts if not part.endswith((".ogg", ".oga", ".wav")))
    return f"/{text}/" if text else ""


def hyphenated(values: Arguments) -> str:
    """All parameters, a hyphen between them: `BUR|lin` -> BUR-lin."""
    return "-".join(part for part in _positional(values) if part)


def other_language(values: Arguments) -> str:
    """A link that for now leads to another language: the Korean label, wherever the form of the template has it."""
    parts = [part for part in _positional(values) if part]
    if parts and parts[0] in LANGUAGES:
        parts = parts[2:] or parts[1:]
    named = values.get("lt") or values.get("표시") or values.get("보이기") or values.get("label")
    return named or (parts[0] if parts else "")


def lunar(values: Arguments) -> str:
    """A day of the lunar calendar: `1397|4|10` -> 음력 1397년 4월 10일, `4|10` -> 음력 4월 10일."""
    text = day(values) if len(_positional(values)) == 2 else date(values)
    return f"음력 {text}" if text else ""


def money(values: Arguments) -> str:
    """An amount and its currency, in whichever order: `KRW|1000` and `1000|KRW` -> 1000 KRW, `1000|원` -> 1000원."""
    parts = sorted(_positional(values)[:2], key=lambda part: not part[:1].isdigit())
    return (" " if parts[-1].isascii() else "").join(parts) if len(parts) == 2 else "".join(parts)


def station(values: Arguments) -> str:
    """A railway station: its name with 역 at the end."""
    name = values.get("1", "")
    return f"{name}역" if name and not name.endswith(("역", "정류장")) else name


def music(values: Arguments) -> str:
    """A musical sign as one character, where there is one."""
    name = values.get("1", "").lower()
    return {"sharp": "♯", "#": "♯", "flat": "♭", "b": "♭", "natural": "♮"}.get(name, values.get("2", ""))


def country(values: Arguments) -> str:
    """A country as its flag template names it: three-letter codes are spelled out."""
    named = values.get("이름") or values.get("name")
    return named or COUNTRIES.get(values.get("1", ""), values.get("1", ""))


_RANGES = {
    "to": "~", "-": "~", "–": "~", "~": "~", "and": "과 ", "및": " 및 ", "or": " 또는 ", "x": " × ", "×": " × ",
    "by": " × ", "*": " × ", "+/-": " ± ", "±": " ± ", "to(-)": "~", "and(-)": "~", "+": " + ", "-to": "~",
}  # fmt: skip
_PAIRED = (
    ("ft", ["in"]),
    ("lb", ["oz"]),
    ("mi", ["yd"]),
    ("mi", ["ft"]),
    ("st", ["lb"]),
    ("yd", ["ft"]),
    ("m", ["cm"]),
)

UNITS = {
    "km2": "km²", "m2": "m²", "cm2": "cm²", "mm2": "mm²", "sqkm": "km²", "sqm": "m²", "sqmi": "mi²", "sqft": "ft²",
    "sqin": "in²", "m3": "m³", "cm3": "cm³", "mm3": "mm³", "km3": "km³", "cuft": "ft³", "cumi": "mi³", "cuin": "in³",
    "C": "°C", "F": "°F", "K": "K", "C-change": "°C", "F-change": "°F", "kph": "km/h", "um": "μm", "uL": "μL",
    "impgal": "gal", "USgal": "gal", "m3/s": "m³/s", "cuft/s": "ft³/s", "/km2": "/km²", "/sqmi": "/mi²",
    "PD/km2": "/km²", "PD/sqmi": "/mi²", "ST": "톤", "LT": "톤", "t": "t", "degC": "°C", "degF": "°F", "deg": "°",
    "kg/m3": "kg/m³", "g/cm3": "g/cm³",
}  # fmt: skip

FUNCTIONS: dict[str, Callable[[Arguments], str]] = {
    "date": date,
    "day": day,
    "period": period,
    "century": century,
    "convert": convert,
    "number": number,
    "plain_number": plain_number,
    "fraction": fraction,
    "joined": joined,
    "spaced": spaced,
    "listed": listed,
    "lines": lines,
    "sounds": sounds,
    "country": country,
    "hyphenated": hyphenated,
    "other_language": other_language,
    "lunar": lunar,
    "money": money,
    "station": station,
    "music": music,
}

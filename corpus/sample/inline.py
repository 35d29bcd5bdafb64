"""Words as they read and as a wiki page writes them: links, dates, numbers, glosses.

Each function draws one of the spellings that real pages use for the same reading, so that the clean text and the
markup are two sides of one value and no cleaner is needed to know what a page says.
"""

from __future__ import annotations

from random import Random

from corpus.sample.chance import happens, pick
from corpus.sample.korean import Phrase, phrase
from corpus.sample.names import Name, romanize
from corpus.sample.world import Entity

LATIN_UNITS = {"km": "mi", "m": "ft", "km²": "sqmi", "cm": "in", "mm": "in", "ha": "acre"}


def link(rng: Random, to: Entity) -> Phrase:
    """The name of an entity, linked to its page more often than not."""
    text = to.name.hangul
    roll = rng.random()
    if roll < 0.3:
        markup = text
    elif to.title == text:
        markup = f"[[{text}]]" if roll < 0.95 else f"[[{text}#역사|{text}]]"
    else:
        markup = f"[[{to.title}|{text}]]" if roll < 0.8 else f"[[{to.title}|]]"
    return Phrase(*_quoted(to.kind, text, _dressed(rng, markup)))


def words(rng: Random, text: str) -> Phrase:
    """A word of the tables: plain, linked (to a page that need not be there), or dressed up."""
    roll = rng.random()
    if "&" in text:
        return Phrase(text, text.replace("&", "&amp;"))
    if roll < 0.88 or not text[0].isalnum():
        return phrase(text)
    return Phrase(text, f"[[{text}]]" if roll < 0.94 else _dressed(rng, text, often=1.0))


def year(rng: Random, value: int) -> Phrase:
    """A year: 1923년."""
    text = f"{value}년"
    return Phrase(text, f"[[{text}]]" if happens(rng, 0.2) else text)


def date(rng: Random, when: tuple[int, int, int], *, template: str = "") -> Phrase:
    """A day: 1923년 4월 5일; `template` is the one that an article's first line would use for it."""
    first, month, day = when
    text = f"{first}년 {month}월 {day}일"
    if template and happens(rng, 0.5):
        return Phrase(text, f"{{{{{template}|{first}|{month}|{day}}}}}")
    roll = rng.random()
    if roll < 0.2:
        return Phrase(text, f"[[{first}년]] [[{month}월 {day}일]]")
    return Phrase(text, f"{first}년 {month}월&nbsp;{day}일" if roll < 0.3 else text)


def century(rng: Random, value: int) -> Phrase:
    """19세기, of a year in it."""
    number = (value - 1) // 100 + 1
    return Phrase(f"{number}세기", pick(rng, [f"{number}세기", f"{{{{세기|{number}}}}}", f"[[{number}세기]]"]))


def amount(rng: Random, value: int, unit: str) -> Phrase:
    """A number with its unit: 1,240명, 3만 2천 명, 93 m."""
    if unit in LATIN_UNITS:
        text = f"{value} {unit}"
        other = LATIN_UNITS[unit]
        return Phrase(text, pick(rng, [text, f"{{{{convert|{value}|{unit}|{other}}}}}", f"{value}&nbsp;{unit}"]))
    if value >= 10000 and value % 1000 == 0:
        head, tail = divmod(value, 10000)
        return words(rng, f"{head}만 {tail // 1000}천 {unit}" if tail else f"{head}만 {unit}")
    text = f"{value:,}{unit}"
    if value >= 1000 and happens(rng, 0.4):
        return Phrase(text, f"{{{{formatnum:{value}}}}}{unit}")
    if 3 < value < 1000 and happens(rng, 0.03):
        return Phrase(text, f"{{{{#expr:{value - 3} + 3}}}}{unit}")
    return phrase(text)


def hanja(rng: Random, name: Name) -> Phrase:
    """The Hanja of a name."""
    text = name.hanja
    return Phrase(
        text,
        pick(
            rng,
            [
                text,
                f"{{{{한자|{text}}}}}",
                f"{{{{lang|zh-hant|{text}}}}}",
                f"{{{{llang|zh|{text}}}}}",
                f"-{{{text}}}-",
                f"-{{zh-hant:{text};zh-hans:{text}}}-",
            ],
        ),
    )


def latin(rng: Random, text: str) -> Phrase:
    """A name in Latin letters."""
    markup = text.replace("&", "&amp;")
    return Phrase(text, pick(rng, [markup, f"{{{{lang|en|{markup}}}}}", f"{{{{llang|en|{markup}}}}}", f"''{markup}''"]))


def country(rng: Random, name: str) -> Phrase:
    """A country, with or without its flag."""
    return Phrase(name, pick(rng, [name, f"[[{name}]]", f"{{{{국기나라|{name}}}}}", f"{{{{flag|{name}}}}}"]))


def abroad(rng: Random, name: str) -> Phrase:
    """Another country, whose page may be only in another wiki."""
    foreign = romanize(name)
    ways = [name, name, f"[[{name}]]", f"{{{{국기나라|{name}}}}}", f"{{{{임시링크|{name}|en|{foreign}}}}}"]
    return Phrase(name, pick(rng, [*ways, f"[[:en:{foreign}|{name}]]"]))


def site(rng: Random, name: Name) -> Phrase:
    """The name of a web site, linked to it."""
    text = name.hangul[:2] + pick(rng, ("누리", "마당", "온길", "나루"))
    return Phrase(text, f"[http://www.example.org/{name.latin.lower()} {text}]")


def formula(tex: str) -> Phrase:
    """A formula, which clean text keeps as one token."""
    return Phrase("[수식]", f"<math>{tex}</math>")


def head(rng: Random, one: Entity, gloss: list[Phrase]) -> Phrase:
    """The bold name that opens an article, with what stands in brackets after it, if anything does.

    Some brackets hold something that leaves no text (a sound file, a query); what is left must read well.
    """
    name = "{{PAGENAME}}" if one.title == one.name.hangul and happens(rng, 0.03) else one.name.hangul
    plain, markup = _quoted(one.kind, one.name.hangul, f"'''{name}'''")
    marks = [("name", 0, len(plain))]
    inside = [piece.markup for piece in gloss]
    if happens(rng, 0.12):
        inside.insert(pick(rng, (0, len(inside))), pick(rng, LOST))
    if inside:
        markup += f"({', '.join(inside)})"
    for number, piece in enumerate(gloss):
        plain += ", " if number else "("
        marks += [(slot, len(plain) + first, len(plain) + last) for slot, first, last in piece.marks]
        plain += piece.plain
    return Phrase(plain + ")" if gloss else plain, markup, tuple(marks))


def span(first: Phrase, last: Phrase) -> Phrase:
    """A life, from one date to another."""
    start = len(first.plain) + len(" ~ ")
    marks = (("birth_date", 0, len(first.plain)), ("death_date", start, start + len(last.plain)))
    return Phrase(f"{first.plain} ~ {last.plain}", f"{first.markup} ~ {last.markup}", marks)


def _quoted(kind: str, text: str, markup: str) -> tuple[str, str]:
    opening, closing = QUOTES.get(kind, ("", ""))
    return f"{opening}{text}{closing}", f"{opening}{markup}{closing}"


def _dressed(rng: Random, markup: str, often: float = 0.04) -> str:
    return pick(rng, DRESSES).format(markup) if happens(rng, often) else markup


QUOTES = {"film": ("《", "》"), "book": ("《", "》"), "album": ("《", "》")}

# What changes the look of a word but not its reading.
DRESSES = (
    "{{{{nowrap|{}}}}}",
    "{{{{작게|{}}}}}",
    "{{{{글씨 색|navy|{}}}}}",
    '<span style="color:#336">{}</span>',
    "<u>{}</u>",
    "''{}''",
    "<small>{}</small>",
    "{{{{#if:1|{}|없음}}}}",
)

# What a bracket may hold that leaves no text behind.
LOST = ("{{출처|날짜=2019-03-04}}", "<!-- 한자 확인 -->", '<ref name="표기" />', "{{소리 듣기|가락.ogg}}")

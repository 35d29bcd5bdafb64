"""Morphological analysers behind one door: clean text to Morphemes of the common tag set, with places in the text.

Each is imported when it is asked for, and needs installing only then; `none` is the rule of josa.py and needs nothing.
mecab is the default: it alone is fast enough for a corpus. kiwi is better on what people type. The four of konlpy are
for comparison on small samples: they run in a JVM, at 0.01 to 0.2 MB/s, and konlpy's licence is the GPL.
Nothing is learned here, and no user dictionary is read.
"""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Callable

from tools.errors import UserError, nearest
from vocab.alignment import align
from vocab.hangul import alone
from vocab.josa import guess
from vocab.tags import FOREIGN, Morpheme, common
from vocab.words import cleaned

LONGEST = 4000  # characters given to an analyser at once: mecab's time per character grows with the length of the line

Analyzer = Callable[[str], list[Morpheme]]
"""Text as `words.cleaned` gives it -> its morphemes."""

_Read = Callable[[str, int], list[Morpheme]]
"""A piece of a line, with no white space but spaces, and where it starts -> its morphemes."""

_PIECE = re.compile(rf"[^\n]{{1,{LONGEST}}}(?!\S)|[^\n]{{{LONGEST}}}")
_SPACE = re.compile(r"[^\S ]")
_ASTRAL = re.compile(r"[^\u0000-\uffff]")


@dataclasses.dataclass(frozen=True, slots=True)
class Source:
    """Where an analyser comes from: what loads it, and the package that must be there."""

    load: Callable[[], _Read]
    package: str = ""


@functools.cache
def analyzer(name: str) -> Analyzer:
    """The analyser of that name, loaded once in a process; an error says how to install what is missing."""
    if name not in ANALYZERS:
        raise UserError(f"{name}: no such analyser; {nearest(name, ANALYZERS)}")
    source = ANALYZERS[name]
    try:
        read = source.load()
    except ImportError as error:
        raise UserError(f"{name}: not installed: pip install {source.package} ({error})") from None

    def analyze_clean(text: str) -> list[Morpheme]:
        found: list[Morpheme] = []
        for piece in _PIECE.finditer(text):
            found += read(_SPACE.sub(" ", piece[0]), piece.start())
        return found

    return analyze_clean


def analyze(text: str, name: str = "mecab") -> list[Morpheme]:
    """The morphemes of any text (NFD, control characters ...), with places in the text as it was given."""
    clean = cleaned(text)
    found = analyzer(name)(clean.text)
    return found if clean.spans is None else [Morpheme(m.form, m.tag, *clean.original(m.start, m.end)) for m in found]


def _mecab() -> _Read:
    import mecab

    # Through the wrapper's own tagger: its parse() makes an object per morpheme and takes quadratic time to place them.
    from _mecab import MECAB_ALLOCATE_SENTENCE, Lattice

    tagger = mecab.MeCab()._tagger
    lattice = Lattice()
    lattice.add_request_type(MECAB_ALLOCATE_SENTENCE)

    def read(piece: str, start: int) -> list[Morpheme]:
        lattice.set_sentence(piece)
        if not tagger.parse(lattice):
            raise RuntimeError(f"mecab: {tagger.what()}")
        found: list[Morpheme] = []
        shift = start  # of the text that is read, where the surface stood in its piece
        for line in lattice.to_string().split("\n")[:-2]:  # the last is EOS
            surface, width, parts = _mecab_line(line)
            at = piece.index(surface, shift - start) + start
            for form, tag, first, last in parts:
                found.append(_morpheme((form, tag, at + first, at + last)))
            shift = at + width
        return found

    return read


_morpheme: Callable[[tuple[str, str, int, int]], Morpheme] = functools.partial(tuple.__new__, Morpheme)
"""Morpheme(...) in half its time."""


@functools.lru_cache(maxsize=1 << 17)
def _mecab_line(line: str) -> tuple[str, int, tuple[tuple[str, str, int, int], ...]]:
    """`신다\\tEP+EF,*,T,...,시/EP/*+ᆫ다/EF/*` as the surface, its length, and its morphemes, placed inside it.

    A composite tag is taken apart into base forms; a compound of nouns (한국은행) stays one, as its tag is. The parts
    are plain tuples, which the garbage collector forgets: looking through 60,000 lists of Morphemes costs a quarter.
    """
    surface, _, feature = line.partition("\t")
    tag, _, rest = feature.partition(",")
    parts = [(surface, tag)]
    if "+" in tag and "/" in rest:
        parts = [(form, own) for form, own, _ in (part.rsplit("/", 2) for part in rest.rpartition(",")[2].split("+"))]
    forms = [alone(form) for form, _ in parts]
    spans = align(surface, forms) if len(forms) > 1 else [(0, len(surface))]
    tags = [common(own, form, FOREIGN["mecab"]) for form, own in parts]
    return surface, len(surface), tuple((form, tag, *span) for form, tag, span in zip(forms, tags, spans, strict=True))


def _kiwi() -> _Read:
    from kiwipiepy import Kiwi

    kiwi = Kiwi(num_workers=1)

    def read(piece: str, start: int) -> list[Morpheme]:
        found: list[Morpheme] = []
        for token in kiwi.tokenize(piece):
            tag = common(token.tag, token.form, FOREIGN["kiwi"])
            first, last = token.start, token.end
            if first == last:  # a copula that is not written: 학자(이)다 shares the letter after it, or before it
                first, last = (first, first + 1) if piece[first : first + 1].strip() else (first - 1, first)
            found += _words(piece, start, alone(token.form), tag, first, last)
        return found

    return read


def _konlpy(name: str, **options: int) -> _Read:
    import jpype
    import konlpy.tag

    try:
        tagger = getattr(konlpy.tag, name)()
    except jpype.JVMNotFoundException:
        raise UserError(f"{name.lower()}: needs Java, and there is none; install a JDK, or set JAVA_HOME") from None

    def read(piece: str, start: int) -> list[Morpheme]:
        if not piece.strip():
            return []
        plain = _ASTRAL.sub("□", piece)  # the JVM bridge cannot pass characters beyond U+FFFF back
        pairs = [(alone(form.replace(" ", "")), tag) for form, tag in tagger.pos(plain, **options)]
        pairs = [(form, tag) for form, tag in pairs if form]
        found: list[Morpheme] = []
        for (form, tag), (first, last) in zip(pairs, align(plain, [form for form, _ in pairs]), strict=True):
            literal = piece[first:last] if form == plain[first:last] else form
            found += _words(piece, start, literal, common(tag, literal, FOREIGN[name.lower()]), first, last)
        return found

    return read


def _words(piece: str, start: int, form: str, tag: str, first: int, last: int) -> list[Morpheme]:
    """One morpheme, or one for each word where an analyser took several for one (카리브 해): no form has a space."""
    words = [(match[0], match.start(), match.end()) for match in re.finditer(r"\S+", piece[first:last])]
    if len(words) < 2 or "".join(word for word, _, _ in words) != form.replace(" ", ""):
        words = [(form.replace(" ", ""), 0, last - first)]
    return [Morpheme(word, tag, start + first + low, start + first + high) for word, low, high in words]


ANALYZERS: dict[str, Source] = {
    "mecab": Source(_mecab, "python-mecab-ko"),
    "kiwi": Source(_kiwi, "kiwipiepy"),
    "okt": Source(functools.partial(_konlpy, "Okt"), "konlpy"),
    "komoran": Source(functools.partial(_konlpy, "Komoran"), "konlpy"),
    "kkma": Source(functools.partial(_konlpy, "Kkma"), "konlpy"),
    "hannanum": Source(functools.partial(_konlpy, "Hannanum", ntags=22), "konlpy"),
    "none": Source(lambda: guess),
}

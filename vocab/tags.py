"""What an analyser says, a Morpheme, in the common tag set: the 45 tags of the Sejong corpus, in seven classes.

The set is that of the standard TTA.KO-11.0010. An analyser's own tag becomes the Sejong tag of the same meaning, or the
broadest one of its class where the analyser does not distinguish (Okt's Josa is any particle: JX). Signs are told apart
by the sign itself, as analysers disagree about them. A finer set loses its distinctions: mecab's NNBC is NNB.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple


class Morpheme(NamedTuple):
    """A base form (jamo written alone: ㄴ다), its Sejong tag, and the place in the text that it stands for.

    Forms that a contraction restored share a place: 왔 is 오/VV and 았/EP, both with the place of 왔. Neither starts
    nor ends ever go back. A tuple and no dataclass, because a corpus has a hundred million of them.
    """

    form: str
    tag: str
    start: int
    end: int


CLASSES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "체언": {"NNG": "일반 명사", "NNP": "고유 명사", "NNB": "의존 명사", "NR": "수사", "NP": "대명사"},
        "용언": {"VV": "동사", "VA": "형용사", "VX": "보조 용언", "VCP": "긍정 지정사", "VCN": "부정 지정사"},
        "수식언": {"MM": "관형사", "MAG": "일반 부사", "MAJ": "접속 부사"},
        "독립언": {"IC": "감탄사"},
        "관계언": {
            "JKS": "주격 조사",
            "JKC": "보격 조사",
            "JKG": "관형격 조사",
            "JKO": "목적격 조사",
            "JKB": "부사격 조사",
            "JKV": "호격 조사",
            "JKQ": "인용격 조사",
            "JX": "보조사",
            "JC": "접속 조사",
        },
        "의존형태": {
            "EP": "선어말 어미",
            "EF": "종결 어미",
            "EC": "연결 어미",
            "ETN": "명사형 전성 어미",
            "ETM": "관형형 전성 어미",
            "XPN": "체언 접두사",
            "XSN": "명사 파생 접미사",
            "XSV": "동사 파생 접미사",
            "XSA": "형용사 파생 접미사",
            "XR": "어근",
        },
        "기호": {
            "SF": "마침표, 물음표, 느낌표",
            "SP": "쉼표, 가운뎃점, 쌍점, 빗금",
            "SS": "따옴표, 괄호표, 줄표",
            "SE": "줄임표",
            "SO": "붙임표(물결, 숨김, 빠짐)",
            "SL": "외국어",
            "SH": "한자",
            "SW": "기타 기호",
            "NF": "명사 추정 범주",
            "NV": "용언 추정 범주",
            "SN": "숫자",
            "NA": "분석 불능 범주",
        },
    }
)
TAGS: Mapping[str, str] = MappingProxyType({tag: name for row in CLASSES.values() for tag, name in row.items()})
CLASS_OF: Mapping[str, str] = MappingProxyType({tag: kind for kind, row in CLASSES.items() for tag in row})

VERBAL = frozenset({"VV", "VA", "VX", "VCP", "VCN", "XSV", "XSA"})
"""What has a dictionary form in 다."""

_BY_SIGN = {
    **dict.fromkeys(".?!。?!", "SF"),
    **dict.fromkeys(",·:;/、,:;・", "SP"),
    **dict.fromkeys("\"'`‘’“”()[]{}<>〈〉《》「」『』【】〔〕()―—–", "SS"),
    **dict.fromkeys("~∼~〜-‐-□○", "SO"),
    "…": "SE",
}


def sign(form: str) -> str:
    """The Sejong tag of a sign, a number or a foreign word, by its first character; NA for anything in Hangul."""
    first = form[:1]
    if first in _BY_SIGN or not first.isalnum():
        return "SE" if form.startswith(("...", "···")) else _BY_SIGN.get(first, "SW")
    if first.isdecimal():
        return "SN"
    script = unicodedata.name(first, "").partition(" ")[0]
    return {"CJK": "SH", "HANGUL": "NA"}.get(script, "SL")


def common(tag: str, form: str, foreign: Mapping[str, str]) -> str:
    """An analyser's tag in the common set; `foreign` is a row of FOREIGN. What nobody knows is NA."""
    found = foreign.get(tag, tag)
    return sign(form) if found == "S" else found if found in TAGS else "NA"


_MECAB = {"NNBC": "NNB", "UNKNOWN": "NA", **dict.fromkeys(("SC", "SSO", "SSC", "SY"), "S")}
_KIWI = {
    **{f"{tag}-{kind}": tag for tag in ("VV", "VA", "VX", "XSA") for kind in "IR"},  # irregular, regular
    "XSM": "MAG",
    "SB": "SN",
    "SSO": "SS",
    "SSC": "SS",
    "UN": "NA",
    "Z_CODA": "IC",
    "Z_SIOT": "XSN",
    **dict.fromkeys(("W_URL", "W_EMAIL", "W_HASHTAG", "W_MENTION", "W_SERIAL", "W_EMOJI"), "SW"),
}
_OKT = {
    "Noun": "NNG",
    "Verb": "VV",
    "Adjective": "VA",
    "Determiner": "MM",
    "Modifier": "MM",
    "Adverb": "MAG",
    "Conjunction": "MAJ",
    "Exclamation": "IC",
    "KoreanParticle": "IC",
    "Josa": "JX",
    "Eomi": "EC",
    "PreEomi": "EP",
    "Suffix": "XSN",
    "VerbPrefix": "XPN",
    "Number": "SN",
    "Alpha": "SL",
    "Foreign": "S",
    **dict.fromkeys(("Punctuation", "Hashtag", "ScreenName", "CashTag", "URL", "Email", "Others"), "S"),
}
_KKMA = {
    "NN": "NNG",
    "NNM": "NNB",
    "VC": "VCP",
    "VXV": "VX",
    "VXA": "VX",
    "MD": "MM",
    "MDN": "MM",
    "MDT": "MM",
    "MA": "MAG",
    "MAC": "MAJ",
    "JK": "JX",
    "JKI": "JKV",
    "JKM": "JKB",
    "ET": "ETM",
    "ETD": "ETM",
    **dict.fromkeys(("EPH", "EPP", "EPT"), "EP"),
    **dict.fromkeys(("EFA", "EFI", "EFN", "EFO", "EFQ", "EFR"), "EF"),
    **dict.fromkeys(("ECD", "ECE", "ECS"), "EC"),
    "XP": "XPN",
    "XPV": "XPN",
    "OH": "SH",
    "OL": "SL",
    "ON": "SN",
    "UN": "NF",
    "EMO": "SW",
}
_HANNANUM = {  # of its 22 tags; its JC is any case particle, not Sejong's conjunction
    "NC": "NNG",
    "NQ": "NNP",
    "NB": "NNB",
    "NN": "NR",
    "PV": "VV",
    "PA": "VA",
    "PX": "VX",
    "JP": "VCP",
    "MA": "MAG",
    "II": "IC",
    "JC": "JX",
    "ET": "ETM",
    "XP": "XPN",
    "XS": "XSN",
    "S": "S",
    "F": "SL",
}

FOREIGN: Mapping[str, Mapping[str, str]] = {
    "mecab": _MECAB,
    "kiwi": _KIWI,
    "okt": _OKT,
    "komoran": {},
    "kkma": _KKMA,
    "hannanum": _HANNANUM,
}
"""Analyser -> its own tags that are not Sejong's -> the Sejong tag, or S: by the sign."""

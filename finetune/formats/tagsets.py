"""Sets of types of names: what each type means in Korean, and which types of two sets mean the same.

Files say only `B-PS`; legends, cards and reports take the words from here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from finetune.examples import Span


def meaning(kind: str, among: Collection[str] = ()) -> str:
    """What a type means in the set that has it and most of the types `among` which it occurs; itself if none has it."""
    known = [tagset for tagset in TAGSETS.values() if kind in tagset]
    return max(known, key=lambda tagset: len(tagset.keys() & set(among)), default={kind: kind})[kind]


def legend(kinds: Collection[str]) -> list[tuple[str, str]]:
    """The types that occur, in order, with what they mean."""
    return [(kind, meaning(kind, kinds)) for kind in sorted(kinds)]


def between(source: str, target: str) -> dict[str, str]:
    """The types of one set that are plainly a type of another; those that mean more or less are not in it."""
    to, of = TO_TTA[source], FROM_TTA[target]
    return {kind: of[same] for kind, same in to.items() if same in of}


def mapped(names: Iterable[Span], to: Mapping[str, str]) -> tuple[Span, ...]:
    """The names under the types of another set; those that it does not have are left out."""
    return tuple(Span(name.start, name.end, to[name.kind]) for name in names if name.kind in to)


TTA = {
    "AF": "인공물",
    "AM": "동물",
    "CV": "문명·문화",
    "DT": "날짜",
    "EV": "사건",
    "FD": "학문 분야",
    "LC": "지역",
    "MT": "물질",
    "OG": "기관",
    "PS": "인물",
    "PT": "식물",
    "QT": "수량",
    "TI": "시간",
    "TM": "용어",
    "TR": "이론",
}
"""The fifteen of TTA's standard TTAK.KO-10.0852, as ETRI and the National Institute of Korean Language use them."""
KLUE = {kind: TTA[kind] for kind in ("PS", "LC", "OG", "DT", "TI", "QT")}
NAVER = {
    "PER": "인물",
    "FLD": "학문 분야·이론",
    "AFW": "인공물",
    "ORG": "기관",
    "LOC": "지역",
    "CVL": "문명·문화",
    "DAT": "날짜",
    "TIM": "시간",
    "NUM": "수량",
    "EVT": "사건",
    "ANM": "동물",
    "PLT": "식물",
    "MAT": "금속·암석·화학 물질",
    "TRM": "용어",
}
KMOU = {
    "PER": "인물",
    "ORG": "기관",
    "LOC": "지역",
    "POH": "기타 고유명",
    "DAT": "날짜",
    "TIM": "시간",
    "DUR": "기간",
    "MNY": "금액",
    "PNT": "비율",
    "NOH": "기타 수량",
}
CONLL = {"PER": "인물", "ORG": "기관", "LOC": "지역", "MISC": "기타"}
TAGSETS: Mapping[str, Mapping[str, str]] = {"tta": TTA, "klue": KLUE, "naver": NAVER, "kmou": KMOU, "conll": CONLL}

# The standard's set stands between all others. Naver's FLD holds theories too, KMOU's DUR is a date or a time.
TO_TTA: Mapping[str, Mapping[str, str]] = {
    "tta": {kind: kind for kind in TTA},
    "klue": {kind: kind for kind in KLUE},
    "naver": {
        "PER": "PS",
        "AFW": "AF",
        "ORG": "OG",
        "LOC": "LC",
        "CVL": "CV",
        "DAT": "DT",
        "TIM": "TI",
        "NUM": "QT",
        "EVT": "EV",
        "ANM": "AM",
        "PLT": "PT",
        "MAT": "MT",
        "TRM": "TM",
    },
    "kmou": {
        "PER": "PS",
        "ORG": "OG",
        "LOC": "LC",
        "DAT": "DT",
        "TIM": "TI",
        "MNY": "QT",
        "PNT": "QT",
        "NOH": "QT",
    },
    "conll": {"PER": "PS", "ORG": "OG", "LOC": "LC"},
}
FROM_TTA: Mapping[str, Mapping[str, str]] = {
    "tta": TO_TTA["tta"],
    "klue": TO_TTA["klue"],
    "naver": {kind: other for other, kind in TO_TTA["naver"].items()} | {"FD": "FLD", "TR": "FLD"},
    "kmou": {"PS": "PER", "OG": "ORG", "LC": "LOC", "TI": "TIM"},
    "conll": {kind: other for other, kind in TO_TTA["conll"].items()},
}

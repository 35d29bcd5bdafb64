"""Verbs and adjectives: a stem and an ending make the written form, irregular stems by table.

An ending is named by its form after a plain consonant stem with a bright vowel (`잡`): 았다, 아서, 은, 을, 으며,
으시, 는다, 습니다, 고, 지만. Whether a stem is a verb or an adjective is not known here: the caller chooses between
는 and 은 (있 and 없 take 는 either way: `재미있는`). Where two forms are right, the full one of prose is written
(`되었다`, `주었다`, `보아서`), and before 요 the short one of speech (`돼요`, `줘요`, `봤어요`).
"""

from __future__ import annotations

import functools

from corpus.jamo import join, split, with_final


@functools.cache
def conjugate(stem: str, ending: str) -> str:
    """The stem (the dictionary form without 다) with the ending: `conjugate("돕", "았다")` is `도왔다`."""
    if ending[0] == "은" and stem[-1] in EXISTENCE:
        ending = "는" + ending[1:]
    if ending[0] in "아어았었":
        return _vowel_ending(stem, ending)
    if ending[0] in "으은을음읍":
        return _linked_ending(stem, ending)
    return _consonant_ending(stem, ending)


def _consonant_ending(stem: str, ending: str) -> str:
    """고, 지, 는, 는다, 습니다: nothing happens but the loss of ㄹ, and ㄴ and ㅂ that close an open syllable."""
    opened = _is_open(stem) or _has_rieul(stem)
    if ending.startswith("습") and opened:
        return with_final(stem, "ㅂ") + ending[1:]
    if ending.startswith("는다") and opened:
        return with_final(stem, "ㄴ") + ending[1:]
    if _has_rieul(stem) and split(ending[0])[0] in "ㄴㅅ":
        return with_final(stem, "") + ending
    return stem + ending


def _linked_ending(stem: str, ending: str) -> str:
    """으며, 은, 을, 으시: 으 links a consonant to the ending and is lost after a vowel and after ㄹ."""
    base, kind = _soften(stem)
    if kind == "ㅂ":
        base, kind = base + "우", ""
    elif kind == "ㅎ":
        base, kind = with_final(base, ""), ""
    if kind or not (_is_open(base) or _has_rieul(base)):
        return base + ending
    final, rest = split(ending[0])[2], ending[1:]
    if _has_rieul(base) and final == "ㅁ":
        return with_final(base, "ㄻ") + rest
    if final:
        return with_final(base, final) + rest
    if _has_rieul(base) and rest and split(rest[0])[0] in "ㄴㅅ":
        return with_final(base, "") + rest
    return base + rest


def _vowel_ending(stem: str, ending: str) -> str:
    """아서, 았다: 아 after ㅏ and ㅗ, 어 elsewhere, fused with an open stem."""
    final, rest = split(ending[0])[2], ending[1:]
    base, kind = _soften(stem)
    if kind == "ㅂ":
        return base + join("ㅇ", "ㅘ" if _word(stem) in BRIGHT_P else "ㅝ", final) + rest
    if kind == "ㅎ":
        return _fade(base, final) + rest
    vowel = "ㅏ" if split(base[-1])[1] in "ㅏㅑㅗ" else "ㅓ"
    if kind or not _is_open(base):
        return base + join("ㅇ", vowel, final) + rest
    return _fuse(base, final, spoken=ending.endswith("요")) + rest


def _soften(stem: str) -> tuple[str, str]:
    """An irregular stem as it stands before a vowel, and the consonant that changed (empty when none did)."""
    word, last = _word(stem), stem[-1]
    match split(last)[2]:
        case "ㅂ" if last not in REGULAR_P and word not in REGULAR_P:
            return with_final(stem, ""), "ㅂ"
        case "ㄷ" if word in IRREGULAR_T:
            return with_final(stem, "ㄹ"), "ㄷ"
        case "ㅅ" if last in IRREGULAR_S:
            return with_final(stem, ""), "ㅅ"
        case "ㅎ" if last not in REGULAR_H:
            return stem, "ㅎ"
    return stem, ""


def _fade(stem: str, final: str) -> str:
    """ㅎ adjectives before 아: 파랗 gives 파래, 퍼렇 gives 퍼레, 하얗 gives 하얘."""
    onset, vowel, _ = split(stem[-1])
    faded = "ㅐ" if stem[-2:] in DEMONSTRATIVES else {"ㅏ": "ㅐ", "ㅓ": "ㅔ", "ㅑ": "ㅒ", "ㅕ": "ㅖ"}[vowel]
    return stem[:-1] + join(onset, faded, final)


def _fuse(stem: str, final: str, *, spoken: bool) -> str:
    """An open stem and 아 or 어: one syllable where the written language makes one."""
    word, head = _word(stem), stem[:-1]
    onset, vowel, _ = split(stem[-1])
    if stem[-1] == "하":
        return head + join("ㅎ", "ㅐ", final)
    if word in REGAIN_R:
        return stem + join("ㄹ", "ㅓ", final)
    if vowel == "ㅡ":
        bright = bool(head) and split(head[-1])[1] in "ㅏㅑㅗ"
        if stem[-1] == "르" and not word.endswith(PLAIN_R):
            head, onset = with_final(head, "ㄹ"), "ㄹ"
        return head + join(onset, "ㅏ" if bright else "ㅓ", final)
    if word == "푸":
        return head + join("ㅍ", "ㅓ", final)
    fused = FUSED.get(vowel)
    if vowel in "ㅗㅜㅚ" and onset != "ㅇ" and not spoken:
        fused = None
    if word in LONG_I or word.endswith("적이"):
        fused = None
    if fused:
        return head + join(onset, fused, final)
    return stem + join("ㅇ", "ㅏ" if vowel == "ㅗ" else "ㅓ", final)


def _word(stem: str) -> str:
    """The last eojeol of a stem of several (`이름 높`): tables know words."""
    return stem.rsplit(" ", 1)[-1]


def _is_open(stem: str) -> bool:
    return not split(stem[-1])[2]


def _has_rieul(stem: str) -> bool:
    return split(stem[-1])[2] == "ㄹ"


# What an open vowel and 아 or 어 become. Vowels that are not here (ㅟ, ㅢ) never fuse.
FUSED = {"ㅏ": "ㅏ", "ㅓ": "ㅓ", "ㅐ": "ㅐ", "ㅔ": "ㅔ", "ㅕ": "ㅕ", "ㅗ": "ㅘ", "ㅜ": "ㅝ", "ㅚ": "ㅙ", "ㅣ": "ㅕ"}

# 있다, 없다 and their compounds are adjectives that take 는 as verbs do (재미있는).
EXISTENCE = frozenset({"있", "없", "밌"})

# Stems in ㅣ that stay long (비었다), the copula's negative among them (아니었다).
LONG_I = frozenset({"비", "피", "기", "띠", "이", "아니"})

# ㅂ stems that keep ㅂ, by last syllable or whole; the others soften to 우.
REGULAR_P = frozenset({"잡", "입", "씹", "집", "뽑", "접", "꼽", "좁", "업", "뵙", "수줍"})
BRIGHT_P = frozenset({"돕", "곱"})

# ㄷ stems that turn to ㄹ: 걷 is to walk, 묻 is to ask.
IRREGULAR_T = frozenset({"듣", "엿듣", "알아듣", "걷", "싣", "깨닫", "긷", "일컫", "묻", "캐묻", "되묻", "붇", "눋"})

# Last syllables of ㅅ stems that lose ㅅ, and of ㅎ stems that keep ㅎ.
IRREGULAR_S = frozenset({"짓", "낫", "잇", "붓", "긋", "젓", "잣"})
REGULAR_H = frozenset({"좋", "놓", "낳", "넣", "쌓", "찧", "땋", "닿", "빻"})
DEMONSTRATIVES = frozenset({"이렇", "그렇", "저렇", "어떻"})

# 르 stems that only lose ㅡ (따라), and those that gain ㄹ (이르러, to arrive); all others double it (흘러).
PLAIN_R = ("따르", "치르", "들르", "다다르", "우러르")
REGAIN_R = frozenset({"푸르", "이르"})

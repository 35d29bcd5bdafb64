"""Josa: which form of a particle follows a word, by the sound in which the word ends when it is read aloud.

A particle is named by its form after a consonant: 은, 이, 을, 과, 으로, 이다 ... The copula follows the written
standard of encyclopedias: 이다, 이며, 이고, 이자, 이지만 stay whole after a vowel (`가수이다`), the past and the
quoting forms contract (`가수였다`, `가수라는`), and so do the endings of speech (`가수네요`, `가수예요`).
Hanja and kana are not read: a word must end in Hangul, digits, Latin letters or a unit, gloss and quotes apart.
"""

from __future__ import annotations

import functools
import re

from corpus.jamo import is_syllable, split


def attach(word: str, josa: str) -> str:
    """The word with the right form of the josa: `attach("도쿄(東京)", "은")` is `도쿄(東京)는`."""
    return word + allomorph(word, josa)


def allomorph(word: str, josa: str) -> str:
    """The form that the josa takes after the word, alone."""
    closed, opened = _forms(josa)
    if closed == opened:
        return closed
    final = final_sound(word)
    if final == "ㄹ" and closed.startswith("으로"):
        return opened
    return closed if final else opened


@functools.cache
def _forms(josa: str) -> tuple[str, str]:
    """The josa after a consonant and after a vowel; what follows the head (`과` in `과의`) stays as it is."""
    if josa in WHOLE:
        return josa, WHOLE[josa]
    for head in sorted(HEADS, key=len, reverse=True):
        if josa.startswith(head):
            return josa, HEADS[head] + josa[len(head) :]
    if josa.startswith(UNCHANGING):
        return josa, josa
    raise ValueError(f"{josa}: not a known josa; name it by its form after a consonant (은, 이, 을, 과, 으로, 이다)")


@functools.lru_cache(maxsize=1 << 16)
def final_sound(word: str) -> str:
    """The final consonant of the word as read aloud, as a letter; empty after a vowel."""
    spoken = _without_gloss(word)
    if unit := re.search(r"(?<=\d)\s?([^\s\d,.]+)$", spoken):
        spoken = UNITS.get(unit[1], spoken)
    last = spoken[-1:]
    if is_syllable(last):
        return split(last)[2]
    if last.isdecimal() and last.isascii():
        return _number_final(re.search(r"[\d,.]+$", spoken)[0])  # type: ignore[index]
    if last.isalpha() and last.isascii():
        return _latin_final(re.search(r"[A-Za-z]+$", spoken)[0])  # type: ignore[index]
    if last in UNITS:
        return final_sound(UNITS[last])
    raise ValueError(f"{word}: cannot tell how it is read; end it in Hangul, digits or Latin letters")


def _without_gloss(word: str) -> str:
    """The part that decides: without a bracketed gloss at the end, closing quotes and punctuation."""
    while word and not (word[-1].isalnum() or word[-1] in UNITS):
        start = _opening(word) if word[-1] == ")" else 0
        word = word[:start] if start > 0 else word[:-1]
    return word


def _opening(word: str) -> int:
    """Where the bracket opens that the last letter of the word closes; -1 when it never does."""
    depth = 0
    for place in range(len(word) - 1, -1, -1):
        depth += (word[place] == ")") - (word[place] == "(")
        if depth == 0:
            return place
    return -1


def _number_final(digits: str) -> str:
    """Sino-Korean reading: the last digit that is not zero, or the power of ten in which the number ends."""
    digits = digits.strip(".,").replace(",", "")
    zeros = len(digits) - len(digits.rstrip("0"))
    if zeros == 0 or "." in digits or digits.startswith("0"):  # decimals and codes are read digit by digit
        return split(DIGITS[int(digits[-1])])[2]
    return split(POWERS[zeros] if zeros < 4 else MYRIADS[zeros // 4])[2]


def _latin_final(letters: str) -> str:
    """Capitals are spelled out; any other word is read as the loanword that it would be."""
    if letters.isupper() or len(letters) == 1:
        return {"L": "ㄹ", "M": "ㅁ", "N": "ㄴ", "R": "ㄹ"}.get(letters[-1].upper(), "")
    for ending, final in LATIN_ENDINGS:
        if re.search(f"(?:{ending})$", letters.lower()):
            return final
    return ""


DIGITS = "영일이삼사오육칠팔구"
POWERS = {1: "십", 2: "백", 3: "천"}
MYRIADS = {1: "만", 2: "억", 3: "조", 4: "경", 5: "해"}

UNITS = {
    "km": "킬로미터",
    "m": "미터",
    "cm": "센티미터",
    "mm": "밀리미터",
    "kg": "킬로그램",
    "g": "그램",
    "mg": "밀리그램",
    "t": "톤",
    "L": "리터",
    "mL": "밀리리터",
    "ha": "헥타르",
    "km/h": "킬로미터",
    "m/s": "미터",
    "km²": "제곱킬로미터",
    "m²": "제곱미터",
    "m³": "세제곱미터",
    "㎞": "킬로미터",
    "㎢": "제곱킬로미터",
    "㎡": "제곱미터",
    "㎏": "킬로그램",
    "%": "퍼센트",
    "‰": "퍼밀",
    "°": "도",
    "℃": "도",
    "°C": "도",
    "kW": "킬로와트",
    "MW": "메가와트",
    "V": "볼트",
    "Hz": "헤르츠",
    "kHz": "킬로헤르츠",
    "MHz": "메가헤르츠",
}

# First match wins. What is not here ends in a vowel: the loanword takes 으 or 이 (블로그, 레드, 스위치).
LATIN_ENDINGS = (
    (r"[^aeiou]le|l|ile|ale|ole|ule|elle", "ㄹ"),  # 애플, 채널, 모바일
    (r"[aeiou]me|m", "ㅁ"),  # 크롬, 팀
    (r"[aeiou]ne|n", "ㄴ"),  # 폰, 온라인
    (r"ng", "ㅇ"),
    (r"ck|[^aeiou][aeiou]k|ook|[^aeiou]?[aeiou]c", "ㄱ"),  # 록, 북, 뮤직
    (r"(?:^|[^aeiou])[aeiou]p", "ㅂ"),  # 톱, 숍
    (r"(?:^|[^aeiou])[aeiou]b", "ㅂ"),  # 웹, 클럽
    (r"(?:^|[^aeiou])[aeiou]t", "ㅅ"),  # 인터넷, 로봇
)

WHOLE = {
    "은": "는",
    "이": "가",
    "을": "를",
    "아": "야",
    "이나": "나",
    "이야": "야",
    "이여": "여",
    "이에요": "예요",
    "이네": "네",
    "이네요": "네요",
    "이지": "지",
    "이죠": "죠",
}

HEADS = {
    "과": "와",
    "으로": "로",
    "이었": "였",
    "이어서": "여서",
    "이라": "라",
    "이란": "란",
    "이랑": "랑",
    "이든": "든",
    "이나마": "나마",
    "이야말로": "야말로",
    "이시여": "시여",
}

UNCHANGING = (
    *(
        "에",
        "의",
        "도",
        "만",
        "까지",
        "부터",
        "보다",
        "처럼",
        "같이",
        "께",
        "하고",
        "마다",
        "조차",
        "마저",
        "밖에",
        "뿐",
    ),
    *("대로", "만큼", "치고", "커녕", "한테", "더러", "들"),
    *("이다", "이며", "이고", "이자", "이지만", "이므로", "이면", "이니", "이기", "이던", "이어야"),
    *("인", "일", "임", "입니"),
)

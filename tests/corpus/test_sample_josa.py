from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.sample.josa import attach, final_sound

ATTACHED = """
서울 은 서울은 | 도쿄 은 도쿄는 | 가람시 이 가람시가 | 강 이 강이 | 책 을 책을 | 나무 을 나무를 | 산 과 산과
바다 과 바다와
서울 으로 서울로 | 부산 으로 부산으로 | 제주 으로 제주로 | 길 으로서 길로서 | 시장 으로서 시장으로서
칼 으로써 칼로써
서울 으로부터 서울로부터 | 마을 으로는 마을로는 | 집 으로는 집으로는 | 나무 과의 나무와의 | 산 과는 산과는
가수 이다 가수이다 | 시인 이다 시인이다 | 가수 이었다 가수였다 | 시인 이었다 시인이었다
의사 이었으며 의사였으며
장군 이었으며 장군이었으며 | 가수 이며 가수이며 | 배우 이고 배우이고 | 화가 이자 화가이자
배우 이지만 배우이지만
바다 이나 바다나 | 산 이나 산이나 | 나비 이라는 나비라는 | 별 이라는 별이라는 | 나비 이라고 나비라고
별 이라고 별이라고
우주 이란 우주란 | 시간 이란 시간이란 | 친구 이랑 친구랑 | 동생 이랑 동생이랑 | 민호 아 민호야 | 가람 아 가람아
하늘 아 하늘아
조국 이여 조국이여 | 나라 이여 나라여 | 누구 이든지 누구든지 | 무엇 이든지 무엇이든지 | 바다 이야말로 바다야말로
최고 이네요 최고네요 | 작품 이네요 작품이네요 | 영화 이에요 영화예요 | 작품 이에요 작품이에요
노래 이어서 노래여서
집 에서 집에서 | 바다 에서는 바다에서는 | 동생 에게 동생에게 | 나라 의 나라의 | 산 도 산도 | 강 까지 강까지
강 부터 강부터
왕 께서 왕께서 | 바다 처럼 바다처럼 | 왕 인 왕인 | 가수 인 가수인 | 가수 입니다 가수입니다 | 봄 마다 봄마다
3 은 3은 | 2 은 2는 | 10 이 10이 | 0 이 0이 | 100 을 100을 | 1,000 을 1,000을 | 7 으로 7로 | 8 으로 8로
6 으로 6으로 | 1 으로 1로
30000 이 30000이 | 10만 을 10만을 | 5억 을 5억을 | 3조 을 3조를 | 1000000000000 을 1000000000000를
12 이다 12이다
1.5 은 1.5는 | 2.0 은 2.0은 | 0.3 이 0.3이 | 007 으로 007로 | 제3 은 제3은 | 1948년 은 1948년은
20세기 은 20세기는
KBL 은 KBL은 | KBL 으로 KBL로 | YTM 이 YTM이 | MBN 과 MBN과 | BERT 은 BERT는 | TV 을 TV를 | CEO 이다 CEO이다
A 과 A와 | PCR 은 PCR은
Google 은 Google은 | Apple 을 Apple을 | Chrome 이 Chrome이 | iPhone 으로 iPhone으로 | Twitter 은 Twitter는
Facebook 을 Facebook을
Rock 과 Rock과 | Music 이 Music이 | Internet 을 Internet을 | Red 은 Red는 | Bus 을 Bus를 | Blog 을 Blog를
King 이 King이 | Tokyo 은 Tokyo는
도쿄(東京) 은 도쿄(東京)는 | 서울(Seoul) 으로 서울(Seoul)로 | 도쿄(東京,_(구)) 은 도쿄(東京,_(구))는
(주)가온 은 (주)가온은
《가람의_봄》 은 《가람의_봄》은 | 《나의_바다》 을 《나의_바다》를 | 〈별〉 으로 〈별〉로 | 『길』 이 『길』이
“가자!” 이라고 “가자!”라고
《가자!》 은 《가자!》는 | 《밤》(2010) 을 《밤》(2010)을
5_km 은 5_km는 | 93_m 이 93_m가 | 12_kg 을 12_kg을 | 3.5t 은 3.5t은 | 30% 이다 30%이다 | 30% 으로 30%로
10_km² 이다 10_km²이다
36.5℃ 으로 36.5℃로 | 80_km/h 은 80_km/h는 | 450_ha 을 450_ha를
"""

TABLE = [tuple(row.split()) for line in ATTACHED.strip().splitlines() for row in line.split("|")]


@pytest.mark.parametrize(("word", "josa", "expected"), TABLE)
def test_attach_follows_the_sound(word: str, josa: str, expected: str) -> None:
    assert attach(word.replace("_", " "), josa) == expected.replace("_", " ")


PAIRS = (
    ("은", "는"),
    ("이", "가"),
    ("을", "를"),
    ("과", "와"),
    ("으로", "로"),
    ("이었다", "였다"),
    ("아", "야"),
    ("이나", "나"),
)


def slow_attach(word: str, closed: str, opened: str) -> str:
    """The twin: Unicode's own decomposition says whether a final stands at the end, and which."""
    last = unicodedata.normalize("NFD", word)[-1]
    final = "\u11a8" <= last <= "\u11c2"
    rieul = last == "\u11af"
    return word + (opened if not final or (rieul and closed == "으로") else closed)


@given(st.text(st.characters(min_codepoint=ord("가"), max_codepoint=ord("힣")), min_size=1), st.sampled_from(PAIRS))
def test_attach_equals_the_slow_twin(word: str, pair: tuple[str, str]) -> None:
    assert attach(word, pair[0]) == slow_attach(word, *pair)


@given(st.integers(1, 999), st.integers(0, 9))
def test_numbers_are_read_in_korean(digits: int, zeros: int) -> None:
    number = digits * 10**zeros
    assert final_sound(f"{number:,}") == final_sound(slow_reading(number))


def slow_reading(number: int) -> str:
    """Every digit and every power of ten, written out, four digits to a myriad."""
    spoken = ""
    for myriad in ("", "만", "억"):
        number, low = divmod(number, 10_000)
        digits = [
            (digit, power) for digit, power in zip(f"{low:04}", ("천", "백", "십", ""), strict=True) if digit != "0"
        ]
        if digits:
            spoken = "".join("영일이삼사오육칠팔구"[int(digit)] + power for digit, power in digits) + myriad + spoken
    return spoken or "영"


@pytest.mark.parametrize("josa", ["는", "가", "를", "써", "이였다"])
def test_an_unknown_josa_is_an_error(josa: str) -> None:
    with pytest.raises(ValueError, match=f"{josa}: not a known josa"):
        attach("서울", josa)


@pytest.mark.parametrize("word", ["東京", "とうきょう", "", "…"])
def test_a_word_that_cannot_be_read_is_an_error(word: str) -> None:
    with pytest.raises(ValueError, match="cannot tell how it is read"):
        attach(word, "은")

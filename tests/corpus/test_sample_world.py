"""The world: pure in (seed, n), with no two things of one title and no fact against another."""

from __future__ import annotations

import itertools
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.sample import names, world
from corpus.sample.others import PAGES, article_id, others
from corpus.sample.world import LIMIT, NOW, REGION, entity, number, place, reigns

SEED = 3


@given(st.integers(0, LIMIT - 1))
def test_place_and_number_are_inverse(n: int) -> None:
    assert number(*place(n)) == n


def test_an_entity_does_not_depend_on_what_was_asked_before() -> None:
    before = [entity(SEED, n) for n in range(200)]
    entity.cache_clear()
    assert [entity(SEED, n) for n in reversed(range(200))] == before[::-1]


@pytest.mark.parametrize("first", [0, LIMIT - 20_000])
def test_titles_are_unique_among_near_and_far(first: int) -> None:
    """Names come back in another round far away, so the last articles are put beside the first."""
    regions = {*range(400), *range(first // REGION, first // REGION + 400)}
    titles = [entity(SEED, n).title for region in regions for n in range(region * REGION, (region + 1) * REGION)]
    titles += [page.title for region in regions for page in others(SEED, region, REGION)]
    assert len(titles) == len(set(titles)) == len(regions) * PAGES


@pytest.mark.parametrize("kind", sorted(world.QUOTA))
def test_a_name_comes_back_with_another_title(kind: str) -> None:
    """All that have one name, found by walking whole rounds of its name space."""
    everything: dict[str, set[str]] = {}
    count = 0
    for region in range(0, LIMIT // REGION, 7):
        one = entity(SEED, number(region, kind, 0))
        everything.setdefault(one.name.hangul, set()).add(one.title)
        count += 1
    assert sum(map(len, everything.values())) == count


def test_people_live_in_order() -> None:
    for n in range(4000):
        one = entity(SEED, n)
        if one.kind == "person":
            assert not one.until or 8 <= one.until - one.year <= 100
            assert one.year < NOW and one.until < NOW
        if one.maker >= 0:
            maker = entity(SEED, one.maker)
            assert maker.kind == "person" and maker.region == one.region
            assert maker.year + 24 <= one.year < (maker.until or NOW)
        if one.town >= 0:
            assert entity(SEED, one.town).kind == "town"


def test_people_are_born_after_their_town() -> None:
    for n in range(4000):
        one = entity(SEED, n)
        if one.kind in ("person", "dish", "event") and one.form != "king":
            assert entity(SEED, one.town).year < one.year


def test_reigns_follow_each_other() -> None:
    kings = reigns(SEED)
    assert len({king.name.hangul for king in kings}) == len(kings) == 46
    assert all(before.until == after.since for before, after in itertools.pairwise(kings))
    assert all(king.until - king.since >= 6 for king in kings)


def test_no_stem_is_a_real_place() -> None:
    stems = {hangul for hangul, _ in names.stems()}
    assert len(stems) == len(names.stems()) > 2000
    assert not stems & set(REAL.split())


def test_names_are_nfc_and_read_like_their_hanja() -> None:
    for n in range(2000):
        name = entity(SEED, n).name
        assert unicodedata.is_normalized("NFC", name.hangul + name.hanja)
        assert not name.hanja or len(name.hanja) == len(name.hangul)


def test_page_ids_leave_room_for_the_other_pages() -> None:
    ids = [article_id(n) for n in range(500)] + [page.id for r in range(10) for page in others(SEED, r, REGION)]
    assert sorted(ids) == list(range(1, 601))


def test_romanization() -> None:
    assert [names.romanize(word) for word in ("담연", "월은", "햇곡식", "뜰")] == [
        "Damyeon",
        "Woleun",
        "Haetgoksik",
        "Tteul",
    ]


# Cities, counties and districts of the real country.
REAL = """
서울 부산 대구 인천 광주 대전 울산 세종 수원 성남 용인 안양 안산 과천 광명 군포 부천 시흥 김포 안성 오산 의왕 이천 평택
하남 화성 여주 양평 고양 구리 남양 동두 양주 의정 파주 포천 가평 연천 춘천 원주 강릉 동해 태백 속초 삼척 홍천 횡성 영월
평창 정선 철원 화천 양구 인제 고성 양양 청주 충주 제천 보은 옥천 영동 증평 진천 괴산 음성 단양 천안 공주 보령 아산 서산
논산 계룡 당진 금산 부여 서천 청양 홍성 예산 태안 전주 군산 익산 정읍 남원 김제 완주 진안 무주 장수 임실 순창 고창 부안
목포 여수 순천 나주 광양 담양 곡성 구례 고흥 보성 화순 장흥 강진 해남 영암 무안 함평 영광 장성 완도 진도 신안 포항 경주
김천 안동 구미 영주 영천 상주 문경 경산 의성 청송 영양 영덕 청도 고령 성주 칠곡 예천 봉화 울진 울릉 창원 진주 통영 사천
김해 밀양 거제 양산 의령 함안 창녕 남해 하동 산청 함양 거창 합천 제주 서귀 종로 용산 성동 광진 중랑 성북 강북 도봉 노원
은평 서대 마포 양천 강서 구로 금천 동작 관악 서초 강남 송파 강동
"""

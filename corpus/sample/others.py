"""The pages of a wiki that are no articles: redirects, disambiguation, categories, templates, talk and the rest.

Each region has ten of them behind its fifty articles, so page ids and streams of a hundred pages come out even.
"""

from __future__ import annotations

import dataclasses

from corpus.sample.world import REGION, ROLE_NAMES, Entity, entity, number, province

OTHERS = 10
PAGES = REGION + OTHERS


@dataclasses.dataclass(frozen=True, slots=True)
class RawPage:
    """A page as the dump holds it; `kind` says what a cleaner must take it for."""

    id: int
    namespace: int
    title: str
    markup: str
    kind: str = "article"
    target: str = ""


def article_id(n: int) -> int:
    """The page id of entity n."""
    return n // REGION * PAGES + n % REGION + 1


def others(seed: int, region: int, articles: int) -> list[RawPage]:
    """The other pages of a region: one for every five of its articles."""
    first = region * PAGES + REGION + 1
    return [_other(seed, region, at, first + at) for at in range(articles * OTHERS // REGION)]


def _other(seed: int, region: int, at: int, page: int) -> RawPage:
    def the(kind: str, slot: int = 0) -> Entity:
        return entity(seed, number(region, kind, slot))

    writer, town, twin = the("person", 3), the("town"), the("person", 18)
    match at:
        case 0:
            return _redirect(page, f"{ROLE_NAMES[writer.form]} {writer.title}", writer.title, "#넘겨주기 [[{}]]")
        case 1:
            return _disambiguation(page, twin, the("person", 19))
        case 2:
            return RawPage(page, 14, f"분류:{town.title}의 인물", f"[[분류:{province(region)}의 인물]]", "category")
        case 3:
            return _redirect(page, f"{province(region)} {town.title}", town.title, "#REDIRECT [[{}]]")
        case 4:
            return RawPage(page, 10, f"틀:{the('river').title} 유역", _template(the("river"), town), "template")
        case 5:
            text = f"== 인구 ==\n[[{town.title}]]의 인구가 맞습니까? --[[사용자:벼루]] 2019년 3월 2일 (토) 10:11 (KST)"
            return RawPage(page, 1, f"토론:{town.title}", text, "talk")
        case 6:
            film = the("film")
            return _redirect(page, f"영화 {film.title}", film.title, "#넘겨주기 [[{}]]\n\n[[분류:영화 넘겨주기]]")
        case 7:
            firm = the("firm")
            return _redirect(page, f"주식회사 {firm.title}", firm.title, "#redirect [[{}#역사]]")
        case 8:
            return _misc(page, region, writer, town)
        case _:
            school = the("school")
            return _redirect(page, f"{town.title} {school.title}", school.title, "#넘겨주기 [[{}]]")


def _redirect(page: int, title: str, target: str, markup: str) -> RawPage:
    return RawPage(page, 0, title, markup.format(target), "redirect", target)


def _disambiguation(page: int, one: Entity, two: Entity) -> RawPage:
    plain = one.name.hangul if "년)" not in one.title else f"{one.name.hangul} (동음이의)"
    rows = "\n".join(f"* [[{who.title}]]({who.year}년 ~ ): {ROLE_NAMES[who.form]}." for who in (one, two))
    return RawPage(
        page, 0, plain, f"'''{one.name.hangul}'''은 다음 사람을 가리킨다.\n{rows}\n\n{{{{동음이의}}}}", "disambiguation"
    )


def _template(river: Entity, town: Entity) -> str:
    box = f"{{{{둘러보기 상자|이름={river.title}|목록1=[[{town.title}]]}}}}"
    return f"<includeonly>{box}</includeonly><noinclude>[[분류:틀]]</noinclude>"


def _misc(page: int, region: int, writer: Entity, town: Entity) -> RawPage:
    match region % 4:
        case 0:
            return RawPage(
                page, 2, f"사용자:{writer.name.latin} {region}", "안녕하세요. [[달온]]에 살고 있습니다.", "user"
            )
        case 1:
            return RawPage(page, 4, f"위키백과:사랑방 {region}", "의견을 남겨 주세요. {{의견 요청}}", "project")
        case 2:
            return RawPage(page, 6, f"파일:{town.name.latin} {region}.jpg", "== 설명 ==\n{{정보|설명=역 앞}}", "file")
    return RawPage(page, 828, f"모듈:자료 {region}", "local p = {}\nreturn p", "module")

"""What an article may say of other things: for each kind, which slots they fill.

Everything here follows from the world by arithmetic, and agrees with what the other article says: the river lists the
towns that name it, the founder of a school was alive when it opened.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from corpus.sample import inline
from corpus.sample.chance import between, happens, pick
from corpus.sample.korean import Phrase, phrase
from corpus.sample.names import Name, table
from corpus.sample.world import NOW, QUOTA, ROLE_NAMES, Entity, entity, number, province, reigns, related

Slots = dict[str, Phrase]


def relations(seed: int, one: Entity, rng: Random) -> Slots:
    """The slots of an article that come from the world: its own name, its place, and its neighbours."""
    slots = {
        "name": inline.link(rng, one),
        "country": inline.country(rng, "달온"),
        "capital": inline.words(rng, "한마루"),
        "province": inline.words(rng, province(one.region)),
    }
    slots["name"] = Phrase(slots["name"].plain, slots["name"].plain)  # a page does not link to itself
    if one.town >= 0 and one.kind != "town":
        slots["town"] = inline.link(rng, entity(seed, one.town))
    if one.year:
        slots["year"] = inline.year(rng, one.year)
    if one.kind in ("town", "school", "firm", "festival"):
        slots["site"] = inline.site(rng, one.name)
    slots["star"] = Phrase("*", "<nowiki>*</nowiki>")
    RELATIONS[one.kind](seed, one, rng, slots)
    slots["head"] = inline.head(rng, one, _gloss(one, rng, slots))
    return slots


def _gloss(one: Entity, rng: Random, slots: Slots) -> list[Phrase]:
    """What stands in brackets after the name in the first line."""
    gloss = []
    if one.name.hanja and happens(rng, 0.7 if one.kind == "person" else 0.4):
        gloss.append(inline.hanja(rng, one.name))
    if one.name.latin and one.kind != "dish" and happens(rng, 0.2):
        gloss.append(inline.latin(rng, one.name.latin))
    if "life" in slots and happens(rng, 0.75):
        gloss.append(slots["life"])
    return gloss


def _person(seed: int, one: Entity, rng: Random, slots: Slots) -> None:
    born = _day(rng, one.year)
    birth = inline.date(rng, born, template=pick(rng, ("출생일", "출생일과 나이")) if not one.until else "출생일")
    if one.until:
        died = _day(rng, one.until)
        death = inline.date(rng, died, template="사망일")
        age = one.until - one.year - (died[1:] < born[1:])
        slots |= {"death_date": death, "death_year": inline.year(rng, one.until), "age": phrase(f"{age}세")}
        slots["life"] = inline.span(birth, death)
    else:
        slots["life"] = Phrase(f"{birth.plain}생", f"{birth.markup}생", (("birth_date", 0, len(birth.plain)),))
    slots |= {"birth_date": birth, "birth_year": inline.year(rng, one.year)}
    slots |= {"role": inline.words(rng, ROLE_NAMES[one.form]), "century": inline.century(rng, one.year + 40)}
    slots["latin"] = inline.latin(rng, one.name.latin)
    slots["state"] = inline.country(rng, "달온") if one.year > 1860 else phrase("마루 왕조")
    slots["origin"] = phrase(entity(seed, _far_town(rng, one)).name.hangul[:2])
    _timeline(one, rng, slots)
    if one.form == "king":
        _king(seed, one, rng, slots)
        return
    school = related(seed, one, "school", one.slot % QUOTA["school"])
    if school.maker != one.n and school.year <= one.year + 6 and one.year > 1860:
        slots["school"] = inline.link(rng, school)
        slots["school_year"] = inline.year(rng, one.year + _leaving_age(school.form) + between(rng, 0, 1))
    made = {"film": "film", "book": "book", "album": "album", "firm": "firm", "school": "school_founded"}
    for kind, slot in made.items():
        mine = [each for each in _all(seed, one, kind) if each.maker == one.n]
        for count, each in enumerate(sorted(mine, key=lambda each: each.year), 1):
            tail = "" if count == 1 else str(count)
            slots[f"{slot}{tail}"] = inline.link(rng, each)
            slots[f"{slot}{tail}_year"] = inline.year(rng, each.year)
    slots["actor"] = inline.link(rng, related(seed, one, "person", 7))


def _leaving_age(school: str) -> int:
    return next(
        age
        for ending, age in (("초등학교", 12), ("중학교", 15), ("고등학교", 18), ("대학교", 22))
        if school.endswith(ending)
    )


def _timeline(one: Entity, rng: Random, slots: Slots) -> None:
    """Years of a life in their order: beginning before any work, then three that rise, then what follows death."""
    end = one.until or NOW
    first = one.year + between(rng, 18, 23)
    step = (end - one.year - 25) // 3
    years = [first] + [one.year + 25 + step * i + between(rng, 0, step - 1) for i in range(3)]
    names = ("first_year", "rise_year", "peak_year", "late_year")
    slots |= {name: inline.year(rng, year) for name, year in zip(names, years, strict=True)}
    slots["marriage_year"] = inline.year(rng, one.year + between(rng, 23, 29))
    if one.until and one.until < NOW - 12:
        late = max(one.until + 4, 1921)
        slots["memorial_year"] = inline.year(rng, between(rng, late, max(late, NOW - 5)))


def _king(seed: int, one: Entity, rng: Random, slots: Slots) -> None:
    kings = reigns(seed)
    king = kings[one.region]
    slots["dynasty"] = phrase(king.dynasty)
    slots["ordinal"] = phrase(f"제{king.order}대")
    slots["since"], slots["until"] = inline.year(rng, king.since), inline.year(rng, king.until)
    slots["reign"] = phrase(f"{king.until - king.since}년")
    slots["tomb"] = phrase(pick(rng, ("창", "희", "숙", "안", "경", "화", "명", "순")) + pick(rng, ("릉", "원")))
    slots["taboo"] = phrase(
        pick(rng, ("도", "연", "휘", "담", "겸", "율", "온", "경")) + pick(rng, ("", "준", "성", "민"))
    )
    cut = (king.until - king.since) // 3
    for name, place in (("reign_a", 0), ("reign_b", 1), ("reign_c", 2)):
        slots[name] = inline.year(rng, king.since + 1 + cut * place + between(rng, 0, max(0, cut - 1)))
    if king.order > 1:
        before = related_king(seed, one)
        gap = one.year - before.year
        slots["prev"] = inline.link(rng, before)
        kin = ("맏아들", "둘째 아들", "셋째 아들") if gap >= 16 else ("아우",) if gap > 0 else ("사촌 형",)
        slots["kinship"] = phrase(pick(rng, kin))


def related_king(seed: int, one: Entity) -> Entity:
    """The king before this one."""
    return entity(seed, number(one.region - 1, "person", 0))


def _town(seed: int, one: Entity, rng: Random, slots: Slots) -> None:
    slots["townkind"] = inline.words(rng, table("kinds")["town"][one.form])
    slots["founded"] = slots.pop("year")
    slots["census_year"] = inline.year(rng, between(rng, 2008, NOW - 1))
    slots["dynasty2"] = phrase("가슬 왕조")
    slots["stemhanja"] = inline.hanja(rng, Name("", one.name.hanja[:2]))
    for step, slot in enumerate(("neighbor", "neighbor2"), 1):
        slots[slot] = inline.link(rng, related(seed, one, "town", (one.slot + step) % QUOTA["town"]))
    if one.slot < 4:
        slots["river"] = inline.link(rng, related(seed, one, "river", 0))
    else:
        slots["mountain"] = inline.link(rng, related(seed, one, "mountain", one.slot - 4))
    for kind in ("school", "firm", "dish", "festival"):
        if here := [each for each in _all(seed, one, kind) if each.town == one.n]:
            chosen = pick(rng, here)
            slots[kind] = inline.link(rng, chosen)
            slots[f"{kind}_year"] = inline.year(rng, chosen.year)
            if chosen.maker >= 0 and kind == "school":
                slots["founder"] = inline.link(rng, entity(seed, chosen.maker))
    born_here = [each for each in _all(seed, one, "person") if each.town == one.n and each.form != "king"]
    native = pick(rng, born_here)
    slots |= {"native": inline.link(rng, native), "native_role": phrase(ROLE_NAMES[native.form])}


def _river(seed: int, one: Entity, rng: Random, slots: Slots) -> None:
    slots["mountain"] = inline.link(rng, related(seed, one, "mountain", 0))
    for stop in range(4):
        slots[f"town{stop + 1}"] = inline.link(rng, related(seed, one, "town", stop))
    slots["tributary"] = phrase(entity(seed, _far_town(rng, one)).name.hangul[:2] + "천")
    slots["bridge"] = phrase(related(seed, one, "town", between(rng, 0, 3)).name.hangul[:2] + pick(rng, ("교", "대교")))
    slots["upper"] = inline.amount(rng, between(rng, 6, 20), "km")


def _mountain(seed: int, one: Entity, rng: Random, slots: Slots) -> None:
    slots["town2"] = inline.link(rng, related(seed, one, "town", 5 - one.slot))
    if one.slot == 0:
        slots["river"] = inline.link(rng, related(seed, one, "river", 0))


def _founded(seed: int, one: Entity, rng: Random, slots: Slots) -> None:
    maker = entity(seed, one.maker)
    slots["founder"] = inline.link(rng, maker)
    slots["founder_role"] = phrase(ROLE_NAMES[maker.form])
    if one.kind == "school":
        slots["schoolkind"] = inline.words(rng, one.form)
        slots["paper_year"] = inline.year(rng, between(rng, min(one.year + 5, NOW - 2), NOW - 1))
        old = [p for p in _all(seed, one, "person") if p.year > 1860 and p.slot % QUOTA["school"] == one.slot]
        if mine := [p for p in old if one.year <= p.year + 6 and p.n != one.maker]:
            alumni = pick(rng, mine)
            slots |= {"alumni": inline.link(rng, alumni), "alumni_role": phrase(ROLE_NAMES[alumni.form])}
        return
    trade, goods, latin = table("kinds")["firm"][one.form]
    slots["firmkind"] = phrase(trade)
    slots["goods"] = inline.words(rng, pick(rng, goods))
    slots["latin_firm"] = inline.latin(rng, f"{one.name.latin} {latin}")
    slots["newfirm"] = phrase(entity(seed, _far_town(rng, one)).name.hangul[:2] + one.form)


def _work(seed: int, one: Entity, rng: Random, slots: Slots) -> None:
    maker = entity(seed, one.maker)
    role = {"film": "director", "book": "author", "album": "singer"}[one.kind]
    slots[role] = inline.link(rng, maker)
    slots[f"{one.kind}kind"] = inline.words(rng, one.form)
    slots["author_role"] = phrase(ROLE_NAMES[maker.form])
    if one.kind == "film":
        cast = [p for p in (related(seed, one, "person", slot) for slot in (7, 8)) if _could_act(p, one.year)]
        for name, actor in zip(("actor", "actor2"), cast, strict=False):
            slots[name] = inline.link(rng, actor)
        books = [
            b for b in _all(seed, one, "book") if b.year < one.year and b.form in ("장편소설", "역사소설", "추리소설")
        ]
        if books:
            slots["book_source"] = inline.link(rng, books[0])


def _could_act(who: Entity, when: int) -> bool:
    return who.year + 16 <= when <= (who.until or NOW)


def _custom(seed: int, one: Entity, rng: Random, slots: Slots) -> None:
    if one.kind == "dish":
        slots["dishkind"] = phrase(table("kinds")["dish"].get(one.form, one.form))
        slots["origin_year"] = slots.pop("year")
        slots["ruby"] = Phrase(*pick(rng, table("kinds")["foreign"]["dishes"]))
        if packers := [firm for firm in _all(seed, one, "firm") if firm.form == "식품"]:
            slots["packer"] = inline.link(rng, packers[0])
        return
    slots["river"] = inline.link(rng, related(seed, one, "river", 0))
    slots["mountain"] = inline.link(rng, related(seed, one, "mountain", 0))
    reigning = [k for k in reigns(seed) if k.since <= one.year < k.until]
    king = reigning[0] if reigning else pick(rng, reigns(seed))
    slots["king"] = inline.words(rng, king.name.hangul)
    slots["since"] = inline.year(rng, king.since)
    if one.kind == "festival":
        slots["dish"] = inline.link(rng, related(seed, one, "dish", 0))
        slots["month"] = inline.words(rng, pick(rng, table("kinds")["festival"][one.form]))
        return
    slots["date"] = inline.date(rng, _day(rng, one.year))
    slots["happened"], slots["eventkind"] = map(phrase, table("kinds")["event"][one.form])
    slots["memorial_year"] = inline.year(rng, between(rng, 1921, NOW - 5))


def _all(seed: int, one: Entity, kind: str) -> list[Entity]:
    return [related(seed, one, kind, slot) for slot in range(QUOTA[kind])]


def _day(rng: Random, year: int) -> tuple[int, int, int]:
    return year, between(rng, 1, 12), between(rng, 1, 28)


def _far_town(rng: Random, one: Entity) -> int:
    return number(int(rng.random() * (one.region + 5)), "town", between(rng, 0, 5))


RELATIONS: dict[str, Callable[[int, Entity, Random, Slots], None]] = {
    "person": _person,
    "town": _town,
    "river": _river,
    "mountain": _mountain,
    "school": _founded,
    "firm": _founded,
    "film": _work,
    "book": _work,
    "album": _work,
    "dish": _custom,
    "festival": _custom,
    "event": _custom,
}

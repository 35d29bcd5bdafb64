from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.jamo import is_syllable, join, split, with_final
from corpus.sample import conjugate as tables
from corpus.sample.conjugate import conjugate

# Stem, then what it makes with 았다, 아서, 은, 으며, 을, 습니다.
ENDINGS = ("았다", "아서", "은", "으며", "을", "습니다")
STEMS = """
먹 먹었다 먹어서 먹은 먹으며 먹을 먹습니다
잡 잡았다 잡아서 잡은 잡으며 잡을 잡습니다
가 갔다 가서 간 가며 갈 갑니다
서 섰다 서서 선 서며 설 섭니다
하 했다 해서 한 하며 할 합니다
건설하 건설했다 건설해서 건설한 건설하며 건설할 건설합니다
오 왔다 와서 온 오며 올 옵니다
보 보았다 보아서 본 보며 볼 봅니다
주 주었다 주어서 준 주며 줄 줍니다
배우 배웠다 배워서 배운 배우며 배울 배웁니다
이루 이루었다 이루어서 이룬 이루며 이룰 이룹니다
되 되었다 되어서 된 되며 될 됩니다
마시 마셨다 마셔서 마신 마시며 마실 마십니다
지 졌다 져서 진 지며 질 집니다
비 비었다 비어서 빈 비며 빌 빕니다
쉬 쉬었다 쉬어서 쉰 쉬며 쉴 쉽니다
보내 보냈다 보내서 보낸 보내며 보낼 보냅니다
세 셌다 세서 센 세며 셀 셉니다
켜 켰다 켜서 켠 켜며 켤 켭니다
쓰 썼다 써서 쓴 쓰며 쓸 씁니다
모으 모았다 모아서 모은 모으며 모을 모읍니다
바쁘 바빴다 바빠서 바쁜 바쁘며 바쁠 바쁩니다
기쁘 기뻤다 기뻐서 기쁜 기쁘며 기쁠 기쁩니다
흐르 흘렀다 흘러서 흐른 흐르며 흐를 흐릅니다
모르 몰랐다 몰라서 모른 모르며 모를 모릅니다
빠르 빨랐다 빨라서 빠른 빠르며 빠를 빠릅니다
따르 따랐다 따라서 따른 따르며 따를 따릅니다
치르 치렀다 치러서 치른 치르며 치를 치릅니다
이르 이르렀다 이르러서 이른 이르며 이를 이릅니다
푸르 푸르렀다 푸르러서 푸른 푸르며 푸를 푸릅니다
푸 펐다 퍼서 푼 푸며 풀 풉니다
돕 도왔다 도와서 도운 도우며 도울 돕습니다
곱 고왔다 고와서 고운 고우며 고울 곱습니다
아름답 아름다웠다 아름다워서 아름다운 아름다우며 아름다울 아름답습니다
줍 주웠다 주워서 주운 주우며 주울 줍습니다
입 입었다 입어서 입은 입으며 입을 입습니다
뽑 뽑았다 뽑아서 뽑은 뽑으며 뽑을 뽑습니다
듣 들었다 들어서 들은 들으며 들을 듣습니다
걷 걸었다 걸어서 걸은 걸으며 걸을 걷습니다
깨닫 깨달았다 깨달아서 깨달은 깨달으며 깨달을 깨닫습니다
받 받았다 받아서 받은 받으며 받을 받습니다
얻 얻었다 얻어서 얻은 얻으며 얻을 얻습니다
짓 지었다 지어서 지은 지으며 지을 짓습니다
낫 나았다 나아서 나은 나으며 나을 낫습니다
잇 이었다 이어서 이은 이으며 이을 잇습니다
웃 웃었다 웃어서 웃은 웃으며 웃을 웃습니다
빼앗 빼앗았다 빼앗아서 빼앗은 빼앗으며 빼앗을 빼앗습니다
파랗 파랬다 파래서 파란 파라며 파랄 파랗습니다
하얗 하얬다 하얘서 하얀 하야며 하얄 하얗습니다
퍼렇 퍼렜다 퍼레서 퍼런 퍼러며 퍼럴 퍼렇습니다
그렇 그랬다 그래서 그런 그러며 그럴 그렇습니다
좋 좋았다 좋아서 좋은 좋으며 좋을 좋습니다
낳 낳았다 낳아서 낳은 낳으며 낳을 낳습니다
만들 만들었다 만들어서 만든 만들며 만들 만듭니다
살 살았다 살아서 산 살며 살 삽니다
길 길었다 길어서 긴 길며 길 깁니다
있 있었다 있어서 있는 있으며 있을 있습니다
많 많았다 많아서 많은 많으며 많을 많습니다
넓 넓었다 넓어서 넓은 넓으며 넓을 넓습니다
맛없 맛없었다 맛없어서 맛없는 맛없으며 맛없을 맛없습니다
대표적이 대표적이었다 대표적이어서 대표적인 대표적이며 대표적일 대표적입니다
아니 아니었다 아니어서 아닌 아니며 아닐 아닙니다
이름_높 이름_높았다 이름_높아서 이름_높은 이름_높으며 이름_높을 이름_높습니다
말을_듣 말을_들었다 말을_들어서 말을_들은 말을_들으며 말을_들을 말을_듣습니다
"""

OTHERS = """
가 는다 간다 | 먹 는다 먹는다 | 만들 는다 만든다 | 짓 는다 짓는다 | 흐르 는다 흐른다 | 돕 는다 돕는다
만들 는 만드는 | 살 는 사는 | 있 는 있는 | 듣 는데 듣는데 | 길 네요 기네요 | 만들 고 만들고 | 만들 지만 만들지만
살 기 살기
가 으시고 가시고 | 먹 으시고 먹으시고 | 만들 으시고 만드시고 | 돕 으시고 도우시고 | 듣 으셨다 들으셨다
짓 으십니다 지으십니다
만들 으니 만드니 | 만들 으면 만들면 | 만들 으려고 만들려고 | 만들 음 만듦 | 살 음 삶 | 가 음 감 | 듣 음 들음
아름답 음 아름다움
듣 으면 들으면 | 살 을까 살까 | 좋 은데 좋은데 | 재밌 은데 재밌는데 | 크 은데 큰데 | 가 읍시다 갑시다
만들 읍시다 만듭시다 | 먹 읍시다 먹읍시다
보 아요 봐요 | 보 았어요 봤어요 | 주 아요 줘요 | 되 아요 돼요 | 되 었어요 됐어요 | 크 아요 커요 | 흐르 아 흘러
쉽 게 쉽게
지루하 았지만 지루했지만 | 먹 어야 먹어야 | 잡 어야 잡아야 | 굽 어 구워 | 쓰 이 쓰이
"""

TABLE = [
    (stem, ending, form)
    for line in STEMS.strip().splitlines()
    for stem, forms in [(line.split()[0], line.split()[1:])]
    for ending, form in zip(ENDINGS, forms, strict=True)
] + [tuple(row.split()) for line in OTHERS.strip().splitlines() for row in line.split("|")]


@pytest.mark.parametrize(("stem", "ending", "form"), TABLE)
def test_conjugation(stem: str, ending: str, form: str) -> None:
    assert conjugate(stem.replace("_", " "), ending) == form.replace("_", " ")


@given(st.characters(min_codepoint=ord("가"), max_codepoint=ord("힣")))
def test_a_syllable_is_its_letters(syllable: str) -> None:
    assert is_syllable(syllable)
    assert join(*split(syllable)) == syllable
    assert with_final("가" + syllable, "ㄴ") == "가" + join(*split(syllable)[:2], "ㄴ")


SYLLABLES = st.text(st.sampled_from("가나다보수우기세르크돕짓듣걷놓얗만들말밝읽없"), min_size=1, max_size=3).filter(
    lambda stem: stem[0] != "르"
)


@given(SYLLABLES)
def test_bright_and_dark_names_of_an_ending_are_one(stem: str) -> None:
    assert conjugate(stem, "았다") == conjugate(stem, "었다")
    assert conjugate(stem, "아서") == conjugate(stem, "어서")


@given(SYLLABLES)
def test_the_past_is_the_joining_form_with_a_final(stem: str) -> None:
    assert conjugate(stem, "았다") == with_final(conjugate(stem, "아"), "ㅆ") + "다"


def test_the_tables_hold_stems_of_their_own_kind() -> None:
    assert {split(stem[-1])[2] for stem in tables.REGULAR_P | tables.BRIGHT_P} == {"ㅂ"}
    assert {split(stem[-1])[2] for stem in tables.IRREGULAR_T} == {"ㄷ"}
    assert {split(stem[-1])[2] for stem in tables.IRREGULAR_S} == {"ㅅ"}
    assert {split(stem[-1])[2] for stem in tables.REGULAR_H | tables.DEMONSTRATIVES} == {"ㅎ"}
    assert {stem[-1] for stem in {*tables.PLAIN_R, *tables.REGAIN_R}} == {"르"}

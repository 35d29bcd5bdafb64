"""The tag set is Sejong's, and every analyser's every tag has a place in it."""

from __future__ import annotations

import pytest

from vocab.tags import CLASSES, FOREIGN, TAGS, common, sign


def test_seven_classes_and_forty_five_tags() -> None:
    assert list(CLASSES) == ["체언", "용언", "수식언", "독립언", "관계언", "의존형태", "기호"]
    assert len(TAGS) == 45 == sum(map(len, CLASSES.values()))


def test_foreign_tags_lead_into_the_set() -> None:
    for row in FOREIGN.values():
        assert {*row.values()} <= {*TAGS, "S"}


def test_konlpy_itself_knows_no_tag_that_we_do_not() -> None:
    """Against the tables inside konlpy, where it is installed; reading them starts no JVM."""
    utils = pytest.importorskip("konlpy.utils")
    import json
    from pathlib import Path

    folder = Path(utils.__file__).parent / "data" / "tagset"
    for name, file in {"okt": "twitter", "komoran": "komoran", "kkma": "kkma", "hannanum": "hannanum"}.items():
        known = json.loads((folder / f"{file}.json").read_text(encoding="utf-8"))
        coarse = {"N", "P", "M", "I", "J", "E", "X"} if name == "hannanum" else set()  # of its other set, of nine tags
        strange = {tag for tag in known if common(tag, "♥", FOREIGN[name]) == "NA"}
        assert strange - coarse <= {"NA", "Unknown"}


@pytest.mark.parametrize(
    ("form", "tag"),
    [
        (".", "SF"),
        (",", "SP"),
        ("·", "SP"),
        ("「", "SS"),
        ("…", "SE"),
        ("...", "SE"),
        ("~", "SO"),
        ("♥", "SW"),
        ("🙂", "SW"),
        ("世宗", "SH"),
        ("Tokyo", "SL"),
        ("かな", "SL"),
        ("1397년", "SN"),
        ("ㅋㅋ", "NA"),
    ],
)
def test_signs_are_told_apart_by_themselves(form: str, tag: str) -> None:
    assert sign(form) == tag


def test_what_nobody_knows_is_na() -> None:
    assert common("Whatever", "가", {}) == "NA"
    assert common("SY", "-", FOREIGN["mecab"]) == "SO"

"""The table of formats, sets of types, and the print with tags below words."""

from __future__ import annotations

from pathlib import Path

import pytest

from finetune.formats.aligned import aligned
from finetune.formats.names import FORMATS
from finetune.formats.tagsets import FROM_TTA, KLUE, KMOU, NAVER, TAGSETS, TO_TTA, TTA, between, legend, mapped, meaning
from tests.finetune.name_texts import NER, example, needs_data, told
from tools.columns import width
from tools.errors import UserError

TEXTS = [example("[가람온:PER] [4월 5일:DAT] 간다"), example("간다"), example("[도하:LOC] [온:PER]")]


def looks(path: Path) -> str:
    return next((key for key, form in FORMATS.items() if form.looks(path)), "")


@pytest.mark.parametrize("key", FORMATS)
def test_every_format_keeps_names_of_whole_words_and_is_recognised(tmp_path: Path, key: str) -> None:
    form, path = FORMATS[key], tmp_path / ("text_train.txt" if key == "nemo" else "some")
    if key == "kmou-ner":
        with pytest.raises(UserError, match="needs parts of speech"):
            form.write(TEXTS, path)
        return
    assert form.write(TEXTS, path) == {}
    assert told(form.read(path).examples) == told(TEXTS)
    assert looks(path) == key.removesuffix("-bare")
    if key == "nemo":
        assert looks(tmp_path) == key


def test_what_is_of_no_format(tmp_path: Path) -> None:
    for text in ("그냥 글이다.\n", "문장\t1\n다른 문장\t0\n", '{"data": []}\n', "id\tdocument\tlabel\n1\t좋다\t1\n"):
        (tmp_path / "other").write_text(text)
        assert looks(tmp_path / "other") == ""
    assert looks(tmp_path) == ""


@needs_data
def test_real_files_are_recognised() -> None:
    assert looks(NER / "klue-ner-dev-first4000.tsv.xz") == "klue-ner"
    assert looks(NER / "naver-ner-test-first7500.tsv.xz") == "naver-ner"


def test_sets_of_types() -> None:
    assert [len(TAGSETS[name]) for name in ("tta", "klue", "naver", "kmou")] == [15, 6, 14, 10]
    assert meaning("PER") == "인물"
    assert meaning("DT") == "날짜"
    assert meaning("XYZ") == "XYZ"
    assert legend({"OG", "PS"}) == [("OG", "기관"), ("PS", "인물")]
    for name, kinds in TAGSETS.items():
        assert TO_TTA[name].keys() <= kinds.keys()
        assert set(TO_TTA[name].values()) <= TTA.keys()
        assert FROM_TTA[name].keys() <= TTA.keys()
        assert set(FROM_TTA[name].values()) <= kinds.keys()
        for kind, same in between(name, "tta").items():  # what goes there and back is what it was
            assert FROM_TTA[name].get(same, kind) == kind
    assert between("klue", "naver") == dict(zip(KLUE, ["PER", "LOC", "ORG", "DAT", "TIM", "NUM"], strict=True))
    assert set(NAVER) - set(between("naver", "tta")) == {"FLD"}
    assert set(KMOU) - set(between("kmou", "klue")) == {"POH", "DUR"}
    names = example("[가람:PER] [온:POH]").names or ()
    assert mapped(names, between("kmou", "klue")) == example("[가람:PS]").names


def test_tags_below_words() -> None:
    one = example("[가람온:PS]은 [도하 시:LC]에 간다")
    assert aligned(one) == ["가람온  은  도하  시    에  간다", "B-PS    O   B-LC  I-LC  O   O"]
    assert aligned(one, scheme="BIOES")[1] == "S-PS    O   B-LC  E-LC  O   O"
    short = aligned(one, most=20)
    assert short == ["가람온  은  도하", "B-PS    O   B-LC", "시    에  간다", "I-LC  O   O"]
    assert all(width(line) <= 20 for line in short)
    assert aligned(example(" ")) == []

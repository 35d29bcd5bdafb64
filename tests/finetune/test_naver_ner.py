"""Naver NER: eojeols and their tags, in both forms it is given out in."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given

from finetune.examples import Span, Tagged
from finetune.formats.naver_ner import on_words, read_naver_ner, write_naver_ner
from tests.finetune.name_texts import NER, example, examples, files, needs_data, tagged, told
from tools.errors import UserError


def put(folder: Path, text: str) -> Path:
    (folder / "naver.tsv").write_text(text, encoding="utf-8")
    return folder / "naver.tsv"


@files
@given(drawn=examples)
def test_whole_eojeols_come_back(tmp_path_factory: pytest.TempPathFactory, drawn: list[Tagged]) -> None:
    path = tmp_path_factory.getbasetemp() / "round-naver.tsv"
    drawn = [*(Tagged("", one.text, on_words(one.text, one.names or ())) for one in drawn), example("가람 온")]
    lost = set(write_naver_ner(drawn, path))
    assert lost <= {"white space made single spaces", "empty sentence"}
    found = told(read_naver_ner(path).examples)
    assert [text for text, _ in found] == [" ".join(one.text.split()) for one in drawn if one.text.strip()]
    assert [len(names or ()) for _, names in found] == [len(one.names or ()) for one in drawn if one.text.strip()]
    if not lost:
        assert found == told(drawn)


@given(one=tagged())
def test_on_words_is_what_a_look_at_every_word_finds(one: Tagged) -> None:
    places, at = [], 0
    for word in one.text.split():
        at = one.text.index(word, at)
        places.append((at, at + len(word)))
        at += len(word)
    found: list[Span] = []
    for name in one.names or ():
        touched = [(low, high) for low, high in places if set(range(low, high)) & set(range(name.start, name.end))]
        if touched and (not found or touched[0][0] >= found[-1].end):
            found.append(Span(touched[0][0], touched[-1][1], name.kind))
    assert on_words(one.text, one.names or ()) == tuple(found)


def test_a_small_file_of_each_form(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wanted = told([example("[가람온은:PER] [4월 5일:DAT] 간다 .")])
    flat = put(tmp_path, "가람온은 4월 5일 간다 .\tPER-B DAT-B DAT-I O O\n")
    assert told(read_naver_ner(flat).examples) == wanted
    upright = put(tmp_path, "1\t가람온은\tPER_B\n2\t4월\tDAT_B\n3\t5일\tDAT_I\n4\t간다\t-\n5\t.\t-\n\n1\t온\t-\n")
    assert told(read_naver_ner(upright).examples) == [*wanted, ("온", ())]
    assert told(read_naver_ner(put(tmp_path, "가람온은 간다\n")).examples) == [("가람온은 간다", None)]
    assert capsys.readouterr().err == ""


def test_faults_are_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = ["가람 온\tPER-B", "가람\tPER-B O", "\tO", "가람\tO\tO", "가람 온\tPER-B LOC-I"]
    path = put(tmp_path, "\n".join(rows))
    reading = read_naver_ner(path)
    assert told(reading.examples) == told([example("[가람:PER] [온:LOC]")])
    assert reading.skipped == {
        "fewer tags than words": 1,
        "more tags than words": 1,
        "empty sentence": 1,
        "more than one tab": 1,
    }
    assert capsys.readouterr().err == f"{path}: I- without B-: taken as the beginning of a name: 1\n"
    with pytest.raises(UserError, match=r"naver.tsv:2: 'PER' is no tag"):
        read_naver_ner(put(tmp_path, "가람\tO\n온\tPER\n"))
    with pytest.raises(UserError, match=r"naver.tsv:2: '온' is not number, eojeol and tag"):
        read_naver_ner(put(tmp_path, "1\t가람\t-\n온\n"))


def test_names_within_eojeols_are_widened_and_said(tmp_path: Path) -> None:
    found = write_naver_ner([example("[가람:PER][온:LOC]은 [도하:LOC]에서")], tmp_path / "a")
    assert (tmp_path / "a").read_text() == "가람온은 도하에서\tPER-B LOC-B\n"
    assert found == {"second name in an eojeol: left out": 1, "name widened to its eojeols": 2}


@needs_data
def test_the_real_file(capsys: pytest.CaptureFixture[str]) -> None:
    path = NER / "naver-ner-test-first7500.tsv.xz"
    reading = read_naver_ner(path)
    assert len(reading.examples) == 7500
    assert not reading.skipped
    kinds = Counter(name.kind for one in reading.examples if isinstance(one, Tagged) for name in one.names or ())
    assert (kinds["CVL"], kinds["PLT"], kinds.total()) == (4759, 28, 24414)  # 24,373 -B tags and the 41 repaired
    assert capsys.readouterr().err == f"{path}: I- without B-: taken as the beginning of a name: 41\n"

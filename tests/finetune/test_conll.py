"""CoNLL's columns: our own come back as they were, and those of others are read as they are meant."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given

from finetune.examples import Span, Tagged
from finetune.formats.conll import read_conll, write_conll
from finetune.formats.tokens import EVENED
from tests.finetune.name_texts import example, examples, files, klue, needs_data, told
from tools.errors import UserError


def put(folder: Path, text: str) -> Path:
    path = folder / "some.conll"
    path.write_text(text, encoding="utf-8")
    return path


@files
@given(drawn=examples)
def test_round_trip(tmp_path_factory: pytest.TempPathFactory, drawn: list[Tagged]) -> None:
    path = tmp_path_factory.getbasetemp() / "round.conll"
    drawn = [Tagged("0", "가람온", ()), *drawn]
    dropped = write_conll(drawn, path)
    found = told(read_conll(path).examples)
    assert [text for text, _ in found] == [" ".join(one.text.split()) for one in drawn if one.text.strip()]
    even = [one for one in drawn if one.text.strip() and one.text == " ".join(one.text.split())]
    if not any("white space at" in what or "alone" in what for what in dropped):
        assert [one for one in told(even) if one not in found] == []
    if not dropped:
        assert found == told(drawn)


def test_glue_keeps_josa_outside(tmp_path: Path) -> None:
    one = example("[가람온:PS]은  [도하시:LC][청:OG]에 간다.")
    assert write_conll([one], tmp_path / "a") == {EVENED: 1}
    lines = (tmp_path / "a").read_text().splitlines()
    assert lines[:4] == [
        "가람온\tSpaceAfter=No\tB-PS",
        "은\t_\tO",
        "도하시\tSpaceAfter=No\tB-LC",
        "청\tSpaceAfter=No\tB-OG",
    ]
    assert told(read_conll(tmp_path / "a").examples) == told([example("[가람온:PS]은 [도하시:LC][청:OG]에 간다.")])


def test_conll_2003_with_its_documents_and_iob1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = put(
        tmp_path,
        "-DOCSTART- -X- -X- O\n\nGaram NNP I-NP I-PER\nOn NNP I-NP I-PER\nDoha NNP I-NP I-LOC\n\n"
        "\r\nSeoul NNP I-NP I-LOC\nBusan NNP I-NP B-LOC\n",
    )
    texts = told(read_conll(path).examples)
    assert texts == told([example("[Garam On:PER] [Doha:LOC]"), example("[Seoul:LOC] [Busan:LOC]")])
    assert capsys.readouterr().err == ""


def test_comments_and_tokens_that_begin_with_a_hash(tmp_path: Path) -> None:
    path = put(tmp_path, "# text = 가람\n# id 12\n#1 _ O\n가람 _ S-PER\n\n# sent_id = 2\n# _ O\n")
    assert told(read_conll(path).examples) == told([example("#1 [가람:PER]"), example("#")])


def test_one_column_has_no_names_and_characters_need_no_spaces(tmp_path: Path) -> None:
    assert told(read_conll(put(tmp_path, "가람은\n간다\n")).examples) == [("가람은 간다", None)]
    spelled = put(tmp_path, "가\tB-PS\n람\tI-PS\n \tO\n간\tO\n")
    assert told(read_conll(spelled).examples) == told([example("[가람:PS] 간")])


def test_what_is_wrong_is_counted_or_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = put(tmp_path, "가람 I-PS\n은 I-LC\n\n간다\n가람 B-PS\n\n온 B-PS\n")
    reading = read_conll(path)
    assert told(reading.examples) == told([example("[가람:PS] [은:LC]"), example("[온:PS]")])
    assert reading.skipped == {"line without a tag": 1}
    assert capsys.readouterr().err == f"{path}: I- without B-: taken as the beginning of a name: 2\n"
    with pytest.raises(UserError, match=r"some.conll:3: 'B_PS' is no tag"):
        read_conll(put(tmp_path, "가 O\n\n온 B_PS\n"))


def test_spans_are_where_the_tokens_are(tmp_path: Path) -> None:
    (found,) = read_conll(put(tmp_path, "가람 O\n온 B-PS\n시 I-PS\n")).examples
    assert isinstance(found, Tagged)
    assert found.names == (Span(3, 6, "PS"),)
    assert found.text[3:6] == "온 시"


@needs_data
def test_real_names_survive(tmp_path: Path) -> None:
    assert not write_conll(klue(), tmp_path / "a")
    assert told(read_conll(tmp_path / "a").examples) == told(klue())

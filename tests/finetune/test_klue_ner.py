"""KLUE-NER: the real file to the last name, our own writing back to what it was, and its faults."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given

from finetune.examples import Tagged
from finetune.formats.klue_ner import marked, read_klue_ner, write_klue_ner
from tests.finetune.name_texts import NER, example, examples, files, needs_data
from tools.errors import UserError

HEAD = "## 글자와 태그 : \\t\n## 열 : 글자\t태그\n"


def put(folder: Path, text: str) -> Path:
    (folder / "klue.tsv").write_text(text, encoding="utf-8")
    return folder / "klue.tsv"


@files
@given(drawn=examples)
def test_round_trip(tmp_path_factory: pytest.TempPathFactory, drawn: list[Tagged]) -> None:
    path = tmp_path_factory.getbasetemp() / "round-klue.tsv"
    given = [Tagged(f"id-{number}", one.text, one.names) for number, one in enumerate([*drawn, example("가람")])]
    write_klue_ner(given, path)
    again = [Tagged(one.id, one.text.replace("\t", " "), one.names) for one in given if one.text.strip()]
    assert list(read_klue_ner(path).examples) == again


def test_a_small_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = put(tmp_path, f"{HEAD}## my-1\t<가람:PS>은 <\r\n가\tB-PS\r\n람\tI-PS\r\n은\tO\r\n \tO\r\n<\tO\r\n\r\n")
    assert read_klue_ner(path).examples == (Tagged("my-1", "가람은 <", example("[가람:PS]은 <").names),)
    assert capsys.readouterr().err == ""


def test_faults_are_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = "## a\t<가:PS>람\n가\tB-PS\n람\tI-PS\n\n## b\t온\n온\n\n## c\t\n\n## a\t시\n시\tI-LC\n"
    path = put(tmp_path, HEAD + rows)
    reading = read_klue_ner(path)
    assert reading.skipped == {"line without a tag": 1, "empty sentence": 1}
    assert [one.id for one in reading.examples] == ["a", "4"]  # the second `a` gets its number
    said = capsys.readouterr().err.splitlines()
    assert said == [
        f"{path}: I- without B-: taken as the beginning of a name: 1",
        f"{path}: markup that disagrees with the tags: the tags were taken: 1",
    ]
    with pytest.raises(UserError, match=r"klue.tsv:3: 'PS' is no tag"):
        read_klue_ner(put(tmp_path, HEAD + "## a\t가\n가\tPS\n"))


@needs_data
def test_the_real_file(capsys: pytest.CaptureFixture[str]) -> None:
    reading = read_klue_ner(NER / "klue-ner-dev-first4000.tsv.xz")
    found = [one for one in reading.examples if isinstance(one, Tagged)]
    assert len(found) == 4000
    assert not reading.skipped
    assert found[0].id == "klue-ner-v1_dev_00000-wikitree"
    kinds = Counter(name.kind for one in found for name in one.names or ())
    assert kinds == {"PS": 3587, "QT": 2511, "DT": 1839, "OG": 1738, "LC": 1346, "TI": 438}  # its B- tags, by grep
    assert marked(found[0]).startswith(f"<{found[0].text[:2]}:OG>")
    assert capsys.readouterr().err == ""  # the tags and the markup above them say the same, 4,000 times

"""NeMo's folders, whole and in part."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given

from finetune.examples import Tagged
from finetune.formats.nemo import SPLIT, label_ids, parts, read_nemo, write_folder, write_nemo
from finetune.formats.tokens import pieces
from tests.finetune.name_texts import NER, example, examples, files, needs_data, told
from tools.errors import UserError


@files
@given(drawn=examples)
def test_names_of_whole_words_come_back(tmp_path_factory: pytest.TempPathFactory, drawn: list[Tagged]) -> None:
    folder = tmp_path_factory.getbasetemp() / "round-nemo"
    dropped = write_folder({"test": [*drawn, example("[가람:PS] 온")]}, folder)
    found = told(read_nemo(folder).examples)
    spaced = [" ".join(one.text[s.start : s.end] for s in pieces(one)) for one in drawn if one.text.strip()]
    assert [text for text, _ in found[:-1]] == spaced
    if not dropped:
        assert found[:-1] == told(drawn)


def test_the_full_folder(tmp_path: Path) -> None:
    train = [example("[가람:PER]은 [도하 시:LOC]에 간다"), example("간다")]
    assert write_folder({"train": train, "dev": [example("[온:PER] 왔다")]}, tmp_path) == {SPLIT: 1}
    write_nemo([example("[말:AF] [온:PER]")], tmp_path / "text_test.txt")
    assert (tmp_path / "text_train.txt").read_text() == "가람 은 도하 시 에 간다\n간다\n"
    assert (tmp_path / "labels_train.txt").read_text() == "B-PER O B-LOC I-LOC O O\nO\n"
    assert (tmp_path / "dev.tsv").read_text() == "온\tB-PER\n왔다\tO\n\n"
    assert (tmp_path / "train_dev.tsv").read_text().endswith("간다\tO\n\n온\tB-PER\n왔다\tO\n\n")
    assert label_ids(tmp_path) == ("O", "B-LOC", "B-PER", "I-LOC", "B-AF")  # those of before keep their numbers
    assert (tmp_path / "label_stats.tsv").read_text().splitlines()[:2] == ["O\t\t0.45455\t\t5", "B-PER\t\t0.27273\t\t3"]
    assert parts(tmp_path) == ["train", "dev", "test"]
    for name in ("text_train.txt", "labels_train.txt", "train.tsv"):
        texts = told(read_nemo(tmp_path / name).examples)
        assert texts == told([example("[가람:PER] 은 [도하 시:LOC] 에 간다"), example("간다")])
    with pytest.raises(UserError, match="must hold one part, this one has train, dev, test"):
        read_nemo(tmp_path)


def test_tags_without_types_and_texts_without_tags(tmp_path: Path) -> None:
    (tmp_path / "text_train.txt").write_text("A colon cancer cell .\n\nB\n")
    assert told(read_nemo(tmp_path).examples) == [("A colon cancer cell .", None), ("B", None)]
    (tmp_path / "labels_train.txt").write_text("O B I O O\n\nO\n")
    reading = read_nemo(tmp_path)
    assert told(reading.examples) == told([example("A [colon cancer:] cell ."), example("B")])
    assert reading.skipped == {"empty sentence": 1}
    write_nemo([one for one in reading.examples if isinstance(one, Tagged)], tmp_path / "again")
    assert told(read_nemo(tmp_path / "again").examples) == told(reading.examples)


def test_faults(tmp_path: Path) -> None:
    (tmp_path / "text_train.txt").write_text("가람 은\n온\n도하\n")
    (tmp_path / "labels_train.txt").write_text("B-PER\nO O\nB-LOC\n")
    reading = read_nemo(tmp_path)
    assert told(reading.examples) == told([example("[도하:LOC]")])
    assert reading.skipped == {"fewer tags than words": 1, "more tags than words": 1}
    (tmp_path / "labels_train.txt").write_text("O O\nLOC\nO\n")
    with pytest.raises(UserError, match=r"labels_train.txt:2: 'LOC' is no tag"):
        read_nemo(tmp_path)
    (tmp_path / "labels_train.txt").write_text("O O\n")
    with pytest.raises(UserError, match=r"text_train.txt has 3 lines, labels_train.txt 1"):
        read_nemo(tmp_path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match="has no text_"):
        read_nemo(tmp_path / "empty")


@needs_data
def test_naver_through_nemo(tmp_path: Path) -> None:
    from finetune.formats.naver_ner import read_naver_ner

    real = read_naver_ner(NER / "naver-ner-test-first7500.tsv.xz").examples[:500]
    found = [one for one in real if isinstance(one, Tagged)]
    assert not write_nemo(found, tmp_path)
    assert told(read_nemo(tmp_path).examples) == told(found)

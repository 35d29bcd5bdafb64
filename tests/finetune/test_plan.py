"""What a fine-tuning says of its files before anything is computed."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from finetune.plan import planned
from pretrain.ranks import Ranks
from tests.finetune.trainings import a_file, a_training
from tools.errors import UserError


def test_labels_that_training_has_not_are_said_and_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    texts = {
        "train": ["가\t좋다", "나\t싫다"] * 4,
        "dev": ["가\t좋다", "다\t모른다", "라\t모른다"],
        "test": ["나\t싫다"],
    }
    for part, rows in texts.items():
        (tmp_path / f"{part}.tsv").write_text("\n".join(["text\tlabel", *rows]))
    train, dev, test = (tmp_path / f"{part}.tsv" for part in texts)
    config = a_training(tmp_path, task="tsv", train=train, dev=dev, test=test)
    planned(config, Ranks(0, 1, torch.device("cpu")))
    said = capsys.readouterr().err
    assert f"{dev}: 2 labelled 모른다, which training has not; counted as wrong\n" in said
    assert said.count("which training has not") == 1


def test_a_file_without_numbers_teaches_nothing(tmp_path: Path) -> None:
    (tmp_path / "train.tsv").write_text("sentence1\tsentence2\n가\t나\n")
    config = a_training(tmp_path, "regress", train=tmp_path / "train.tsv", dev=a_file(tmp_path / "dev", "regress"))
    with pytest.raises(UserError, match=r"train.tsv: no example says what is right"):
        planned(config, Ranks(0, 1, torch.device("cpu")))


def test_kinds_of_names_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "dev.txt").write_text("<가람:PS>은 <마루시:ZZ>에서 <사리읍:ZZ>까지\n")
    config = a_training(tmp_path, "tag", dev=tmp_path / "dev.txt")
    planned(config, Ranks(0, 1, torch.device("cpu")))
    assert "dev.txt: 2 labelled ZZ, which training has not" in capsys.readouterr().err

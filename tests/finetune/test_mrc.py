"""The course's command line: its options, its names of models, its log, its runner."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from collections.abc import Sequence
from pathlib import Path

import orjson
import pytest
import tyro

from finetune.encode_questions import encode_questions
from finetune.examples import Answer, Question
from finetune.mrc import features, mrc, pretrained, questions_of, task_of, trained
from finetune.options_mrc import Mrc, MrcInfer
from finetune.tasks import TASKS
from tests.finetune.question_files import KORQUAD, needs_korquad
from tests.finetune.readers import a_pretrained, a_reader
from tests.finetune.trainings import a_file
from tests.in_process import one_thread  # noqa: F401
from tests.vocab import vocabularies
from tools.errors import UserError

RUNNER = Path(__file__).resolve().parents[2] / "finetune" / "mrc_runner.sh"
ANSWERED = Question("1", "누구?", ("가람은 산다.",), (Answer("가람", 0),))
UNANSWERED = Question("2", "누구?", ("가람은 산다.",), ())


def typed(words: str | Sequence[str]) -> Mrc:
    return tyro.cli(Mrc, args=shlex.split(words) if isinstance(words, str) else words, use_underscores=True)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path


def test_the_options_are_those_of_the_course() -> None:
    plain = typed("--model_name kor")
    assert (plain.train_batch_size, plain.max_seq_length, plain.num_train_epochs) == (8, 384, 2.0)
    assert (plain.train, plain.en, plain.model_type, plain.train_file, plain.dev_file) == (False, False, 3, None, None)
    short = typed("--model_name kor -b 6 -l 256 -i 0.5 -t -e -m 2 --train_file a.json --dev_file b.json")
    long = typed(
        "--model_name kor --train_batch_size 6 --max_seq_length 256 --num_train_epochs 0.5 --train --en --model_type 2 "
        "--train_file a.json --dev_file b.json"
    )
    assert short == long
    assert (short.num_train_epochs, short.train_file) == (0.5, Path("a.json"))


def test_a_model_type_is_a_task() -> None:
    assert task_of(1, "squad2", [UNANSWERED], english=False) == "korquad"
    assert task_of(2, "korquad", [ANSWERED], english=False) == "klue-mrc"
    assert task_of(1, "korquad", [], english=True) == "squad"
    assert task_of(2, "korquad", [], english=True) == "squad2"
    assert task_of(3, "korquad", [ANSWERED], english=False) == "korquad"
    assert task_of(3, "squad2", [ANSWERED, UNANSWERED], english=True) == "squad2"
    assert task_of(3, "klue-mrc", [UNANSWERED], english=False) == "klue-mrc"
    assert task_of(3, "korquad2", [ANSWERED], english=False) == "korquad2"
    for kind in (1, 2, 3):
        assert TASKS[task_of(kind, "korquad", [ANSWERED], english=False)].head == "span"


def test_models_have_names(home: Path) -> None:
    a_pretrained(home / "models" / "kor")
    assert pretrained("kor") == Path("models/kor")
    assert pretrained(str(home / "models" / "kor")) == home / "models" / "kor"
    with pytest.raises(UserError, match=r"neither koor nor models/koor is a folder; did you mean 'kor'\?"):
        pretrained("koor")
    with pytest.raises(UserError, match="models/kor cannot read yet; train it: python -m finetune mrc --model_name"):
        trained("kor", english=False)
    a_reader(home)
    a_reader(home, "kor-mrc-en")
    assert trained("kor", english=False) == Path("models/kor-mrc") == trained("models/kor", english=False)
    assert trained("kor", english=True) == Path("models/kor-mrc-en")
    assert trained("kor-mrc", english=False) == Path("models/kor-mrc")


@pytest.mark.parametrize("name", [".", "", "../kor"])
def test_a_model_may_be_where_one_stands(name: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    a_pretrained(home / "models" / "kor")
    a_reader(home)
    monkeypatch.chdir(home / "models" / "kor")
    assert trained(name, english=False).resolve() == home.resolve() / "models" / "kor-mrc"


def test_what_is_missing_is_said(home: Path) -> None:
    for words, said in {
        "--model_name kor": "neither --train nor --dev_file; give --train with --train_file, or give --dev_file",
        "--model_name kor --train_file a.json": "neither --train nor --dev_file; add --train to learn from it",
        "--model_name kor --train --dev_file a.json": "mrc --train: no --train_file",
    }.items():
        with pytest.raises(UserError, match=said):
            mrc(typed(words))


def test_the_log_says_how_large_the_features_are() -> None:
    long = Question("3", "어디?", ("학교에서는 학생들이 한글을 배운다. " * 40,), (Answer("학교", 0),))
    windows = encode_questions([ANSWERED, long], vocabularies.wordpiece(), 48, 16, 16)
    said = list(features(8, windows))
    assert [line.split()[0] for line in said[1:7]] == [
        "end_positions", "input_ids", "input_mask", "segment_ids", "start_positions", "unique_ids",
    ]  # fmt: skip
    assert said[1].endswith("(8,)")
    assert said[2].endswith("(8, 48)")
    assert said[7:] == ["Num orig examples = 2", f"Num split examples = {len(windows.windows)}"]
    assert len(windows.windows) > 10


@needs_korquad
def test_the_real_file_has_more_windows_than_questions() -> None:
    shape, asked = questions_of(KORQUAD / "korquad-112.json.xz")
    assert task_of(3, shape, asked, english=False) == "korquad"
    some = asked[:500]
    windows = encode_questions(some, vocabularies.wordpiece(), 384, 128, 64)
    assert list(features(8, windows))[-2:] == [
        "Num orig examples = 500",
        f"Num split examples = {len(windows.windows)}",
    ]
    assert (len(asked), len(windows.windows) > len(some)) == (4564, True)


def from_the_runner(home: Path) -> list[str]:
    """The words with which the runner starts Python, from a Python that only repeats them."""
    python = home / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    python.chmod(0o755)
    done = subprocess.run(["sh", RUNNER], cwd=home, env={**os.environ}, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[:3] == ["-m", "finetune", "mrc"]
    return done.stdout.splitlines()[3:]


def test_the_runner_trains_a_model_that_can_be_tested(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    a_pretrained(home / "models" / "kor")
    for name, seed in (("train", 1), ("dev", 2)):
        (home / "data").mkdir(exist_ok=True)
        a_file(home / name, "span", 24, seed).rename(home / "data" / f"KorQuAD_v1.0_{name}.json")
    mrc(typed(from_the_runner(home)))
    said = capsys.readouterr().out
    assert "input_ids        (6, " in said
    assert "Num orig examples = 24\nNum split examples = 24\n" in said
    assert "the same as: python -m finetune train korquad --model models/kor" in said
    assert "step = 8 (" in said
    assert "global_step/sec: " in said
    mrc(typed("--model_name kor --dev_file data/KorQuAD_v1.0_dev.json"))
    scores = orjson.loads((home / "models" / "kor-mrc-KorQuAD_v1.0_dev" / "report.json").read_bytes())
    trainings = orjson.loads((home / "models" / "kor-mrc" / "report.json").read_bytes())
    assert scores["gold"] == 24
    assert scores["figures"]["f1"] == trainings["seeds"][0]["dev"]["f1"]


def test_half_an_epoch_of_questions_without_answers(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    a_pretrained(home / "models" / "kor")
    path = a_file(home, "span", 16)
    tree = json.loads(path.read_text())
    for article in tree["data"][::2]:
        for asked in article["paragraphs"][0]["qas"]:
            asked.update(answers=[], is_impossible=True)
    path.write_text(json.dumps(tree))
    mrc(typed(f"--model_name kor -t -i 0.5 -b 4 -l 48 --train_file {path} --dev_file {path}"))
    said = capsys.readouterr().out
    assert "train klue-mrc " in said
    assert "step = 2 (" in said
    assert orjson.loads((home / "models/kor-mrc/model/task.json").read_bytes())["null"]


def test_the_options_of_infer_are_those_of_the_course() -> None:
    words = ["--model_name", "kor", "-p", "하나 둘", "-p", "셋", "-q", "무엇?", "-d", "0", "-e"]
    short = tyro.cli(MrcInfer, args=words, use_underscores=True)
    assert short == MrcInfer(model_name="kor", context=("하나 둘", "셋"), question="무엇?", device="0", en=True)

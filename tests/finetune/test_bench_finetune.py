"""The suite of fine-tuning: both sides do the same work on the same windows, and memory is that of a process."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest
import torch

from finetune import bench_finetune as suite
from finetune import bench_memory, peers
from finetune.bench_finetune import BAR, DEFAULT, alike, compared, sources, vocabulary
from finetune.bench_memory import memory, write_questions
from finetune.coding import coded
from finetune.examples import Answer, Question
from finetune.formats.qa import read_qa
from finetune.spec import Spec
from pretrain.shape import shape
from vocab.export import to_transformers
from vocab.tokenizer import Tokenizer

pytest.importorskip("transformers")
NUMBERS: dict[str, Any] = {"layers": 1, "hidden": 32, "heads": 1, "inner": 64}
LAKE = "가온호는 서리산 아래에 있는 호수이다. 1931년에 둑을 쌓아 만들었다."
LONG = " ".join(f"{year}년에는 가온호에 배가 {year % 7}척 있었다." for year in range(1900, 1960))


def asked(id: str, passage: str, answer: str) -> Question:
    return Question(id, "무엇인가?", (passage,), (Answer(answer, passage.index(answer)),), "가온호")


QUESTIONS = [
    *(asked(f"{number}-{text}", LAKE, text) for number in range(7) for text in ("서리산", "1931년에", "둑")),
    asked("last", LONG, "1959년에는"),
]
SHORT = len(QUESTIONS) - 1


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return vocabulary(QUESTIONS)


def test_every_way_computes_the_same_and_ours_pads_least(tmp_path: Path, tokenizer: Tokenizer) -> None:
    rows = compared(tmp_path / "home", tokenizer, QUESTIONS, shape("tiny", "bert", len(tokenizer), **NUMBERS), turns=2)
    found = {row["way"]: row for row in rows}
    assert rows[0]["way"] == DEFAULT and found[DEFAULT]["x run_qa"] == 1
    assert min(row["x its best"] for row in rows if "malmoi" not in row["way"]) <= 1
    assert [row["way"] for row in rows if row.get("bar") == BAR] == [rows[-1]["way"]]
    for way in ("run_qa, like lengths, float32", "malmoi, float32"):
        assert found[way]["first loss"] == pytest.approx(found[DEFAULT]["first loss"], rel=1e-4)
        assert found[way]["tokens/question"] < found[DEFAULT]["tokens/question"]
    assert found[DEFAULT]["tokens/question"] == round(found[DEFAULT]["windows"] * peers.LENGTH / len(QUESTIONS))
    assert all(row["slowest"] <= row["questions/s"] <= row["fastest"] for row in rows)


def test_another_model_is_noticed(tmp_path: Path, tokenizer: Tokenizer, monkeypatch: pytest.MonkeyPatch) -> None:
    def other(peer: peers.Peer, batch: Any, *, half: bool) -> torch.Tensor:
        with torch.no_grad():
            peer.model.qa_outputs.weight.add_(torch.randn_like(peer.model.qa_outputs.weight))
        return logits(peer, batch, half=half)

    logits = peers.logits
    monkeypatch.setattr(peers, "logits", other)
    with pytest.raises(AssertionError, match="run_qa"):
        compared(tmp_path / "home", tokenizer, QUESTIONS, shape("tiny", "bert", len(tokenizer), **NUMBERS), turns=1)


def test_their_windows_hold_the_answers_that_their_labels_say(tmp_path: Path, tokenizer: Tokenizer) -> None:
    """And those of one window are ours."""
    transformers: Any = pytest.importorskip("transformers")
    to_transformers(tokenizer, tmp_path)
    theirs = transformers.AutoTokenizer.from_pretrained(tmp_path)
    features = peers.features(QUESTIONS, theirs, to_maximum=False)
    said = [theirs.decode(one["input_ids"][one["start_positions"] : one["end_positions"] + 1]) for one in features]
    assert [text.replace(" ", "") for text in said[:3]] == ["서리산", "1931년에", "둑"]
    assert len(said) > len(QUESTIONS) and set(said[SHORT:]) == {"[CLS]", "1959년에는"}
    padded = peers.features(QUESTIONS, theirs, to_maximum=True)
    assert {len(one["input_ids"]) for one in padded} == {peers.LENGTH}
    assert [sum(one["attention_mask"]) for one in padded] == [len(one["input_ids"]) for one in features]
    rows = coded(Spec(task="korquad", head="span", length=384, stride=128), tokenizer, QUESTIONS).rows
    assert list(rows[:SHORT]) == alike(rows, features)[:SHORT]
    assert alike(rows, [{**features[0], "end_positions": 0}]) == []


def test_the_memory_of_a_process_is_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    peaks = iter([100.0, 101.0, 116.0])
    files = list[int]()

    def peak(*arguments: str) -> float:
        files.append(len(read_qa(Path(arguments[3])).examples))
        return next(peaks)

    monkeypatch.setattr(bench_memory, "peak", peak)
    rows = memory(tmp_path, vocabulary(QUESTIONS), QUESTIONS)
    assert files == [22, 88, 352]
    assert [row["peak MB"] for row in rows] == [100, 101, 116]
    assert [row.get("MB/1,000 more") for row in rows] == [None, 15.15, 48.48]


def test_what_a_child_holds_is_its_own() -> None:
    held = b"1" * (300 << 20)  # and not zeros, which would take no memory until they are written
    assert 5 < bench_memory.peak("list", "korquad") < len(held) >> 20


def test_questions_are_asked_again_under_other_names(tmp_path: Path) -> None:
    write_questions(tmp_path / "questions.json", QUESTIONS, 2)
    found = [cast(Question, one) for one in read_qa(tmp_path / "questions.json").examples]
    assert [one.id for one in found] == [f"{one.id}-{time}" for time in range(2) for one in QUESTIONS]
    assert [one.answers for one in found] == [one.answers for one in QUESTIONS] * 2


def test_the_little_world_is_there_without_other_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suite, "KORQUAD", tmp_path / "none")
    [(name, questions)] = sources(tmp_path, articles=12).items()
    assert name == "little world" and len(questions) > 5

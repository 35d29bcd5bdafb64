"""By command: train, evaluate, export, and train on; the exported model answers in transformers as it answers here."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from corpus.sample.article import compose
from corpus.sample.page import write_page
from corpus.sample.questions import questions
from finetune.encoder import Theirs, encoder
from finetune.finetuned import load_finetuned
from finetune.plan import read
from finetune.stages import ABOUT, VERBS
from finetune.tasks import TASKS
from pretrain.architectures import build
from pretrain.folder import save_model
from pretrain.shape import Shape
from tests.finetune.exports import KINDS, an_encoder, opened
from tests.finetune.trainings import a_file
from tools.command import dispatch
from vocab.bpe import train
from vocab.scheme import SPECIALS
from vocab.tokenizer import Tokenizer
from vocab.words import words

LENGTH, STRIDE, LONGEST = 96, 24, 30


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """One thread, and no pages with figures, which take longer than all else."""
    monkeypatch.setattr("finetune.results.write_report", lambda *given, **named: None)
    monkeypatch.setattr("finetune.evaluate.evaluation_page", lambda *given: None)
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def finetune(*arguments: object) -> None:
    """The command as it is typed."""
    dispatch("finetune", ABOUT, VERBS, [str(each) for each in arguments])


def a_world(home: Path, articles: range) -> Path:
    """Questions over the articles of the little world, as a KorQuAD file."""
    entries = [questions(write_page(compose(4, number))) for number in articles]
    path = home / f"world-{articles.start}.json"
    path.write_text(json.dumps({"version": "world", "data": [entry for entry in entries if entry]}), encoding="utf-8")
    return path


def a_reader(home: Path, learned: Path) -> Path:
    """A small model with a vocabulary of the learned texts, trained on them for a moment."""
    asked: list[Any] = read(TASKS["korquad"], learned)
    texts = [text for one in asked for text in (one.question, *one.passages)]
    pieces = train(Counter(word for text in texts for word in words(text)), 1200, prefix="##", specials=SPECIALS).pieces
    numbers: dict[str, Any] = {"layers": 2, "hidden": 32, "heads": 2, "inner": 64, "positions": LENGTH}
    shape = Shape(architecture="bert", vocabulary=len(pieces), pairs=False, **numbers)
    save_model(build(shape, 1), Tokenizer(pieces), home / "encoder")
    plan = ["--epochs", 0.5, "--lr", 0.003, "--length", LENGTH, "--stride", STRIDE, "--device", "cpu"]
    out = home / "reader"
    finetune("train", "korquad", "--model", home / "encoder", "--train", learned, "--output", out, *plan)
    return out


@torch.no_grad()
def plainly_read(model: Any, tokenizer: Any, question: str, context: str) -> str:
    """The answer as the page of transformers on question answering would have it: windows, then the best span."""
    room = LENGTH - len(tokenizer(question)["input_ids"]) - 1
    given = tokenizer(
        question, context, truncation="only_second", max_length=LENGTH, stride=max(0, room - STRIDE), padding=True,
        return_overflowing_tokens=True, return_offsets_mapping=True, return_tensors="pt",
    )  # fmt: skip
    out = model(**{name: given[name] for name in tokenizer.model_input_names})
    best, said = -float("inf"), ""
    for window, (starts, ends) in enumerate(zip(out.start_logits.tolist(), out.end_logits.tolist(), strict=True)):
        passage = [place for place, part in enumerate(given.sequence_ids(window)) if part == 1]
        for start in passage:
            for end in range(start, min(passage[-1] + 1, start + LONGEST)):
                if starts[start] + ends[end] > best:
                    best = starts[start] + ends[end]
                    said = context[given["offset_mapping"][window][start][0] : given["offset_mapping"][window][end][1]]
    return said


def test_two_hundred_questions_have_the_same_answers(tmp_path: Path) -> None:
    reader = a_reader(tmp_path, a_world(tmp_path, range(60)))
    assert load_finetuned(reader).spec.josa  # what is taken off behind an answer, transformers does not know of
    unseen = a_world(tmp_path, range(60, 130))
    finetune("predict", reader, "--file", unseen, "--output", tmp_path / "said.json", "--precision", "float32")
    finetune("export", reader, "--output", tmp_path / "hf")
    model, tokenizer = opened(tmp_path / "hf", "span")
    said = json.loads((tmp_path / "said.json").read_text())
    asked = [(row["id"], row["question"], paragraph["context"])
             for entry in json.loads(unseen.read_text())["data"]
             for paragraph in entry["paragraphs"] for row in paragraph["qas"]][:200]  # fmt: skip
    assert len(asked) == 200
    assert any(len(tokenizer(question, context)["input_ids"]) > LENGTH for _, question, context in asked)
    found = {id: plainly_read(model, tokenizer, question, context) for id, question, context in asked}
    assert found == {id: said[id] for id in found}
    assert len(set(found.values())) > 20


@pytest.mark.parametrize("kind", ["our bert", *KINDS])
def test_any_folder_is_tuned_scored_exported_and_tuned_again_by_command(kind: str, tmp_path: Path) -> None:
    reviews, plan = a_file(tmp_path, "classify", 40), ["--lr", 0.003, "--batch", 8, "--length", 24, "--device", "cpu"]
    given, first, second = an_encoder(tmp_path, kind), tmp_path / "first", tmp_path / "second"
    finetune("train", "nsmc", "--model", given, "--train", reviews, "--output", first, "--epochs", 1, *plan)
    finetune("evaluate", first, "--file", reviews, "--output", tmp_path / "scores", "--precision", "float32")
    finetune("export", first, "--output", tmp_path / "hf")

    model, tokenizer = opened(tmp_path / "hf", "classify")
    examples: list[Any] = read(TASKS["nsmc"], reviews)
    with torch.no_grad():
        out = model(**tokenizer([one.first for one in examples], padding=True, return_tensors="pt")).logits.argmax(-1)
    right = sum(model.config.id2label[int(got)] == one.label for got, one in zip(out, examples, strict=True))
    scores = json.loads((tmp_path / "scores" / "report.json").read_text())["figures"]
    assert scores["accuracy"] == pytest.approx(100 * right / len(examples))

    again = encoder(first).model.state_dict()
    tuned = load_finetuned(first).encoder.model.state_dict()
    before = encoder(given).model.state_dict()
    assert all(torch.equal(again[name], tuned[name]) for name in tuned)
    assert any(not torch.equal(again[name], before[name]) for name in before)
    similar = a_file(tmp_path, "regress", 40)
    finetune("train", "korsts", "--model", first, "--train", similar, "--output", second, "--epochs", 1, *plan)
    assert isinstance(load_finetuned(second).encoder.model, Theirs) == isinstance(encoder(given).model, Theirs)
    assert encoder(tmp_path / "hf").hidden == encoder(first).hidden  # what is exported is a folder to begin from too

"""Evaluation against a twin that takes a row at a time, its files, and its complaints."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
import torch

from corpus.document import Document, write_documents
from pretrain.architectures import Model, build
from pretrain.batch import Batch
from pretrain.evaluate import KEYS, evaluate, evaluate_model
from pretrain.folder import save_model
from pretrain.gather import gather
from pretrain.masking import mask, rule
from pretrain.options_models import Evaluate
from pretrain.rows import Rows
from pretrain.shape import Architecture, shape
from tests.pretrain.stores import rows_of, tiny_tokenizer
from tools.errors import UserError
from tools.shards import write_manifest
from vocab.tokenizer import Tokenizer


def a_model(architecture: Architecture = "bert", **changes: Any) -> Model:
    small = {"layers": 2, "hidden": 32, "heads": 2, "inner": 48, "positions": 64, **changes}
    model = build(shape("tiny", architecture, len(tiny_tokenizer()), **small), seed=1)
    for parameter in model.parameters():
        parameter.data.mul_(8)  # opinions, and dropout that would be seen
    return model


@torch.no_grad()
def row_by_row(model: Model, rows: Rows) -> dict[str, float]:
    """What evaluation should find, a row at a time and by the definitions."""
    how = dataclasses.replace(rule(rows.about, rows.tokenizer), rate=0.15)
    model.eval()
    nats, right, order_nats, order_right = [], [], [], []
    for number in range(len(rows)):
        block = gather(rows, np.array([number]))
        found = mask(block.tokens, block.lengths, block.starts, block.numbers, how, 0)
        tokens = block.tokens.astype(np.int64)
        tokens.reshape(-1)[found.picks] = found.put
        arrays = (tokens, block.lengths, block.bounds, found.picks, found.labels, block.random)
        row, lengths, bounds, picks, labels, random = map(torch.from_numpy, arrays)
        guesses = model(Batch(row, lengths, bounds, picks, labels, random, full=True))
        for logits, label in zip(guesses.pieces[:, : len(rows.tokenizer)].softmax(-1), found.labels, strict=True):
            nats.append(-math.log(logits[label]))
            right.append(int(logits.argmax()) == label)
        if guesses.order is not None and block.random[0] >= 0:
            chances = guesses.order[0].softmax(-1)
            order_nats.append(-math.log(chances[block.random[0]]))
            order_right.append(int(chances.argmax()) == block.random[0])
    model.train()
    return {
        "masked_lm_accuracy": float(np.mean(right)),
        "masked_lm_loss": float(np.mean(nats)),
        "next_sentence_accuracy": float(np.mean(order_right)) if order_right else 0.0,
        "next_sentence_loss": float(np.mean(order_nats)) if order_nats else 0.0,
        "guesses": len(nats),
        "pairs": len(order_nats),
    }


@pytest.mark.parametrize("architecture", ["bert", "modern"])
@pytest.mark.parametrize("nsp", ["nsp", "none"])
def test_scores_are_those_of_the_definitions(tmp_path: Path, architecture: Architecture, nsp: Any) -> None:
    """Trained at 40 %, evaluated at 15: the figures of runs can be compared."""
    rows = rows_of(tmp_path, 40, nsp=nsp, mask_rate=0.4)
    model = a_model(architecture, pairs=architecture == "bert")
    model.train()
    found = evaluate_model(model, rows, characters=0)
    assert model.training, "the model is left as it was found"
    for key, value in row_by_row(model, rows).items():
        assert found[key] == pytest.approx(value, rel=1e-4), key
    assert found["loss"] == pytest.approx(found["masked_lm_loss"] + found["next_sentence_loss"])
    assert len(found["notes"]) == (0 if architecture == "bert" and nsp == "nsp" else 1)
    assert 0.13 < found["guesses"] / found["tokens"] < 0.17


def test_only_so_many_rows_are_looked_at_and_they_are_spread(tmp_path: Path) -> None:
    rows = rows_of(tmp_path, 90)
    model = a_model()
    assert evaluate_model(model, rows, limit=10, characters=0)["tokens"] == int(rows.lengths[::9].sum())
    whole = [evaluate_model(model, rows, limit=limit, characters=0) for limit in (0, 90, 1000)]
    assert whole[0] == whole[1] == whole[2] and whole[0]["rows"] == 90


def test_the_text_of_the_rows_is_read_off_them(tmp_path: Path) -> None:
    rows = rows_of(tmp_path, 30)
    found = evaluate_model(a_model(), rows, rows, characters=400)
    assert (found["characters"], found["rows"]) == (400, 30)
    assert "--corpus" in found["notes"][-1]
    # Random tokens: nobody can know more than that there are 240 pieces.
    assert found["unigram bits per character"] == pytest.approx(
        math.log2(240) * found["pieces"] / found["characters"], rel=0.1
    )
    assert found["bits per character"] > found["unigram bits per character"] * 0.9


@pytest.fixture
def there(tmp_path: Path) -> Evaluate:
    for part, count in {"train": 60, "held-out": 20}.items():
        rows_of(tmp_path / "instances", count, part=part)
    save_model(a_model(), tiny_tokenizer(), tmp_path / "trained" / "model")
    (tmp_path / "trained" / "metrics.jsonl").write_text('{"step":4}\n{"step":7}\n')
    (tmp_path / "out").mkdir()
    return Evaluate(tmp_path / "trained", tmp_path / "instances", tmp_path / "out", characters=200, device="cpu")


def test_the_six_figures_are_written_as_google_did(there: Evaluate) -> None:
    summary = evaluate(there)
    lines = (there.output / "eval_results.txt").read_text().splitlines()
    assert [line.split(" = ")[0] for line in lines] == list(KEYS)
    values = {key: float(value) for key, value in (line.split(" = ") for line in lines)}
    everything = orjson.loads((there.output / "eval_results.json").read_bytes())
    assert values == {key: everything[key] for key in KEYS} == {key: summary[key] for key in KEYS}
    assert values["global_step"] == 7
    assert everything["bits per character"] == summary["bits per character"] > 0
    assert len(everything["examples"]) == 10
    assert sum(chance for _, chance in everything["examples"][0]["guesses"]) <= 1
    page = (there.output / "report.html").read_text()
    assert "글자마다 드는 비트" in page and f"{100 * values['masked_lm_accuracy']:.2f} %" in page


def test_a_milestone_is_named_by_its_update(there: Evaluate, tmp_path: Path) -> None:
    save_model(a_model(), tiny_tokenizer(), tmp_path / "milestones" / "step-00000123")
    evaluate(dataclasses.replace(there, model=tmp_path / "milestones" / "step-00000123", characters=0))
    assert (there.output / "eval_results.txt").read_text().startswith("global_step = 123\n")


def test_a_model_without_pairs_has_the_six_keys_too(there: Evaluate) -> None:
    save_model(a_model("modern"), tiny_tokenizer(), there.model / "model")
    evaluate(there)
    everything = orjson.loads((there.output / "eval_results.json").read_bytes())
    assert everything["next_sentence_accuracy"] == everything["next_sentence_loss"] == 0
    assert "no head" in everything["notes"][0]


def test_bits_are_measured_on_a_text_file_or_on_documents(there: Evaluate, tmp_path: Path) -> None:
    text = "가 각 갂 갃 간 " * 30
    (tmp_path / "text.txt").write_text(text)
    (tmp_path / "documents").mkdir()
    shard = write_documents(tmp_path / "documents" / "0.jsonl.zst", [Document("1", "", text, "test")])
    write_manifest(tmp_path / "documents", [shard])
    found = []
    for corpus in (tmp_path / "text.txt", tmp_path / "documents"):
        evaluate(dataclasses.replace(there, corpus=corpus, characters=100))
        found.append(orjson.loads((there.output / "eval_results.json").read_bytes()))
    assert found[0]["bits per character"] == found[1]["bits per character"]
    assert [each["characters"] for each in found] == [100, 100]
    assert not found[0]["notes"]


def test_complaints(there: Evaluate, tmp_path: Path) -> None:
    def said(**changes: Any) -> str:
        with pytest.raises(UserError) as caught:
            evaluate(dataclasses.replace(there, **changes))
        return str(caught.value)

    assert "has 64; give one" in said(length=128)
    assert "holds no instances" in said(instances=tmp_path / "out")
    assert "neither a folder of documents nor" in said(corpus=tmp_path / "none")
    tokenizer = tiny_tokenizer()
    save_model(a_model(), Tokenizer(tokenizer.pieces[::-1]), tmp_path / "other")
    message = said(model=tmp_path / "other")
    assert "another vocabulary" in message and str(tmp_path / "other") in message and str(there.instances) in message
    save_model(a_model(positions=32), tokenizer, tmp_path / "short")
    assert "rows of 64 tokens" in said(model=tmp_path / "short")

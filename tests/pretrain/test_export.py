"""Exported folders open in transformers and give what we give; folders of theirs open here."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import torch
import transformers

from pretrain.architectures import Model, build
from pretrain.export import export, import_hf
from pretrain.folder import load_model, save_model
from pretrain.options_models import ExportModel, ImportHf
from pretrain.shape import Shape
from tests.pretrain.batches import random_batch
from tests.pretrain.parity import answers
from tests.vocab.vocabularies import SENTENCES, wordpiece
from tools.errors import UserError

transformers.logging.set_verbosity_error()
TOKENIZER = wordpiece()
SHAPES: dict[str, tuple[str, dict[str, Any]]] = {
    "bert": ("BertForPreTraining", {}),
    "bert without pairs": ("BertForMaskedLM", {"pairs": False}),
    "modern": ("ModernBertForMaskedLM", {"architecture": "modern", "pairs": False}),
    "modern with a window": ("ModernBertForMaskedLM", {"architecture": "modern", "window": 8}),
}


def small(name: str) -> Model:
    plain: dict[str, Any] = {
        "architecture": "bert",
        "vocabulary": len(TOKENIZER),
        "layers": 4,
        "hidden": 32,
        "heads": 2,
        "inner": 48,
    }
    model = build(Shape(**{**plain, **SHAPES[name][1]}, positions=64), 1).eval()
    torch.manual_seed(1)
    for parameter in model.parameters():
        parameter.data += 0.1 * torch.randn_like(parameter)
    model.embedding.pieces.weight.data[len(TOKENIZER) :] = 0.0
    return model


def exported(name: str, folder: Path) -> tuple[Model, Path]:
    model = small(name)
    save_model(model, TOKENIZER, folder / "trained" / "model")
    (folder / "trained" / "README.md").write_text("# card\n")
    (folder / "hf").mkdir()
    told = export(ExportModel(folder / "trained", output=folder / "hf"))
    assert told["class"] == SHAPES[name][0]
    return model, folder / "hf"


@pytest.mark.parametrize("name", SHAPES)
def test_transformers_opens_what_is_exported_and_gives_equal_logits(name: str, tmp_path: Path) -> None:
    model, folder = exported(name, tmp_path)
    auto = transformers.AutoModelForPreTraining if name == "bert" else transformers.AutoModelForMaskedLM
    theirs, told = auto.from_pretrained(folder, output_loading_info=True)
    assert type(theirs).__name__ == SHAPES[name][0]
    assert not any(told.values()), told
    batch = random_batch(4, 24, len(TOKENIZER))
    pieces, order = answers(theirs.eval(), batch)
    guesses = model(batch)
    torch.testing.assert_close(guesses.pieces[:, : len(TOKENIZER)], pieces, atol=1e-5, rtol=1e-5)
    if order is not None:
        torch.testing.assert_close(guesses.order, order, atol=1e-5, rtol=1e-5)
    assert (folder / "README.md").read_text() == "# card\n"


@pytest.mark.parametrize("name", ["bert", "modern"])
def test_tokenizer_and_model_go_together_there(name: str, tmp_path: Path) -> None:
    _, folder = exported(name, tmp_path)
    theirs = transformers.AutoTokenizer.from_pretrained(folder)
    lines = [line for line in SENTENCES.splitlines() if line]
    expected = [[2, *TOKENIZER.encode(line).ids.tolist(), 3] for line in lines]
    assert theirs(lines)["input_ids"] == expected
    assert theirs.model_max_length == 64
    taken = theirs(lines, return_tensors="pt", padding=True, truncation=True)
    model = transformers.AutoModelForMaskedLM.from_pretrained(folder)
    assert model(**taken).logits.shape == (len(lines), taken["input_ids"].shape[1], len(TOKENIZER))
    assert model.config.pad_token_id == TOKENIZER.specials["[PAD]"]


@pytest.mark.parametrize("name", SHAPES)
def test_there_and_back_is_the_same_model(name: str, tmp_path: Path) -> None:
    model, folder = exported(name, tmp_path)
    told = import_hf(ImportHf(folder, output=tmp_path / "imported"))
    assert told["architecture"] == model.shape.architecture
    found, tokenizer = load_model(tmp_path / "imported")
    assert tokenizer == TOKENIZER
    expected, weights = model.state_dict(), found.state_dict()
    assert all(torch.equal(each, expected[key]) for key, each in weights.items())
    assert set(expected) - set(weights) <= {"pooler.weight", "pooler.bias", "order.weight", "order.bias"}


def test_what_transformers_itself_saved_is_read(tmp_path: Path) -> None:
    _, folder = exported("bert", tmp_path)
    theirs = transformers.BertForPreTraining.from_pretrained(folder).eval()
    theirs.save_pretrained(tmp_path / "again")
    transformers.AutoTokenizer.from_pretrained(folder).save_pretrained(tmp_path / "again")
    found, tokenizer = load_model(tmp_path / "again")
    assert tokenizer.pieces == TOKENIZER.pieces
    batch = random_batch(4, 24, len(TOKENIZER))
    pieces, _ = answers(theirs, batch)
    torch.testing.assert_close(found.eval()(batch).pieces[:, : len(TOKENIZER)], pieces, atol=1e-5, rtol=1e-5)


def changed(folder: Path, **weights: Any) -> Path:
    path = folder / "model.safetensors"
    kept = safetensors.torch.load_file(path) | weights
    safetensors.torch.save_file({key: each for key, each in kept.items() if each is not None}, path)
    return folder


def test_names_of_old_conversions_are_known(tmp_path: Path) -> None:
    model, folder = exported("bert", tmp_path)
    norm = "bert.embeddings.LayerNorm"
    old = safetensors.torch.load_file(folder / "model.safetensors")
    changed(folder, **{f"{norm}.gamma": old[f"{norm}.weight"], f"{norm}.weight": None})
    assert torch.equal(load_model(folder)[0].embedding.norm.weight, model.embedding.norm.weight)


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    _, folder = exported("bert", tmp_path)
    name = "cls.predictions.decoder.weight"
    with pytest.raises(UserError, match="a head with a table of its own"):
        load_model(changed(folder, **{name: torch.zeros(len(TOKENIZER), 32)}))
    changed(folder, **{name: None, "bert.encoder.layer.2.output.dense.bias": None})
    with pytest.raises(UserError, match=r"no tensor bert.encoder.layer.2.output.dense.bias"):
        load_model(folder)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"model_type": "gpt2"}))
    with pytest.raises(UserError, match="model_type 'gpt2' is not of ours"):
        load_model(folder)

"""A checkpoint with the weights of transformers' BERT, written as TensorFlow does, gives the logits of that BERT."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from transformers import BertConfig, BertForPreTraining

from pretrain.batch import Batch
from pretrain.folder import load_model
from pretrain.import_tf import import_tf
from pretrain.options_models import ImportTf
from tests.pretrain.bundles import write_checkpoint
from tests.pretrain.stores import PIECES, tiny_tokenizer
from tools.errors import UserError
from vocab.folder import save

Variables = dict[str, NDArray[Any]]
HIDDEN, INNER, POSITIONS = 128, 256, 40


def theirs(heads: int = 2, hidden: int = HIDDEN) -> Any:
    torch.manual_seed(1)
    config = BertConfig(
        vocab_size=len(PIECES),
        hidden_size=hidden,
        intermediate_size=INNER,
        max_position_embeddings=POSITIONS,
        num_hidden_layers=2,
        num_attention_heads=heads,
    )
    model: Any = BertForPreTraining(config)
    model.eval()
    for parameter in model.parameters():  # no bias and no norm may be 0 or 1, lest they be mixed up unseen
        nn.init.normal_(parameter, std=0.1)
    return model


def numbers(tensor: Tensor) -> NDArray[Any]:
    return tensor.detach().numpy().copy()


def dense(name: str, module: Any) -> Variables:
    return {f"{name}/kernel": numbers(module.weight.T), f"{name}/bias": numbers(module.bias)}


def norm(name: str, module: Any) -> Variables:
    return {f"{name}/gamma": numbers(module.weight), f"{name}/beta": numbers(module.bias)}


def as_tensorflow(model: Any) -> Variables:
    """The variables that Google's modeling.py and run_pretraining.py make, by walking over the modules."""
    inputs, heads, at = model.bert.embeddings, model.cls, "bert/embeddings"
    found = {f"{at}/word_embeddings": numbers(inputs.word_embeddings.weight)}
    found[f"{at}/position_embeddings"] = numbers(inputs.position_embeddings.weight)
    found[f"{at}/token_type_embeddings"] = numbers(inputs.token_type_embeddings.weight)
    found |= norm(f"{at}/LayerNorm", inputs.LayerNorm)
    for i, layer in enumerate(model.bert.encoder.layer):
        at = f"bert/encoder/layer_{i}"
        for part in ("query", "key", "value"):
            found |= dense(f"{at}/attention/self/{part}", getattr(layer.attention.self, part))
        found |= dense(f"{at}/attention/output/dense", layer.attention.output.dense)
        found |= norm(f"{at}/attention/output/LayerNorm", layer.attention.output.LayerNorm)
        found |= dense(f"{at}/intermediate/dense", layer.intermediate.dense)
        found |= dense(f"{at}/output/dense", layer.output.dense)
        found |= norm(f"{at}/output/LayerNorm", layer.output.LayerNorm)
    found |= dense("bert/pooler/dense", model.bert.pooler.dense)
    found |= dense("cls/predictions/transform/dense", heads.predictions.transform.dense)
    found |= norm("cls/predictions/transform/LayerNorm", heads.predictions.transform.LayerNorm)
    found["cls/predictions/output_bias"] = numbers(heads.predictions.bias)
    found["cls/seq_relationship/output_weights"] = numbers(heads.seq_relationship.weight)
    found["cls/seq_relationship/output_bias"] = numbers(heads.seq_relationship.bias)
    return found


def with_optimizer(variables: Variables) -> Variables:
    slots = {f"{name}/{slot}": array for name, array in variables.items() for slot in ("adam_m", "adam_v")}
    return {**variables, **slots, "global_step": np.array(1_000_000, np.int64)}


def imported(folder: Path, variables: Variables, **options: Any) -> dict[str, Any]:
    (folder / "vocab.txt").write_text("".join(f"{piece}\n" for piece in PIECES), encoding="utf-8")
    index = write_checkpoint(folder / "bert_model.ckpt", variables)
    return import_tf(ImportTf(index, vocabulary=folder / "vocab.txt", output=folder / "model", **options))


def batch() -> Batch:
    chance = torch.Generator().manual_seed(2)
    tokens = torch.randint(5, len(PIECES), (3, 30), generator=chance)
    lengths, bounds = torch.tensor([30, 17, 23]), torch.tensor([11, 9, 23])
    tokens[torch.arange(30) >= lengths[:, None]] = 0
    picks = torch.tensor([1, 7, 29, 33, 65, 80])
    return Batch(tokens, lengths, bounds, picks, tokens.view(-1)[picks], torch.tensor([0, 1, -100]), full=False)


def assert_same_logits(model: Any, folder: Path) -> None:
    ours, tokenizer = load_model(folder)
    assert tokenizer.pieces == PIECES
    given, places = batch(), torch.arange(30)
    segments = ((places >= given.bounds[:, None]) & (places < given.lengths[:, None])).long()
    mask = (places < given.lengths[:, None]).long()
    with torch.inference_mode():
        found = ours.eval()(given)
        expected = model(given.tokens, attention_mask=mask, token_type_ids=segments)
    pieces = expected.prediction_logits.flatten(0, 1)[given.picks]
    assert pieces.abs().max() > 0.5  # so that the tolerance means something
    assert torch.allclose(found.pieces[:, : len(PIECES)], pieces, atol=1e-5, rtol=1e-5)
    assert torch.allclose(found.order, expected.seq_relationship_logits, atol=1e-5, rtol=1e-5)


def test_the_logits_are_those_of_transformers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = theirs()
    variables = with_optimizer(as_tensorflow(model))
    summary = imported(tmp_path, variables)
    assert_same_logits(model, tmp_path / "model")
    assert summary["parameters"] == sum(parameter.numel() for parameter in model.parameters())
    assert (summary["layers"], summary["hidden"], summary["heads"]) == (2, HIDDEN, 2)
    assert summary["optimizer's skipped"] == 2 * summary["variables"] + 1
    assert summary["variables"] == len(as_tensorflow(model)) and summary["others skipped"] == 0
    assert "attention heads: 2, as no shape tells" in capsys.readouterr().out


def test_heads_can_be_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = theirs(heads=4)
    imported(tmp_path, as_tensorflow(model), heads=4)
    assert_same_logits(model, tmp_path / "model")
    assert capsys.readouterr().out == ""
    with pytest.raises(AssertionError):  # and heads matter
        assert_same_logits(theirs(heads=2), tmp_path / "model")


def test_the_json_of_google_is_read(tmp_path: Path) -> None:
    model = theirs(heads=4)
    google = {"vocab_size": len(PIECES), "hidden_size": HIDDEN, "num_hidden_layers": 2, "num_attention_heads": 4}
    google |= {"intermediate_size": INNER, "max_position_embeddings": POSITIONS, "type_vocab_size": 2}
    pooler = {"pooler_type": "first_token_transform", "pooler_fc_size": HIDDEN, "directionality": "bidi"}
    path = tmp_path / "bert_config.json"
    path.write_text(json.dumps({**google, **pooler, "hidden_act": "gelu", "hidden_dropout_prob": 0.2}))
    imported(tmp_path, as_tensorflow(model), model_config=path)
    assert_same_logits(model, tmp_path / "model")
    assert load_model(tmp_path / "model")[0].shape.dropout == 0.2
    with pytest.raises(UserError, match=r"--heads 2: .*bert_config\.json says 4"):
        imported(tmp_path, as_tensorflow(model), model_config=path, heads=2)
    path.write_text(json.dumps({**google, "num_hidden_layers": 3}))
    with pytest.raises(UserError, match="has no bert/encoder/layer_2/attention/self/query/kernel; it is no BERT of 3"):
        imported(tmp_path, as_tensorflow(model), model_config=path)
    path.write_text(json.dumps({**google, "max_position_embeddings": 64}))
    with pytest.raises(
        UserError, match=r"position_embeddings has the shape \[40, 128\], but the model's would be \[64"
    ):
        imported(tmp_path, as_tensorflow(model), model_config=path)


def test_what_was_fine_tuned_gets_new_heads_and_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    variables = {name: array for name, array in as_tensorflow(theirs()).items() if not name.startswith("cls/")}
    summary = imported(tmp_path, {**variables, "output_weights": np.zeros((2, HIDDEN), np.float32)})
    out = capsys.readouterr().out
    assert "with random weights: cls/" in out and "cls/predictions/output_bias" in out
    assert "skipped: output_weights" in out and summary["others skipped"] == 1


def test_without_pooler_there_is_no_question_about_order(tmp_path: Path) -> None:
    gone = ("bert/pooler", "cls/seq_relationship")
    imported(tmp_path, {name: a for name, a in as_tensorflow(theirs()).items() if not name.startswith(gone)})
    assert not load_model(tmp_path / "model")[0].shape.pairs


def test_what_is_no_bert_is_said(tmp_path: Path) -> None:
    variables = as_tensorflow(theirs())
    with pytest.raises(UserError, match="has no matrix bert/embeddings/word_embeddings, "):
        imported(tmp_path, {"a": np.zeros(3, np.float32)})
    del variables["bert/encoder/layer_1/output/LayerNorm/gamma"]
    with pytest.raises(UserError, match="has no bert/encoder/layer_1/output/LayerNorm/gamma"):
        imported(tmp_path, variables)
    with pytest.raises(UserError, match="hidden size 96 is no multiple of 64; say how many --heads"):
        imported(tmp_path, as_tensorflow(theirs(hidden=96)))


def test_the_vocabulary_must_be_its_own(tmp_path: Path) -> None:
    index = write_checkpoint(tmp_path / "model.ckpt", as_tensorflow(theirs()))
    save(tiny_tokenizer(), tmp_path / "vocab")
    (tmp_path / "vocab.txt").write_text("\n".join(PIECES[:-1]), encoding="utf-8")
    assert import_tf(ImportTf(index, vocabulary=tmp_path / "vocab", output=tmp_path / "model"))
    with pytest.raises(UserError, match="has 247 pieces, but the checkpoint was made with 248"):
        import_tf(ImportTf(index, vocabulary=tmp_path / "vocab.txt", output=tmp_path / "other"))


def test_a_flipped_bit_is_never_imported(tmp_path: Path) -> None:
    variables = as_tensorflow(theirs())
    (tmp_path / "vocab.txt").write_text("\n".join(PIECES), encoding="utf-8")
    index = write_checkpoint(tmp_path / "model.ckpt", variables)
    data = tmp_path / "model.ckpt.data-00000-of-00001"
    content = bytearray(data.read_bytes())
    content[len(content) // 2] ^= 1
    data.write_bytes(content)
    with pytest.raises(UserError, match=r"the numbers of bert/.* are damaged"):
        import_tf(ImportTf(index, vocabulary=tmp_path / "vocab.txt", output=tmp_path / "model"))
    assert not (tmp_path / "model").exists()

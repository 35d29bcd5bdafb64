"""Encoders: ours and those of transformers behind one interface, from safetensors alone."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from finetune.batches import Row, batch_of
from finetune.encoder import Theirs, depth, encoder, save
from finetune.finetuned import Finetuned, load_finetuned, save_finetuned
from finetune.rates import optimizer
from finetune.spec import Spec
from pretrain.export import write_transformers
from pretrain.folder import load_model
from tests.finetune.trainings import PIECES, a_model
from tools.errors import UserError

transformers = pytest.importorskip("transformers")
SIZES = {
    "vocab_size": len(PIECES), "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2,
    "intermediate_size": 32, "max_position_embeddings": 40,
}  # fmt: skip
ROWS = [Row(np.array([2, 7, 8, 3]), 4, 0), Row(np.array([2, 9, 3, 7, 11, 3]), 3, 1)]
SPEC = Spec(task="nsmc", head="classify", length=16, stride=8, labels=("0", "1"))


def theirs(folder: Path, kind: str, **more: Any) -> Any:
    """A folder of transformers of a kind with random weights, and its model."""
    config = transformers.AutoConfig.for_model(kind, **{**SIZES, **more})
    torch.manual_seed(3)
    model = transformers.AutoModel.from_config(config)
    model.save_pretrained(folder)
    (folder / "vocab.txt").write_text("\n".join(PIECES) + "\n")
    return model.eval()


@pytest.mark.parametrize(
    ("kind", "more", "positions"),
    [("electra", {"embedding_size": 8}, 40), ("bert", {}, 40), ("modernbert", {"pad_token_id": 0}, 40),
     ("roberta", {"pad_token_id": 0, "type_vocab_size": 1}, 39)],
)  # fmt: skip
def test_models_of_transformers_see_what_their_own_code_would_be_given(
    kind: str, more: dict[str, Any], positions: int, tmp_path: Path
) -> None:
    model = theirs(tmp_path / kind, kind, **more)
    found = encoder(tmp_path / kind)
    assert isinstance(found.model, Theirs)
    assert (found.kind, found.hidden, found.positions) == (kind, 16, positions)
    batch = batch_of(ROWS, 0)
    segments = torch.tensor([[0, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 1, 1, 1, 0, 0]])
    real = torch.tensor([[1, 1, 1, 1, 0, 0, 0, 0], [1, 1, 1, 1, 1, 1, 0, 0]])
    given = {} if kind in ("roberta", "modernbert") else {"token_type_ids": segments}
    with torch.no_grad():
        expected = model(input_ids=batch.tokens, attention_mask=real, **given).last_hidden_state
        states = found.model.eval().hidden(batch)
    assert torch.allclose(states[real.bool()], expected[real.bool()], atol=1e-6)

    tuned = Finetuned(found, SPEC)
    save_finetuned(tuned, tmp_path / "tuned")
    again = load_finetuned(tmp_path / "tuned")
    with torch.no_grad():
        assert torch.equal(again(batch), tuned.eval()(batch))
    assert again.tokenizer.pieces == PIECES
    opened = transformers.AutoModel.from_pretrained(tmp_path / "tuned")
    assert type(opened) is type(model)


def test_folders_that_we_have_a_model_for_are_ours(tmp_path: Path) -> None:
    for architecture in ("bert", "modern"):
        model, tokenizer = load_model(a_model(tmp_path / architecture, architecture))
        write_transformers(model, tokenizer, tmp_path / f"their-{architecture}")
        found = encoder(tmp_path / f"their-{architecture}")
        assert type(found.model) is type(model)
        batch = batch_of(ROWS, 0)
        with torch.no_grad():
            ours, same = model.eval().hidden(batch), found.model.eval().hidden(batch)
        assert torch.allclose(ours[1, :6], same[1, :6], atol=1e-6)


def test_random_weights_hang_on_the_seed_alone(tmp_path: Path) -> None:
    theirs(tmp_path / "electra", "electra", embedding_size=8)
    for folder in (a_model(tmp_path / "ours"), tmp_path / "electra"):
        first, torch_ = (encoder(folder, fresh=5).model.state_dict() for _ in range(2))
        other, given = encoder(folder, fresh=6).model.state_dict(), encoder(folder).model.state_dict()
        name = next(name for name in first if "qkv.weight" in name or "query.weight" in name)
        assert all(torch.equal(first[each], torch_[each]) for each in first)
        assert not torch.equal(first[name], other[name])
        assert not torch.equal(first[name], given[name])


def test_what_only_pretraining_asks_is_kept_and_not_trained(tmp_path: Path) -> None:
    folder = a_model(tmp_path / "ours")
    found = encoder(folder)
    still = {name for name, parameter in found.model.named_parameters() if not parameter.requires_grad}
    assert {name.partition(".")[0] for name in still} == {"transform", "transform_norm", "bias", "pooler", "order"}
    save(found, tmp_path / "copy")
    before, after = load_model(folder)[0].state_dict(), load_model(tmp_path / "copy")[0].state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)
    head = Finetuned(found, SPEC).head.state_dict()
    assert torch.equal(head["transform.weight"], before["pooler.weight"])
    modern = a_model(tmp_path / "modern", "modern")
    head, before = Finetuned(encoder(modern), SPEC).head.state_dict(), load_model(modern)[0].state_dict()
    assert torch.equal(head["transform.weight"], before["transform.weight"])
    assert torch.equal(head["transform_norm.weight"], before["transform_norm.weight"])


def test_weights_that_can_run_code_are_not_read(tmp_path: Path) -> None:
    theirs(tmp_path / "electra", "electra", embedding_size=8)
    (tmp_path / "electra" / "model.safetensors").rename(tmp_path / "electra" / "pytorch_model.bin")
    with pytest.raises(UserError, match=r"has no model\.safetensors; weights as a pickle can run any code"):
        encoder(tmp_path / "electra")


def test_without_transformers_it_is_said_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    theirs(tmp_path / "electra", "electra", embedding_size=8)
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(UserError, match="'electra' runs in transformers' code; pip install transformers"):
        encoder(tmp_path / "electra")


@pytest.mark.parametrize("content", [b"", b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\n", b"<html>"])
@pytest.mark.parametrize("kind", ["bert", "electra"])
def test_weights_that_were_not_downloaded_whole(kind: str, content: bytes, tmp_path: Path) -> None:
    theirs(tmp_path / kind, kind)
    (tmp_path / kind / "model.safetensors").write_bytes(content)
    with pytest.raises(UserError, match=str(tmp_path / kind)):
        encoder(tmp_path / kind)


def test_a_kind_that_automodel_does_not_know(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "no-such"}')
    (tmp_path / "model.safetensors").write_bytes(b"")
    with pytest.raises(UserError, match="transformers cannot open it"):
        encoder(tmp_path)


@pytest.mark.parametrize(
    ("name", "level"),
    [("embedding.pieces.weight", 0), ("layers.0.qkv.weight", 1), ("layers.11.norm.bias", 12), ("norm.weight", None),
     ("model.encoder.layer.3.output.dense.weight", 4), ("model.embeddings.LayerNorm.weight", 0),
     ("model.embeddings_project.weight", 0), ("transform.weight", None)],
)  # fmt: skip
def test_how_deep_a_parameter_lies(name: str, level: int | None) -> None:
    assert depth(name) == level


def test_lower_layers_learn_more_slowly(tmp_path: Path) -> None:
    model = Finetuned(encoder(a_model(tmp_path / "ours")), SPEC)
    made = optimizer(model, 0.1, 0.01, 0.5)
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    peaks = {names[id(one)]: (g["peak"], g["weight_decay"]) for g in made.param_groups for one in g["params"]}
    assert set(peaks) == {name for name, parameter in model.named_parameters() if parameter.requires_grad}
    assert peaks["head.output.weight"] == (0.1, 0.01)
    assert peaks["model.layers.1.qkv.weight"] == (0.05, 0.01)
    assert peaks["model.layers.0.qkv.bias"] == (0.025, 0.0)
    assert peaks["model.embedding.pieces.weight"] == (0.0125, 0.01)

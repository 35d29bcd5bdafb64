"""Model folders: what is saved comes back, and what is wrong with a folder is said in a line."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import safetensors.torch
import torch
from torch import Tensor

from pretrain.architectures import Model, build
from pretrain.folder import load_model, save_model
from pretrain.shape import Architecture, shape
from tests.pretrain.batches import random_batch
from tests.vocab.vocabularies import characters, wordpiece
from tools.errors import UserError
from vocab.folder import save

TOKENIZER = wordpiece()


def saved(folder: Path, architecture: Architecture = "bert") -> Model:
    model = build(shape("tiny", architecture, len(TOKENIZER)), 1)
    save_model(model, TOKENIZER, folder)
    return model


@pytest.mark.parametrize("architecture", ["bert", "modern"])
@pytest.mark.parametrize("inside", [".", "model"])
def test_a_model_comes_back(architecture: Architecture, inside: str, tmp_path: Path) -> None:
    model = saved(tmp_path / inside, architecture)
    found, tokenizer = load_model(tmp_path)
    assert tokenizer == TOKENIZER
    assert found.shape == model.shape
    weights = found.state_dict()
    assert all(torch.equal(each, weights[name]) for name, each in model.state_dict().items())
    batch = random_batch(3, 12, len(TOKENIZER))
    assert torch.equal(found.eval()(batch).pieces, model.eval()(batch).pieces)


def test_a_model_is_opened_without_the_compiler(tmp_path: Path) -> None:
    saved(tmp_path)
    program = (
        "import sys; from pathlib import Path; from pretrain.folder import load_model; "
        f"load_model(Path({str(tmp_path)!r})); print('torch._dynamo' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True).stdout == "False\n"


def test_saving_twice_replaces_and_leaves_other_files(tmp_path: Path) -> None:
    saved(tmp_path)
    (tmp_path / "stage.json.part").write_text("{}")
    model = saved(tmp_path, "modern")
    assert load_model(tmp_path)[0].shape == model.shape
    assert {path.name for path in tmp_path.iterdir()} == {"shape.json", "model.safetensors", "vocab", "stage.json.part"}


def test_a_folder_that_was_cut_short_is_no_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    saved(tmp_path)

    def broken(*_: object) -> bytes:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(safetensors.torch, "save", broken)
        with pytest.raises(OSError, match="No space"):
            saved(tmp_path, "modern")
    with pytest.raises(UserError, match="holds no model"):
        load_model(tmp_path)


def rewritten(folder: Path, change: Tensor | None, name: str = "layers.1.qkv.weight") -> None:
    weights = safetensors.torch.load_file(folder / "model.safetensors")
    if change is None:
        del weights[name]
    else:
        weights[name] = change
    safetensors.torch.save_file(weights, folder / "model.safetensors")


def test_what_is_wrong_with_the_weights_is_named(tmp_path: Path) -> None:
    saved(tmp_path)
    rewritten(tmp_path, torch.zeros(384, 100))
    with pytest.raises(
        UserError, match=r"layers.1.qkv.weight has the shape \[384, 100\], but the model's is \[384, 128\]"
    ):
        load_model(tmp_path)
    rewritten(tmp_path, None)
    with pytest.raises(UserError, match=r"no tensor layers\.1\.qkv\.weight"):
        load_model(tmp_path)
    saved(tmp_path)
    rewritten(tmp_path, torch.zeros(1), "layers.9.qkv.weight")
    with pytest.raises(UserError, match=r"has no tensor layers\.9\.qkv\.weight"):
        load_model(tmp_path)


def test_what_is_wrong_with_the_folder_is_said(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="holds no model: neither"):
        load_model(tmp_path)
    saved(tmp_path)
    content = (tmp_path / "model.safetensors").read_bytes()
    (tmp_path / "model.safetensors").write_bytes(content[:-1000])
    with pytest.raises(UserError, match=r"model.safetensors: cannot be read"):
        load_model(tmp_path)
    (tmp_path / "model.safetensors").unlink()
    with pytest.raises(UserError, match=r"model.safetensors: no such file"):
        load_model(tmp_path)
    (tmp_path / "pytorch_model.bin").write_bytes(b"pickle")
    with pytest.raises(UserError, match="as a pickle"):
        load_model(tmp_path)
    (tmp_path / "shape.json").write_text("[]")
    with pytest.raises(UserError, match=r"shape.json: not an object"):
        load_model(tmp_path)


def test_another_vocabulary_is_refused(tmp_path: Path) -> None:
    saved(tmp_path)
    save(characters("syllable"), tmp_path / "vocab")
    with pytest.raises(UserError, match=r"the model has 260 pieces and the tokenizer \d+"):
        load_model(tmp_path)


def test_weights_in_half_precision_are_read_as_float32(tmp_path: Path) -> None:
    model = saved(tmp_path)
    halves = {name: each.bfloat16() for name, each in model.state_dict().items()}
    safetensors.torch.save_file(halves, tmp_path / "model.safetensors")
    found = load_model(tmp_path)[0]
    assert {each.dtype for each in found.parameters()} == {torch.float32}
    assert json.loads((tmp_path / "shape.json").read_text())["layers"] == 2

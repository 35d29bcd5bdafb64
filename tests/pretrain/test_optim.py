"""The optimizers against slow twins and torch's own, and stopped and resumed to the bit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.optim import Optimizer

from pretrain.architectures import build
from pretrain.muon import Muon, orthogonal
from pretrain.optim import (
    BETAS,
    EPSILON,
    OPTIMIZERS,
    default_lr,
    load_state_tensors,
    optimizers,
    set_lr,
    state_tensors,
)
from pretrain.shape import Shape
from pretrain.tensors import write_tensors
from tests.pretrain import twins
from tools.errors import UserError

NAMES = sorted(OPTIMIZERS)


class Layer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.qkv = nn.Linear(8, 24)
        self.inner = nn.Linear(8, 16)
        self.output = nn.Linear(16, 8)
        self.norm = nn.LayerNorm(8)


class Model(nn.Module):
    """Every kind of parameter that an encoder has, a tied one among them."""

    def __init__(self, seed: int = 1) -> None:
        super().__init__()
        torch.manual_seed(seed)
        self.pieces = nn.Embedding(11, 8)
        self.layers = nn.ModuleList(Layer() for _ in range(3))
        self.decoder = nn.Linear(8, 11)
        self.decoder.weight = self.pieces.weight
        self.order = nn.Linear(8, 2)


def gradients(model: nn.Module, step: int, silent: str = "") -> None:
    """Gradients that depend on nothing but the step; none for what is silent."""
    generator = torch.Generator().manual_seed(step)
    for name, parameter in model.named_parameters():
        random = torch.randn(parameter.shape, generator=generator)
        parameter.grad = None if silent and silent in name else random


def trained(model: nn.Module, made: list[Optimizer], steps: range, silent: str = "") -> None:
    for step in steps:
        gradients(model, step, silent)
        set_lr(made, 1 / (1 + step))
        for optimizer in made:
            optimizer.step()


def shape(architecture: str) -> Shape:
    return Shape(architecture=architecture, vocabulary=70, layers=2, hidden=16, heads=2, inner=32)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("architecture", ["bert", "modern"])
def test_every_parameter_has_one_place(name: str, architecture: str) -> None:
    model = build(shape(architecture), 1)
    names = {parameter: each for each, parameter in model.named_parameters()}
    found: dict[str, tuple[type[Optimizer], float]] = {}
    for optimizer in optimizers(model, name, 0.1, 0.01):
        for group in optimizer.param_groups:
            for parameter in group["params"]:
                assert names[parameter] not in found
                found[names[parameter]] = (type(optimizer), group["weight_decay"])
    assert set(found) == set(names.values())
    for each, (_, decay) in found.items():
        assert (decay == 0) == ("norm" in each or each.endswith("bias")), each
    if name == "muon":
        muon = {each for each, (kind, _) in found.items() if kind is Muon}
        matrices = ("qkv", "attention_output", "inner", "output")
        assert muon == {f"layers.{n}.{matrix}.weight" for n in range(2) for matrix in matrices}


def test_a_tied_matrix_moves_once() -> None:
    model = Model()
    made = optimizers(model, "adamw", 0.5, 0.0)
    trained(model, made, range(1))
    assert made[0].state[model.pieces.weight]["step"] == 1
    assert model.decoder.weight is model.pieces.weight


def test_fused_adamw_is_plain_adamw() -> None:
    fused, plain = Model(), Model()
    made = optimizers(fused, "adamw", 0.01, 0.1)
    groups = [
        {"params": [p for p in plain.parameters() if (p.ndim > 1) == matrices], "weight_decay": decay}
        for matrices, decay in ((True, 0.1), (False, 0.0))
    ]
    twin: Optimizer = torch.optim.AdamW(groups, lr=0.01, betas=BETAS, eps=EPSILON, foreach=False, fused=False)
    for step in range(5):
        for model, optimizer in ((fused, made[0]), (plain, twin)):
            gradients(model, step)
            optimizer.step()
    for left, right in zip(fused.parameters(), plain.parameters(), strict=True):
        torch.testing.assert_close(left, right, rtol=1e-6, atol=1e-7)


def double(tensor: Tensor) -> twins.Matrix:
    return tensor.detach().double().numpy().copy()


@pytest.mark.parametrize("name", ["lamb", "muon"])
@pytest.mark.parametrize("decay", [0.0, 0.1])
def test_each_step_is_the_slow_twins(name: str, decay: float) -> None:
    """Also where the first weights are nothing, and LAMB's ratio has no meaning."""
    model = Model()
    model.get_parameter("layers.1.inner.weight").data.zero_()
    before = {each: double(parameter) for each, parameter in model.named_parameters()}
    seen: dict[str, list[twins.Matrix]] = {each: [] for each in before}
    made = optimizers(model, name, 0.02, decay)
    for step in range(4):
        gradients(model, step)
        for each, parameter in model.named_parameters():
            assert parameter.grad is not None
            seen[each].append(double(parameter.grad))
        for optimizer in made:
            optimizer.step()
    for each, parameter in model.named_parameters():
        decays = decay if parameter.ndim > 1 else 0.0
        if name == "lamb":
            expected = twins.lamb(before[each], seen[each], 0.02, decays, BETAS, EPSILON)
        elif parameter.ndim > 1 and "layers" in each:
            parts = 3 if "qkv" in each else 1
            rows = zip(
                np.split(before[each], parts), zip(*(np.split(g, parts) for g in seen[each]), strict=True), strict=True
            )
            expected = np.concatenate([twins.muon(part, list(its), 0.02, decay) for part, its in rows])
        else:
            continue
        np.testing.assert_allclose(double(parameter), expected, rtol=2e-4, atol=2e-5, err_msg=each)


def test_lamb_moves_a_matrix_by_its_own_length() -> None:
    model = Model()
    weight = model.get_parameter("layers.0.inner.weight").detach()
    before = weight.clone()
    made = optimizers(model, "lamb", 0.03, 0.01)
    gradients(model, 1)
    made[0].step()
    assert float((weight - before).norm() / before.norm()) == pytest.approx(0.03, rel=1e-5)


def test_muon_is_torchs_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fused matrices are given to torch in three, and it is made to compute in float32 as we do on a CPU."""
    monkeypatch.setattr(Tensor, "bfloat16", Tensor.clone)
    model, start = Model(), Model()
    parts = {
        name: 3 if "qkv" in name else 1 for name, p in model.named_parameters() if p.ndim == 2 and "layers" in name
    }

    def apart(name: str, tensor: Tensor) -> list[Tensor]:
        return [part.detach().clone() for part in torch.tensor_split(tensor, parts[name])]

    theirs = {name: [nn.Parameter(part) for part in apart(name, start.get_parameter(name))] for name in parts}
    leaves = [part for each in theirs.values() for part in each]
    twin: Optimizer = torch.optim.Muon(leaves, lr=0.02, weight_decay=0.1, adjust_lr_fn="match_rms_adamw")
    made = optimizers(model, "muon", 0.02, 0.1)
    for step in range(3):
        gradients(model, step)
        for name, each in theirs.items():
            gradient = model.get_parameter(name).grad
            assert gradient is not None
            for part, its in zip(each, apart(name, gradient), strict=True):
                part.grad = its
        made[0].step()
        twin.step()
    for name, each in theirs.items():
        torch.testing.assert_close(model.get_parameter(name), torch.cat([*each]), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("size", [(4, 8, 8), (3, 24, 8), (2, 8, 40)])
def test_orthogonal_draws_all_singular_values_to_one(size: tuple[int, int, int]) -> None:
    matrices = torch.randn(size, generator=torch.Generator().manual_seed(1)) * 7
    made = orthogonal(matrices)
    assert made.shape == matrices.shape
    assert torch.linalg.svdvals(made).sub(1).abs().max() < 0.5  # as Jordan's figures: between 0.7 and 1.2 mostly
    alone = torch.cat([orthogonal(matrix[None]) for matrix in matrices])
    torch.testing.assert_close(made, alone, rtol=1e-5, atol=1e-6)
    assert orthogonal(torch.zeros(size)).abs().max() == 0


def test_rates_follow_one_factor() -> None:
    made = optimizers(Model(), "muon", 0.4, 0.0)
    set_lr(made, 0.25)
    assert [group["lr"] for optimizer in made for group in optimizer.param_groups] == [0.1] * 5
    set_lr(made, 1.0)
    assert {group["lr"] for optimizer in made for group in optimizer.param_groups} == {0.4}


def resumed(path: Path, name: str, made: list[Optimizer], model: nn.Module) -> tuple[nn.Module, list[Optimizer]]:
    """As another process would go on: weights and state through files, all else new."""
    write_tensors(path, state_tensors(made, model))
    other = Model(seed=2)
    other.load_state_dict(model.state_dict())
    again = optimizers(other, name, 0.1, 0.05)
    load_state_tensors(again, other, load_file(path))
    return other, again


@settings(max_examples=12)
@given(st.sampled_from(NAMES), st.integers(0, 5), st.sampled_from(["", "order", "layers.1", "norm"]))
def test_a_resumed_run_is_the_same_to_the_bit(
    tmp_path_factory: pytest.TempPathFactory, name: str, cut: int, silent: str
) -> None:
    """Also if some parameters had no gradient yet, and so no state, when it stopped."""
    model = Model()
    made = optimizers(model, name, 0.1, 0.05)
    trained(model, made, range(cut), silent)
    other, again = resumed(tmp_path_factory.mktemp("optim") / "state.safetensors", name, made, model)
    trained(model, made, range(cut, 6))
    trained(other, again, range(cut, 6))
    for left, right in zip(model.parameters(), other.parameters(), strict=True):
        assert torch.equal(left, right)
    left_state, right_state = state_tensors(made, model), state_tensors(again, other)
    assert set(left_state) == set(right_state)
    assert all(torch.equal(left_state[key], right_state[key]) for key in left_state)


def test_loading_forgets_what_was_there() -> None:
    model = Model()
    made = optimizers(model, "adamw", 0.1, 0.0)
    trained(model, made, range(2))
    load_state_tensors(made, model, {})
    assert state_tensors(made, model) == {}


def test_a_state_of_something_else_is_named() -> None:
    model = Model()
    made = optimizers(model, "muon", 0.1, 0.0)
    trained(model, made, range(1))
    state = state_tensors(made, model)
    with pytest.raises(
        UserError, match=r"'layers.0.qkv.weight': has momentum_buffer but needs exp_avg, exp_avg_sq, step"
    ):
        load_state_tensors(optimizers(model, "lamb", 0.1, 0.0), model, state)
    with pytest.raises(UserError, match=r"'no.such': the model has no such parameter; resume with"):
        load_state_tensors(made, model, {"no.such/momentum_buffer": torch.zeros(1)})
    cut = {**state, "layers.0.inner.weight/momentum_buffer": torch.zeros(3, 3)}
    with pytest.raises(UserError, match=r"momentum_buffer has shape \[3, 3\] but the parameter \[16, 8\]"):
        load_state_tensors(made, model, cut)
    assert state_tensors(made, model).keys() == state.keys()  # a refused state changes nothing


def test_rates_that_others_found_good() -> None:
    assert default_lr("adamw", 768) == pytest.approx(1e-4)  # BERT
    assert default_lr("adamw", 768, 8192) == pytest.approx(6e-4, rel=0.06)  # RoBERTa
    assert default_lr("adamw", 256, 128) == pytest.approx(5e-4, rel=0.34)  # ELECTRA-small
    for batch, rate in ((512, 5 / 2**3 / 1000), (4096, 5 / 2**1.5 / 1000), (32_768, 5e-3)):  # You et al., table 4
        assert default_lr("lamb", 1024, batch) == pytest.approx(rate)
    with pytest.raises(UserError, match="optimizer 'adam': there is none of this name; did you mean 'adamw'"):
        default_lr("adam", 768)

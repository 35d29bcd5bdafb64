"""What both models promise: padding and neighbours change nothing, and the quick ways give what the slow ones do."""

from __future__ import annotations

import copy
import dataclasses
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from pretrain import modern
from pretrain.architectures import ARCHITECTURES, build
from pretrain.attending import packed
from pretrain.batch import Batch, moved
from pretrain.losses import Losses, Objective
from pretrain.modern import Modern
from pretrain.shape import Architecture, Shape
from tests.pretrain.batches import random_batch

VOCABULARY = 70


def small(architecture: Architecture, **changes: Any) -> Shape:
    plain = Shape(
        architecture=architecture, vocabulary=VOCABULARY, layers=4, hidden=32, heads=2, inner=48, positions=96
    )
    return dataclasses.replace(plain, **changes)


SHAPES = {
    "bert": small("bert"),
    "modern": small("modern", pairs=False),
    "modern with a window": small("modern", window=6),
}


def a_modern(window: int) -> Modern:
    model = build(small("modern", window=window), 1).eval()
    assert isinstance(model, Modern)
    return model


def narrowed(batch: Batch, width: int) -> Batch:
    """The same rows with another padding."""
    tokens = F.pad(batch.tokens, (0, width - batch.tokens.shape[1]))
    rows = batch.picks // batch.tokens.shape[1]
    places = batch.picks % batch.tokens.shape[1]
    return dataclasses.replace(batch, tokens=tokens, picks=rows * width + places)


def everything(model: torch.nn.Module, batch: Batch) -> list[Tensor]:
    guesses = model(batch)
    return [guesses.pieces, *([] if guesses.order is None else [guesses.order])]


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("more", [1, 17, 64])
def test_padding_changes_nothing(name: str, more: int) -> None:
    model = build(SHAPES[name], 1).eval()
    batch = random_batch(5, 20, VOCABULARY)
    torch.testing.assert_close(everything(model, batch), everything(model, narrowed(batch, 20 + more)))
    other = dataclasses.replace(batch, tokens=batch.tokens.where(batch.tokens > 0, 9))  # any piece may pad
    torch.testing.assert_close(everything(model, batch), everything(model, other))


@pytest.mark.parametrize("name", SHAPES)
def test_rows_do_not_see_each_other(name: str) -> None:
    model = build(SHAPES[name], 1).eval()
    batch = random_batch(4, 16, VOCABULARY, full=True)
    tokens = batch.tokens.clone()
    tokens[1] = 9
    rows = batch.picks // 16
    before, after = (model(dataclasses.replace(batch, tokens=each)).pieces for each in (batch.tokens, tokens))
    assert torch.equal(before[rows != 1], after[rows != 1])
    assert not torch.allclose(before[rows == 1], after[rows == 1])


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("full", [False, True])
def test_guesses_are_those_of_the_hidden_states(name: str, full: bool) -> None:
    """The last layer, finished only where something is asked, against all of it."""
    model = build(SHAPES[name], 1).eval()
    batch = random_batch(4, 16, VOCABULARY, full=full)
    states = model.hidden(batch)
    picked = model.transform_norm(F.gelu(model.transform(states.flatten(0, 1)[batch.picks])))
    guesses = model(batch)
    torch.testing.assert_close(guesses.pieces, F.linear(picked, *model.decoder()))
    assert guesses.pieces[:, VOCABULARY:].max() < -9000
    if model.order is not None and model.pooler is not None and guesses.order is not None:
        torch.testing.assert_close(guesses.order, model.order(torch.tanh(model.pooler(states[:, 0]))))


@pytest.mark.parametrize("name", SHAPES)
def test_nothing_looks_at_padding(name: str) -> None:
    model = build(SHAPES[name], 1).eval()
    batch = random_batch(4, 16, VOCABULARY)
    for share in model.attentions(batch):
        for row, length in enumerate(batch.lengths.tolist()):
            assert share[row, :, :length, length:].eq(0).all()
            torch.testing.assert_close(share[row, :, :length].sum(-1), torch.ones(2, length))


def test_local_layers_look_at_a_window_and_every_third_at_all() -> None:
    model = build(SHAPES["modern with a window"], 1).eval()
    batch = random_batch(2, 30, VOCABULARY, full=True)
    far = (torch.arange(30)[:, None] - torch.arange(30)).abs() > 3
    reach = [bool(share[..., far].any()) for share in model.attentions(batch)]
    assert reach == [True, False, False, True]


@settings(max_examples=20)
@given(st.lists(st.integers(1, 12), min_size=1, max_size=6), st.sampled_from([0, 4]), st.integers(0, 9))
def test_packed_is_padded(lengths: list[int], window: int, seed: int) -> None:
    model = a_modern(window)
    generator = torch.Generator().manual_seed(seed)
    sequences = [torch.randint(5, VOCABULARY, (length,), generator=generator) for length in lengths]
    flat = model.encode(torch.cat(sequences), packed(torch.tensor(lengths), max(lengths)))
    for sequence, found in zip(sequences, flat.split(lengths), strict=True):
        alone = model.encode(sequence, packed(torch.tensor([len(sequence)]), len(sequence)))
        torch.testing.assert_close(found, alone, atol=1e-5, rtol=1e-5)


def test_packed_neighbours_change_nothing() -> None:
    model = a_modern(4)
    lengths = torch.tensor([5, 9, 3])
    tokens = torch.arange(5, 22)
    changed = tokens.clone()
    changed[5:14] = 60
    before, after = (model.encode(each, packed(lengths, 9)) for each in (tokens, changed))
    assert torch.equal(before[:5], after[:5]) and torch.equal(before[14:], after[14:])
    assert not torch.allclose(before[5:14], after[5:14])


@pytest.mark.parametrize(("name", "full"), [("bert", True), ("bert", False), ("modern with a window", False)])
def test_compiled_models_have_no_breaks_and_give_the_same(name: str, full: bool) -> None:
    """Compiled, padding stays and the losses are the plain formula: other ways to the same gradients."""
    torch.compiler.reset()
    model = build(dataclasses.replace(SHAPES[name], dropout=0.0, layers=2), 1)
    batch = random_batch(4, 16, VOCABULARY, full=full)
    found = []
    for objective in (Objective(model), torch.compile(Objective(model), fullgraph=True, backend="aot_eager")):
        losses: Losses = objective(batch)
        (losses.pieces + losses.other).backward()
        values = [losses.pieces, losses.other, losses.right, losses.other_right]
        found.append([*values, *(parameter.grad for parameter in model.parameters())])
        model.zero_grad()
    torch.testing.assert_close(*found, atol=1e-5, rtol=1e-5)


def test_the_flat_axis_is_taken_only_where_it_may_change() -> None:
    batch = random_batch(4, 16, VOCABULARY)
    real = modern.real_places(batch)
    assert real is not None and len(real) == batch.lengths.sum()
    assert modern.real_places(random_batch(4, 16, VOCABULARY, full=True)) is None


@pytest.mark.parametrize("name", SHAPES)
def test_a_seed_decides_the_weights_whatever_was_drawn_before(name: str) -> None:
    torch.manual_seed(1)
    one = build(SHAPES[name], 7).state_dict()
    torch.rand(5)
    assert all(torch.equal(each, one[key]) for key, each in build(SHAPES[name], 7).state_dict().items())
    assert not torch.equal(build(SHAPES[name], 8).state_dict()["layers.0.qkv.weight"], one["layers.0.qkv.weight"])


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_first_weights_are_spread_as_published(architecture: Architecture) -> None:
    model = build(small(architecture, hidden=128, inner=512), 1)
    for name, each in model.named_parameters():
        if each.dim() == 1:
            assert each.unique().tolist() == [1.0 if "norm." in name and name.endswith("weight") else 0.0], name
        elif name not in ("order.weight", "embedding.segments.weight"):
            kept = each[:VOCABULARY] if name == "embedding.pieces.weight" else each
            less = isinstance(model, Modern) and ("output." in name or name == "transform.weight")
            cut = 0.8796 if isinstance(model, Modern) else 1.0  # what a normal keeps within two deviations
            assert kept.std().item() == pytest.approx(0.02 * cut / (8**0.5 if less else 1), rel=0.05), name
    assert model.embedding.pieces.weight[VOCABULARY:].eq(0).all()


@pytest.mark.parametrize("name", SHAPES)
def test_dropout_only_while_training(name: str) -> None:
    model = build(SHAPES[name], 1)
    batch = random_batch(3, 12, VOCABULARY)
    assert not torch.equal(model.train()(batch).pieces, model(batch).pieces)
    assert torch.equal(model.eval()(batch).pieces, model(batch).pieces)


@pytest.mark.parametrize("name", SHAPES)
def test_training_learns(name: str) -> None:
    model = build(dataclasses.replace(SHAPES[name], dropout=0.0), 1).train()
    batch = random_batch(4, 16, VOCABULARY)
    optimizer = torch.optim.AdamW(model.parameters(), 5e-3)
    first = Objective(model)(batch).pieces.item()
    for _ in range(30):
        losses = Objective(model)(batch)
        optimizer.zero_grad()
        (losses.pieces + losses.other).backward()
        optimizer.step()
    assert Objective(model)(batch).pieces < first / 4
    assert model.embedding.pieces.weight[VOCABULARY:].eq(0).all()  # rows that are no piece learn nothing


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("compiled", [False, True])
def test_half_precision_on_a_gpu_is_near_the_processor(name: str, full: bool, compiled: bool) -> None:
    """There attention on the flat axis has a kernel of its own, and a compiled model the plain formula of the loss."""
    torch.compiler.reset()
    model = build(dataclasses.replace(SHAPES[name], dropout=0.0), 1)
    batch = random_batch(6, 24, VOCABULARY, full=full)
    found = []
    for device in (torch.device("cpu"), torch.device("cuda")):
        here = Objective(copy.deepcopy(model).to(device))
        objective = torch.compile(here, fullgraph=True) if compiled and device.type == "cuda" else here
        with torch.autocast("cuda", torch.bfloat16, enabled=device.type == "cuda"):
            losses = objective(moved(batch, device))
        (losses.pieces + losses.other).backward()
        found.append([losses.pieces.detach().cpu(), here.model.layers[0].qkv.weight.grad.cpu()])  # type: ignore[union-attr]
    for one, other in zip(*found, strict=True):
        assert (one - other).norm() < 0.03 * one.norm()

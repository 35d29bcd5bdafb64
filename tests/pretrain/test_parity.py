"""Our models against transformers': the same weights give the same logits, losses and gradients, either way round."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from pretrain.architectures import Model, build
from pretrain.folder import filled
from pretrain.interchange import from_transformers, to_transformers
from pretrain.losses import losses
from pretrain.shape import Architecture, Shape
from tests.pretrain.batches import random_batch
from tests.pretrain.parity import answers, empty, their_gradients, theirs_of

CLOSE = 1e-5


@st.composite
def shapes(draw: st.DrawFn, architecture: Architecture) -> Shape:
    heads = draw(st.sampled_from([1, 2, 3]))
    return Shape(
        architecture=architecture,
        vocabulary=draw(st.sampled_from([61, 64, 131])),
        layers=draw(st.integers(1, 4)),
        hidden=heads * draw(st.sampled_from([8, 16])),
        heads=heads,
        inner=draw(st.sampled_from([24, 64])),
        positions=40,
        dropout=0.0,
        epsilon=1e-12 if architecture == "bert" else 1e-5,
        pairs=draw(st.booleans()) if architecture == "bert" else False,
        window=draw(st.sampled_from([0, 4, 9, 16])) if architecture == "modern" else 0,
        theta=draw(st.sampled_from([10_000.0, 160_000.0])),
    )


ANY = st.one_of(shapes("bert"), shapes("modern"))


def grown(shape: Shape) -> Model:
    """A model with larger weights than first ones, biases and norms too, so that nothing hides behind zeros."""
    model = build(shape, 1)
    generator = torch.Generator().manual_seed(2)
    for parameter in model.parameters():
        parameter.data += torch.empty_like(parameter).normal_(0.0, 0.2, generator=generator)
    model.embedding.pieces.weight.data[shape.vocabulary :] = 0.0
    return model


@settings(max_examples=30)
@given(ANY, st.booleans(), st.integers(0, 99))
def test_logits_losses_and_gradients_are_theirs(shape: Shape, full: bool, seed: int) -> None:
    model = grown(shape)
    theirs = theirs_of(model)
    batch = random_batch(4, 24, shape.vocabulary, seed=seed, full=full)
    guesses, (pieces, order) = model(batch), answers(theirs, batch)
    torch.testing.assert_close(guesses.pieces[:, : shape.vocabulary], pieces, atol=CLOSE, rtol=CLOSE)
    assert (guesses.order is None) == (order is None)
    expected = F.cross_entropy(pieces, batch.labels, reduction="sum")
    found = losses(model, batch)
    torch.testing.assert_close(found.pieces, expected, atol=CLOSE, rtol=CLOSE)
    if order is not None and guesses.order is not None:
        expected_order = F.cross_entropy(order, batch.random, reduction="sum")
        torch.testing.assert_close(guesses.order, order, atol=CLOSE, rtol=CLOSE)
        torch.testing.assert_close(found.other, expected_order, atol=CLOSE, rtol=CLOSE)
        expected = expected + expected_order
    (found.pieces + found.other).backward()
    expected.backward()
    ours = to_transformers({name: each.grad for name, each in model.named_parameters() if each.grad is not None}, shape)
    right = their_gradients(theirs)
    assert set(ours) == set(right)
    for name, gradient in ours.items():
        scale = max(1.0, float(right[name].abs().max()))
        torch.testing.assert_close(gradient / scale, right[name] / scale, atol=2 * CLOSE, rtol=CLOSE, msg=name)


@settings(max_examples=10)
@given(ANY)
def test_their_weights_are_read_back_as_they_were(shape: Shape) -> None:
    theirs = empty(shape)
    weights = from_transformers(theirs.state_dict(), shape, "theirs")
    model = filled(shape, weights, "theirs").eval()
    batch = random_batch(3, 20, shape.vocabulary)
    pieces, _ = answers(theirs, batch)
    torch.testing.assert_close(model(batch).pieces[:, : shape.vocabulary], pieces, atol=CLOSE, rtol=CLOSE)
    back = to_transformers(model.state_dict(), shape)
    assert all(torch.equal(theirs.state_dict()[name], tensor) for name, tensor in back.items())

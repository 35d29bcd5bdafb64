"""Replaced pieces: the loss is ELECTRA's, the generator learns nothing from the model, and what is kept goes abroad."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
import transformers
from hypothesis import given, settings
from hypothesis import strategies as st

from pretrain.architectures import build
from pretrain.batch import Batch
from pretrain.evaluate import evaluate
from pretrain.export import class_name, export, parameters
from pretrain.flops import flops_per_token
from pretrain.folder import load_model, save_model
from pretrain.losses import Losses
from pretrain.options_models import Evaluate, ExportModel
from pretrain.parameters import total
from pretrain.replaced import Replaced, corrupted, counted, draw, flops, generator_shape, judged, verdicts
from pretrain.shape import Shape, from_dict, to_dict
from tests.pretrain.batches import FIRST, random_batch
from tests.pretrain.stores import rows_of, tiny_tokenizer
from tools.errors import UserError

transformers.logging.set_verbosity_error()
TOKENIZER = tiny_tokenizer()
PLAIN = Shape(
    architecture="bert", vocabulary=len(TOKENIZER), layers=3, hidden=16, heads=2, inner=32, positions=64,
    pairs=False, head="replaced",
)  # fmt: skip
SHAPES = {"bert": PLAIN, "modern": dataclasses.replace(PLAIN, architecture="modern")}


def random_bits(batch: Batch, seed: int = 3) -> torch.Tensor:
    return torch.rand(batch.tokens.shape, generator=torch.Generator().manual_seed(seed)) < 0.3


def test_the_loss_is_that_of_transformers_for_the_same_corrupted_ids(tmp_path: Path) -> None:
    model = build(PLAIN, 1).eval()
    for number, parameter in enumerate(model.parameters()):
        parameter.data += 0.2 * torch.randn(parameter.shape, generator=torch.Generator().manual_seed(number))
    save_model(model, TOKENIZER, tmp_path / "ours" / "model")
    (tmp_path / "hf").mkdir()
    assert export(ExportModel(tmp_path / "ours", output=tmp_path / "hf"))["class"] == "ElectraForPreTraining"
    theirs, told = transformers.AutoModelForPreTraining.from_pretrained(tmp_path / "hf", output_loading_info=True)
    assert type(theirs) is transformers.ElectraForPreTraining and not any(told.values()), told
    batch = random_batch(5, 20, len(TOKENIZER), asked=False)
    replaced, places = random_bits(batch), torch.arange(20)
    out = theirs.eval()(
        input_ids=batch.tokens,
        attention_mask=(places < batch.lengths[:, None]).long(),
        token_type_ids=(places >= batch.bounds[:, None]).long(),
        labels=replaced.long(),
    )
    nats, right = judged(model, batch, replaced, counted(batch))
    torch.testing.assert_close(nats / batch.lengths.sum(), out.loss, atol=1e-5, rtol=1e-5)
    real = counted(batch)
    torch.testing.assert_close(verdicts(model, batch)[real], out.logits[real], atol=1e-5, rtol=1e-5)
    assert right == ((out.logits > 0) == replaced)[real].sum()


@pytest.mark.parametrize("name", SHAPES)
def test_the_model_reads_what_was_drawn_and_the_generator_learns_only_as_a_masked_model(name: str) -> None:
    """Each half of the loss again by hand; and no gradient of the model's loss reaches the generator's layers."""
    objective = Replaced(build(SHAPES[name], 1), 2).eval()
    batch = random_batch(4, 16, len(TOKENIZER), asked=False)
    torch.manual_seed(7)
    found: Losses = objective(batch)
    guesses = objective.generator(batch).pieces
    expected = F.cross_entropy(guesses, batch.labels, reduction="sum")
    torch.testing.assert_close(found.pieces, expected, atol=1e-4, rtol=1e-5)
    torch.manual_seed(7)
    read, replaced = corrupted(batch, draw(objective.generator.asked(batch).picks, *objective.generator.decoder()))
    logits, real = verdicts(objective.model, read), counted(batch)
    expected = F.binary_cross_entropy_with_logits(logits[real], replaced[real].float(), reduction="sum")
    torch.testing.assert_close(found.other, expected, atol=1e-4, rtol=1e-5)
    found.other.backward(retain_graph=True)
    assert all(each.grad is None for each in objective.generator.layers.parameters())
    found.pieces.backward()
    # DDP waits for ever for a gradient that never comes.
    assert all(each.grad is not None for each in objective.parameters())
    assert objective.generator.embedding is objective.model.embedding


@given(st.integers(0, 1000), st.integers(1, 4), st.integers(5, 12))
@settings(max_examples=25)
def test_what_is_drawn_stands_at_the_picks_and_counts_as_replaced_where_it_differs(
    seed: int, rows: int, width: int
) -> None:
    batch = random_batch(rows, width, 12, seed=seed)
    # Picks that only fill up stand at the first place, where [CLS] is and nothing is masked.
    labels = torch.where((torch.rand(batch.labels.shape) < 0.2) | (batch.picks == 0), -100, batch.labels)
    labels = torch.cat([labels, torch.full((3,), -100)])
    batch = dataclasses.replace(batch, labels=labels, picks=torch.cat([batch.picks, torch.zeros(3, dtype=torch.long)]))
    drawn = torch.randint(FIRST, 12, labels.shape)
    read, replaced = corrupted(batch, drawn)
    tokens, where = batch.tokens.flatten().tolist(), [False] * batch.tokens.numel()
    for pick, label, piece in zip(batch.picks.tolist(), labels.tolist(), drawn.tolist(), strict=True):
        if label != -100:
            tokens[pick], where[pick] = piece, piece != label
    assert read.tokens.flatten().tolist() == tokens
    assert replaced.flatten().tolist() == where


def test_pieces_are_drawn_by_their_probabilities() -> None:
    logits, count = torch.tensor([2.0, 0.0, 1.0, -3.0, 0.5]), 20_000
    torch.manual_seed(1)
    drawn = draw(torch.ones(count, 1), logits[:, None], torch.zeros(5))
    found, chance = np.bincount(drawn.numpy(), minlength=5) / count, logits.softmax(0).numpy()
    assert (abs(found - chance) < 4 * np.sqrt(chance * (1 - chance) / count)).all()


def test_rows_that_only_fill_up_count_for_nothing() -> None:
    model = build(PLAIN, 1).eval()
    batch = random_batch(3, 10, len(TOKENIZER), asked=False)
    filled = dataclasses.replace(
        batch,
        tokens=torch.cat([batch.tokens, torch.tensor([[2, 3, *[0] * 8]])]),
        lengths=torch.cat([batch.lengths, torch.tensor([2])]),
        bounds=torch.cat([batch.bounds, torch.tensor([2])]),
    )
    replaced = random_bits(batch)
    more = torch.cat([replaced, torch.ones(1, 10, dtype=torch.bool)])
    one, other = judged(model, batch, replaced, counted(batch)), judged(model, filled, more, counted(filled))
    torch.testing.assert_close(one, other)


def test_packed_rows_are_judged_as_in_a_rectangle() -> None:
    model = build(SHAPES["modern"], 1).eval()
    batch = random_batch(3, 10, len(TOKENIZER), asked=False)
    replaced, there = random_bits(batch), counted(batch)
    filler = torch.zeros(4, dtype=torch.long)
    packed = dataclasses.replace(
        batch, tokens=torch.cat([batch.tokens[there], filler]), lengths=torch.cat([batch.lengths, filler]), longest=10
    )
    more = torch.cat([replaced[there], filler.bool()])
    one, other = judged(model, batch, replaced, there), judged(model, packed, more, counted(packed))
    torch.testing.assert_close(one, other)


def test_compiled_it_is_one_piece() -> None:
    torch.compiler.reset()
    objective = Replaced(build(dataclasses.replace(PLAIN, dropout=0.0, layers=1), 1), 2)
    batch = random_batch(3, 12, len(TOKENIZER), asked=False)
    compiled: Losses = torch.compile(objective, fullgraph=True, backend="aot_eager")(batch)
    (compiled.pieces + compiled.other).backward()
    torch.testing.assert_close(compiled.pieces, objective(batch).pieces, atol=1e-4, rtol=1e-5)


@pytest.mark.parametrize("name", SHAPES)
def test_its_shape_says_what_it_is_and_old_shapes_stay_what_they_were(name: str, tmp_path: Path) -> None:
    own = SHAPES[name]
    assert from_dict(to_dict(own), "here") == own
    assert "head" not in to_dict(dataclasses.replace(own, head="pieces"))
    model = build(own, 1)
    assert total(own) == parameters(model)
    save_model(model, TOKENIZER, tmp_path / "model")
    again, _ = load_model(tmp_path)
    assert all(torch.equal(a, b) for a, b in zip(model.parameters(), again.parameters(), strict=True))


def test_a_modern_one_goes_abroad_without_its_head(tmp_path: Path) -> None:
    model = build(SHAPES["modern"], 1).eval()
    save_model(model, TOKENIZER, tmp_path / "model")
    (tmp_path / "hf").mkdir()
    told = export(ExportModel(tmp_path, output=tmp_path / "hf"))
    assert told["class"] == class_name(model.shape) == "ModernBertModel"
    theirs, told = transformers.AutoModel.from_pretrained(tmp_path / "hf", output_loading_info=True)
    assert not any(told.values()), told
    batch = random_batch(3, 12, len(TOKENIZER), full=True)
    torch.testing.assert_close(theirs.eval()(batch.tokens)[0], model.hidden(batch), atol=1e-5, rtol=1e-5)


def test_it_is_not_asked_for_pieces(tmp_path: Path) -> None:
    save_model(build(PLAIN, 1), TOKENIZER, tmp_path / "model")
    for part in ("train", "held-out"):
        rows_of(tmp_path / "instances", 5, length=32, part=part)
    asked = Evaluate(tmp_path, instances=tmp_path / "instances", output=tmp_path / "scores")
    with pytest.raises(UserError, match=r"was trained to find replaced pieces .* compare it with others by a task"):
        evaluate(asked)


def test_its_work_is_that_of_two_models() -> None:
    """The model's head is asked at every token, the generator's at every seventh."""
    small, body = generator_shape(PLAIN), flops_per_token(dataclasses.replace(PLAIN, head="pieces"), 32, 0.0)
    assert small.layers == 1
    both = flops_per_token(small, 32, 0.15) + body + 3 * 2 * (16 * 16 + 16)
    assert flops(PLAIN, 32, 0.15) == pytest.approx(both)

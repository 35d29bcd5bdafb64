"""The count of operations against the published table, and against what torch counts while models run."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode
from transformers import BertConfig, BertForPreTraining, ModernBertConfig, ModernBertForMaskedLM

from pretrain.batch import Batch
from pretrain.bert import Bert
from pretrain.flops import flops_per_token, mfu, peak
from pretrain.shape import Shape, shape

ROWS, WIDTH, GUESSES = 3, 128, 20


@pytest.mark.parametrize(
    "size, length, guesses, giga",
    [
        ("base", 128, 20, 0.5474), ("base", 128, 38, 0.5686), ("base", 128, 128, 0.6748),
        ("base", 512, 77, 0.5889), ("base", 512, 154, 0.6117), ("base", 512, 512, 0.7172),
        ("large", 128, 20, 1.8814), ("large", 128, 128, 2.0526),
        ("large", 512, 77, 1.9935), ("large", 512, 512, 2.1658),
    ],
)  # fmt: skip
def test_the_table_of_the_reference(size: str, length: int, guesses: int, giga: float) -> None:
    found = flops_per_token(shape(size, "bert", 32_000), length, guesses / length)
    assert round(found / 1e9, 4) == giga


def counted(run: Any) -> int:
    """What torch counts, forward and backward; nothing is computed on the meta device."""
    with FlopCounterMode(display=False) as counter:
        run().sum().backward()
    return int(counter.get_total_flops())


def numbers(kind: type, **more: Any) -> Any:
    config = {"vocab_size": 6400, "hidden_size": 96, "num_hidden_layers": 4, "num_attention_heads": 4}
    return kind(**config, intermediate_size=320, attn_implementation="eager", **more)


def test_bert_of_transformers_with_a_head_on_every_token() -> None:
    ours = Shape(architecture="bert", vocabulary=6400, layers=4, hidden=96, heads=4, inner=320)
    with torch.device("meta"):
        model = BertForPreTraining(numbers(BertConfig))
        tokens = torch.zeros(ROWS, WIDTH, dtype=torch.int64)

        def run() -> Any:
            found = model(tokens)
            return found.prediction_logits.sum() + found.seq_relationship_logits.sum()

        assert counted(run) / (ROWS * WIDTH) == pytest.approx(flops_per_token(ours, WIDTH, 1.0), rel=1e-9)


def test_modernbert_of_transformers_without_a_window() -> None:
    ours = Shape(architecture="modern", vocabulary=6400, layers=4, hidden=96, heads=4, inner=320, pairs=False)
    with torch.device("meta"):
        model = ModernBertForMaskedLM(numbers(ModernBertConfig, local_attention=2 * WIDTH, pad_token_id=0))
        tokens = torch.zeros(ROWS, WIDTH, dtype=torch.int64)
        found = counted(lambda: model(tokens).logits) / (ROWS * WIDTH)
    # The rotations are made by small products that do not depend on the model's width: far below a thousandth.
    assert found == pytest.approx(flops_per_token(ours, WIDTH, 1.0), rel=1e-3)


def test_our_bert_does_less_only_in_its_last_layer() -> None:
    """All that follows attention there is computed only for the guesses and [CLS]; the count is that of the paper."""
    ours = Shape(architecture="bert", vocabulary=6400, layers=4, hidden=96, heads=4, inner=320)
    with torch.device("meta"):
        batch = a_batch()
        model = Bert(ours)
        found = counted(lambda: (guesses := model(batch)).pieces.sum() + guesses.order.sum())
    idle = ROWS * WIDTH - ROWS * GUESSES - ROWS
    saved = 3 * idle * (2 * ours.hidden**2 + 4 * ours.hidden * ours.inner)
    assert found + saved == pytest.approx(ROWS * WIDTH * flops_per_token(ours, WIDTH, GUESSES / WIDTH), rel=1e-9)


def a_batch() -> Batch:
    rows, picks = (torch.zeros(size, dtype=torch.int64) for size in (ROWS, ROWS * GUESSES))
    tokens = torch.zeros(ROWS, WIDTH, dtype=torch.int64)
    return Batch(tokens, lengths=rows, bounds=rows, picks=picks, labels=picks, random=rows, full=True)


def test_a_local_layer_looks_at_its_window_alone() -> None:
    whole, local = (shape("base", "modern", 32_000, window=window) for window in (0, 128))
    saved = flops_per_token(whole, 512, 0.15) - flops_per_token(local, 512, 0.15)
    assert saved == 3 * 4 * 768 * 8 * (512 - 128)  # two layers of three
    assert flops_per_token(whole, 128, 0.15) == flops_per_token(local, 128, 0.15)


def test_geglu_of_two_thirds_of_the_width_costs_what_the_classic_one_does() -> None:
    classic, modern = (shape("base", kind, 32_000, pairs=False) for kind in ("bert", "modern"))
    assert flops_per_token(modern, 128, 0.15) == flops_per_token(classic, 128, 0.15)


@pytest.mark.parametrize(
    "card, best",
    [
        ("NVIDIA H200", 989e12), ("NVIDIA H100 80GB HBM3", 989e12), ("NVIDIA H100 PCIe", 756e12),
        ("NVIDIA A100-SXM4-80GB", 312e12), ("Tesla V100-SXM2-32GB", 125e12), ("Tesla T4", 65e12),
        ("NVIDIA L40S", 362e12), ("NVIDIA GeForce RTX 4090", 165e12), ("NVIDIA T400 4GB", None), ("cpu", None),
    ],
)  # fmt: skip
def test_peaks_are_found_by_the_names_that_cards_give(card: str, best: float | None) -> None:
    assert peak(card) == best


def test_utilisation_is_a_share_of_all_cards_together() -> None:
    assert mfu(989e12, "NVIDIA H200", 4) == 0.25
    assert mfu(1e12, "an unknown card") is None

"""What cannot be trained is refused before anything is computed, in one line that names the way out."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from pretrain.architectures import build
from pretrain.folder import load_model, save_model
from pretrain.options_training import Train
from pretrain.ranks import Ranks
from pretrain.ready import ready
from pretrain.setting import Setting, setting
from pretrain.shape import shape
from pretrain.train import train
from tests.pretrain.stores import PIECES, rows_of, tiny_tokenizer
from tests.pretrain.trainings import LENGTH, ROWS, a_training
from tools.errors import UserError
from vocab.tokenizer import Tokenizer

CPU = torch.device("cpu")


def thought_through(config: Train, ranks: int = 1) -> Setting:
    return setting(config, Ranks(0, ranks, CPU))


def foreign(home: Path) -> Path:
    """A model whose vocabulary has as many pieces as ours, but another one."""
    tokenizer = Tokenizer((*PIECES[:-1], "##힣"))
    save_model(build(shape("tiny", "bert", len(tokenizer)), 1), tokenizer, home / "foreign")
    return home / "foreign"


def json(home: Path, text: str) -> Path:
    (home / "shape.json").write_text(text)
    return home / "shape.json"


SIZES = '"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32'
REFUSED: dict[str, tuple[Callable[[Path], dict[str, Any]], str]] = {
    "no instances": (lambda home: {"instances": home}, "holds no instances; `python -m pretrain instances` makes them"),
    "a length there is not": (lambda _: {"phases": ("64",)}, "phases: 64: there are instances of 32 only; make them"),
    "shares of no whole": (lambda _: {"phases": ("32:0.5",)}, "phases: the shares of 32:0.5 sum to 0.5; make them sum"),
    "two budgets": (lambda _: {"minutes": 1.0}, "steps 16 and minutes 1: are given, but"),
    "no budget": (lambda _: {"steps": 0}, "no budget: training ends after steps, minutes or epochs; give exactly one"),
    "epochs of a ramp": (lambda _: {"steps": 0, "epochs": 1.0, "ramp": 0.5}, "epochs 1: cannot be counted with"),
    "no rows": (lambda _: {"batch": 0}, "batch 0: an update has at least one row"),
    "a negative rate": (lambda _: {"lr": -1.0}, "lr -1.0: a learning rate is positive; 0 lets the program choose"),
    "all warm-up": (lambda _: {"warmup": 1.0}, "warmup 1.0: is a share of the budget"),
    "too long a ramp": (lambda _: {"ramp": 1.5}, "ramp 1.5: is a share of the budget"),
    "another vocabulary": (
        lambda home: {"start": foreign(home)}, "its vocabulary is not the one the instances were made with"
    ),
    "another size of it": (
        lambda home: {"model_config": json(home, f'{{"vocab_size": 999, {SIZES}}}')},
        f"vocab_size 999, but the instances were made with {len(PIECES)} pieces; make the two equal",
    ),
    "too few positions": (
        lambda home: {
            "model_config": json(home, f'{{"vocab_size": {len(PIECES)}, "max_position_embeddings": 24, {SIZES}}}')
        },
        "phases: rows of 32 tokens, but the model has only 24 positions; leave that length out, or give a model_config",
    ),
    "rows of bert side by side": (lambda _: {"pack": True}, "pack: bert computes on rectangles of rows; take --archit"),
    "a model that is none": (lambda home: {"start": home}, "holds no model"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_is_refused(name: str, tmp_path: Path) -> None:
    change, complaint = REFUSED[name]
    config = a_training(tmp_path)
    with pytest.raises(UserError) as refusal:
        thought_through(dataclasses.replace(config, **change(tmp_path)))
    assert complaint in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_more_ranks_than_instances_are_refused_for_every_phase(tmp_path: Path) -> None:
    config = a_training(tmp_path, phases=("32:0.5", "64:0.5"))
    rows_of(config.instances, 3, length=64)
    thought_through(config, ranks=3)
    with pytest.raises(UserError, match=r"64/train: 4 ranks but only 3 instances.*start at most 3 processes"):
        thought_through(config, ranks=4)


def test_a_gpu_that_is_not_there_is_refused_before_anything_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    config = a_training(tmp_path, device="cuda")
    with pytest.raises(UserError, match="--device cuda: torch sees no GPU here; use --device cpu"):
        train(config)
    assert not config.output.exists()


def test_epochs_are_counted_out(tmp_path: Path) -> None:
    each = -(-ROWS // 8)
    for epochs, steps in ((1.0, each), (2.5, 2 * each + each // 2), (0.01, 1)):
        assert thought_through(a_training(tmp_path, steps=0, epochs=epochs)).steps == steps


def test_epochs_of_packed_updates_are_counted_out(tmp_path: Path) -> None:
    """Rows of 8 to 32 tokens in updates of 8 * 32, each epoch in its own order."""
    config = a_training(tmp_path, "modern", steps=0, pack=True)
    first, second = (thought_through(dataclasses.replace(config, epochs=epochs)).steps or 0 for epochs in (1.0, 2.0))
    tokens = thought_through(dataclasses.replace(config, steps=1)).rows[LENGTH].lengths.sum()
    assert tokens / (8 * LENGTH) <= first <= -(-ROWS // 8)
    assert abs(second - 2 * first) <= 1
    assert thought_through(dataclasses.replace(config, epochs=1.01)).steps == first + 1


def test_a_longer_phase_has_as_many_tokens_in_an_update_and_in_a_pass(tmp_path: Path) -> None:
    config = a_training(tmp_path, batch=64, micro=8, phases=(f"{LENGTH}:0.9", "64:0.1"))
    rows_of(config.instances, 20, length=64)
    plan = thought_through(config, ranks=2)
    assert [(plan.length(share), plan.batch(share, plan.length(share))) for share in (0.0, 0.89, 0.91)] == [
        (32, 64), (32, 64), (64, 32),
    ]  # fmt: skip
    assert (plan.micro(32), plan.micro(64)) == (8, 4)
    small = thought_through(dataclasses.replace(config, batch=6, micro=0), ranks=2)
    assert (small.micro(32), small.batch(0.0, 32)) == (3, 6)


def test_a_start_gives_all_weights_it_has_and_leaves_the_rest_random(tmp_path: Path) -> None:
    """A model without a head for pairs begins a training with pairs."""
    tokenizer = tiny_tokenizer()
    given = build(shape("tiny", "bert", len(tokenizer), pairs=False), 5)
    save_model(given, tokenizer, tmp_path / "given")
    plan = thought_through(a_training(tmp_path, model_config=None, start=tmp_path / "given", dropout=0.25))
    assert (plan.shape.pairs, plan.shape.dropout, plan.shape.hidden) == (True, 0.25, 128)
    model = ready(plan).model
    theirs, _ = load_model(tmp_path / "given")
    mine = model.state_dict()
    assert all(torch.equal(tensor, mine[name]) for name, tensor in theirs.state_dict().items())
    assert mine.keys() > theirs.state_dict().keys()

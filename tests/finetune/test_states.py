"""What stands between the layers: the same as transformers says of the same weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import transformers
from torch import Tensor

from finetune.batches import Row, batch_of
from finetune.encoder import Theirs, encoder
from finetune.states import VECTORS, check, depth, made, states
from pretrain.batch import Batch
from tests.finetune.trainings import PIECES, a_model
from tests.pretrain.parity import theirs_of
from tools.errors import UserError
from vocab.folder import save
from vocab.tokenizer import Tokenizer

CHANCE = np.random.default_rng(1)


def a_batch(*lengths: int) -> Batch:
    """Rows of random tokens."""
    rows = [np.array([2, *CHANCE.integers(5, len(PIECES), length - 2), 3]) for length in lengths]
    return batch_of([Row(row, len(row), at) for at, row in enumerate(rows)], pad=0)


def theirs(model: Any, batch: Batch) -> list[Tensor]:
    """What their model says of all its layers."""
    real = torch.arange(batch.tokens.shape[1]) < batch.lengths[:, None]
    body = getattr(model, "bert", None) or getattr(model, "model", None) or model
    out = body(input_ids=batch.tokens, attention_mask=real.long(), output_hidden_states=True)
    return list(out.hidden_states)


def assert_same(ours: list[Tensor], others: list[Tensor], batch: Batch) -> None:
    assert len(ours) == len(others)
    for one, other in zip(ours, others, strict=True):
        for row, length in enumerate(batch.lengths):
            torch.testing.assert_close(one[row, :length], other[row, :length], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("architecture", ["bert", "modern"])
@pytest.mark.parametrize("lengths", [(9, 20, 3), (16, 16), (16, 15)], ids=["padded", "full", "hardly padded"])
def test_ours_are_theirs(architecture: Any, lengths: tuple[int, ...], tmp_path: Path) -> None:
    given = encoder(a_model(tmp_path, architecture, layers=3), 0.0)
    given.model.eval()
    batch = a_batch(*lengths)
    with torch.no_grad():
        found = states(given, batch)
        torch.testing.assert_close(found[-1], given.model.hidden(batch))  # type: ignore[operator]
        assert_same(found, theirs(theirs_of(given.model), batch), batch)  # type: ignore[arg-type]
    assert (len(found), depth(given)) == (4, 3)


def test_of_a_model_of_transformers(tmp_path: Path) -> None:
    config = transformers.ElectraConfig(
        vocab_size=len(PIECES), hidden_size=32, embedding_size=16, num_hidden_layers=2, num_attention_heads=2,
        intermediate_size=64, max_position_embeddings=64,
    )  # fmt: skip
    transformers.ElectraModel(config).save_pretrained(tmp_path)
    save(Tokenizer(PIECES), tmp_path / "vocab")
    given = encoder(tmp_path, 0.0)
    assert isinstance(given.model, Theirs)
    given.model.eval()
    batch = a_batch(9, 20, 3)
    with torch.no_grad():
        found = states(given, batch)
        assert_same(found, theirs(given.model.model, batch), batch)
        torch.testing.assert_close(found[-1], given.model.hidden(batch))
    assert (len(found), depth(given)) == (3, 2)


def test_nothing_stays_on_the_model(tmp_path: Path) -> None:
    given = encoder(a_model(tmp_path), 0.0)
    states(given, a_batch(5))
    assert not any(part._forward_hooks for part in given.model.modules())


def test_combinations_by_hand() -> None:
    found = [torch.full((1, 2, 1), float(value)) for value in (1, 2, 4, 8, 16, 32)]
    got = {name: made(name, found)[0, 0].tolist() for name in [*VECTORS, "0", "3"]}
    assert got == {
        "first": [1],
        "last": [32],
        "sum-all": [62],
        "second-to-last": [16],
        "sum-last-4": [60],
        "concat-last-4": [4, 8, 16, 32],
        "0": [1],
        "3": [8],
    }


def test_what_a_model_has_not_is_named() -> None:
    check(["first", "last", "second-to-last", "2"], 2)
    with pytest.raises(UserError, match=r"^--layers: none given; known: concat-last-4, first,"):
        check([], 2)
    with pytest.raises(UserError, match=r"^sum-last-4: takes 4 layers, but the model has 2; give another$"):
        check(["sum-last-4"], 2)
    with pytest.raises(UserError, match=r"^3: the model has 2 layers; give a number from 0, the embedding, to 2$"):
        check(["3"], 2)
    with pytest.raises(UserError, match=r"^lost: no such layers; did you mean 'last'\?, or numbers from 0$"):
        check(["lost"], 2)

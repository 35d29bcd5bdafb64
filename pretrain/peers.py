"""BertForPreTraining of transformers in a plain loop, as most people pretrain: what our own speed is compared with.

It gets the same weights and rows as ours, and all that is quick there: its fastest attention (sdpa), no mask since no
row is padded, a fused optimizer. Labels are given for the whole row, -100 where nothing is masked, so its head makes
logits for every token: that is its interface.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from pretrain.architectures import build
from pretrain.batch import Batch
from pretrain.interchange import to_transformers
from pretrain.shape import Shape, to_config
from pretrain.trial import DECAY, RATE, Trial


def theirs(shape: Shape, device: torch.device, *, half: bool) -> Trial:
    """Their way, with the weights that our model begins with."""
    import transformers

    with device:  # where its first weights, which are not wanted, are quickly made
        model: Any = transformers.BertForPreTraining(transformers.BertConfig(**to_config(shape), pad_token_id=0))
    left = model.load_state_dict(to_transformers(build(shape, 1).state_dict(), shape), strict=False)
    assert not left.unexpected_keys
    model.tie_weights()
    model.train().to(device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE, weight_decay=DECAY, fused=True)

    def loss(taken: dict[str, Tensor]) -> Tensor:
        found: Tensor = model(**taken).loss
        return found

    return Trial(model, lambda batch: taken(batch, device), loss, [optimizer], device, half)


def taken(batch: Batch, device: torch.device) -> dict[str, Tensor]:
    """A batch without padding under their names."""
    labels = torch.full((batch.tokens.numel(),), -100)
    labels[batch.picks] = batch.labels
    found = {
        "input_ids": batch.tokens,
        "token_type_ids": (torch.arange(batch.tokens.shape[1]) >= batch.bounds[:, None]).long(),
        "labels": labels.view_as(batch.tokens),
        "next_sentence_label": batch.random,
    }
    return {name: tensor.to(device) for name, tensor in found.items()}

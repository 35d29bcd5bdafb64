"""Heads on a model that stays as it is: one for each combination of its layers, all learning side by side.

The model computes each batch once and every head learns from it, so that what differs between two heads is the layers
alone. A norm before each makes sums and single layers alike in size. There is no best epoch: the last one counts, so
that nothing is chosen on what is scored.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence
from torch.optim import AdamW
from tqdm import tqdm

from finetune.answering import TOKENS, portions
from finetune.batches import PARCEL, Row, batch_of, order, parcels
from finetune.coding import Logits, coded
from finetune.encoder import Encoder
from finetune.examples import Example
from finetune.heads import asked, loss
from finetune.predictions import Prediction
from finetune.spec import Spec
from finetune.states import made, states
from pretrain.batch import Batch, moved
from pretrain.draws import draws
from pretrain.masking import special
from pretrain.optim import set_lr
from pretrain.schedule import share

Kind = Literal["bilstm", "linear"]
WIDTH = 128  # of an LSTM in each direction
BATCH, LR, WARMUP, DROPOUT, CLIP = 16, 5e-3, 0.05, 0.1, 1.0


class Probe(nn.Module):
    """[rows, width, outputs] from vectors that are given: one matrix, or a BiLSTM and one."""

    def __init__(self, features: int, outputs: int, kind: Kind) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(features)
        self.dropout = nn.Dropout(DROPOUT)
        self.lstm = nn.LSTM(features, WIDTH, batch_first=True, bidirectional=True) if kind == "bilstm" else None
        self.output = nn.Linear(2 * WIDTH if self.lstm else features, outputs)

    def forward(self, vectors: Tensor, lengths: Tensor) -> Tensor:
        """From [rows, width, features]; behind a row's end stands what does not matter."""
        seen = self.dropout(self.norm(vectors))
        if self.lstm is not None:
            packed = pack_padded_sequence(seen, lengths.cpu(), batch_first=True, enforce_sorted=False)
            packed = self.lstm(packed)[0]
            seen = self.dropout(pad_packed_sequence(packed, batch_first=True, total_length=vectors.shape[1])[0])
        logits: Tensor = self.output(seen)
        return logits


@dataclasses.dataclass(frozen=True, slots=True)
class Probes:
    """Heads by the names of what they see, and the model they stand on."""

    given: Encoder
    spec: Spec
    heads: nn.ModuleDict
    half: bool
    """Whether matrix products of the model are in bfloat16; those of the heads never are."""

    def logits(self, batch: Batch, seed: int = 0, step: int = 0) -> dict[str, Tensor]:
        """The logits of each head; what it drops while it learns hangs on the seed, the update and its own name."""
        with torch.no_grad(), torch.autocast(batch.tokens.device.type, torch.bfloat16, enabled=self.half):
            found = states(self.given, batch)
        logits: dict[str, Tensor] = {}
        for name, head in self.heads.items():
            torch.manual_seed(int(draws(seed, name, step)))
            logits[name] = head(made(name, found).float(), batch.lengths)
        return logits


def learned(
    given: Encoder, spec: Spec, rows: Sequence[Row], names: Sequence[str], kind: Kind, *,
    epochs: int, seed: int, half: bool = False,
) -> Probes:  # fmt: skip
    """Heads that have learned from some rows; the model must be on its device already."""
    device = next(given.model.parameters()).device
    given.model.eval()
    heads = nn.ModuleDict({name: _head(name, given, spec, kind, seed) for name in names}).to(device)
    probes, optimizer = Probes(given, spec, heads, half), AdamW([{"params": [*heads.parameters()], "peak": LR}], lr=LR)
    lengths, pad = [len(row) for row in rows], special(given.tokenizer, "[PAD]")
    batches = [some for epoch in range(epochs) for some in order(lengths, seed, epoch, rows_in_batch=BATCH)]
    for step, numbers in enumerate(tqdm(batches, desc=f"seed {seed}", unit="", disable=None, file=sys.stderr)):
        set_lr([optimizer], share("linear", (step + 0.5) / len(batches), WARMUP, 0.0))
        part = [rows[int(number)] for number in numbers]
        batch = moved(batch_of(part, pad, positions=given.positions), device)
        whole = asked(spec, part, None) or 1.0
        losses = [loss(spec, logits, part, batch, None) for logits in probes.logits(batch, seed, step).values()]
        (torch.stack(losses).sum() / whole).backward()
        for head in heads.values():
            torch.nn.utils.clip_grad_norm_(head.parameters(), CLIP)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
    heads.eval()
    return probes


def said(probes: Probes, examples: Sequence[Example]) -> dict[str, list[Prediction]]:
    """What each head says of each example."""
    found: dict[str, list[Prediction]] = {name: [] for name in probes.heads}
    for some in portions(examples):
        rows = coded(probes.spec, probes.given.tokenizer, some)
        for name, logits in _logits(probes, rows.rows).items():
            found[name] += rows.decode(logits)
    return found


def _head(name: str, given: Encoder, spec: Spec, kind: Kind, seed: int) -> Probe:
    """A head with first weights of its own, whatever heads there are besides it."""
    torch.manual_seed(int(draws(seed, name)))
    return Probe(given.hidden * (4 if name.startswith("concat") else 1), spec.outputs, kind)


@torch.no_grad()
def _logits(probes: Probes, rows: Sequence[Row]) -> dict[str, list[Logits]]:
    """For each head the logits of each row."""
    given = probes.given
    device, pad = next(probes.heads.parameters()).device, special(given.tokenizer, "[PAD]")
    found: dict[str, dict[int, Logits]] = {name: {} for name in probes.heads}
    for numbers in parcels([len(row) for row in rows], TOKENS[device.type]):
        some = [rows[int(number)] for number in numbers]
        batch = moved(batch_of(some, pad, PARCEL, given.positions), device)
        for name, logits in probes.logits(batch).items():
            parts = zip(numbers, some, logits.float().cpu().numpy(), strict=True)
            found[name] |= {int(number): one[: len(row)] for number, row, one in parts}
    return {name: [each[number] for number in range(len(rows))] for name, each in found.items()}

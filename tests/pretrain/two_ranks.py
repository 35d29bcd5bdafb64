"""What the processes of tests/pretrain/test_ranks.py do: gradients of a toy model, update by update.

python -m tests.pretrain.two_ranks ROWS OUTPUT, alone or under torchrun.
"""

from __future__ import annotations

import json
import sys
from contextlib import closing, nullcontext
from itertools import islice
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from pretrain.loader import updates
from pretrain.order import LoaderState
from pretrain.ranks import Ranks, joined, together
from pretrain.rows import Rows, open_rows

UPDATES, BATCH = 8, 6


class Toy(nn.Module):
    """Says of each place what stood there, from what stands there."""

    def __init__(self, pieces: int) -> None:
        super().__init__()
        self.pieces = nn.Embedding(pieces, 4)
        self.head = nn.Linear(4, pieces)

    def forward(self, tokens: Tensor, picks: Tensor, labels: Tensor) -> Tensor:
        logits = self.head(self.pieces(tokens).view(-1, 4)[picks])
        return nn.functional.cross_entropy(logits, labels, reduction="sum", ignore_index=-100)


def run(rows: Rows, ranks: Ranks) -> list[dict[str, Any]]:
    """Sizes, and the gradient of the mean loss over all guesses, of each of some updates."""
    torch.manual_seed(1)
    model = Toy(int(rows.about["pieces"]))
    shared, found = together(model, ranks), []
    source = updates(rows, LoaderState(), batch=BATCH, micro=2, seed=1, bins=8, rank=ranks.rank, ranks=ranks.ranks)
    with closing(source):
        for update in islice(source, UPDATES):
            guesses, dozen = ranks.totals([update.guesses, 12.0])
            for number, batch in enumerate(update.batches, 1):
                last = number == len(update.batches) or ranks.ranks == 1
                with nullcontext() if last else shared.no_sync():  # type: ignore[operator]
                    (shared(batch.tokens, batch.picks, batch.labels) * ranks.ranks / guesses).backward()
            gradient = [float(p.grad.abs().sum()) for p in model.parameters() if p.grad is not None]
            found.append({"guesses": guesses, "rows": update.rows, "dozens": dozen / 12, "gradient": gradient})
            model.zero_grad()
    return found


def main() -> None:
    """Only the first rank writes, when all are there."""
    with joined("cpu") as ranks:
        found = run(open_rows(Path(sys.argv[1])), ranks)
        ranks.wait()
        if ranks.first:
            Path(sys.argv[2]).write_text(json.dumps(found))


if __name__ == "__main__":
    main()

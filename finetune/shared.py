"""One encoder under the heads of several tasks, of which one at a time is asked.

To the loop it is a `Finetuned` whose task and head change with `turn`; what is written for a task is an ordinary
fine-tuned model, and the encoder in all of them is the same.
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import nn

from finetune.encoder import Encoder
from finetune.finetuned import Finetuned
from finetune.heads import head
from finetune.spec import Spec
from pretrain.draws import draws


class Shared(Finetuned):
    """A model with a head for each of several tasks."""

    def __init__(self, encoder: Encoder, specs: Sequence[Spec], dropout: float = 0.1, seed: int = 0) -> None:
        super().__init__(encoder, specs[0], dropout)
        del self.head  # its weights are those of one of these
        self.heads = nn.ModuleDict(
            {spec.task: head(spec, encoder, dropout, int(draws(seed, f"head of {spec.task}"))) for spec in specs}
        )
        self.turn(specs[0])

    def turn(self, spec: Spec) -> None:
        """From now on answer for the task of this spec."""
        self.spec = spec
        object.__setattr__(self, "head", self.heads[spec.task])  # past nn.Module, which would hold its weights twice

"""The options of `relations`: two fine-tuned models that read free text one after the other."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from finetune.options_train import Device, Precision


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Relations:
    """Find the relations in plain text: first the names, then for each two of a line what is between them.

    Example: echo "가람은 마루시에서 사전을 지었다." | python -m finetune relations --names build/ner --model build/re
    """

    names: Path
    """What finetune train made of a task of names."""
    model: Path
    """What finetune train made of a task of relations."""
    file: Path | None = None
    """A text file, a text a line; none given = lines from a pipe."""
    json: bool = False
    """Print a line of JSON for each relation instead."""
    device: Device = "auto"
    """auto = a GPU if there is one."""
    precision: Precision = "auto"
    """auto = bfloat16 where the processor has it."""

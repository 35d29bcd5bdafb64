"""The options of `train-together`: those of `train` that several tasks can share."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from finetune.options_train import Device, Precision


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class TrainTogether:
    """Fine-tune one model for several tasks at once: they share its layers, and each has its own head.

    Example: python -m finetune train-together --tasks nsmc ynat --train a.txt b.tsv --model build/model --output both
    """

    tasks: tuple[str, ...]
    """Tasks that `python -m finetune list` names, each once."""
    train: tuple[Path, ...]
    """A file for each, in their order."""
    model: Path
    """The pretrained model: a folder of ours or of transformers."""
    output: Path
    """The folder to make: OUTPUT/TASK is for each task what finetune train makes."""
    dev: tuple[Path, ...] = ()
    """The files to choose by, in the same order; none given = a tenth of each training file."""
    test: tuple[Path, ...] = ()
    """Files that are scored at the end and decide nothing."""
    share: float = 0.5
    """An epoch has as many updates as the files fill, and each task gets of them what it fills to this power: 1 = all
    rows once, 0 = as many for the smallest file as for the largest."""
    epochs: float = 0.0
    """How many epochs; 0 = as many as the task that takes most."""
    batch: int = 0
    """Rows in an update; 0 = what suits its task."""
    micro: int = 0
    """Rows in one forward pass, the rest is accumulated; 0 = as many as are quick."""
    lr: float = 0.0
    """Peak learning rate; 0 = the lowest that suits one of the tasks."""
    warmup: float = 0.1
    """The share of the updates in which it rises; then it falls in a straight line."""
    dropout: float = 0.1
    """The share of activations that is dropped while training."""
    patience: int = 0
    """Stop when so many epochs in a row were no better in the mean; 0 = never."""
    seed: int = 1
    """What all that is random hangs on."""
    device: Device = "auto"
    """auto = a GPU if there is one."""
    precision: Precision = "auto"
    """auto = bfloat16 where the processor has it."""
    save_minutes: float = 10.0
    """How often to save a checkpoint; there is one after each epoch too."""
    log_seconds: float = 10.0
    """How often to print a line."""

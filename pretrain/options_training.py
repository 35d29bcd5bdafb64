"""The options of the verbs that train, and of the one that says how long it would take."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Literal

Architecture = Literal["bert", "modern"]
Size = Literal["tiny", "mini", "small", "base", "large"]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Train:
    """Pretrain a model; the same command on one CPU, one GPU, or under torchrun on many.

    Example: python -m pretrain train --instances build/instances --output build/model --size mini --minutes 10
    """

    instances: Path
    """A folder of instances; it holds the tokenizer too."""
    output: Path
    """The folder to make: the model, checkpoints, curves and a model card."""
    architecture: Architecture = "bert"
    """bert: the model of 2018; modern: pre-norm, rotary positions, GeGLU, no padding inside."""
    size: Size = "mini"
    """tiny 2x128, mini 4x256, small 4x512, base 12x768, large 24x1024."""
    objective: Literal["mlm", "rtd"] = "mlm"
    """mlm: guess masked pieces, and the order of rows where instances have pairs; rtd: find the pieces that a small
    generator put there (ELECTRA), of which the model that finds them is kept."""
    model_config: Path | None = None
    """A JSON file of BERT's form (hidden_size, num_hidden_layers, ...) instead of a size."""
    start: Path | None = None
    """Begin with the weights of this model (a folder of ours or of transformers) instead of random ones."""
    steps: int = 0
    """How many updates; or give minutes or epochs."""
    minutes: float = 0.0
    """How long to train; the schedule follows the clock, and only time spent training counts."""
    epochs: float = 0.0
    """How many times to go through the instances."""
    batch: int = 256
    """Rows in an update, over all ranks and accumulation, at the first length; longer rows, as many tokens."""
    micro: int = 0
    """Rows in one forward pass of one rank; 0 = 32 on a CPU, on a GPU what its memory holds, up to 65,536 tokens."""
    phases: tuple[str, ...] = ()
    """LENGTH:SHARE of the budget, e.g. 128:0.9 512:0.1; none given = the shortest length throughout."""
    bins: int = 8
    """Rows of similar length go together and are padded to a multiple of this."""
    pack: bool = False
    """modern: an update has as many tokens as `batch` full rows, so of short rows more; and when compiled, rows lie one
    after another in passes of one form, without padding."""
    optimizer: Literal["adamw", "lamb", "muon"] = "adamw"
    """lamb for batches of 32,000 and more; muon: Muon for the matrices, AdamW for the rest."""
    lr: float = 0.0
    """Peak learning rate; 0 = what suits the optimizer and the size."""
    schedule: Literal["linear", "cosine", "trapezoid"] = "linear"
    """How it falls after warming up; trapezoid: only in the last part, `cooldown`."""
    warmup: float = 0.05
    """The share of the budget in which it rises."""
    cooldown: float = 0.4
    """The share of the budget in which a trapezoid falls."""
    ramp: float = 0.0
    """The share of the budget in which the batch grows from an eighth to its full size."""
    weight_decay: float = 0.01
    """Pulls weights, but not biases and norms, towards zero."""
    clip: float = 1.0
    """The longest gradient; 0 = any."""
    dropout: float = 0.1
    """The share of activations that is dropped while training."""
    seed: int = 1
    """Another seed, another order, other masks, other first weights."""
    deterministic: bool = False
    """Only kernels that give the same bits every time; slower on a GPU."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    """auto = a GPU if there is one."""
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    """auto = bfloat16 where the processor has it."""
    compile: Literal["auto", "on", "off"] = "auto"
    """torch.compile; auto = on a GPU."""
    save_minutes: float = 15.0
    """How often to save a checkpoint."""
    keep_last: int = 2
    """How many of the newest checkpoints to keep."""
    keep_every: int = 0
    """Keep for good the checkpoint of every so many updates; 0 = none."""
    milestones: bool = True
    """Keep the model at 1/32, 1/16, 1/8, 1/4, 1/2 of the budget, for learning curves."""
    log_seconds: float = 10.0
    """How often to print a line."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Continue(Train):
    """Go on pretraining a finished model on other text (domain adaptation), with a fresh schedule.

    Example: python -m pretrain continue --start build/model --instances build/law --output build/law-model --epochs 1
    """

    start: Path
    """The model: a folder of ours or of transformers."""


@dataclasses.dataclass(frozen=True, slots=True)
class Estimate:
    """Measure some steps and say how long, and for how much money, a whole pretraining would take on this machine.

    Example: python -m pretrain estimate --size base --vocabulary 32000 --price 2.5
    """

    size: Size = "base"
    """The model."""
    architecture: Architecture = "bert"
    """Whose size."""
    vocabulary: int = 32_000
    """How many pieces."""
    length: int = 128
    """Tokens in a row."""
    batch: int = 256
    """Rows in an update."""
    updates: int = 1_000_000
    """How many updates the whole would have."""
    steps: int = 50
    """How many forward and backward passes to measure."""
    micro: int = 0
    """Rows in one pass; 0 = 32 on a CPU, as many as are quickest on a GPU."""
    price: float = 0.0
    """What this machine costs an hour, in any currency."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    """auto = a GPU if there is one."""


@dataclasses.dataclass(frozen=True, slots=True)
class Scaling:
    """Say on paper how training would go on many H200s: how much of their speed is left, and with which batch 99 %.

    Example: python -m pretrain scaling --size large --tokens_per_second 250000
    """

    size: Size = "base"
    """The model."""
    architecture: Architecture = "bert"
    """Whose size."""
    vocabulary: int = 32_000
    """How many pieces."""
    length: int = 128
    """Tokens in a row."""
    mfu: float = 0.4
    """The share of its peak that a GPU is assumed to reach."""
    tokens_per_second: float = 0.0
    """What one GPU was measured to do (`bench pretrain`); then nothing is assumed."""
    tokens: float = 1e12
    """The size of the corpus whose weight on one machine is told."""

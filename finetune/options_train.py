"""The options of the verbs that train a model for a task, measure it and use it."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Annotated, Literal

from tyro.conf import Positional, arg

Device = Literal["auto", "cpu", "cuda"]
Precision = Literal["auto", "float32", "bfloat16"]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Train:
    """Fine-tune a model for a task, with one seed or several; choose on a held-out part, test once at the end.

    Example: python -m finetune train nsmc --model build/model --train ratings_train.txt --output build/nsmc --seeds 5
    """

    task: Positional[str]
    """A task that `python -m finetune list` names."""
    model: Path
    """The pretrained model: a folder of ours or of transformers (BERT, ModernBERT, ELECTRA, RoBERTa types)."""
    train: Path
    """A file of the task."""
    output: Path
    """The folder to make: the best model, curves, scores."""
    dev: Path | None = None
    """The file to choose by; none given = a tenth of the training file, whole articles for questions."""
    test: Path | None = None
    """A file that is scored at the end and decides nothing."""
    seeds: int = 1
    """How many times to train, each with another seed; the best on the held-out part is kept."""
    epochs: float = 0.0
    """How many times to go through the examples; 0 = what suits the task."""
    batch: int = 0
    """Rows in an update, over all ranks and accumulation; 0 = what suits the task."""
    micro: int = 0
    """Rows in one forward pass, the rest is accumulated; 0 = as many as are quick."""
    auto_batch: bool = False
    """Measure how many rows a pass should have on this device instead; the rows of an update stay."""
    lr: float = 0.0
    """Peak learning rate; 0 = what suits the task and the width of the model."""
    warmup: float = 0.1
    """The share of the updates in which it rises; then it falls in a straight line."""
    weight_decay: float = 0.01
    """Pulls weights, but not biases and norms, towards zero."""
    layer_decay: float = 1.0
    """Each layer down learns by this factor more slowly; 1 = all alike."""
    dropout: float = 0.1
    """The share of activations that is dropped while training."""
    class_weights: bool = False
    """Give each class the same weight, however rare it is; for classes and names."""
    length: int = 0
    """Tokens in a row at most; 0 = what suits the task. Longer texts are cut, or seen in windows."""
    stride: int = 0
    """How far apart windows begin; 0 = a third of the length."""
    patience: int = 0
    """Stop when so many epochs in a row were no better; 0 = never."""
    scratch: bool = False
    """Begin with random weights instead of the model's, to see what pretraining is worth."""
    seed: int = 1
    """The first seed; the others follow it."""
    device: Device = "auto"
    """auto = a GPU if there is one."""
    precision: Precision = "auto"
    """auto = bfloat16 where the processor has it."""
    save_minutes: float = 10.0
    """How often to save a checkpoint; there is one after each epoch too."""
    log_seconds: float = 10.0
    """How often to print a line."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Evaluate:
    """Score a fine-tuned model on a file: figures, the table behind them, and all predictions.

    Example: python -m finetune evaluate build/korquad --file KorQuAD_v1.0_dev.json --output build/korquad-dev
    """

    model: Positional[Path]
    """What finetune train made."""
    file: Path
    """A file of the task with the right answers."""
    output: Path
    """The folder to make: predictions.jsonl, report.json; for questions predictions.json as the official script takes
    it."""
    device: Device = "auto"
    """auto = a GPU if there is one."""
    precision: Precision = "auto"
    """auto = bfloat16 where the processor has it."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Predict:
    """Use a fine-tuned model on a file, on lines from a pipe, or on what you type.

    Example: echo "배우들 연기가 정말 좋았다" | python -m finetune predict build/nsmc
    """

    model: Positional[Path]
    """What finetune train made."""
    file: Path | None = None
    """A file of the task, with or without the right answers; none given = lines of text, pairs with a tab between."""
    output: Path | None = None
    """Where to write: .jsonl keeps everything, .json and .tsv the answers; none given = print."""
    question: str = ""
    """A question to answer from the context."""
    context: str = ""
    """The text to read; @FILE reads a file."""
    n: Annotated[int, arg(aliases=("-n",))] = 1
    """How many answers to print to a question, best first."""
    device: Device = "auto"
    """auto = a GPU if there is one."""
    precision: Precision = "auto"
    """auto = bfloat16 where the processor has it."""


@dataclasses.dataclass(frozen=True, slots=True)
class Export:
    """Write a fine-tuned model as a folder that transformers opens: config, safetensors, tokenizer, model card.

    Example: python -m finetune export build/korquad --output build/korquad-hf
    """

    model: Positional[Path]
    """What finetune train made."""
    output: Path
    """The folder to make."""

"""The options of the verbs that look at models from outside: a baseline, frozen features, layers, many at once."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Literal

from tyro.conf import Positional

from finetune.options_train import Device, Precision

Pool = Literal["none", "cls", "mean"]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """Train and score a classic classifier without a model: TF-IDF of 1 to 4 characters and logistic regression.

    Example: python -m finetune baseline nsmc --train ratings_train.txt --dev ratings_test.txt --output build/tf-idf
    """

    task: Positional[str]
    """A task with classes that `python -m finetune list` names."""
    train: Path
    """A file of the task to learn from."""
    output: Path
    """The folder to make: report.json, predictions.jsonl."""
    dev: Path | None = None
    """A file of the task to score; none given = a tenth of the training file."""


@dataclasses.dataclass(frozen=True, slots=True)
class Extract:
    """Write what a frozen model makes of each token or line of a text file: vectors for other programs.

    Example: python -m finetune extract build/model --input lines.txt --output build/vectors --pool mean
    """

    model: Positional[Path]
    """A folder of ours or of transformers, pretrained or fine-tuned."""
    input: Path
    """A text file, a text a line."""
    output: Path
    """The folder to make: features.npy, index.jsonl."""
    layers: tuple[str, ...] = ("last",)
    """last, first (what goes into the first layer), second-to-last, sum-last-4, concat-last-4, sum-all, or the number
    of a layer, 0 being what goes into the first; of several, the vectors are put behind one another."""
    pool: Pool = "none"
    """none = a vector for each token, cls = that of [CLS] for each line, mean = the mean of its tokens."""
    length: int = 0
    """Tokens in a row at most; 0 = as many as the model has positions. Longer lines are seen in windows."""
    device: Device = "auto"
    """auto = a GPU if there is one."""
    precision: Precision = "float32"
    """auto = bfloat16 where the processor has it."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Layers:
    """Compare six combinations of a frozen model's layers on named entities: the feature table of the BERT paper.

    Example: python -m finetune layers klue-ner --model build/model --train klue-ner.tsv --output build/layers
    """

    task: Positional[str]
    """A task of names that `python -m finetune list` shows."""
    model: Path
    """A folder of ours or of transformers."""
    train: Path
    """A file of the task to train the heads on."""
    output: Path
    """The folder to make: report.html, report.json."""
    dev: Path | None = None
    """A file of the task to score; none given = a tenth of the training file."""
    head: Literal["bilstm", "linear"] = "bilstm"
    """What is trained on the layers; linear, one matrix, is several times as quick."""
    epochs: int = 5
    """How many times to go through the sentences."""
    seeds: int = 1
    """How many times to train, each with other first weights and another order."""
    length: int = 0
    """Tokens in a row at most; 0 = what suits the task. Longer texts are seen in windows."""
    device: Device = "auto"
    """auto = a GPU if there is one."""
    precision: Precision = "auto"
    """auto = bfloat16 where the processor has it."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """Fine-tune models on tasks, each with every one, and draw one table and learning curves; what is done is kept.

    Example: python -m finetune sweep --tasks nsmc=train.txt,dev.txt --models raw=build/raw josa=build/josa --output s
    """

    tasks: tuple[str, ...]
    """TASK=TRAIN, TASK=TRAIN,DEV or TASK=TRAIN,DEV,TEST: the files as finetune train takes them."""
    models: tuple[str, ...]
    """NAME=FOLDER, or FOLDER, whose last part is the name: models of ours or of transformers."""
    output: Path
    """The folder to make or to add to: OUTPUT/TASK/NAME is what finetune train makes; report.html, report.json."""
    milestones: bool = False
    """Also the models that pretraining kept at 1/32, 1/16, ... of its budget: a learning curve of each model."""
    scratch: bool = False
    """Also each model with random weights, to see what pretraining is worth."""
    seeds: int = 1
    """How many times to train each."""
    epochs: float = 0.0
    """How many times to go through the examples; 0 = what suits the task."""
    batch: int = 0
    """Rows in an update; 0 = what suits the task."""
    lr: float = 0.0
    """Peak learning rate; 0 = what suits the task and the width of the model."""
    length: int = 0
    """Tokens in a row at most; 0 = what suits the task."""
    device: Device = "auto"
    """auto = a GPU if there is one."""
    precision: Precision = "auto"
    """auto = bfloat16 where the processor has it."""

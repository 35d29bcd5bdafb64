"""The options of machine reading as the course types them: `mrc` trains and tests, `mrc-infer` answers.

They are the course's own, long and short, and are translated into those of `train` and `evaluate` (mrc.py).
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Annotated, Literal

from tyro.conf import UseAppendAction, arg


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Mrc:
    """Train a model to read, or test one, with the options of the course; `mrc-infer` asks it.

    Example: python -m finetune mrc --model_name kor -t --train_file KorQuAD_v1.0_train.json
    """

    model_name: str
    """A pretrained model: a folder, or its name under models/. Trained, it stands beside it as NAME-mrc."""
    train_batch_size: Annotated[int, arg(aliases=("-b",))] = 8
    """Questions, or windows of them, in an update."""
    max_seq_length: Annotated[int, arg(aliases=("-l",))] = 384
    """Tokens in a window at most."""
    num_train_epochs: Annotated[float, arg(aliases=("-i",))] = 2.0
    """How many times to go through the training file; may be a fraction."""
    train: Annotated[bool, arg(aliases=("-t",))] = False
    """Train with --train_file, choosing by --dev_file; without it test what was trained on --dev_file."""
    en: Annotated[bool, arg(aliases=("-e",))] = False
    """English: answers are compared as SQuAD does it, and the model is another, NAME-mrc-en."""
    model_type: Annotated[Literal[1, 2, 3], arg(aliases=("-m",))] = 3
    """1 = MRC 1.0, every question has an answer (korquad; in English squad). 2 = MRC 2.0, there may be none (klue-mrc;
    squad2). 3 = what the training file holds: KorQuAD 2 as korquad2, questions without an answer as 2, the rest as 1.
    """
    train_file: Path | None = None
    """Questions to learn from: KorQuAD, SQuAD, KLUE-MRC or another format that `check` knows."""
    dev_file: Path | None = None
    """Questions to choose by or to test on; when training without one, a tenth of the articles is held out."""
    replace: bool = False
    """Throw away a model of this name that took hours to train."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class MrcInfer:
    """Answer a question from one or several contexts: the text, how sure, where it stands, and the next best.

    A question without a context is asked about the text that is piped in. Without a question, lines are read: a
    question and its contexts, tabs between.

    Example: python -m finetune mrc infer --model_name kor -p "안녕하세요 마인즈랩입니다." -q "누구?"
    """

    model_name: str
    """What `mrc --train` was given, or any folder with a model that was trained to read."""
    context: Annotated[UseAppendAction[tuple[str, ...]], arg(aliases=("-p",))] = ()
    """The text to read; give it again for each further passage, and the best answer of all is found."""
    question: Annotated[str, arg(aliases=("-q",))] = ""
    """What is asked."""
    file: Path | None = None
    """Answer all questions of a file instead, in any format that `check` knows."""
    device: Annotated[str, arg(aliases=("-d",))] = "0"
    """The number of a GPU, or cpu; where there is no GPU, the processor does it."""
    en: Annotated[bool, arg(aliases=("-e",))] = False
    """Ask the English model, NAME-mrc-en."""
    n: Annotated[int, arg(aliases=("-n",))] = 5
    """How many of the best answers to list."""
    json: bool = False
    """Print a line of JSON for each question instead."""

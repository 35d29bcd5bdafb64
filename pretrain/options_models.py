"""The options of the verbs that measure, explain and carry over a model."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Literal

from tyro.conf import Positional

from pretrain.options_training import Architecture


@dataclasses.dataclass(frozen=True, slots=True)
class Evaluate:
    """Measure a model on text it has not seen: masked accuracy, next-sentence accuracy, bits per character.

    Example: python -m pretrain evaluate build/model --instances build/instances --output build/evaluation
    """

    model: Positional[Path]
    """A model's folder: of ours or of transformers."""
    instances: Path
    """The held-out part of these instances is used."""
    output: Path
    """The folder to make: eval_results.txt, eval_results.json."""
    corpus: Path | None = None
    """Documents or a text file for the bits per character; none given = the held-out part's own tokens."""
    length: int = 0
    """Which length; 0 = the shortest there is."""
    rows: int = 4096
    """How many rows to look at; 0 = all."""
    characters: int = 50_000
    """How many characters to measure bits on; each piece is hidden once, so it takes its time. 0 = none."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    """auto = a GPU if there is one."""


@dataclasses.dataclass(frozen=True, slots=True)
class ExportModel:
    """Write a model as a folder that transformers opens: config, safetensors, tokenizer.

    Example: python -m pretrain export build/model --output build/hf
    """

    model: Positional[Path]
    """A model's folder."""
    output: Path
    """The folder to make."""


@dataclasses.dataclass(frozen=True, slots=True)
class ImportHf:
    """Read a BERT or ModernBERT of transformers as a model of ours.

    Example: python -m pretrain import-hf downloaded/bert --output build/imported
    """

    model: Positional[Path]
    """The folder, with config.json and model.safetensors."""
    output: Path
    """The folder to make."""


@dataclasses.dataclass(frozen=True, slots=True)
class ImportTf:
    """Read a TensorFlow 1 checkpoint of BERT without TensorFlow; the shapes say what bert_config.json would.

    Example: python -m pretrain import-tf bert_model.ckpt.index --vocabulary vocab.txt --output build/imported
    """

    checkpoint: Positional[Path]
    """The index of the checkpoint; bert_model.ckpt.data-00000-of-00001 stands beside it."""
    vocabulary: Path
    """Its vocab.txt."""
    output: Path
    """The folder to make."""
    model_config: Path | None = None
    """Its bert_config.json; none given = what the shapes say."""
    heads: int = 0
    """Attention heads, which no shape tells; 0 = one for every 64 of the hidden size."""


@dataclasses.dataclass(frozen=True, slots=True)
class Info:
    """Explain a model's configuration key by key, in Korean, and count its parameters.

    Example: python -m pretrain info base
    """

    model: Positional[str]
    """A size (tiny ... large), a JSON file of BERT's form, or a model's folder."""
    architecture: Architecture = "bert"
    """Whose size."""
    vocabulary: int = 32_000
    """How many pieces, where the model does not say."""


@dataclasses.dataclass(frozen=True, slots=True)
class Inspect:
    """Show what a model takes in and looks at: the input-embedding table and attention heat maps of a sentence.

    Example: python -m pretrain inspect build/model "아버지가 방에 들어가신다." --html build/attention.html
    """

    model: Positional[Path]
    """A model's folder."""
    text: Positional[str]
    """The first segment."""
    pair: Positional[str | None] = None
    """The second segment."""
    html: Path | None = None
    """Also draw a page with the heat map of every layer and head."""

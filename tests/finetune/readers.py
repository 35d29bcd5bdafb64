"""A very small model with a head for reading, with random weights, in a folder as `mrc` leaves it."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from finetune.encoder import encoder
from finetune.finetuned import Finetuned, save_finetuned
from finetune.spec import Spec
from pretrain.architectures import build
from pretrain.folder import MODEL, save_model
from pretrain.shape import Shape
from tests.vocab import vocabularies
from vocab.tokenizer import Tokenizer


def a_pretrained(folder: Path, tokenizer: Tokenizer | None = None, positions: int = 384) -> Path:
    """A folder with a model of two layers and random weights."""
    pieces = tokenizer or vocabularies.wordpiece()
    numbers: dict[str, Any] = {"vocabulary": len(pieces), "layers": 2, "hidden": 32, "heads": 2, "inner": 64}
    save_model(build(Shape(architecture="bert", positions=positions, **numbers), 1), pieces, folder)
    return folder


def a_reader(home: Path, name: str = "kor-mrc", **changes: Any) -> Path:
    """What a training of the course leaves: a model that reads, at random."""
    source = home / "models" / "kor"
    if not source.exists():
        a_pretrained(source)
    spec = Spec(task="korquad", head="span", length=48, stride=16)
    model = Finetuned(encoder(source), dataclasses.replace(spec, **changes), seed=3)
    save_finetuned(model, home / "models" / name / MODEL)
    return home / "models" / name

"""Very small trainings, and what of them must be the same however often they were interrupted."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import orjson

from pretrain.journal import records
from pretrain.options_training import Train
from tests.pretrain.stores import PIECES, rows_of
from tools.options import arguments

ROWS, LENGTH = 41, 32  # the last of updates of 8 rows is a single one
SMALL = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
KINDS = {
    "bert": {"vocab_size": len(PIECES), **SMALL},
    "modern": {"vocab_size": len(PIECES), **SMALL, "model_type": "modernbert"},
}
OF_THE_CLOCK = {"seconds", "global_step/sec", "examples/sec", "tokens/sec", "wait", "memory", "left", "mfu"}


def a_training(home: Path, kind: str = "bert", **changes: Any) -> Train:
    """A training of two layers on a few rows, with a record of every update; its instances are made if need be."""
    shape, instances = home / f"{kind}.json", home / "instances"
    home.mkdir(parents=True, exist_ok=True)
    shape.write_bytes(orjson.dumps(KINDS[kind]))
    if not instances.exists():
        instances.mkdir()
        rows_of(instances, ROWS, length=LENGTH)
    plan = Train(
        instances=instances, output=home / "model", model_config=shape, steps=16, batch=8, micro=3, lr=0.01,
        device="cpu", precision="float32", log_seconds=0.0, milestones=False,
    )  # fmt: skip
    return dataclasses.replace(plan, **changes)


def command(config: Train) -> list[str]:
    """The training as typed behind `python -m`."""
    return ["pretrain", "train", *arguments(config)]


def course(folder: Path) -> list[dict[str, Any]]:
    """The records of a run without what the clock decides."""
    return [{key: value for key, value in each.items() if key not in OF_THE_CLOCK} for each in records(folder)]


def weights(folder: Path) -> bytes:
    """The bytes of the model that a run ended with."""
    return (folder / "model" / "model.safetensors").read_bytes()

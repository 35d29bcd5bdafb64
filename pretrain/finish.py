"""What is done when the budget is spent: the model written, measured on text it has not seen, and described."""

from __future__ import annotations

import dataclasses
import platform
from pathlib import Path
from typing import Any

import torch

from pretrain.architectures import Model
from pretrain.checkpoint import RunState
from pretrain.evaluate import evaluate_model, write_results
from pretrain.folder import MODEL, load_model, save_model
from pretrain.journal import records
from pretrain.milestones import kept
from pretrain.report import model_card, write_report
from pretrain.rows import Rows, open_rows
from pretrain.setting import Setting
from tools.shards import MANIFEST, atomic
from tools.stage import Summary

CHARACTERS = 20_000  # of held-out text, for bits per character
GLANCE = 1024  # rows on which a milestone is measured


def finish(plan: Setting, model: Model, state: RunState) -> Summary:
    """Write everything that a run leaves behind, and give its headline figures."""
    output, rows = plan.config.output, plan.rows[plan.phases[0].length]
    save_model(model, rows.tokenizer, output / MODEL)
    held_out = rows.folder.with_name("held-out")
    scores: dict[str, Any] = {}
    if plan.shape.head == "pieces" and (held_out / MANIFEST).exists():
        unseen = open_rows(held_out)
        scores = {"global_step": state.step, **evaluate_model(model, unseen, rows, characters=CHARACTERS)}
        write_results(output, scores)
    metrics, options = records(output), _options(plan)
    on_the_way = _measured(plan, unseen) if scores else {}
    write_report(output, metrics, shape=plan.shape, options=options, scores=scores or None, milestones=on_the_way)
    hardware = f"{plan.ranks.ranks} x {_device(plan)}, torch {torch.__version__}"
    card = model_card(
        plan.shape, about=rows.about, options=options, hardware=hardware, metrics=metrics, scores=scores or None
    )
    with atomic(output / MODEL / "README.md") as file:
        file.write(card.encode())
    return {
        "updates": state.step,
        "tokens": state.tokens,
        **({"skipped": state.skipped} if state.skipped else {}),
        **{name: scores[key] for name, key in HEADLINES.items() if key in scores},
    }


def _measured(plan: Setting, unseen: Rows) -> dict[int, Any]:
    """The scores of the models that were kept on the way, by their updates."""
    return {
        step: evaluate_model(load_model(path, device=plan.ranks.device)[0], unseen, limit=GLANCE, characters=0)
        for step, path in kept(plan.config.output).items()
    }


def _options(plan: Setting) -> dict[str, Any]:
    """The options of the run as a person may read them: what the program chose is filled in."""
    given = {name: value for name, value in dataclasses.asdict(plan.config).items() if name != "output"}
    chosen = {"lr": plan.lr, "precision": "bfloat16" if plan.half else "float32"}
    return {name: str(value) if isinstance(value, Path) else value for name, value in {**given, **chosen}.items()}


def _device(plan: Setting) -> str:
    if plan.ranks.device.type == "cuda":
        return torch.cuda.get_device_name(plan.ranks.device)
    return f"CPU ({platform.machine()}, {torch.get_num_threads()} threads)"


HEADLINES = {
    "masked accuracy": "masked_lm_accuracy",
    "masked loss": "masked_lm_loss",
    "pair accuracy": "next_sentence_accuracy",
    "bits per character": "bits per character",
}

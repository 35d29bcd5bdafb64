"""The verb `evaluate`: a fine-tuned model on a file, scored as the official script does, with all its predictions."""

from __future__ import annotations

from collections import Counter
from typing import Any

from tqdm import tqdm

from finetune.answering import predictions
from finetune.evaluation_page import evaluation_page
from finetune.finetuned import load_finetuned
from finetune.options_train import Evaluate
from finetune.plan import read
from finetune.predictions import write_predictions
from finetune.score import as_json, measured, report
from finetune.scores.coverage import require_gold
from pretrain.ranks import joined
from pretrain.setting import uses_bfloat16
from tools.shards import write_json


def evaluate(config: Evaluate) -> dict[str, Any]:
    """Write the figures and predictions of a model on a file, and print the figures and the table behind them."""
    with joined(config.device) as ranks:
        model = load_finetuned(config.model, device=ranks.device)
        task = model.spec.known
        gold = read(task, config.file)
        require_gold(gold, config.file)
        half, notes = uses_bfloat16(config.precision, ranks.device), Counter[str]()
        found = predictions(model, gold, half=half, notes=notes)
        given = list(tqdm(found, total=len(gold), desc=task.name, unit="", disable=None))
    scored = measured(task, gold, given)
    write_predictions(config.output / "predictions.jsonl", given)
    if task.head == "span":
        write_predictions(config.output / "predictions.json", given)
    write_json(config.output / "report.json", {**as_json(task.name, len(gold), scored), "notes": dict(notes)})
    evaluation_page(config.output / "report.html", task, gold, given, config.file.name)
    print("\n".join(report(scored)))
    return {name: round(value, 2) for name, value in list(scored.figures.items())[:2]}

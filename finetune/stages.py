"""What `python -m finetune` can do: the tables that name what runs; the options stand in options_*.py."""

from __future__ import annotations

from finetune.options_cloze import Cloze
from finetune.options_compare import CompareRuns
from finetune.options_data import Check, Convert, Head, Stats
from finetune.options_features import Baseline, Extract, Layers, Sweep
from finetune.options_mrc import Mrc, MrcInfer
from finetune.options_relations import Relations
from finetune.options_scores import Score
from finetune.options_tasks import ListTasks
from finetune.options_together import TrainTogether
from finetune.options_train import Evaluate, Export, Predict, Train
from tools.stage import Command, Stage, Verb

ABOUT = "A pretrained model and task data to scores and predictions."

STAGES: dict[str, Stage] = {
    "train": Stage(
        "finetune.train",
        Train,
        "finetune.train:train",
        inputs=("model", "train", "dev", "test"),
        neutral=("save_minutes", "log_seconds", "device"),
        version=2,
        resumable=True,
        ranks=True,
        next="python -m finetune predict {output}",
    ),
    "train-together": Stage(
        "finetune.train-together",
        TrainTogether,
        "finetune.together:train_together",
        inputs=("model", "train", "dev", "test"),
        neutral=("save_minutes", "log_seconds", "device"),
        resumable=True,
        ranks=True,
    ),
    "cloze": Stage(
        "finetune.cloze",
        Cloze,
        "finetune.cloze:cloze",
        inputs=("corpus",),
        neutral=("engine", "workers"),
        resumable=True,
        next="python -m finetune train squad --model MODEL --train {output}/questions --output READER, "
        "and from there the real questions: --model READER",
    ),
    "evaluate": Stage(
        "finetune.evaluate",
        Evaluate,
        "finetune.evaluate:evaluate",
        inputs=("model", "file"),
        neutral=("device",),
    ),
    "export": Stage("finetune.export", Export, "finetune.export:export", inputs=("model",)),
    "baseline": Stage("finetune.baseline", Baseline, "finetune.baseline:make_baseline", inputs=("train", "dev")),
    "extract": Stage(
        "finetune.extract", Extract, "finetune.extract:extract", inputs=("model", "input"), neutral=("device",)
    ),
    "layers": Stage(
        "finetune.layers", Layers, "finetune.layers:layers", inputs=("model", "train", "dev"), neutral=("device",)
    ),
}
COMMANDS: dict[str, Command] = {
    "list": Command("finetune.list", ListTasks, "finetune.listing:listed"),
    "predict": Command("finetune.predict", Predict, "finetune.predict:predict"),
    "score": Command("finetune.score", Score, "finetune.score:score"),
    "check": Command("finetune.check", Check, "finetune.check:check"),
    "convert": Command("finetune.convert", Convert, "finetune.convert:convert"),
    "head": Command("finetune.head", Head, "finetune.look:head"),
    "sweep": Command("finetune.sweep", Sweep, "finetune.sweep:sweep"),
    "compare-runs": Command("finetune.compare-runs", CompareRuns, "finetune.compare:compare_runs"),
    "relations": Command("finetune.relations", Relations, "finetune.relation_table:relations"),
    "mrc": Command("finetune.mrc", Mrc, "finetune.mrc:mrc"),
    "mrc-infer": Command("finetune.mrc-infer", MrcInfer, "finetune.mrc_infer:infer"),
    "stats": Command("finetune.stats", Stats, "finetune.look:stats"),
}
VERBS: dict[str, Verb] = {**STAGES, **COMMANDS}
SUITES: dict[str, str] = {
    "finetune": "finetune.bench_finetune:finetune",
    "recipes": "finetune.bench_recipes:recipes",
}

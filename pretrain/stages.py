"""What `python -m pretrain` can do: the tables that name what runs; the options stand in options_*.py."""

from __future__ import annotations

import dataclasses

from pretrain.options_instances import Encode, FromTfrecord, Instances, MaskDemo, Show, Stats, ToTfrecord
from pretrain.options_models import Evaluate, ExportModel, ImportHf, ImportTf, Info, Inspect
from pretrain.options_training import Continue, Estimate, Scaling, Train
from tools.stage import Command, Stage, Verb

ABOUT = "Documents and a tokenizer to instances, and instances to a model."

TRAIN = Stage(
    "pretrain.train",
    Train,
    "pretrain.train:train",
    inputs=("instances", "start", "model_config"),
    neutral=("save_minutes", "keep_last", "log_seconds", "device", "compile"),
    resumable=True,
    ranks=True,
    next="python -m pretrain export {output} --output build/hf",
)
STAGES: dict[str, Stage] = {
    "encode": Stage(
        "pretrain.encode",
        Encode,
        "pretrain.encode:encode",
        inputs=("corpus", "vocabulary"),
        neutral=("engine", "workers"),
        resumable=True,
        next="python -m pretrain instances --store {output} --output INSTANCES",
    ),
    "instances": Stage(
        "pretrain.instances",
        Instances,
        "pretrain.instances:instances",
        inputs=("store",),
        neutral=("engine", "workers"),
        resumable=True,
        next="python -m pretrain show {output} -n 3",
    ),
    "to-tfrecord": Stage("pretrain.to-tfrecord", ToTfrecord, "pretrain.tfrecord:to_tfrecord", inputs=("instances",)),
    "from-tfrecord": Stage(
        "pretrain.from-tfrecord", FromTfrecord, "pretrain.tfrecord:from_tfrecord", inputs=("files", "vocabulary")
    ),
    "train": TRAIN,
    "continue": dataclasses.replace(TRAIN, name="pretrain.continue", config=Continue),
    "evaluate": Stage(
        "pretrain.evaluate",
        Evaluate,
        "pretrain.evaluate:evaluate",
        inputs=("model", "instances", "corpus"),
        neutral=("device",),
    ),
    "export": Stage("pretrain.export", ExportModel, "pretrain.export:export", inputs=("model",)),
    "import-hf": Stage(
        "pretrain.import-hf",
        ImportHf,
        "pretrain.export:import_hf",
        inputs=("model",),
        next="python -m pretrain info {output}",
    ),
    "import-tf": Stage(
        "pretrain.import-tf",
        ImportTf,
        "pretrain.import_tf:import_tf",
        inputs=("checkpoint", "vocabulary", "model_config"),
        next="python -m pretrain info {output}",
    ),
}
COMMANDS: dict[str, Command] = {
    "show": Command("pretrain.show", Show, "pretrain.show:show"),
    "stats": Command("pretrain.stats", Stats, "pretrain.statistics:stats"),
    "mask-demo": Command("pretrain.mask-demo", MaskDemo, "pretrain.show:mask_demo"),
    "info": Command("pretrain.info", Info, "pretrain.info:info"),
    "inspect": Command("pretrain.inspect", Inspect, "pretrain.attention:inspect"),
    "estimate": Command("pretrain.estimate", Estimate, "pretrain.estimate:estimate"),
    "scaling": Command("pretrain.scaling", Scaling, "pretrain.scaling:scaling"),
}
VERBS: dict[str, Verb] = {**STAGES, **COMMANDS}
SUITES = {
    "instances": "pretrain.bench_instances:instances",
    "pretrain": "pretrain.bench_pretrain:models",
}

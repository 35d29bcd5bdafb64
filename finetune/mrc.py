"""Machine reading with the course's options: they become those of `train` and `evaluate`, which do the work.

Models have names: `--model_name kor` is the folder models/kor unless there is a folder kor. What is trained from it
stands beside it as kor-mrc, or kor-mrc-en, and what it scores on a file as kor-mrc-FILE. The course's own lines are
printed around what those verbs say: the shapes of the features, and how many windows the questions were split into.
"""

from __future__ import annotations

import re
import shlex
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from finetune.batches import padded
from finetune.coding import windows_of
from finetune.encode_questions import Windows
from finetune.examples import Question
from finetune.formats.articles import questions
from finetune.formats.qa import opened
from finetune.options_mrc import Mrc
from finetune.plan import spec_of
from finetune.results import SEEDS
from finetune.spec import TASK
from finetune.stages import STAGES
from finetune.tasks import TASKS
from pretrain.folder import MODEL, VOCABULARY, found_in
from pretrain.journal import records
from tools.command import run_stage
from tools.errors import UserError, nearest
from tools.stage import follows
from vocab.imports import open_vocabulary

MODELS = Path("models")
SEED = 1
FEATURES = {
    "end_positions": False,
    "input_ids": True,
    "input_mask": True,
    "segment_ids": True,
    "start_positions": False,
    "unique_ids": False,
}
"""What the course calls the tensors of an update, and whether they have a number for each token."""


def mrc(config: Mrc) -> None:
    """Train a model to read, or test one."""
    if config.train:
        _train(config)
    elif config.dev_file:
        _test(config, config.dev_file)
    else:
        more = "add --train to learn from it, or " if config.train_file else "give --train with --train_file, or "
        raise UserError(f"mrc: neither --train nor --dev_file; {more}give --dev_file to test the model")


def pretrained(name: str) -> Path:
    """The folder of a model: the name itself, or the name under models/."""
    places = _places(name)
    for place in places:
        if place.is_dir():
            return place
    there = [path.name for path in MODELS.glob("[!.]*") if path.is_dir()]
    raise UserError(f"--model_name {name}: neither {name} nor {places[1]} is a folder; {nearest(name, there)}")


def _places(name: str) -> list[Path]:
    """Where a model of this name may be; one that is only dots gets its name, for others stand beside."""
    place = Path(name)
    return [place if place.name.strip(".") else place.resolve(), MODELS / name]


def beside(place: Path, *, english: bool) -> Path:
    """Where a model that is trained from this one stands."""
    return place.with_name(f"{place.name}-mrc{'-en' if english else ''}")


def trained(name: str, *, english: bool) -> Path:
    """The folder of the model of this name that was trained to read: it, or what was trained from it."""
    for place in _places(name):
        for folder in (place, beside(place, english=english)):
            if (folder / TASK).is_file() or (folder / MODEL / TASK).is_file():
                return folder
    typed = shlex.join(["python", "-m", "finetune", "mrc", "--model_name", name, *(["-e"] if english else [])])
    raise UserError(f"--model_name {name}: {pretrained(name)} cannot read yet; train it: {typed} -t --train_file FILE")


def task_of(kind: int, shape: str, asked: Sequence[Question], *, english: bool) -> str:
    """The task that a --model_type means for questions from a file of this format."""
    if kind == 3 and shape == "korquad2":
        return shape
    doubtful = kind == 2 or (kind == 3 and any(question.answers == () for question in asked))
    return KINDS[2 if doubtful else 1, english]


def questions_of(path: Path) -> tuple[str, list[Question]]:
    """The format of a file and its questions, in silence: `train` will say what it makes of them."""
    shape, articles = opened(path)
    return shape, [one for one in questions(articles, Counter()) if isinstance(one, Question)]


def features(rows: int, windows: Windows) -> Iterator[str]:
    """The shapes of an update of so many rows, as the course logs them, and what the questions were split into."""
    lengths = np.array([len(window.row) for window in windows.windows])
    widths, rows = padded(lengths), min(rows, len(lengths))
    yield f"shapes of the widest update; rows of like length share one, {widths.mean():.0f} wide in the mean:"
    for name, wide in FEATURES.items():
        yield f"  {name:<15}  {(rows, int(widths.max())) if wide else (rows,)}"
    yield f"Num orig examples = {windows.notes['questions']}"
    yield f"Num split examples = {len(lengths)}"


def ended(folder: Path) -> Iterator[str]:
    """How a training ended, in the course's words."""
    made = [one for one in records(folder / SEEDS / str(SEED)) if "loss" in one]
    if made:
        last = made[-1]
        yield f"loss = {last['loss']:.7g}, step = {last['step']} ({last['seconds']:.3f} sec)"
        yield f"global_step/sec: {last['step'] / max(last['seconds'], 1e-9):.4f}"


def _train(config: Mrc) -> None:
    if config.train_file is None:
        raise UserError("mrc --train: no --train_file; give the questions to learn from")
    source = pretrained(config.model_name)
    output = beside(source, english=config.en)
    shape, asked = questions_of(config.train_file)
    task = task_of(config.model_type, shape, asked, english=config.en)
    _tell(config, task, source, asked)
    words = [task, "--model", source, "--train", config.train_file, "--output", output, "--seed", SEED]
    words += ["--batch", config.train_batch_size, "--length", config.max_seq_length]
    words += ["--epochs", config.num_train_epochs]
    words += ["--dev", config.dev_file] if config.dev_file else []
    _run("train", words, replace=config.replace)
    if not follows():
        print(*ended(output), sep="\n")
        name = [config.model_name, *(["-e"] if config.en else [])]
        print(f"next: python -m finetune mrc-infer --model_name {shlex.join(name)} -p CONTEXT -q QUESTION")


def _test(config: Mrc, file: Path) -> None:
    model = trained(config.model_name, english=config.en)
    _run("evaluate", [model, "--file", file, "--output", model.with_name(f"{model.name}-{_stem(file)}")])


def _run(verb: str, words: Sequence[object], *, replace: bool = False) -> None:
    """Run another verb, and say which."""
    typed = [*map(str, words), *(["--replace"] if replace else [])]
    if not follows():
        print(f"the same as: {shlex.join(['python', '-m', 'finetune', verb, *typed])}", flush=True)
    run_stage(STAGES[verb], typed)


def _tell(config: Mrc, task: str, source: Path, asked: Sequence[Question]) -> None:
    if follows() or not asked:
        return
    at = found_in(source)
    tokenizer = open_vocabulary(at / VOCABULARY if (at / VOCABULARY).is_dir() else at)
    spec = spec_of(TASKS[task], asked, length=config.max_seq_length)
    print(*features(config.train_batch_size, windows_of(spec, tokenizer, asked)), sep="\n", flush=True)


def _stem(file: Path) -> str:
    return re.sub(r"(\.(json|txt|tsv|csv|xz|gz|bz2|zst|zip))+$", "", file.name)


KINDS = {
    (1, False): "korquad",
    (2, False): "klue-mrc",
    (1, True): "squad",
    (2, True): "squad2",
}
"""(MRC 1.0 or 2.0, English) -> task."""

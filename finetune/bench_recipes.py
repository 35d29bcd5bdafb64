"""Which way of pretraining is worth its time: from a base one thing is changed at a time, and all train equally long.

A run is scored by what it knows of held-out text (bits per character, masked pieces guessed), and by how many questions
of the little world it answers exactly after one short fine-tuning; a model that finds replaced pieces guesses none and
has only the latter. Where questions made from the text are read last, pretraining gives up a third of its time for it.
The base is run twice, with two seeds: what differs by no more than these two do is no difference.
What fails stays in the table, with its reason.

MALMOI_STORE=FOLDER takes the text of a token store instead of the little world's, MALMOI_SECONDS and MALMOI_SIZE train
longer than 75 s each, or a larger model than tiny. Only time spent training counts. On two cores all of it takes 20
minutes.
"""

from __future__ import annotations

import contextlib
import dataclasses
import io
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from corpus.document import read_documents
from corpus.sample.write import sample
from corpus.stages import Sample
from finetune import train as reading
from finetune.bench_memory import write_questions
from finetune.cloze import QUESTIONS, cloze
from finetune.curves import judgements
from finetune.examples import Question
from finetune.formats.qa import read_qa
from finetune.options_cloze import Cloze
from finetune.options_train import Train as Finetuning
from finetune.plan import planned
from pretrain.architectures import Model
from pretrain.encode import encode
from pretrain.evaluate import evaluate_model
from pretrain.folder import MODEL, save_model
from pretrain.instances import instances
from pretrain.options_instances import Encode, Instances
from pretrain.options_training import Train
from pretrain.ranks import joined
from pretrain.ready import ready
from pretrain.rows import Rows, open_rows
from pretrain.setting import setting
from pretrain.stopping import Stopping
from pretrain.train import spend
from tools.command import described
from vocab.bpe import train as learned
from vocab.folder import save
from vocab.tokenizer import Tokenizer
from vocab.words import words

ARTICLES, PIECES = 3000, 8000  # of the little world
LENGTH, SPECIALS = 128, ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
HELD_OUT, SCORED, CHARACTERS = 0.03, 512, 20_000  # documents; rows and characters of them that are asked
LEARNED, ASKED = 2500, 400  # questions
EXERCISE = 1 / 3  # of the time, for questions made from the text
BITS = "bits/character"
Row = dict[str, Any]


@dataclasses.dataclass(frozen=True, slots=True)
class Recipe:
    """A way of pretraining, by what it changes of the base."""

    name: str
    train: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    instances: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    cloze: float = 0.0
    """How often to read, at last, the questions that the little world's text answers by itself."""


@dataclasses.dataclass(frozen=True, slots=True)
class Kitchen:
    """What all runs share."""

    home: Path
    store: Path
    train: Path
    """Questions to fine-tune on; `dev` are those that are asked, and `cloze` are made from plain text."""
    dev: Path
    cloze: Path
    base: Mapping[str, Any]
    """Options of pretraining that no recipe changes unless it says so."""


def recipes() -> list[Row]:
    """A row for each recipe."""
    seconds, size = float(os.environ.get("MALMOI_SECONDS", "75")), os.environ.get("MALMOI_SIZE", "tiny")
    given = os.environ.get("MALMOI_STORE")
    with tempfile.TemporaryDirectory() as name:
        base = {**BASE, "size": size, "minutes": seconds / 60}
        return tried(RECIPES, kitchen(Path(name), Path(given) if given else None, base))


def kitchen(home: Path, store: Path | None, base: Mapping[str, Any], articles: int = ARTICLES) -> Kitchen:
    """The little world, its questions, and its text as tokens, unless other text is given."""
    world = _made(home / "world")
    sample(Sample(output=world, articles=articles))
    for part, count in (("train", LEARNED), ("dev", ASKED)):
        questions = [cast(Question, one) for one in read_qa(world / "qa" / f"{part}.json").examples]
        write_questions(home / f"{part}.json", questions[:: -(-len(questions) // count)])
    cloze(Cloze(corpus=world / "clean", output=_made(home / "cloze")))
    if store is None:
        store, texts = _made(home / "store"), [document.text for document in read_documents(world / "clean")]
        counts = Counter(word for text in texts for word in words(text))
        save(Tokenizer(learned(counts, PIECES, prefix="##", specials=SPECIALS).pieces), home / "vocabulary")
        encode(Encode(corpus=world / "clean", vocabulary=home / "vocabulary", output=store))
    return Kitchen(home, store, home / "train.json", home / "dev.json", home / "cloze" / QUESTIONS, base)


def tried(chosen: Sequence[Recipe], kitchen: Kitchen) -> list[Row]:
    """Every recipe in its turn; the first is the base, and its held-out rows are everybody's."""
    unseen = open_rows(_instances(kitchen, chosen[0]) / str(LENGTH) / "held-out", check=False)
    found = list[Row]()
    for number, recipe in enumerate(chosen):
        row: Row = {"recipe": recipe.name}
        quiet = io.StringIO()
        try:
            with contextlib.redirect_stdout(quiet), contextlib.redirect_stderr(quiet):
                row |= _run(recipe, kitchen, _made(kitchen.home / f"run{number}"), unseen)
        except Exception as error:  # which must not cost the others
            row["note"] = f"{type(error).__name__}: {error}".splitlines()[0][:160]
        found.append(row)
        print(described(row).removeprefix(" · "), file=sys.stderr, flush=True)
    return found


def _run(recipe: Recipe, kitchen: Kitchen, home: Path, unseen: Rows) -> Row:
    options = {**kitchen.base, **recipe.train}
    if recipe.cloze:
        options["minutes"] *= 1 - EXERCISE
    config = Train(instances=_instances(kitchen, recipe), output=_made(home / "pretrained"), **options)
    with joined(config.device) as ranks:
        plan = setting(config, ranks)
        run = ready(plan)
        state = spend(plan, run, Stopping())
    save_model(run.model, unseen.tokenizer, config.output / MODEL)
    model, seconds = config.output, state.seconds
    if recipe.cloze:
        begin, model = time.monotonic(), _made(home / "exercised")
        _exercise(config.output, recipe.cloze, kitchen, model)
        seconds += time.monotonic() - begin
    return {
        "updates": state.step,
        "M tokens": round(state.tokens / 1e6, 2),
        "seconds": round(seconds, 1),
        **_known(run.model, unseen),
        **_answered(model, kitchen, _made(home / "read")),
    }


def _known(model: Model, unseen: Rows) -> Row:
    """What a model knows of held-out text."""
    if model.shape.head != "pieces":
        return {BITS: "", "masked accuracy": ""}
    scores = evaluate_model(model, unseen, limit=SCORED, characters=CHARACTERS)
    return {BITS: round(scores["bits per character"], 4), "masked accuracy": round(scores["masked_lm_accuracy"], 4)}


def _exercise(model: Path, epochs: float, kitchen: Kitchen, output: Path) -> None:
    """Read questions that nobody asked."""
    options: dict[str, Any] = {"epochs": epochs, "log_seconds": 1e9, "save_minutes": 1e9}
    reading.train(Finetuning(task="squad", model=model, train=kitchen.cloze, output=output, **options))


def _answered(model: Path, kitchen: Kitchen, output: Path) -> Row:
    """How it reads after going through some questions once."""
    config = Finetuning(
        task="korquad", model=model, train=kitchen.train, dev=kitchen.dev, output=output, epochs=1.0, log_seconds=1e9
    )
    with joined(config.device) as ranks:
        plan = planned(config, ranks)
        assert reading.spend(plan, reading.ready(plan, 1, output), Stopping())
    [judged] = judgements(output)
    return {"EM": round(judged.figures["exact_match"], 2), "F1": round(judged.figures["f1"], 2)}


def _instances(kitchen: Kitchen, recipe: Recipe) -> Path:
    """The rows that a recipe asks for, which others may ask for too."""
    changes = {"nsp": "nsp", "mask_rate": 0.15, **recipe.instances}
    folder = kitchen.home / "-".join(map(str, ("rows", *changes.values())))
    if not folder.exists():
        options = {"lengths": str(LENGTH), "held_out": HELD_OUT, **changes}
        instances(Instances(store=kitchen.store, output=_made(folder), **options))
    return folder


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder


BASE: dict[str, Any] = {
    "batch": 32, "lr": 0.0015, "dropout": 0.0, "milestones": False, "log_seconds": 1e9, "save_minutes": 1e9,
}  # fmt: skip
MODERN: dict[str, Any] = {"architecture": "modern", "optimizer": "muon", "schedule": "trapezoid"}
RECIPES = (
    Recipe("base: bert, masks and next sentence, AdamW, 15 %, linear"),
    Recipe("base, another seed", {"seed": 2}),
    Recipe("masks alone", {}, {"nsp": "none"}),
    Recipe("replaced pieces", {"objective": "rtd"}, {"nsp": "none"}),
    Recipe("modern", {"architecture": "modern"}),
    Recipe("Muon", {"optimizer": "muon"}),
    Recipe("30 % masked", {}, {"mask_rate": 0.3}),
    Recipe("trapezoid", {"schedule": "trapezoid"}),
    Recipe("modern, Muon, trapezoid, masks alone", MODERN, {"nsp": "none"}),
    Recipe("modern, Muon, trapezoid, replaced pieces", {**MODERN, "objective": "rtd"}, {"nsp": "none"}),
    Recipe("base, then questions made from the text", {}, {}, 2.0),
    Recipe("modern, Muon, trapezoid, masks alone, then such questions", MODERN, {"nsp": "none"}, 2.0),
)

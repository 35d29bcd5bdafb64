"""How fast readers are fine-tuned, here and as transformers' run_qa does it, on the same questions in one run.

A BERT of 4 x 256 begins with the same weights everywhere; an update has 16 windows, and dropout is on. Ours is the loop
of train.py by its own clock, theirs stands in peers.py. The ways take turns, an epoch each, so that whatever else the
machine does falls on all of them; given are medians over the turns, and of the ratios within each turn. What counts are
questions, since long texts make more windows here, where they begin 128 tokens apart, than there, where they overlap by
128. `first loss` is that of windows which both cut alike, by our rule and with nothing dropped: who computes the same,
has the same. The last rows say what evaluating takes (bench_memory.py).
"""

from __future__ import annotations

import contextlib
import dataclasses
import io
import statistics
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor

from corpus.sample.write import sample
from corpus.stages import Sample
from finetune import peers
from finetune.batches import Row, batch_of
from finetune.bench_memory import memory, write_questions
from finetune.examples import Question
from finetune.export import write_transformers
from finetune.finetuned import Finetuned
from finetune.formats.qa import read_qa
from finetune.heads import loss
from finetune.options_train import Precision, Train
from finetune.passes import passes, units_of
from finetune.plan import Plan, planned
from finetune.spec import Spec
from finetune.train import ready, spend
from pretrain.architectures import build
from pretrain.batch import Batch
from pretrain.folder import save_model
from pretrain.journal import records
from pretrain.ranks import Ranks
from pretrain.setting import uses_bfloat16
from pretrain.shape import Shape, shape
from pretrain.stopping import Stopping
from vocab.bpe import train as learned
from vocab.tokenizer import Tokenizer
from vocab.words import words

KORQUAD = Path(__file__).resolve().parents[2] / "shared" / "data" / "korquad" / "korquad-112.json.xz"
ARTICLES = 120  # of the little world
QUESTIONS, TURNS = 64, 3
COMPARED = 16  # windows, for the first loss
PIECES, SPECIALS = 8000, ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
PRECISIONS: dict[bool, Precision] = {False: "float32", True: "bfloat16"}
SAME = {False: 1e-4, True: 1e-2}  # how near the losses of one model are
PEER = "run_qa"
DEFAULT = f"{PEER}, {PRECISIONS[False]}"
BAR = 2.0
CPU = torch.device("cpu")
Measure = dict[str, Any]


@dataclasses.dataclass(frozen=True, slots=True)
class Epoch:
    """What it took to go through all questions once."""

    seconds: float
    tokens: int
    """That were computed, with their padding."""


@dataclasses.dataclass(frozen=True, slots=True)
class Way:
    """A way to train."""

    epoch: Callable[[int], Epoch]
    """In the order of a seed."""
    logits: Callable[[Batch], Tensor]
    """What the first weights say, nothing dropped: [rows, width, 2]."""
    windows: int
    half: bool


def finetune() -> list[Measure]:
    """The rows of the little world, and of real questions where these are there; memory on the last of them."""
    found = list[Measure]()
    with tempfile.TemporaryDirectory() as name, contextlib.redirect_stderr(io.StringIO()):
        for data, questions in sources(Path(name)).items():
            tokenizer, spread = vocabulary(questions), questions[:: max(1, len(questions) // QUESTIONS)]
            model = shape("mini", "bert", len(tokenizer))
            rows = compared(Path(name) / data, tokenizer, spread[:QUESTIONS], model)
            found += [{"data": data, **row} for row in rows]
        return found + [{"data": data, **row} for row in memory(Path(name) / "memory", tokenizer, questions)]


def sources(folder: Path, articles: int = ARTICLES) -> dict[str, list[Question]]:
    """The questions of each data set."""
    world = folder / "world"
    world.mkdir()
    sample(Sample(output=world, articles=articles, workers=1))
    paths = {"little world": world / "qa" / "train.json", "korquad-112": KORQUAD}
    return {
        name: [cast(Question, one) for one in read_qa(path).examples] for name, path in paths.items() if path.is_file()
    }


def vocabulary(questions: Sequence[Question]) -> Tokenizer:
    """Pieces learned from all that the questions and their passages say."""
    texts = dict.fromkeys(text for question in questions for text in (question.question, *question.passages))
    counts = Counter(word for text in texts for word in words(text))
    return Tokenizer(learned(counts, PIECES, prefix="##", specials=SPECIALS).pieces)


def compared(
    home: Path, tokenizer: Tokenizer, questions: Sequence[Question], shape: Shape, *, turns: int = TURNS
) -> list[Measure]:
    """A row for each way to train, all in turn, again and again."""
    home.mkdir(parents=True)
    save_model(build(shape, 1), tokenizer, home / "model")
    write_questions(home / "questions.json", questions)
    plans = [_plan(home, half) for half in PRECISIONS if not half or uses_bfloat16("auto", CPU)]
    first = ready(plans[0], 1, home / "first").model
    write_transformers(first, home / "theirs")
    rivals = {
        f"{PEER}{', like lengths' * (not wide)}": peers.peer(home / "theirs", questions, to_maximum=wide)
        for wide in (True, False)
    }
    ways = {
        f"{name}, {PRECISIONS[plan.half]}": _theirs(peer, plan.batch, plan.half)
        for plan in plans
        for name, peer in rivals.items()
    }
    ways |= {f"malmoi, {PRECISIONS[plan.half]}": _ours(plan, first) for plan in plans}
    same = alike(plans[0].rows, rivals[f"{PEER}, like lengths"].features)
    assert 2 * len(same) >= len(plans[0].rows), f"{len(same)} of {len(plans[0].rows)} windows are theirs too"
    losses = _first_losses(ways, plans[0].spec, same[:COMPARED])
    epochs = {name: list[Epoch]() for name in ways}
    for turn in range(turns):
        for name in _rotated(list(ways), turn):
            epochs[name].append(ways[name].epoch(turn + 1))
    return [{**row, "first loss": round(losses[row["way"]], 5)} for row in _rows(ways, epochs, len(questions))]


def alike(rows: Sequence[Row], features: Sequence[peers.Feature]) -> list[Row]:
    """Our windows that are theirs too, token for token and with the same answer."""
    theirs = {(*one["input_ids"], one["start_positions"], one["end_positions"]) for one in features}
    return [row for row in rows if (*row.tokens.tolist(), *cast(tuple[int, int], row.target)) in theirs]


def _plan(home: Path, half: bool) -> Plan:
    """A training of one epoch; how good its model is, nobody asks."""
    precision, file = PRECISIONS[half], home / "questions.json"
    config = Train(
        task="korquad", model=home / "model", train=file, dev=file, output=home / precision, epochs=1.0,
        device="cpu", precision=precision, log_seconds=1e9,
    )  # fmt: skip
    return planned(config, Ranks(0, 1, CPU))


def _ours(plan: Plan, first: Finetuned) -> Way:
    def epoch(seed: int) -> Epoch:
        folder = plan.config.output / str(seed)
        folder.mkdir(parents=True)
        run = ready(plan, seed, folder)
        unjudged = dataclasses.replace(run.work, judge=lambda: {"f1": 0.0}, keep=lambda _: None)
        assert spend(plan, dataclasses.replace(run, work=unjudged), Stopping())
        [seconds] = [one["seconds"] for one in records(folder) if "steps" in one]
        return Epoch(seconds, _computed(plan, seed))

    @torch.no_grad()
    def logits(batch: Batch) -> Tensor:
        with torch.autocast("cpu", torch.bfloat16, enabled=plan.half):
            found: Tensor = first.eval()(batch)
        return found

    return Way(epoch, logits, len(plan.rows), half=plan.half)


def _theirs(peer: peers.Peer, batch: int, half: bool) -> Way:
    def epoch(seed: int) -> Epoch:
        return Epoch(*peers.epoch(peer, batch, seed, half=half))

    return Way(epoch, partial(peers.logits, peer, half=half), len(peer.features), half=half)


def _computed(plan: Plan, seed: int) -> int:
    """The tokens of an epoch of ours with their padding."""
    updates = [[plan.rows[int(number)] for number in numbers] for numbers in plan.order(seed, 0)]
    parts = [part for rows in updates for part in passes(units_of(rows, together=False), plan.config.micro, CPU)]
    return sum(batch_of(part, 0).tokens.numel() for part in parts)


def _first_losses(ways: Mapping[str, Way], spec: Spec, rows: Sequence[Row]) -> dict[str, float]:
    """The mean loss of some windows in every way; all must be the same."""
    batch = batch_of(rows, 0)
    found = {name: float(loss(spec, way.logits(batch), rows, batch, None)) / len(rows) for name, way in ways.items()}
    for name, way in ways.items():
        assert abs(found[name] / found[DEFAULT] - 1) < SAME[way.half], f"{name}: {found}"
    return found


def _rows(ways: Mapping[str, Way], epochs: Mapping[str, Sequence[Epoch]], questions: int) -> list[Measure]:
    seconds = {name: [one.seconds for one in each] for name, each in epochs.items()}
    best = min((name for name in ways if name.startswith(PEER)), key=lambda name: statistics.median(seconds[name]))
    return [
        {
            "way": name,
            "threads": torch.get_num_threads(),
            "questions/s": round(questions / statistics.median(mine), 1),
            "slowest": round(questions / max(mine), 1),
            "fastest": round(questions / min(mine), 1),
            "x run_qa": _ratio(seconds[DEFAULT], mine),
            "x its best": _ratio(seconds[best], mine),
            "windows": ways[name].windows,
            "tokens/question": round(epochs[name][0].tokens / questions),
            **({"bar": BAR} if name == list(ways)[-1] else {}),
        }
        for name, mine in seconds.items()
    ]


def _ratio(theirs: Sequence[float], ours: Sequence[float]) -> float:
    return round(statistics.median(a / b for a, b in zip(theirs, ours, strict=True)), 2)


def _rotated(names: list[str], turn: int) -> list[str]:
    """The names in another order each turn, so that none always follows the same one."""
    start = turn % len(names)
    return names[start:] + names[:start]

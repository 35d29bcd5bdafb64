"""The stage `evaluate`: what a model makes of text that was kept from it. Training calls the same at its end.

Masked pieces and pairs are asked of the held-out instances, with the masks of their first epoch and always 15 % of the
tokens, whatever the rate in training was, so that runs can be compared; static masks are taken as they are. Bits per
character stand in bits.py. Scores of tasks are not measured here but in finetune.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch

from corpus.document import read_documents
from pretrain.architectures import Model
from pretrain.batch import Batch, moved
from pretrain.bits import bits, count_pieces
from pretrain.evaluation_page import evaluation_page
from pretrain.folder import load_model
from pretrain.gather import gather
from pretrain.journal import records
from pretrain.lengths import at_length
from pretrain.loader import batch_of
from pretrain.losses import losses
from pretrain.options_models import Evaluate
from pretrain.passes import Layout, layout, passes
from pretrain.ranks import joined
from pretrain.rows import Rows, open_rows
from tools.errors import UserError
from tools.progress import progress
from tools.shards import MANIFEST, atomic, write_json
from vocab.compare import choose
from vocab.tokenizer import Tokenizer
from vocab.words import clean

KEYS = (
    "global_step", "loss", "masked_lm_accuracy", "masked_lm_loss", "next_sentence_accuracy", "next_sentence_loss",
)  # fmt: skip
RATE = 0.15
MICRO, TOGETHER = 32, 512  # rows in one forward pass; rows that are sorted by length together
AROUND, CANDIDATES = 12, 3  # of an example: pieces to either side, guesses


def evaluate(config: Evaluate) -> dict[str, Any]:
    """Measure a model's folder and write the figures three times: as Google did, as JSON, as a page."""
    folder = at_length(config.instances, config.length, "held-out")
    rows, known = open_rows(folder), open_rows(folder.with_name("train"), check=False)
    with joined(config.device) as ranks:
        model, tokenizer = load_model(config.model, device=ranks.device)
        _check(config, model, tokenizer, rows)
        texts = _texts(config.corpus, config.characters) if config.corpus else None
        found = evaluate_model(model, rows, known, limit=config.rows, characters=config.characters, texts=texts)
    about = {"model": str(config.model), "instances": str(folder), "corpus": str(config.corpus or "")}
    scores = {"global_step": _step(config.model), **found, **about}
    write_results(config.output, scores)
    evaluation_page(config.output / "report.html", scores)
    return {name: scores[name] for name in (*KEYS, "bits per character") if name in scores}


def evaluate_model(
    model: Model,
    rows: Rows,
    known: Rows | None = None,
    *,
    limit: int = 4096,
    characters: int = 50_000,
    texts: Sequence[str] | None = None,
) -> dict[str, Any]:
    """The scores of a model on held-out rows, and its bits per character on `texts` or on the text of those rows.

    With the rows that it `known`s from training, the bits that their frequencies alone would need stand beside.
    """
    numbers = np.linspace(0, len(rows), min(limit or len(rows), len(rows)), endpoint=False).astype(np.int64)
    plan = layout(rows, bins=1, micro=MICRO, seed=int(rows.about["seed"]))
    cap = max(plan.rule.cap, round(RATE * rows.about["length"] * 1.1) + 2)
    plan = dataclasses.replace(plan, rule=dataclasses.replace(plan.rule, rate=RATE, cap=cap))
    notes = []
    with _at_rest(model):
        found = _asked(model, rows, numbers, plan)
        if not found["pairs"]:
            why = "has no head for it" if not model.shape.pairs else "was given instances without pairs"
            notes.append(f"next_sentence_accuracy and next_sentence_loss are 0: not asked, the model {why}")
        if characters:
            if texts is None:
                texts = _own_texts(rows, numbers, characters)
                notes.append(
                    "bits per character are of text decoded from the held-out rows, whose spaces are the tokenizer's: "
                    "to compare vocabularies give the same --corpus"
                )
            counts = None if known is None else count_pieces(known, rows.tokenizer)
            found |= bits(model, rows.tokenizer, texts, counts, model.shape.positions)
        found["examples"] = _examples(model, rows, numbers, plan)
    return {**found, "notes": notes}


def write_results(folder: Path, scores: Mapping[str, Any]) -> None:
    """eval_results.txt with the six keys that Google's script writes, and eval_results.json with everything."""
    with atomic(folder / "eval_results.txt") as file:
        file.write("".join(f"{key} = {scores[key]}\n" for key in KEYS).encode())
    write_json(folder / "eval_results.json", dict(scores))


def _asked(model: Model, rows: Rows, numbers: np.ndarray[Any, Any], plan: Layout) -> dict[str, Any]:
    """What the model answers about masks and pairs."""
    guesses = right = pairs = order_right = 0
    nats = order_nats = 0.0
    with progress("evaluate", len(numbers), "rows") as bar:
        for batch in _batches(model, rows, numbers, plan):
            answer = losses(model, batch)
            guesses, right = guesses + int((batch.labels >= 0).sum()), right + int(answer.right)
            pairs, order_right = pairs + int((batch.random >= 0).sum()), order_right + int(answer.other_right)
            nats, order_nats = nats + float(answer.pieces), order_nats + float(answer.other)
            bar.update(len(batch.tokens))
    if not model.shape.pairs:
        pairs = 0
    mlm, order = nats / max(guesses, 1), order_nats / max(pairs, 1)
    return {
        "loss": mlm + order,
        "masked_lm_accuracy": right / max(guesses, 1),
        "masked_lm_loss": mlm,
        "next_sentence_accuracy": order_right / max(pairs, 1),
        "next_sentence_loss": order,
        "rows": len(numbers),
        "tokens": int(rows.lengths[numbers].sum()),
        "guesses": guesses,
        "pairs": pairs,
        "asked": rows.about["nsp"],
    }


def _batches(model: Model, rows: Rows, numbers: np.ndarray[Any, Any], plan: Layout) -> Iterator[Batch]:
    device = next(model.parameters()).device
    for start in range(0, len(numbers), TOGETHER):
        for made in passes(rows, numbers[start : start + TOGETHER], 0, plan):
            yield moved(batch_of(made), device)


def _examples(model: Model, rows: Rows, numbers: np.ndarray[Any, Any], plan: Layout) -> list[dict[str, Any]]:
    """One masked piece of each of a few rows, and what the model takes it for."""
    tokenizer, found = rows.tokenizer, []
    for number in numbers[:: max(1, len(numbers) // 10)][:10]:
        [batch] = _batches(model, rows, np.array([number]), plan)
        tokens = batch.tokens[0].tolist()
        hidden = [at for at, pick in enumerate(batch.picks.tolist()) if tokens[pick] == plan.rule.mask]
        if not hidden:
            continue
        at = hidden[len(hidden) // 2]
        place = int(batch.picks[at])
        chances, pieces = model(batch).pieces[at].float().softmax(-1).topk(CANDIDATES)
        found.append({
            "before": tokenizer.decode(tokens[max(0, place - AROUND) : place], specials=True),
            "after": tokenizer.decode(tokens[place + 1 : place + 1 + AROUND], specials=True),
            "right": tokenizer.pieces[int(batch.labels[at])],
            "guesses": [
                [tokenizer.pieces[piece], chance]
                for piece, chance in zip(pieces.tolist(), chances.tolist(), strict=True)
            ],
        })  # fmt: skip
    return found


@contextmanager
def _at_rest(model: Model) -> Iterator[None]:
    """Without dropout and gradients; afterwards the model is as it was."""
    training = model.training
    model.eval()
    try:
        with torch.inference_mode():
            yield
    finally:
        model.train(training)


def _texts(corpus: Path, characters: int) -> list[str]:
    """Text to measure bits on: documents chosen by their ids alone, or the beginning of a text file."""
    if (corpus / MANIFEST).is_file():
        found = [clean(document.text) for document in choose(read_documents(corpus), 4 * characters)]
    elif corpus.is_file():
        with corpus.open(encoding="utf-8", errors="replace") as file:
            found = [clean(file.read(characters))]
    else:
        raise UserError(f"{corpus}: neither a folder of documents nor a text file; give what corpus clean makes")
    return _first(found, characters)


def _own_texts(rows: Rows, numbers: np.ndarray[Any, Any], characters: int) -> list[str]:
    found: list[str] = []
    size = 0
    for number in numbers:
        if size >= characters:
            break
        block = gather(rows, np.array([number]))
        tokens, bound, length = block.tokens[0], int(block.bounds[0]), int(block.lengths[0])
        segments = [tokens[1 : bound - 1], tokens[bound : length - 1]]
        found += [rows.tokenizer.decode(segment.tolist()) for segment in segments if len(segment)]
        size = sum(map(len, found))
    return _first(found, characters)


def _first(texts: Sequence[str], characters: int) -> list[str]:
    """So much of some texts."""
    kept = []
    for text in texts:
        kept.append(text[:characters])
        characters -= len(kept[-1])
    return [text for text in kept if text]


def _step(model: Path) -> int:
    """How many updates a model has had: by its own name as a milestone, or by the journal of its run; 0 = unknown."""
    if named := re.fullmatch(r"step-(\d+)", model.name):
        return int(named[1])
    written = records(model) or records(model.parent)
    return int(written[-1]["step"]) if written else 0


def _check(config: Evaluate, model: Model, tokenizer: Tokenizer, rows: Rows) -> None:
    """An error if the model guesses no pieces, or the instances are not its."""
    if model.shape.head != "pieces":
        raise UserError(
            f"{config.model}: was trained to find replaced pieces (--objective rtd) and guesses none; "
            f"compare it with others by a task: python -m finetune train"
        )
    if tokenizer.pieces != rows.tokenizer.pieces:
        raise UserError(
            f"{config.instances}: made with another vocabulary ({len(rows.tokenizer):,} pieces) than the model "
            f"{config.model} ({len(tokenizer):,} pieces); make instances with the model's"
        )
    if rows.about["length"] > model.shape.positions:
        raise UserError(
            f"{rows.folder}: rows of {rows.about['length']} tokens, but {config.model} has {model.shape.positions} "
            f"positions; give a shorter --length"
        )

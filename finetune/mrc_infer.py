"""Answers to questions, shown as the course shows them: seven keys, of which `start_index` counts characters.

Beside the seven stand the places in characters and in tokens of the passage, first and one after the last, and the
next best answers. The text is always cut out of the passage as it was given.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import Any, cast

import orjson
import torch

from finetune.answering import logits, portions
from finetune.coding import all_passages, all_replies, windows_of
from finetune.decode_questions import answer
from finetune.examples import Question
from finetune.finetuned import Finetuned, load_finetuned
from finetune.formats.qa import read_qa
from finetune.look import cut
from finetune.mrc import trained
from finetune.options_mrc import MrcInfer
from finetune.predictions import Reply
from finetune.windows import tokenised, touching
from tools.columns import aligned
from tools.errors import UserError

COURSE = ("text", "probability", "start_index", "end_index", "start_logit", "end_logit", "passage_idx")


def infer(config: MrcInfer) -> None:
    """Print the answer to each question."""
    if config.n < 1:
        raise UserError(f"-n {config.n}: nothing to list; give at least 1")
    folder = trained(config.model_name, english=config.en)
    asked = list(_asked(config))
    model = load_finetuned(folder, device=device(config.device))
    if model.spec.head != "span":
        raise UserError(f"{folder}: was trained for {model.spec.task}, not to read; give a model of finetune mrc")
    for question, found in answered(model, asked, config.n):
        if config.json:
            sys.stdout.write(orjson.dumps({"id": question.id, "question": question.question, **found}).decode() + "\n")
        else:
            print(*shown(question, found), sep="\n")


def answered(
    model: Finetuned, questions: Sequence[Question], most: int = 5
) -> Iterator[tuple[Question, dict[str, Any]]]:
    """Each question with its answer: the keys of the course, places, and under `nbest` the best answers alike.

    Where there are several passages, `passages` has the answer of each of them that seems to hold one, best first.
    """
    for some in portions(questions):
        part = cast(Sequence[Question], some)
        windows = windows_of(model.spec, model.tokenizer, part)
        found = logits(model, windows.rows)
        ranked = all_replies(model.spec, part, windows, found, most=max(most, 20))
        chosen = all_passages(model.spec, part, windows, found)
        for question, replies, passages in zip(part, ranked, chosen, strict=True):
            places = [one.offsets for one in tokenised(model.tokenizer, question.passages)]

            def keyed(reply: Reply, places: Sequence[Any] = places) -> dict[str, Any]:
                tokens = touching(places[reply.passage], reply.start, reply.end) if reply.start >= 0 else (-1, -1)
                return _keys(reply, tokens)

            best = answer(replies, model.spec.threshold)
            doubt = {} if best.null_score is None else {"null_score": best.null_score}
            keys = {**keyed(best), **doubt, "nbest": [keyed(reply) for reply in replies[:most]]}
            several = {"passages": [keyed(reply) for reply in passages]} if len(question.passages) > 1 else {}
            yield question, {**keys, **several}


def shown(question: Question, found: dict[str, Any]) -> Iterator[str]:
    """An answer as lines: the contexts, the question and the answer as the course prints them, then the rest."""
    yield repr([*question.passages])
    yield repr([question.question])
    yield f"OrderedDict([{', '.join(repr((key, found[key])) for key in COURSE)}])"
    start, end, passage = found["start_char"], found["end_char"], found["passage_idx"]
    where = f"characters {start}-{end}, tokens {found['start_token']}-{found['end_token']} of passage {passage}"
    yield f"{where}: {cut(question.passages[passage], start, end)}" if start >= 0 else "답 없음 no answer"
    yield from _table("답 answer", found["nbest"])
    yield ""
    if "passages" in found:
        yield from _table("답이 있는 본문 passages with an answer", found["passages"])
        yield ""


def _table(name: str, answers: Sequence[dict[str, Any]]) -> Iterator[str]:
    head = ("", name, "확률 probability", "글자 characters", "조각 tokens", "passage")
    rows = [
        (
            str(rank),
            one["text"] or "(없음 none)",
            f"{one['probability']:.4f}",
            f"{one['start_char']}-{one['end_char']}" if one["text"] else "",
            f"{one['start_token']}-{one['end_token']}" if one["text"] else "",
            str(one["passage_idx"]),
        )
        for rank, one in enumerate(answers, 1)
    ]
    yield from aligned([head, *rows])


def device(name: str) -> str:
    """Where to compute: on the GPU of this number, or on the processor if there is no GPU or it is asked for."""
    if name == "cpu":
        return name
    if not name.isdecimal():
        raise UserError(f"--device {name}: give the number of a GPU, or cpu")
    if not torch.cuda.is_available():
        return "cpu"
    if int(name) >= torch.cuda.device_count():
        raise UserError(
            f"--device {name}: GPUs here have the numbers 0 to {torch.cuda.device_count() - 1}, or give cpu"
        )
    return f"cuda:{name}"


def _keys(reply: Reply, tokens: tuple[int, int]) -> dict[str, Any]:
    values = (
        reply.text,
        reply.probability,
        reply.start,
        reply.end,
        reply.start_logit,
        reply.end_logit,
        reply.passage,
    )
    places = {"start_char": reply.start, "end_char": reply.end, "start_token": tokens[0], "end_token": tokens[1]}
    return {**dict(zip(COURSE, values, strict=True)), **places}


def _asked(config: MrcInfer) -> Iterator[Question]:
    """The questions: of a file, typed, or of lines."""
    if config.file:
        if config.question or config.context:
            raise UserError("--file and --question or --context: the file has its own; give one or the other")
        yield from cast(Sequence[Question], read_qa(config.file).examples)
    elif config.question:
        yield Question("1", config.question, config.context or (_piped(),))
    elif config.context:
        raise UserError("--context without --question; add -q and what is asked")
    else:
        yield from _lines()


def _piped() -> str:
    text = "" if sys.stdin.isatty() else sys.stdin.read()
    if not text.strip():
        raise UserError("--question without --context; add -p and the text to read, or pipe it in")
    return text


def _lines() -> Iterator[Question]:
    if sys.stdin.isatty():
        print("a line each: question, tab, context (tab, another context); Ctrl-D ends", file=sys.stderr)
    for number, line in enumerate(sys.stdin, 1):
        question, *contexts = line.rstrip("\r\n").split("\t")
        if not contexts and question:
            raise UserError(f"line {number}: {question!r} has no tab; write the question, a tab, and the text to read")
        if contexts:
            yield Question(str(number), question, tuple(contexts))

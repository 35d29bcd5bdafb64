"""The verb `predict`: a fine-tuned model on a file, on lines of a pipe, on what a person types, or on one question.

A line is a text; a tab parts the two texts of a pair, the question from its context, or the choices from their
beginning. What comes out is a line of JSON each, as predictions.py has it; on a terminal, a line for people.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from finetune.answering import logits, predictions
from finetune.coding import all_replies, windows_of
from finetune.decode_questions import answer
from finetune.examples import Choice, Example, Labelled, Question, Tagged
from finetune.finetuned import Finetuned, load_finetuned
from finetune.options_train import Predict
from finetune.plan import read
from finetune.predictions import Chosen, Label, Names, Number, Prediction, Reply, records, write_predictions
from finetune.reading import text as text_of
from finetune.spec import Spec
from pretrain.ranks import joined
from pretrain.setting import uses_bfloat16
from tools.errors import UserError

PAIR = "text <TAB> text"
PARTS = {"span": (2, 2, "question <TAB> context"), "choose": (3, sys.maxsize, "beginning <TAB> choice <TAB> choice")}
"""Head -> how many parts a line has, at least and at most, and what they are."""
TOGETHER = 64  # lines of a pipe that go through the model at once


def predict(config: Predict) -> None:
    """Write or print what a model says."""
    with joined(config.device) as ranks:
        model = load_finetuned(config.model, device=ranks.device)
        half = uses_bfloat16(config.precision, ranks.device)
        if config.question or config.context:
            return _one(config, model, half)
        if config.file is not None:
            found = predictions(model, read(model.spec.known, config.file), half=half)
            if config.output is not None:
                return write_predictions(config.output, list(found))
            return _print(found)
        if sys.stdin.isatty():
            return _talk(model, half)
        if config.output is not None:
            return write_predictions(config.output, list(_of_lines(model, sys.stdin, half)))
        return _print(_of_lines(model, sys.stdin, half))


def example(spec: Spec, line: str, number: int) -> Example:
    """A line as an example of the model's task."""
    parts, id = [part.strip() for part in line.rstrip("\r\n").split("\t")], str(number)
    least, most, wants = PARTS.get(spec.head, (2, 2, PAIR) if spec.pairs else (1, 2, f"a text, or {PAIR}"))
    if not least <= len(parts) <= most and spec.head != "tag":
        raise UserError(f"line {number}: {line.strip()[:60]!r}: is not {wants}")
    if spec.head == "tag":
        return Tagged(id, line.rstrip("\r\n"))
    if spec.head == "span":
        return Question(id, parts[0], (parts[1],))
    if spec.head == "choose":
        return Choice(id, parts[0], tuple(parts[1:]))
    return Labelled(id, parts[0], parts[1] if len(parts) == 2 else None)


def shown(prediction: Prediction, asked: Example) -> str:
    """A prediction as a person reads it."""
    match prediction:
        case Label():
            return f"{prediction.label}  {100 * prediction.chances.get(prediction.label, 0):.1f} %"
        case Number():
            return f"{prediction.value:.3f}"
        case Names():
            assert isinstance(asked, Tagged)
            return marked(asked.text, prediction)
        case Reply():
            return f"{prediction.text or '(답 없음 no answer)'}  {100 * prediction.probability:.1f} %"
        case Chosen():
            assert isinstance(asked, Choice)
            return f"{prediction.number}: {asked.choices[prediction.number]}"


def marked(text: str, names: Names) -> str:
    """A text with its names marked as Korean corpora do: <카카오:OG>의."""
    found, at = "", 0
    for span in names.spans:
        found += f"{text[at : span.start]}<{text[span.start : span.end]}:{span.kind}>"
        at = span.end
    return found + text[at:]


def _one(config: Predict, model: Finetuned, half: bool) -> None:
    if model.spec.head != "span":
        raise UserError(
            f"question, context: are for models that answer questions; {config.model} is of {model.spec.task}"
        )
    if not (config.question.strip() and config.context.strip()):
        raise UserError("question and context: give both, or neither")
    given = config.context
    context = text_of(Path(given[1:])) if given.startswith("@") else given
    asked = [Question("1", config.question, (context,))]
    windows = windows_of(model.spec, model.tokenizer, asked)
    [found] = all_replies(model.spec, asked, windows, logits(model, windows.rows, half=half), most=max(20, config.n))
    said = answer(found, model.spec.threshold)
    best = [said, *(reply for reply in found if reply is not said)][: max(1, config.n)]
    if sys.stdout.isatty():
        print("\n".join(shown(reply, asked[0]) for reply in best))
    else:
        _print(best)


def _of_lines(model: Finetuned, lines: Iterable[str], half: bool) -> Iterator[Prediction]:
    some = list[Example]()
    for number, line in enumerate(lines, 1):
        if line.strip():
            some.append(example(model.spec, line, number))
        if len(some) == TOGETHER:
            yield from predictions(model, some, half=half)
            some = []
    yield from predictions(model, some, half=half)


def _talk(model: Finetuned, half: bool) -> None:
    """Answer line by line until the person has had enough."""
    print(f"{model.spec.task}: a line each; an empty one or Ctrl-D ends", file=sys.stderr)
    number = 0
    while line := _asked(model.spec):
        number += 1
        try:
            one = example(model.spec, line, number)
        except UserError as error:
            print(error, file=sys.stderr)
            continue
        [said] = predictions(model, [one], half=half)
        print(shown(said, one))


def _asked(spec: Spec) -> str:
    try:
        if spec.head == "span":
            context = input("본문 context> ")
            return f"{input('질문 question> ')}\t{context}" if context.strip() else ""
        if spec.pairs:
            first = input("첫째 글 first> ")
            return f"{first}\t{input('둘째 글 second> ')}" if first.strip() else ""
        return input("> ").strip("\r\n")
    except EOFError:
        return ""


def _print(found: Iterable[Prediction]) -> None:
    for one in found:
        print(next(iter(records([one]))).decode(), end="", flush=True)

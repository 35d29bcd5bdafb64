"""`head` and `stats`: what is in a data file of any task, as a person reads it and in figures.

An answer is marked in its context, a name in its text: 【…】. The figures are made in contents.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from finetune.contents import Table, example_tables, question_tables
from finetune.examples import Example, Labelled, Question, Span, Tagged
from finetune.formats.qa import NAMES, opened
from finetune.opening import asks, read_any
from finetune.options_data import Head, Stats
from tools.columns import aligned
from tools.errors import UserError
from vocab.imports import open_vocabulary

AROUND = 60  # characters of a context on either side of its answer


def head(config: Head) -> None:
    """Print some examples."""
    examples = read_any(config.file, config.task).examples
    if config.n < 1:
        raise UserError(f"-n {config.n}: nothing to show; give at least 1")
    if not 0 <= config.first < len(examples):
        raise UserError(f"--first {config.first}: {config.file} has 0 to {len(examples) - 1:,}; give one of these")
    for number, example in enumerate(examples[config.first : config.first + config.n], config.first):
        print(f"#{number:,}  {example.id}")
        print(*(f"  {line}" for line in drawn(example)), "", sep="\n")


def stats(config: Stats) -> None:
    """Print the figures of a file."""
    tokenizer = open_vocabulary(config.vocabulary) if config.vocabulary else None
    if asks(config.file, config.task):
        key, articles = opened(config.file)
        print(f"{config.file}: {NAMES[key]}\n")
        tables: Iterator[Table] = question_tables(articles, tokenizer, config.file.name)
    else:
        reading = read_any(config.file, config.task)
        print(f"{config.file}\n")
        tables = example_tables(reading, tokenizer)
    for table in tables:
        print(*aligned(table, numbers=True), "", sep="\n")


def drawn(example: Example) -> Iterator[str]:
    """An example as lines."""
    if isinstance(example, Question):
        yield from _question(example)
    elif isinstance(example, Tagged):
        yield marked(example.text, example.names or ())
    elif isinstance(example, Labelled):
        yield f"{'?' if example.label is None else example.label}  {flat(example.first)}"
        if example.second is not None:
            yield f"{' ' * len(example.label or '?')}  {flat(example.second)}"
    else:
        yield flat(example.text)
        for number, choice in enumerate(example.choices):
            yield f"{'→' if number == example.right else ' '} {number} {flat(choice)}"


def _question(example: Question) -> Iterator[str]:
    if example.title:
        yield f"제목 title     {example.title}"
    yield f"질문 question  {flat(example.question)}"
    if not example.answers:
        yield f"정답 answer    {'모름 not known' if example.answers is None else '없음 none'}"
        yield f"본문 context   {cut(example.passages[0], 0, 0)}"
        return
    for text in dict.fromkeys(answer.text for answer in example.answers):
        yield f"정답 answer    {flat(text)}"
    for answer in dict.fromkeys(example.answers):
        if answer.start >= 0:
            end = answer.start + len(answer.text)
            yield f"본문 context   {cut(example.passages[answer.passage], answer.start, end)}"
        else:
            yield "본문 context   (정답이 본문에 없음 the answer is not in it)"


def cut(text: str, start: int, end: int) -> str:
    """A place marked in its text, with some words around it."""
    first, last = max(0, start - AROUND), end + AROUND
    before, after = text[first:start], text[end:last]
    if first and " " in before:
        before = before.partition(" ")[2]
    if last < len(text) and " " in after:
        after = after.rpartition(" ")[0]
    inside = f"【{text[start:end]}】" if end > start else ""
    return flat(f"{'… ' if first else ''}{before}{inside}{after}{' …' if last < len(text) else ''}")


def marked(text: str, names: Sequence[Span]) -> str:
    """A text with its names marked."""
    parts, at = list[str](), 0
    for name in names:
        parts += [text[at : name.start], f"【{text[name.start : name.end]}:{name.kind}】"]
        at = name.end
    return flat("".join([*parts, text[at:]]))


def flat(text: str) -> str:
    """A text on one line."""
    return " ".join(text.splitlines())

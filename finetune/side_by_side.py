"""Examples beside what a model says of them: for each kind of mistake some, and some that are right.

Questions are shown as the course's notebook prints them, Context, Question, Answer Span, Predict Span, with the right
answer under Answer Span. Which examples are shown hangs on nothing but their order.
"""

from __future__ import annotations

from collections.abc import Sequence

from finetune.examples import Answer, Choice, Example, Labelled, Question, Tagged
from finetune.look import cut, flat, marked
from finetune.predictions import Chosen, Label, Names, Number, Prediction, Reply
from finetune.scores.errors import KINDS, error_kind
from finetune.task import Task
from finetune.verdicts import verdict
from tools.charts import Table

EACH = 4  # of a kind of mistake
MOST = 40
RIGHT, WRONG = "맞음 right", "틀림 wrong"
Pair = tuple[Example, Prediction | None]


def side_by_side(task: Task, gold: Sequence[Example], given: Sequence[Prediction]) -> Table:
    """A table of examples, mistakes first."""
    said = {one.id: one for one in given}
    pairs = [(example, said.get(example.id)) for example in gold]
    if task.head == "regress":
        pairs.sort(key=lambda pair: verdict(task, *pair))
        chosen = [(_how(task, *pair), *pair) for pair in [*pairs[: 2 * EACH], *pairs[2 * EACH :][-EACH:]]]
    else:
        chosen = _some(task, pairs)
    rows = [[*shown(example), answer(example), predicted(example, one), how] for how, example, one in chosen]
    return Table([*HEADS[task.head], "정답 Answer", "예측 Predict", "판정"], rows)


def sample(task: Task, example: Example, said: Prediction | None) -> str:
    """One of them in lines, as a training shows some on its way."""
    names = (*HEADS[task.head], "정답 Answer", "예측 Predict")
    cells = (*shown(example), answer(example), predicted(example, said))
    return "\n".join(f"    {name}: {cell}" for name, cell in zip(names, cells, strict=True))


def shown(example: Example) -> tuple[str, ...]:
    """What an example asks, in cells."""
    match example:
        case Question():
            at = next((one for one in example.answers or () if one.start >= 0), Answer("", 0))
            return cut(example.passages[at.passage], at.start, at.start + len(at.text)), flat(example.question)
        case Labelled():
            return (flat(example.first) + (f" ▏{flat(example.second)}" if example.second is not None else ""),)
        case Tagged():
            return ()
        case Choice():
            return (flat(example.text),)


def answer(example: Example) -> str:
    """What is right."""
    match example:
        case Question():
            return " / ".join(dict.fromkeys(flat(one.text) for one in example.answers or ())) or "(없음 none)"
        case Labelled():
            return example.label or ""
        case Tagged():
            return marked(example.text, example.names or ())
        case Choice():
            return "" if example.right is None else flat(example.choices[example.right])


def predicted(example: Example, said: Prediction | None) -> str:
    """What a model says, as people write it."""
    match said:
        case Reply():
            return flat(said.text) or "(없음 none)"
        case Label():
            sure = said.chances.get(said.label)
            return said.label if sure is None else f"{said.label} ({100 * sure:.0f} %)"
        case Number():
            return f"{said.value:.2f}"
        case Names():
            return marked(example.text, said.spans) if isinstance(example, Tagged) else ""
        case Chosen():
            return flat(example.choices[said.number]) if isinstance(example, Choice) else str(said.number)
    return "(예측 없음 missing)"


def _some(task: Task, pairs: Sequence[Pair]) -> list[tuple[str, Example, Prediction | None]]:
    """The first few of each kind of mistake, then of what is right."""
    found = dict[str, list[Pair]]()
    for pair in pairs:
        some = found.setdefault(_how(task, *pair), [])
        if len(some) < EACH:
            some.append(pair)
    right = found.pop(RIGHT, [])
    wrong = [(how, *pair) for how, some in found.items() for pair in some]
    return wrong[: MOST - EACH] + [(RIGHT, *pair) for pair in right]


def _how(task: Task, example: Example, said: Prediction | None) -> str:
    """Right, or the kind of the mistake."""
    value = verdict(task, example, said)
    if task.head == "regress":
        return f"{-value:.2f} 차이 off"
    if value == 1:
        return RIGHT
    if isinstance(example, Question):
        kind = error_kind(example, said if isinstance(said, Reply) else None)
        return f"{KINDS[kind]} {kind}"
    if isinstance(example, Labelled) and isinstance(said, Label):
        return f"{example.label} → {said.label}"
    return WRONG


HEADS: dict[str, tuple[str, ...]] = {
    "span": ("본문 Context", "질문 Question"),
    "classify": ("글 Text",),
    "regress": ("글 Text",),
    "tag": (),
    "choose": ("글 Text",),
}
"""The head of a task -> what its cells hold before the answers."""

"""The README.md of an exported model: its task, its scores, the licence of its data, how to use it in transformers.

Scores are those of all seeds, as report.json has them, and the kept model is one of these. What is left out is what the
encoder was pretrained on, which its own card says.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from finetune.interchange import SUFFIXES
from finetune.scores.figures import described
from finetune.spec import Spec
from finetune.task import Head


def model_card(spec: Spec, settings: Mapping[str, Any], report: Mapping[str, Any], name: str) -> str:
    """The card of a model whose config.json says `settings`; `report` is that of its training, or empty."""
    task = spec.known
    facts = [
        ["과제 task", f"{task.korean} {task.name}"],
        ["데이터의 라이선스 licence of the data", task.licence],
        ["모델 model", f"{settings['architectures'][0]}, {settings['num_hidden_layers']} x {settings['hidden_size']}"],
        ["토큰 tokens in a row", f"{spec.length}"],
    ]
    if spec.head in ("span", "tag"):
        facts += [["창의 간격 tokens from window to window", f"{spec.stride}"]]
    if spec.null:
        facts += [["답 없음의 문턱 threshold of no answer", f"{spec.threshold:.4f}"]]
    return CARD.format(
        name=name,
        pipeline=PIPELINES.get(spec.head, ""),
        about=task.about,
        facts=_table(["", ""], facts),
        scores=_scores(report),
        auto=SUFFIXES[spec.head],
        use=USE[spec.head].format(length=spec.length, stride=spec.stride, also=_also(spec)),
    )


def _also(spec: Spec) -> str:
    """What else was decided on the held-out part about saying an answer."""
    return (NULL if spec.null else "") + ("" if spec.josa else JOSA)


def _scores(report: Mapping[str, Any]) -> str:
    """Mean and deviation over seeds of each figure of each part."""
    if not report:
        return "The folder that was exported says none.\n"
    seeds = len(report["seeds"])
    rows = [
        [part, described(figure, 0.0)[0], f"{value['mean']:.2f}" + (f" ± {value['sd']:.2f}" if seeds > 1 else "")]
        for part, figures in report["spread"].items()
        for figure, value in figures.items()
    ]
    chosen = f"\n{seeds} seed{'s' * (seeds > 1)}; dev chose the model, test decided nothing.\n"
    return _table(["part", "figure", "score"], rows) + chosen


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)


PIPELINES: dict[Head, str] = {
    "classify": "pipeline_tag: text-classification\n",
    "regress": "pipeline_tag: text-classification\n",
    "tag": "pipeline_tag: token-classification\n",
    "span": "pipeline_tag: question-answering\n",
}
NULL = "\nThere is none if [CLS] as start and end scores higher than the best answer by more than the threshold above."
JOSA = "\nA josa at its end is taken off then, as finetune/josa.py does."
USE: dict[Head, str] = {
    "classify": 'given = tokenizer("텍스트", truncation=True, return_tensors="pt")  # or two texts\n'
    "print(model.config.id2label[int(model(**given).logits.argmax())])\n```\n",
    "regress": 'given = tokenizer("텍스트", "다른 텍스트", truncation=True, return_tensors="pt")\n'
    "print(model(**given).logits.item())\n```\n",
    "tag": 'given = tokenizer("텍스트", truncation=True, return_tensors="pt")\n'
    "print([model.config.id2label[int(tag)] for tag in model(**given).logits[0].argmax(-1)])\n```\n",
    "span": 'given = tokenizer("질문", "본문", truncation="only_second", return_tensors="pt")\n'
    "starts, ends = model(**given).start_logits, model(**given).end_logits\n```\n\n"
    "The answer is the start and end in the text with the highest sum, at most 30 tokens apart. A longer text is read\n"
    "in windows of {length} tokens, each beginning {stride} tokens after the one before.{also}\n",
    "choose": 'ways = ["한 가지", "다른 가지"]\n'
    'given = tokenizer(["문장"] * len(ways), ways, truncation=True, padding=True, return_tensors="pt")\n'
    "print(int(model(**{{name: each[None] for name, each in given.items()}}).logits.argmax()))\n```\n",
}
CARD = """---
language: ko
library_name: transformers
{pipeline}tags:
- malmoi
---
# {name}

Fine-tuned by Malmoi. {about}

{facts}
## Scores

{scores}
## Use

```python
from transformers import AutoModel{auto}, AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained(FOLDER)
model = AutoModel{auto}.from_pretrained(FOLDER).eval()
{use}"""

"""What is left of a run for people: a page of curves, and a card that goes with the model.

Both are drawn from plain values: the records of the journal, the shape, the options, and what evaluation found. Their
words are in Korean and English. Nothing is measured here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pretrain.config_keys import EXPLANATIONS
from pretrain.evaluation_page import Scores, evaluation_sections
from pretrain.journal import Record, clock, short
from pretrain.parameters import total
from pretrain.shape import Head, Shape, to_config
from tools.charts import Block, Lines, Prose, Section, Table, write_page

REPORT = "report.html"
POINTS = 400  # of a curve; where there are more records, neighbours are averaged


def write_report(
    folder: Path,
    metrics: Sequence[Record],
    *,
    shape: Shape,
    options: Mapping[str, Any],
    scores: Scores | None = None,
    milestones: Mapping[int, Scores] | None = None,
) -> None:
    """The page of a training; `milestones` are scores of the models at some steps on the way."""
    if milestones and scores and metrics:
        milestones = {**milestones, metrics[-1]["step"]: scores}
    sections = [
        Section("요약 Summary", [Table(["", ""], summary(metrics, shape)), *_verdict(scores)]),
        *_curves(metrics),
        *([_learning(milestones)] if milestones else []),
        *(evaluation_sections(scores) if scores else []),
        _settings(shape, options),
    ]
    write_page(folder / REPORT, "사전학습 보고서 Pretraining report", sections)


def summary(metrics: Sequence[Record], shape: Shape) -> list[list[str]]:
    """What a run was, in a few rows."""
    rows = [["모델 model", f"{shape.architecture} {shape.layers}x{shape.hidden}, {shape.heads} heads"]]
    rows += [["매개변수 parameters", f"{total(shape):,}"]]
    if not metrics:
        return rows
    last, seconds = metrics[-1], metrics[-1]["seconds"]
    tokens = sum(record["tokens"] for record in metrics)
    rows += [
        ["갱신 updates", f"{last['step']:,}"],
        ["학습한 시간 time spent training", clock(seconds)],
        ["본 토큰 tokens seen", f"{tokens:,}"],
        ["속도 speed", short(tokens / max(seconds, 1e-9), "tokens/s")],
    ]
    if used := [record["mfu"] for record in metrics if "mfu" in record]:
        rows += [["MFU", f"{100 * sum(used) / len(used):.1f} %"]]
    if "mlm_loss" in last:
        rows += [["마지막 손실 last loss", f"{last['mlm_loss']:.3f}"]]
    if skipped := sum(record.get("skipped", 0) for record in metrics):
        rows += [["건너뛴 갱신 skipped updates", f"{skipped:,}"]]
    return rows


def model_card(
    shape: Shape,
    *,
    about: Mapping[str, Any],
    options: Mapping[str, Any],
    hardware: str,
    metrics: Sequence[Record],
    scores: Scores | None = None,
) -> str:
    """The README.md of a model: what it is, what it was made from and how, how good it is, how to use it.

    `about` is what the manifest of the instances says.
    """
    made = {name: value for name, value in about.items() if isinstance(value, (int, float, str)) and name != "kind"}
    parts = {
        "Model": summary(metrics, shape),
        "Data": [[name, _shown(value)] for name, value in made.items()],
        "Scores on held-out text": _scored(scores),
        "Recipe": [[name, _shown(value)] for name, value in options.items() if value is not None],
        "Hardware": [["trained on", hardware]],
    }
    tables = [f"## {title}\n\n{_markdown(rows)}" for title, rows in parts.items() if rows]
    name = f"{shape.architecture}-{shape.layers}x{shape.hidden}"
    origin = f"the weights of {options['start']}" if options.get("start") else "random weights"
    said = HEADS[shape.head]
    return CARD.format(name=name, kind=KINDS[shape.architecture], origin=origin, **said, tables="\n".join(tables))


def _scored(scores: Scores | None) -> list[list[str]]:
    keys = ("masked_lm_accuracy", "masked_lm_loss", "next_sentence_accuracy", "bits per character")
    more = ("unigram bits per character",)
    asked = [key for key in (*keys, *more) if scores and key in scores]
    return [[key, f"{scores[key]:.4f}"] for key in asked if scores]


def _shown(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def _markdown(rows: Sequence[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |" for row in rows]
    return "\n".join(["| | |", "|---|---|", *lines, ""])


def _verdict(scores: Scores | None) -> list[Block]:
    if scores is None:
        return []
    right = f"{100 * scores['masked_lm_accuracy']:.1f} %"
    korean = f"처음 보는 글의 빈칸을 {right} 맞힌다."
    english = f"It guesses {right} of the masked pieces of text that it has not seen."
    if "bits per character" in scores:
        korean += f" 글자마다 {scores['bits per character']:.3f}비트가 든다."
        english += f" A character costs it {scores['bits per character']:.3f} bits."
    return [Prose(korean), Prose(english)]


def _curves(metrics: Sequence[Record]) -> list[Section]:
    """Everything that has a course, against updates and against time."""
    found = []
    for title, about, charts in CURVES:
        blocks = [chart for name, keys, scale in charts for chart in _charts(metrics, name, keys, scale)]
        if blocks:
            found.append(Section(title, [*([Prose(about)] if about else []), *blocks]))
    return found


def _charts(metrics: Sequence[Record], name: str, keys: Mapping[str, str], scale: float) -> list[Lines]:
    axes = {"step": ("갱신 updates", 1.0), "seconds": ("분 minutes", 1 / 60)}
    charts = []
    for at, (axis, factor) in axes.items():
        points = {label: _points(metrics, at, key, factor, scale) for key, label in keys.items()}
        there = {label: curve for label, curve in points.items() if len(curve) > 1}
        if there and (at == "step" or "loss" in name):  # the clock is worth a figure for the loss alone
            charts.append(Lines(name, there, axis))
    return charts


def _points(metrics: Sequence[Record], at: str, key: str, factor: float, scale: float) -> list[tuple[float, float]]:
    """A curve of at most POINTS points: where there are more records, each is the mean of some neighbours."""
    curve = [(record[at] * factor, record[key] * scale) for record in metrics if key in record]
    size = -(-len(curve) // POINTS)
    parts = [curve[start : start + size] for start in range(0, len(curve), max(size, 1))]
    return [(part[-1][0], sum(y for _, y in part) / len(part)) for part in parts]


def _learning(milestones: Mapping[int, Scores]) -> Section:
    steps = sorted(milestones)
    rows = [
        [
            f"{step:,}",
            f"{milestones[step]['masked_lm_loss']:.4f}",
            f"{100 * milestones[step]['masked_lm_accuracy']:.2f}",
            f"{100 * milestones[step]['next_sentence_accuracy']:.2f}",
        ]
        for step in steps
    ]
    curve = [(float(step), 100 * milestones[step]["masked_lm_accuracy"]) for step in steps]
    head = ["갱신 updates", "빈칸 손실 masked loss", "빈칸 정확도 masked accuracy (%)", "다음 문장 next sentence (%)"]
    about = "길의 1/32, 1/16, ..., 끝에서 잰 모델. The model at a 32nd, a 16th, ... and at the end of its way."
    title = "처음 보는 글의 빈칸을 맞힌 몫(%) Masked accuracy on held-out text"
    blocks: list[Block] = [Prose(about), Table(head, rows)]
    if len(steps) > 1:
        blocks.append(Lines(title, {"정확도 accuracy": curve}, "갱신 updates", logarithmic=True))
    return Section("학습 곡선 Learning curve", blocks)


def _settings(shape: Shape, options: Mapping[str, Any]) -> Section:
    keys = [[key, str(value), EXPLANATIONS.get(key, "")] for key, value in to_config(shape).items()]
    given = [[name, str(value)] for name, value in options.items()]
    return Section(
        "설정 Configuration",
        [Table(["키 key", "값 value", "뜻 meaning"], keys), Table(["옵션 option", "값 value"], given)],
    )


CURVES: list[tuple[str, str, list[tuple[str, Mapping[str, str], float]]]] = [
    (
        "손실 Loss",
        "빈칸 하나에 얼마나 놀라는지를 자연 로그로 잰다. 어휘 크기의 로그에서 시작하고, 한동안 머무는 고비가 있다. "
        "Nats per guess: it begins at the logarithm of the vocabulary's size and may rest on a plateau for a while.",
        [
            ("빈칸의 손실 masked loss", {"mlm_loss": "빈칸 masked pieces"}, 1.0),
            ("쌍의 손실 pair loss", {"nsp_loss": "다음 문장 next sentence", "sop_loss": "문장 순서 order"}, 1.0),
            ("바뀐 조각의 손실 loss of replaced or not", {"rtd_loss": "바뀐 조각 replaced"}, 1.0),
        ],
    ),
    (
        "정확도 Accuracy",
        "학습하는 글에서 잰 것이다. On the text it is learning from, dropout included.",
        [
            ("빈칸을 맞힌 몫(%) masked accuracy", {"mlm_accuracy": "빈칸 masked pieces"}, 100.0),
            (
                "쌍을 맞힌 몫(%) pair accuracy",
                {"nsp_accuracy": "다음 문장 next sentence", "sop_accuracy": "문장 순서 order"},
                100.0,
            ),
            ("바뀐 조각인지 맞힌 몫(%) replaced or not", {"rtd_accuracy": "바뀐 조각 replaced"}, 100.0),
        ],
    ),
    ("학습률 Learning rate", "", [("학습률 learning rate", {"lr": "학습률 learning rate"}, 1.0)]),
    (
        "속도 Speed",
        "",
        [
            ("1초의 토큰 tokens a second", {"tokens/sec": "토큰 tokens"}, 1.0),
            ("MFU와 데이터를 기다린 몫(%) MFU and wait for data", {"mfu": "MFU", "wait": "기다림 wait"}, 100.0),
        ],
    ),
]
"""Section -> its words and figures: title, record key -> name of the curve, factor."""
KINDS = {
    "bert": "BERT as its paper has it (post-norm, learned positions)",
    "modern": "an encoder of ModernBERT's kind (pre-norm, rotary positions, GeGLU)",
}
CARD = """---
language: ko
pipeline_tag: {tag}
tags:
- malmoi
- pretraining
---
# {name}

A Korean model, pretrained from {origin} by Malmoi: {kind}.

{can}; for tasks it is to be finetuned. It knows only what was in its text, with that text's mistakes and leanings.

{tables}
## Use

```sh
python -m pretrain inspect FOLDER "아버지가 방에 들어가신다."
python -m pretrain export FOLDER --output build/hf
```

```python
{use}
```
"""
PIECES = """from transformers import pipeline

pipeline("fill-mask", "build/hf")("대한민국의 수도는 [MASK]이다.")"""
REPLACED = """from transformers import AutoModel, AutoTokenizer

model, tokenizer = AutoModel.from_pretrained("build/hf"), AutoTokenizer.from_pretrained("build/hf")
model(**tokenizer("대한민국의 수도는 서울이다.", return_tensors="pt")).last_hidden_state"""
HEADS: dict[Head, dict[str, str]] = {
    "pieces": {"tag": "fill-mask", "can": "It guesses what is hidden in a text", "use": PIECES},
    "replaced": {"tag": "feature-extraction", "can": "It finds pieces of a text that were replaced", "use": REPLACED},
}
"""What a card says of a model by its head."""

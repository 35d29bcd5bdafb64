"""What evaluation found, for people: a page by itself, and sections for the report of a training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tools.charts import Bars, Prose, Section, Table, write_page

Scores = Mapping[str, Any]


def evaluation_page(path: Path, scores: Scores) -> None:
    """The page of an evaluation by itself."""
    write_page(path, "모델 평가 Evaluation of a model", evaluation_sections(scores))


def evaluation_sections(scores: Scores) -> list[Section]:
    """What evaluation found: figures, bits beside their baseline, and examples."""
    asked = {"sop": "문장 순서 sentence order"}.get(scores.get("asked", ""), "다음 문장 next sentence")
    rows = [
        ["빈칸을 맞힌 몫 masked accuracy", f"{100 * scores['masked_lm_accuracy']:.2f} %"],
        ["빈칸의 손실 masked loss (nats)", f"{scores['masked_lm_loss']:.4f}"],
        ["빈칸 수 guesses", f"{scores['guesses']:,}"],
    ]
    if scores["pairs"]:
        rows += [
            [f"{asked}: 맞힌 몫 accuracy", f"{100 * scores['next_sentence_accuracy']:.2f} %"],
            [f"{asked}: 손실 loss (nats)", f"{scores['next_sentence_loss']:.4f}"],
            [f"{asked}: 쌍의 수 pairs", f"{scores['pairs']:,}"],
        ]
    notes = [Prose(note) for note in scores["notes"]]
    sections = [Section("처음 보는 글에서 On held-out text", [Table(["", ""], rows), *notes])]
    if "bits per character" in scores:
        sections.append(_bits(scores))
    if scores.get("examples"):
        sections.append(_examples(scores["examples"]))
    return sections


def _bits(scores: Scores) -> Section:
    values = {"이 모델 this model": scores["bits per character"]}
    if "unigram bits per character" in scores:
        values["조각의 빈도만 piece frequencies alone"] = scores["unigram bits per character"]
    about = (
        f"글 {scores['characters']:,}자의 모든 조각을 한 번씩 가리고 잰 의사 우도이다. 어휘가 달라도 견줄 수 있다. "
        "Pseudo-likelihood, each piece hidden once with the rest of its word; comparable across vocabularies on the "
        "same text."
    )
    rows = [
        ["조각 pieces", f"{scores['pieces']:,}"],
        ["[UNK]가 가린 글자 characters behind [UNK] (16 bits each)", f"{scores['characters behind [UNK]']:,}"],
    ]
    title = "글자마다 드는 비트 Bits per character"
    return Section(title, [Prose(about), Bars(title, values), Table(["", ""], rows)])


def _examples(examples: Sequence[Mapping[str, Any]]) -> Section:
    rows = [
        [
            f"{example['before']} ▁▁ {example['after']}",
            example["right"],
            "  ".join(f"{piece} {100 * chance:.0f} %" for piece, chance in example["guesses"]),
        ]
        for example in examples
    ]
    return Section("보기 Examples", [Table(["글 text", "정답 hidden", "추측 guesses"], rows)])

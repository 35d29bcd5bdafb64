"""What the figures are called for people, in Korean and English, and how each is written."""

from __future__ import annotations


def described(name: str, value: float) -> tuple[str, str]:
    """A figure's label and how it is written: percent with two digits, or a plain number."""
    prefix = next((prefix for prefix in PREFIXES if name.startswith(prefix)), "")
    base = name.removeprefix(prefix)
    suffix = next((suffix for suffix in SUFFIXES if base.endswith(suffix)), "")
    base = base.removesuffix(suffix)
    label = " · ".join(filter(None, (PREFIXES.get(prefix), FIGURES.get(base, base), SUFFIXES.get(suffix))))
    plain = suffix == "_thresh" or base == "ece"
    return label, f"{value:.4f}" if plain else f"{value:.2f} %"


PREFIXES = {
    "HasAns_": "답 있음 HasAns",
    "NoAns_": "답 없음 NoAns",
    "best_": "가장 좋은 문턱 best",
    "pr_": "정밀도-재현율 PR",
}
SUFFIXES = {"_thresh": "문턱 threshold", "_ap": "평균 정밀도 AP"}
FIGURES = {
    "exact_match": "완전 일치 EM",
    "exact": "완전 일치 EM",
    "f1": "F1",
    "rouge_w": "ROUGE-W",
    "accuracy": "정확도 accuracy",
    "macro_f1": "매크로 macro F1",
    "micro_f1": "마이크로 micro F1",
    "weighted_f1": "가중 weighted F1",
    "precision": "정밀도 precision",
    "recall": "재현율 recall",
    "auprc": "PR 곡선 넓이 AUPRC",
    "pearson": "피어슨 Pearson",
    "spearman": "스피어만 Spearman",
    "similar_f1": "유사 similar F1",
    "ece": "보정 오차 ECE",
    "entity_macro_f1": "개체명 entity macro F1",
    "character_macro_f1": "글자 character macro F1",
    "character_macro_f1_without_o": "글자, O 빼고 character macro F1 without O",
}

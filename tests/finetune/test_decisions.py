"""What the held-out part decides: josa and threshold are what scores best when it is applied, not only when weighed."""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import pytest

from finetune.coding import all_passages, all_replies, coded
from finetune.decisions import KEPT, OFF, about_josa, decided
from finetune.encode_questions import encode_questions
from finetune.examples import Answer, Question
from finetune.josa import trimmed
from finetune.predictions import Reply
from finetune.spec import Spec
from vocab.korquad import exact_match
from vocab.scheme import SPECIALS
from vocab.tokenizer import Tokenizer

SPEC = Spec(task="korquad", head="span", length=32, stride=8)
SEA = Tokenizer((*SPECIALS, "동해", "##에서", "##에", "서해", "깊다", "어디", "?"))


def asked(*pairs: tuple[str, str]) -> tuple[list[Question], list[Reply]]:
    """Questions with their right answers, and what a model says of each."""
    questions = [
        Question(str(number), "어디?", (f"{said} {right}",), (Answer(right, 0),) if right else ())
        for number, (right, said) in enumerate(pairs)
    ]
    return questions, [Reply(str(number), said, best=said) for number, (_, said) in enumerate(pairs)]


@pytest.mark.parametrize(
    ("pairs", "kept", "off", "stays"),
    [
        ([("바다군", "바다군에서"), ("사리읍", "사리읍은"), ("마루시", "마루시")], 100 / 3, 100.0, False),
        ([("바다군에서", "바다군에서"), ("사리읍", "사리읍은")], 50.0, 50.0, True),  # no better: as it was
        ([("사랑방에", "사랑방에"), ("마루시", "마루시")], 100.0, 50.0, True),
    ],
)
def test_josa_are_taken_off_only_if_more_is_right(
    pairs: list[tuple[str, str]], kept: float, off: float, stays: bool
) -> None:
    spec, figures = decided(SPEC, *asked(*pairs))
    assert figures == {KEPT: pytest.approx(kept), OFF: pytest.approx(off)}
    assert spec == dataclasses.replace(SPEC, josa=stays)
    assert f"{KEPT if stays else OFF}: exact match {kept:.2f} with them, {off:.2f} without" in about_josa(figures)


def test_both_decisions_together_score_what_was_promised() -> None:
    """Every threshold and both ways, tried one by one, with the rule of KorQuAD from the vocabulary package."""
    pairs = [("바다군", "바다군에서"), ("", "사리읍"), ("사리읍", "사리읍은"), ("", "마루시는"), ("마루시", "마루시")]
    for doubts in itertools.permutations((-2.0, -1.0, 0.5, 1.5, 3.0)):
        questions, replies = asked(*pairs)
        given = [
            dataclasses.replace(one, null_score=doubt, text="" if doubt > 0 else one.text)
            for one, doubt in zip(replies, doubts, strict=True)
        ]
        spec, figures = decided(dataclasses.replace(SPEC, task="klue-mrc", null=True), questions, given)

        def score(threshold: float, josa: bool, doubts: tuple[float, ...] = doubts) -> float:
            found = 0
            for (right, said), doubt in zip(pairs, doubts, strict=True):
                text = "" if doubt > threshold else said if josa else trimmed([Reply("", said)])[0].text
                found += exact_match(text, right)
            return 100 * found / len(pairs)

        best = {josa: max(score(each, josa) for each in (-9.0, *doubts)) for josa in (True, False)}
        assert figures == {KEPT: pytest.approx(best[True]), OFF: pytest.approx(best[False])}
        assert score(spec.threshold, spec.josa) == pytest.approx(max(best.values()))


def test_replies_that_become_one_without_josa_are_as_likely_as_together() -> None:
    question = Question("q", "어디?", ("동해에서 깊다", "서해에 깊다"))
    windows = encode_questions([question], SEA)
    logits = [np.zeros((len(row), 2), np.float32) for row in windows.rows]
    logits[0][4, 0], logits[0][5, 1] = 5, 5  # 동해에서
    [whole] = all_replies(SPEC, [question], windows, logits)
    [short] = all_replies(dataclasses.replace(SPEC, josa=False), [question], windows, logits)
    assert (whole[0].text, short[0].text, short[0].best) == ("동해에서", "동해", "동해")
    assert question.passages[0][short[0].start : short[0].end] == "동해"
    both = [one.probability for one in whole if one.text in ("동해", "동해에서")]
    assert len(both) == 2
    assert short[0].probability == pytest.approx(sum(both))
    assert sum(one.probability for one in short) == pytest.approx(1)
    off = dataclasses.replace(SPEC, josa=False, threshold=99.0)
    [passages] = all_passages(off, [question], windows, logits)
    assert (passages[0].text, passages[0].passage) == ("동해", 0)
    assert {one.passage for one in passages} == {0, 1}


def test_predictions_are_made_as_it_was_decided() -> None:
    question = Question("q", "어디?", ("동해에서 깊다",))
    off = coded(dataclasses.replace(SPEC, josa=False), SEA, [question])
    logits = [np.zeros((len(row), 2), np.float32) for row in off.rows]
    logits[0][4, 0], logits[0][5, 1] = 5, 5
    assert [one.text for one in off.decode(logits) if isinstance(one, Reply)] == ["동해"]
    assert [one.text for one in coded(SPEC, SEA, [question]).decode(logits) if isinstance(one, Reply)] == ["동해에서"]

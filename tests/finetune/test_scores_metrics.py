"""The table of scores: from examples and predictions to figures, with what is missing and what nobody asked for."""

from __future__ import annotations

import json
import lzma
import time
from pathlib import Path
from typing import Any

import pytest

from finetune.examples import Answer, Choice, Example, Labelled, Question, Span, Tagged
from finetune.predictions import Chosen, Label, Names, Number, Prediction, Reply
from finetune.scores import klue_mrc, squad
from finetune.scores.coverage import Coverage, coverage, require_gold
from finetune.scores.figures import described
from finetune.scores.metrics import METRICS, RULES
from finetune.tasks import TASKS
from tests.finetune import twins
from tests.finetune.fuzz import CASES, answer_pair, cases
from tools.errors import UserError

KORQUAD = Path(__file__).parents[3] / "shared" / "data" / "korquad" / "korquad-112.json.xz"


def questions(answers: dict[str, list[str]]) -> list[Example]:
    return [
        Question(id, "?", ("글",), tuple(Answer(text, -1) for text in texts if text)) for id, texts in answers.items()
    ]


def replies(texts: dict[str, str]) -> list[Prediction]:
    return [Reply(id, text) for id, text in texts.items()]


def test_files_of_answers_agree_with_the_twin() -> None:
    exact = {
        "korquad": lambda one, other: float(twins.korquad_normalized(one) == twins.korquad_normalized(other)),
        "squad": lambda one, other: float(twins.squad_words(one) == twins.squad_words(other)),
        "klue-mrc": lambda one, other: float(twins.klue_normalized(one) == twins.klue_normalized(other)),
    }
    shared = {
        "korquad": lambda one, other: twins.character_f1(*map(twins.korquad_normalized, (one, other))),
        "squad": lambda one, other: twins.shared_f1(twins.squad_words(one), twins.squad_words(other)),
        "klue-mrc": lambda one, other: twins.rouge_w(*map(twins.klue_normalized, (one, other))),
    }
    for draw in cases(40, CASES // 20):
        gold, given = dict[str, list[str]](), dict[str, str]()
        for number in range(draw.randint(1, 10)):
            answer, right = answer_pair(draw, "가나다은 aB《》.")
            gold[str(number)] = [right or "가", *(["나 다"] if draw.random() < 0.3 else [])]
            if draw.random() < 0.9:
                given[str(number)] = answer
        for name, rule in exact.items():
            found = METRICS[name](questions(gold), [*replies(given), Reply("strange", "가")])
            one, other = RULES[name]
            assert found[one] == twins.file_mean(rule, gold, given)
            assert found[other] == twins.file_mean(shared[name], gold, given)


def test_a_missing_answer_scores_nothing() -> None:
    gold = questions({"1": ["말모이"], "2": ["사전"]})
    assert METRICS["korquad"](gold, replies({"1": "말모이"})) == {"exact_match": 50.0, "f1": 50.0}
    assert METRICS["korquad2"](gold, replies({"1": "<b>말 모이</b>"})) == {"exact_match": 50.0, "f1": 50.0}
    assert METRICS["korquad"](gold, []) == {"exact_match": 0.0, "f1": 0.0}


def test_questions_without_an_answer() -> None:
    gold = questions({"1": ["the cat", "dog"], "2": [], "3": ["cow"]})
    found = METRICS["squad2"](gold, replies({"1": "cat", "2": "", "3": "black cow"}))
    assert found == {
        "exact": pytest.approx(200 / 3),
        "f1": pytest.approx(100 * (1 + 1 + 2 / 3) / 3),
        "HasAns_exact": 50.0,
        "NoAns_exact": 100.0,
        "HasAns_f1": pytest.approx(100 * (1 + 2 / 3) / 2),
        "NoAns_f1": 100.0,
    }


def test_a_threshold_is_searched_where_doubts_are_known() -> None:
    gold = questions({"1": ["cat"], "2": [], "3": ["cow"]})
    given: list[Prediction] = [
        Reply("1", "cat", null_score=-5.0, best="cat"),
        Reply("2", "dog", null_score=-1.0, best="dog"),
        Reply("3", "", null_score=2.0, best="cow"),
    ]
    found = METRICS["squad2"](gold, given)
    assert found["exact"] == pytest.approx(100 / 3)
    assert found["best_exact"] == pytest.approx(200 / 3)
    assert found["best_exact_thresh"] == -5
    assert found["pr_exact_ap"] == pytest.approx(100 * (0.5 * 1 + 0.5 * 2 / 3))
    assert METRICS["squad2"](gold, given[:2])["best_exact"] == pytest.approx(200 / 3)
    assert METRICS["klue-mrc"](gold, given)["best_rouge_w"] == pytest.approx(200 / 3)


def test_right_answers_of_squad_2_that_hold_nothing_are_none() -> None:
    [one] = questions({"1": ["The"]})
    assert METRICS["squad2"]([one], replies({"1": ""}))["f1"] == 100
    assert squad.f1_or_none("", "The") == 1


def test_klue_mrc_has_its_own_marks() -> None:
    gold = questions({"1": ["《말모이》"]})
    assert METRICS["klue-mrc"](gold, replies({"1": "말모이"}))["exact_match"] == 0
    assert METRICS["klue-mrc"](gold, replies({"1": "말모이"}))["rouge_w"] == pytest.approx(100 * 2 * 3 / 8)
    assert klue_mrc.exact("말모이.", "말모이") == 1


def test_classes_choices_and_numbers() -> None:
    gold: list[Example] = [Labelled("1", "가", label="긍정"), Labelled("2", "나", label="부정")]
    given: list[Prediction] = [Label("1", "긍정", {"긍정": 0.8, "부정": 0.2}), Label("2", "긍정", {"긍정": 0.6})]
    assert METRICS["accuracy"](gold, given) == {"accuracy": 50.0}
    assert METRICS["macro-f1"](gold, given) == {"macro_f1": pytest.approx(100 / 3)}
    assert METRICS["calibration"](gold, given) == {"ece": pytest.approx((0.2 + 0.6) / 2)}
    assert METRICS["calibration"](gold, [Label("1", "긍정")]) == {}
    choices: list[Example] = [Choice("1", "글", ("가", "나"), 1), Choice("2", "글", ("가", "나"), 0)]
    assert METRICS["accuracy"](choices, [Chosen("1", 1)]) == {"accuracy": 50.0}
    numbers: list[Example] = [Labelled(str(at), "가", "나", str(at)) for at in range(5)]
    told: list[Prediction] = [Number(str(at), at * at / 2) for at in range(5)]
    assert METRICS["spearman"](numbers, told) == {"spearman": pytest.approx(100)}
    assert METRICS["pearson"](numbers, told)["pearson"] == pytest.approx(
        twins.pearson(list(range(5)), [at * at / 2 for at in range(5)])
    )
    assert METRICS["similar-f1"](numbers, told) == {"similar_f1": 100}


def test_relations_with_and_without_chances() -> None:
    labels = ["창립", "NA", "소속", "창립"]
    gold: list[Example] = [Labelled(str(at), "가", label=one) for at, one in enumerate(labels)]
    given: list[Prediction] = [Label("0", "창립"), Label("1", "소속"), Label("2", "NA"), Label("3", "창립")]
    found = METRICS["relations"](gold, given)
    assert found == {
        "micro_f1": pytest.approx(200 / 3),
        "precision": pytest.approx(200 / 3),
        "recall": pytest.approx(200 / 3),
    }
    sure: list[Prediction] = [Label(str(at), one, {one: 1.0}) for at, one in enumerate(labels)]
    assert METRICS["relations"](gold, sure)["auprc"] == 100


def test_names_of_texts() -> None:
    gold: list[Example] = [Tagged("1", "주시경이 서울에", (Span(0, 3, "PS"), Span(5, 7, "LC"))), Tagged("2", "가", ())]
    given: list[Prediction] = [Names("1", (Span(0, 3, "PS"), Span(5, 8, "LC")))]
    found = METRICS["entities"](gold, given)
    assert (found["f1"], found["macro_f1"], found["weighted_f1"]) == (50, 50, 50)
    klue = METRICS["klue-ner"](gold, given)
    assert klue["entity_macro_f1"] == 50
    tags = [row for one in ("B-PS I-PS I-PS O B-LC I-LC O", "O") for row in ("O", *one.split(), "O")]
    said = [row for one in ("B-PS I-PS I-PS O B-LC I-LC I-LC", "O") for row in ("O", *one.split(), "O")]
    used = sorted(set(tags))
    expected = (twins.macro_f1(tags, said, used) * len(used) + 100 * (13 - len(used))) / 13
    assert klue["character_macro_f1"] == pytest.approx(expected)


def test_coverage_and_gold() -> None:
    gold = questions({"1": ["가"], "2": ["나"]})
    assert coverage(gold, replies({"2": "나", "9": "다"})) == Coverage(("1",), ("9",), ())
    assert coverage(gold, [Reply("1", "가"), Reply("1", "나")]) == Coverage(("2",), (), ("1",))
    require_gold(gold, Path("gold.json"))
    for example in (Labelled("7", "가"), Tagged("7", "가"), Question("7", "?", ("가",)), Choice("7", "가", ("나",))):
        with pytest.raises(UserError, match=r"gold.json: 7 has no right answer"):
            require_gold([example], Path("gold.json"))


def test_every_figure_has_a_name_for_people() -> None:
    gold = questions({"1": ["cat"], "2": []})
    given: list[Prediction] = [Reply("1", "cat", null_score=-5.0, best="cat"), Reply("2", "", null_score=1.0, best="a")]
    for metric in ("squad2", "klue-mrc", "korquad"):
        for name, value in METRICS[metric](gold, given).items():
            label, written = described(name, value)
            assert name not in label.split(" · ")
            assert written.endswith("%") != name.endswith("_thresh")
    assert described("HasAns_exact", 50.0) == ("답 있음 HasAns · 완전 일치 EM", "50.00 %")
    assert described("best_f1_thresh", -1.5) == ("가장 좋은 문턱 best · F1 · 문턱 threshold", "-1.5000")
    assert described("ece", 0.25) == ("보정 오차 ECE", "0.2500")


def test_every_task_asks_for_scores_that_there_are() -> None:
    for task in TASKS.values():
        assert task.metrics and set(task.metrics) <= set(METRICS)
        assert (task.metrics[0] in RULES) == (task.head == "span")


@pytest.mark.skipif(not KORQUAD.exists(), reason="needs ../shared/data")
def test_the_whole_of_korquad_112_is_scored_in_well_under_a_second() -> None:
    content: Any = json.loads(lzma.open(KORQUAD, "rt", encoding="utf-8").read())
    asked = [one for article in content["data"] for paragraph in article["paragraphs"] for one in paragraph["qas"]]
    gold = questions({one["id"]: [answer["text"] for answer in one["answers"]] for one in asked})
    given = replies({one["id"]: one["answers"][0]["text"] + "은" for one in asked})
    start = time.process_time()
    found = METRICS["korquad"](gold, given)
    assert time.process_time() - start < 1
    assert len(gold) == 4564
    assert found["exact_match"] == 0
    assert 80 < found["f1"] < 100
    assert (
        METRICS["korquad"](gold, replies({one["id"]: one["answers"][0]["text"] for one in asked}))["exact_match"] == 100
    )

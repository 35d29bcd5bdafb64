"""The table of all scores: gold examples and predictions to named figures, as the rows of tasks ask for them by name.

Figures are in percent, except counts, thresholds and the calibration error. The first figure of a task's first metric
decides which model is best. A missing prediction scores 0, one that nobody asked for counts nothing.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence

from finetune.examples import Choice, Example, Labelled, Span, Tagged
from finetune.formats.naver_ner import on_words
from finetune.predictions import Chosen, Label, Names, Number, Prediction, Reply
from finetune.scores import classes, entities, klue_mrc, klue_ner, korquad, relations, similarity, squad
from finetune.scores.answers import Rule, best, percent, replies, rights, scored
from finetune.scores.calibration import calibration_error
from finetune.scores.unanswerable import Doubted, best_threshold, curve, split

Spans = Sequence[Span]
Gold = Sequence[Example]
Predictions = Sequence[Prediction]
Rules = Mapping[str, Rule]
Metric = Callable[[Gold, Predictions], dict[str, float]]


def of_answers(rules: Rules) -> Metric:
    """The mean of each rule over questions that all have an answer."""

    def metric(gold: Gold, predictions: Predictions) -> dict[str, float]:
        asked = [(rights(question), _text(reply)) for question, reply in replies(gold, predictions)]
        return {name: percent(scored(rule, asked)) for name, rule in rules.items()}

    return metric


def of_doubtful_answers(rules: Rules, counts: Callable[[str], object] = bool) -> Metric:
    """The mean of each rule over all questions, those with an answer and those without; more if doubts are known.

    `counts` says which right answers are none, since nothing is left to compare.
    """

    def metric(gold: Gold, predictions: Predictions) -> dict[str, float]:
        pairs = replies(gold, predictions)
        answerable = [bool(question.answers) for question, _ in pairs]
        right = [[text for text in rights(question) if counts(text)] or [""] for question, _ in pairs]
        asked = [(texts, _text(reply)) for texts, (_, reply) in zip(right, pairs, strict=True)]
        scores = {name: scored(rule, asked) for name, rule in rules.items()}
        found: dict[str, float] = {name: percent(each) for name, each in scores.items()}
        for name, each in scores.items():
            found |= split(name, each, answerable)
        doubted = [
            (texts, has, reply)
            for texts, has, (_, reply) in zip(right, answerable, pairs, strict=True)
            if reply is not None and reply.null_score is not None
        ]
        for name, rule in rules.items() if doubted else ():
            found |= _searched(name, rule, doubted, len(pairs), sum(answerable))
        return found

    return metric


def _text(reply: Reply | None) -> str | None:
    return None if reply is None else reply.text


def _searched(
    name: str, rule: Rule, given: Sequence[tuple[Sequence[str], bool, Reply]], total: int, answerable: int
) -> dict[str, float]:
    """The best mean that a threshold reaches, that threshold, and the average precision."""
    doubted = [
        Doubted(reply.null_score or 0.0, has, bool(reply.best), best(rule, reply.best, right))
        for right, has, reply in given
    ]
    score, threshold = best_threshold(doubted, lowest=min(one.doubt for one in doubted) - 1)
    found = {f"best_{name}": score * len(doubted) / total, f"best_{name}_thresh": threshold}
    if answerable:
        found[f"pr_{name}_ap"] = curve(doubted, answerable).area
    return found


def accuracy(gold: Gold, predictions: Predictions) -> dict[str, float]:
    """How many classes or choices are right."""
    given = {one.id: one.number if isinstance(one, Chosen) else label(one) for one in predictions}
    right = [example.right if isinstance(example, Choice) else label_of(example) for example in gold]
    return {"accuracy": classes.accuracy(right, [given.get(example.id) for example in gold])}


def macro_f1(gold: Gold, predictions: Predictions) -> dict[str, float]:
    """The mean F1 of the classes."""
    return {"macro_f1": classes.macro(classes.per_class(*labels(gold, predictions)))}


def relation_f1(gold: Gold, predictions: Predictions) -> dict[str, float]:
    """F1 without "no relation", and the area under precision and recall where the chances are known."""
    right, given = labels(gold, predictions)
    score, known = relations.relation_score(right, given), chances(predictions)
    found = {"micro_f1": 100 * score.f1, "precision": 100 * score.precision, "recall": 100 * score.recall}
    if known:
        found["auprc"] = relations.mean_area(right, [known.get(example.id, {}) for example in gold])
    return found


def calibration(gold: Gold, predictions: Predictions) -> dict[str, float]:
    """How far a classifier's confidence is from its accuracy; nothing where the chances are not known."""
    right = {example.id: label_of(example) for example in gold}
    told = [one for one in predictions if isinstance(one, Label) and one.chances and one.id in right]
    return _ece([(one.chances.get(one.label, 0.0), one.label == right[one.id]) for one in told])


def answer_calibration(gold: Gold, predictions: Predictions, exact: Rule) -> dict[str, float]:
    """The same of answers to questions, right being the same by a rule; nothing where no probability is known."""
    told = [(question, reply) for question, reply in replies(gold, predictions) if reply and reply.probability]
    return _ece([(reply.probability, best(exact, reply.text, rights(question)) == 1) for question, reply in told])


def _ece(told: Sequence[tuple[float, bool]]) -> dict[str, float]:
    return {"ece": calibration_error([sure for sure, _ in told], [hit for _, hit in told])} if told else {}


def of_numbers(name: str, function: Callable[[Sequence[float], Sequence[float]], float]) -> Metric:
    """How the numbers agree with the right ones; a missing one is taken for 0."""

    def metric(gold: Gold, predictions: Predictions) -> dict[str, float]:
        given = {one.id: one.value for one in predictions if isinstance(one, Number)}
        right = [float(label_of(example)) for example in gold]
        return {name: function(right, [given.get(example.id, 0.0) for example in gold])}

    return metric


def entity_f1(gold: Gold, predictions: Predictions) -> dict[str, float]:
    """F1 of names with the right type and the right ends: all together, and the means over the types."""
    rows = entities.entity_scores(*names(gold, predictions))
    total = classes.micro(rows)
    return {
        "f1": 100 * total.f1,
        "precision": 100 * total.precision,
        "recall": 100 * total.recall,
        "macro_f1": classes.macro(rows),
        "weighted_f1": classes.weighted(rows),
    }


def eojeol_f1(gold: Gold, predictions: Predictions) -> dict[str, float]:
    """The same where the right names are whole eojeols: predicted ones are widened to theirs."""
    texts = {example.id: example.text for example in gold if isinstance(example, Tagged)}
    told = [one for one in predictions if isinstance(one, Names) and one.id in texts]
    return entity_f1(gold, [dataclasses.replace(one, spans=on_words(texts[one.id], one.spans)) for one in told])


def klue_names(gold: Gold, predictions: Predictions) -> dict[str, float]:
    """KLUE-NER's two figures, and the second as the paper has it."""
    texts = [example.text for example in gold if isinstance(example, Tagged)]
    right, given = (
        [klue_ner.klue_tags(text, spans) for text, spans in zip(texts, side, strict=True)]
        for side in names(gold, predictions)
    )
    return {
        "entity_macro_f1": klue_ner.entity_macro_f1(right, given),
        "character_macro_f1": klue_ner.character_macro_f1(right, given),
        "character_macro_f1_without_o": klue_ner.character_macro_f1(right, given, outside=False),
    }


def labels(gold: Gold, predictions: Predictions) -> tuple[list[str], list[str | None]]:
    """The right classes and the predicted ones; None where there is no prediction."""
    given = {one.id: label(one) for one in predictions}
    return [label_of(example) for example in gold], [given.get(example.id) for example in gold]


def names(gold: Gold, predictions: Predictions) -> tuple[list[Spans], list[Spans]]:
    """The right names of each text and the predicted ones; none where there is no prediction."""
    given = {one.id: one.spans for one in predictions if isinstance(one, Names)}
    tagged = [example for example in gold if isinstance(example, Tagged)]
    return [example.names or () for example in tagged], [given.get(example.id, ()) for example in tagged]


def chances(predictions: Predictions) -> dict[str, Mapping[str, float]]:
    """The chances of the classes by id, where they are known."""
    return {one.id: one.chances for one in predictions if isinstance(one, Label) and one.chances}


def label(prediction: Prediction) -> str:
    """The class that is predicted."""
    assert isinstance(prediction, Label)
    return prediction.label


def label_of(example: Example) -> str:
    """The class or number that is right; that there is one is checked before."""
    assert isinstance(example, Labelled)
    assert example.label is not None
    return example.label


RULES: dict[str, dict[str, Rule]] = {
    "korquad": {"exact_match": korquad.exact, "f1": korquad.f1},
    "korquad2": {"exact_match": korquad.exact2, "f1": korquad.f1_2},
    "squad": {"exact_match": squad.exact, "f1": squad.f1},
    "squad2": {"exact": squad.exact, "f1": squad.f1_or_none},
    "klue-mrc": {"exact_match": klue_mrc.exact, "rouge_w": klue_mrc.rouge_w},
}
"""How each set of questions compares two answers: first whether they are the same, then how much they share."""
METRICS: dict[str, Metric] = {
    "korquad": of_answers(RULES["korquad"]),
    "korquad2": of_answers(RULES["korquad2"]),
    "squad": of_answers(RULES["squad"]),
    "squad2": of_doubtful_answers(RULES["squad2"], counts=squad.normalized),
    "klue-mrc": of_doubtful_answers(RULES["klue-mrc"]),
    "accuracy": accuracy,
    "macro-f1": macro_f1,
    "relations": relation_f1,
    "calibration": calibration,
    "pearson": of_numbers("pearson", similarity.pearson),
    "spearman": of_numbers("spearman", similarity.spearman),
    "similar-f1": of_numbers("similar_f1", similarity.similar_f1),
    "entities": entity_f1,
    "eojeol-entities": eojeol_f1,
    "klue-ner": klue_names,
}

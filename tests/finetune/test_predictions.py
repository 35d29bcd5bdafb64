"""Files of predictions: everything kept in lines of JSON, the answers in what each task exchanges."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finetune.examples import Span
from finetune.predictions import Chosen, Label, Names, Number, Prediction, Reply, read_predictions, write_predictions
from tools.errors import UserError

EXAMPLES: dict[str, list[Prediction]] = {
    "classify": [Label("1", "긍정", {"긍정": 0.75, "부정": 0.25}), Label("2", "부정")],
    "regress": [Number("1", 3.5), Number("2", -0.25)],
    "tag": [Names("1", (Span(0, 3, "PS"), Span(5, 7, "LC"))), Names("2", ())],
    "span": [Reply("1", "말모이", 0.5, 3, 6, 1, 8.5, 7.25, -3.0, "말모이"), Reply("2", "")],
    "choose": [Chosen("1", 2, (0.25, 0.25, 0.5)), Chosen("2", 0)],
}


@pytest.mark.parametrize("head", EXAMPLES)
def test_lines_of_json_keep_everything(head: str, tmp_path: Path) -> None:
    path = tmp_path / "predictions.jsonl"
    write_predictions(path, EXAMPLES[head])
    assert list(read_predictions(path, head, [])) == EXAMPLES[head]


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)


@given(st.dictionaries(TEXTS, TEXTS, min_size=1, max_size=5))
def test_answers_to_questions_are_exchanged_as_json(
    tmp_path_factory: pytest.TempPathFactory, texts: dict[str, str]
) -> None:
    for name in ("predictions.json", "predictions.jsonl"):
        path = tmp_path_factory.mktemp("replies") / name
        write_predictions(path, [Reply(id, text) for id, text in texts.items()])
        assert read_predictions(path, "span", []) == tuple(Reply(id, text) for id, text in texts.items())


@pytest.mark.parametrize("head", ["classify", "regress", "choose"])
def test_the_rest_is_exchanged_with_a_tab(head: str, tmp_path: Path) -> None:
    path = tmp_path / "predictions.tsv"
    write_predictions(path, EXAMPLES[head])
    bare: dict[str, list[Prediction]] = {
        "classify": [Label("1", "긍정"), Label("2", "부정")],
        "regress": EXAMPLES["regress"],
        "choose": [Chosen("1", 2), Chosen("2", 0)],
    }
    assert list(read_predictions(path, head, ["1", "2"])) == bare[head]
    path.write_text("id\tlabel\n" + path.read_text())
    assert list(read_predictions(path, head, ["1", "2"])) == bare[head]


def test_one_answer_a_line_takes_the_ids_of_the_gold_file(tmp_path: Path) -> None:
    path = tmp_path / "labels.txt"
    path.write_text("긍정\r\n부정\r\n\r\n")
    assert read_predictions(path, "classify", ["a", "b"]) == (Label("a", "긍정"), Label("b", "부정"))
    assert read_predictions(path, "classify", ["id", "b"])[0] == Label("id", "긍정")


@pytest.mark.parametrize(
    "head, content, message",
    [
        ("classify", "긍정\n부정\n", r": 2 answers for 3 examples; write one a line for each example in order"),
        ("classify", "1\t긍정\n부정\n", r":2: '부정' has no tab; write id, tab, answer on every line or on none"),
        ("regress", "1\t높음\n", r":1: '높음' must be a number"),
        ("choose", "1\t둘\n", r":1: '둘' must be the number of a choice, from 0"),
        ("span", "[1]", r": holds a list; answers to questions are one object"),
        ("span", '{"1": null}', r": 1: None must be a text"),
        ("span", '{"1": ', r": .*JSON"),
        ("tag", "1\tB-PS\n", r": names are read as lines of JSON or in the gold file's format"),
        ("classify", '{"kind":"Number","id":"1","value":2}\n', r":1: holds a Number, but the task asks for a Label"),
        ("classify", '{"kind":"Label","id":"1"}\n', r":1: no prediction \(.*label"),
        ("classify", '{"kind":"Label","id":"1","label":"가","size":1}\n', r":1: no prediction \(.*size"),
        ("span", '{"kind":"Reply","id":1,"text":"가"}\n', r":1: no prediction \(id is 1\)"),
        ("span", '{"kind":"Reply","id":"1","text":null}\n', r":1: no prediction \(text is None\)"),
        ("regress", '{"kind":"Number","id":"1","value":"2"}\n', r":1: no prediction \(value is '2'\)"),
        ("classify", '{"kind":"Label","id":"1","label":"가","chances":[0.9]}\n', r":1: no prediction"),
        ("tag", '{"kind":"Names","id":"1","spans":[["a",3,"PS"]]}\n', r":1: no prediction"),
        (
            "span",
            '{"kind":"Reply","id":"1","text":"가","null_score":"x"}\n',
            r":1: no prediction \(null_score is 'x'\)",
        ),
        ("classify", '{"kind":"Thing"}\n', r":1: no prediction \('Thing'\)"),
        ("classify", '{"kind":"Label","id":"1","label":"가"}\n긍정\n', r":2: no prediction"),
    ],
)
def test_what_cannot_be_read_is_named(head: str, content: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "predictions"
    path.write_text(content)
    with pytest.raises(UserError, match=message):
        read_predictions(path, head, ["1", "2", "3"])


def test_a_form_must_hold_the_predictions(tmp_path: Path) -> None:
    for name, head, forms in (
        ("a.txt", "classify", ".jsonl or .tsv"),
        ("a.tsv", "tag", ".jsonl;"),
        ("a.json", "classify", ".jsonl or .tsv"),
        ("a.tsv", "span", ".jsonl or .json;"),
    ):
        with pytest.raises(UserError, match=f"these predictions are written as {forms}"):
            write_predictions(tmp_path / name, EXAMPLES[head])
    assert not any(tmp_path.iterdir())

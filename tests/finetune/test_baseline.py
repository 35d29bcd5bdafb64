"""The baseline: what it learns, and that its weights are the lowest point of the loss."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
import torch
import torch.nn.functional as F

from finetune import baseline as module
from finetune.baseline import baseline, fitted, matrix, predicted, turned
from finetune.examples import Example, Labelled
from finetune.grams import counted, weighed
from finetune.options_features import Baseline
from finetune.plan import parts, read
from finetune.stages import STAGES
from finetune.tasks import TASKS
from tests.finetune.trainings import a_file
from tools.errors import UserError
from tools.fingerprint import order
from tools.stage import execute

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"


def test_it_learns_and_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    train, dev = a_file(tmp_path / "1", "classify", 200), a_file(tmp_path / "2", "classify", 40, seed=5)
    config = Baseline(task="nsmc", train=train, dev=dev, output=tmp_path / "out")
    assert execute(order(STAGES["baseline"], config, {}, "test")) == {
        "accuracy": 100.0,
        "ece": pytest.approx(0, abs=0.2),
    }
    assert "accuracy" in capsys.readouterr().out
    report = orjson.loads((config.output / "report.json").read_bytes())
    assert (report["figures"]["accuracy"], report["gold"], report["learned"]) == (100.0, 40, 200)
    first, *_ = (config.output / "predictions.jsonl").read_text().splitlines()
    assert sum(orjson.loads(first)["chances"].values()) == pytest.approx(1)


def test_a_tenth_is_held_out_where_no_file_is_given(tmp_path: Path) -> None:
    train, dev = parts(TASKS["nsmc"], a_file(tmp_path, "classify", 300), None)
    assert {example.id for example in train} | {example.id for example in dev} == {str(number) for number in range(300)}
    assert 30 <= len(dev) < 60


def test_its_weights_are_the_lowest_point() -> None:
    texts = ["가나다", "가나", "나다라", "라마", "마라", "가라", "다다", "마나"]
    examples = [Labelled(str(at), text, None, "abc"[at % 3]) for at, text in enumerate(texts)]
    learned = fitted(examples, "abc")
    bags = weighed(counted(examples), learned.weighing)
    dense = torch.zeros(len(bags), len(learned.weighing.rarity))
    dense[torch.from_numpy(bags.rows).long(), torch.from_numpy(bags.columns).long()] = torch.from_numpy(bags.amounts)
    weights = torch.zeros_like(learned.weights, requires_grad=True)
    optimizer = torch.optim.Adam([weights], lr=0.1)
    for _ in range(500):
        optimizer.zero_grad()
        scores = dense @ weights[:-1] + weights[-1]
        pull = weights[:-1].square().sum() / (2 * module.STRENGTH * len(examples))
        (F.cross_entropy(scores, torch.tensor([at % 3 for at in range(8)])) + pull).backward()
        optimizer.step()
    chances = (dense @ weights[:-1] + weights[-1]).softmax(1).detach()
    for said, row in zip(predicted(learned, examples), chances, strict=True):
        assert list(said.chances.values()) == pytest.approx(row.tolist(), abs=0.005)


def test_the_matrix_and_its_transpose() -> None:
    bags = counted([Labelled("1", "가나"), Labelled("2", ""), Labelled("3", "나가나")])
    columns = int(bags.columns.max()) + 1
    wide, tall = torch.randn(columns, 2), torch.randn(3, 2)
    one = (matrix(bags).times(wide) * tall).sum()
    assert float(one) == pytest.approx(float((turned(bags, columns).times(tall) * wide).sum()), rel=1e-3)


def test_pairs_that_repeat_each_other_are_told_from_others() -> None:
    words = [f"{first}{second}" for first in "가나다라마바사아자차" for second in "산강들길물"]

    def made(some: list[str], others: list[str]) -> list[Example]:
        same = [Labelled(f"s{at}", word, word + "이다", "1") for at, word in enumerate(some)]
        return [
            *same,
            *(Labelled(f"d{at}", one, other, "0") for at, (one, other) in enumerate(zip(some, others, strict=True))),
        ]

    train, dev = made(words[:30], words[1:31]), made(words[35:45], words[36:46])
    _, scored = baseline(TASKS["paraphrase"], train, dev)
    assert scored.figures["accuracy"] >= 90


def test_mistakes_are_named(tmp_path: Path) -> None:
    path = a_file(tmp_path, "classify", 4)
    with pytest.raises(UserError, match="korquad: has no classes; the baseline is for tasks that have: nsmc, tsv,"):
        baseline(TASKS["korquad"], [], [])
    with pytest.raises(UserError, match=r"^nsmd: no such task; did you mean 'nsmc'\?$"):
        module.make_baseline(Baseline(task="nsmd", train=path, output=tmp_path))
    with pytest.raises(UserError, match=r"^7: label '2' is none of the task's \(0, 1\); correct it$"):
        fitted([Labelled("7", "가", None, "2")], ("0", "1"))


@pytest.mark.skipif(not DATA.is_dir(), reason="needs ../shared/data")
def test_questions_that_ask_the_same() -> None:
    task = TASKS["question-pair"]
    found = read(task, DATA / "pairs" / "question-pair-dev.tsv")
    _, scored = baseline(task, found[:500], found[500:])
    assert scored.figures["accuracy"] >= 70

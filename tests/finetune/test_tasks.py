"""The table of tasks, and the cards that `list` prints of it."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from finetune.listing import full, listed, short
from finetune.options_tasks import ListTasks
from finetune.tasks import TASKS, Task
from tools.errors import UserError
from tools.stage import imported

REFERENCE = Path(__file__).parents[3] / "shared" / "reference" / "finetune.md"
NAMED = (
    "korquad korquad2 squad squad2 klue-mrc nsmc hate-speech ynat tsv question-pair paraphrase kornli klue-nli korsts "
    "klue-sts paws-x naver-ner klue-ner kmou-ner nemo-ner inline-ner conll-ner relations klue-re swag copa"
)


def test_every_data_set_that_was_asked_for_is_there() -> None:
    assert set(NAMED.split()) <= set(TASKS)


@pytest.mark.parametrize("task", TASKS.values(), ids=list(TASKS))
def test_a_row_names_what_there_is(task: Task) -> None:
    from finetune.scores.metrics import METRICS

    assert callable(imported(task.read))
    assert set(task.metrics) <= set(METRICS)
    assert task.metrics
    assert all(figure.figure and figure.model and figure.setting for figure in task.published)
    assert task.length > 0
    assert task.epochs > 0
    assert task.batch > 0
    assert 0 < task.lr < 1e-2
    assert not task.labels or task.head in ("classify", "tag")


@pytest.mark.skipif(not REFERENCE.exists(), reason="needs ../shared/reference")
def test_published_figures_stand_in_the_reference() -> None:
    known = REFERENCE.read_text() + (REFERENCE.parent / "features.md").read_text()
    for task in TASKS.values():
        for one in task.published:
            for figure in re.findall(r"\d+\.\d+", one.figure):
                assert figure in known, (task.name, one)


def test_cards(capsys: pytest.CaptureFixture[str]) -> None:
    listed(ListTasks())
    cards = capsys.readouterr().out
    assert all(f"\n{name} · " in f"\n{cards}" for name in TASKS)
    listed(ListTasks("klue-sts"))
    card = capsys.readouterr().out
    for fact in (
        "KLUE 문장 유사도",
        "CC BY-SA 4.0",
        "pearson, similar-f1",
        "92.41 / 84.60",
        "not measured here",
        "11,668",
    ):
        assert fact in card
    with pytest.raises(UserError, match=r"korqaud: no such task; did you mean 'korquad'\?"):
        listed(ListTasks("korqaud"))


def test_cards_hold_what_is_known_and_no_more() -> None:
    assert not any("published" in line for line in short(TASKS["tsv"]))
    assert any(line.split() == ["published", "none", "known"] for line in full(TASKS["tsv"]))
    assert "and 14 more" in "\n".join(short(TASKS["korquad"]))


def test_the_table_is_light() -> None:
    code = "import sys, finetune.tasks, finetune.listing; print({'numpy', 'torch'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"

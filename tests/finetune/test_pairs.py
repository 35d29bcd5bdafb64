"""Pairs of texts: every data set on a small file of its form and on the real one."""

import json
import tarfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from finetune.examples import Labelled
from finetune.formats.pairs import (
    read_boolq,
    read_nli,
    read_parakqc,
    read_paraphrase,
    read_paws,
    read_question_pair,
    read_sts,
    read_wic,
)
from finetune.reading import Reading
from tools.errors import UserError

DATA = Path(__file__).parents[3] / "shared" / "data"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="needs ../shared/data")
Reader = Callable[[Path], Reading]
A, B = "비가 많이 온다.", "눈이 온다."
KLUE_STS = {
    "guid": "s1",
    "sentence1": A,
    "sentence2": B,
    "labels": {"label": 1.7, "real-label": 1.667, "binary-label": 0},
}
SMALL: dict[str, tuple[Reader, str, tuple[str, str, str, str]]] = {
    "question-pair": (
        read_question_pair,
        f"question1\tquestion2\tis_duplicate\n{A}\t{B}\t1\n",
        ("1", A, B, "different"),
    ),
    "question-pair, same": (
        read_question_pair,
        f"question1\tquestion2\tis_duplicate\n{A}\t{A}\t0\n",
        ("1", A, A, "same"),
    ),
    "question-pair, in words": (
        read_question_pair,
        f"sentence1\tsentence2\tlabel\n{A}\t{A}\tsame\n",
        ("1", A, A, "same"),
    ),
    "paraphrase": (read_paraphrase, f"0\t{A}\t{B}\n1\t{B}\t{B}\n", ("1", A, B, "0")),
    "paraphrase under a header": (read_paraphrase, f"label\ts1\ts2\n0\t{A}\t{B}\n", ("1", A, B, "0")),
    "paws-x": (read_paws, f"id\tsentence1\tsentence2\tlabel\n7\t{A}\t{B}\t0\n", ("7", A, B, "0")),
    "kornli": (read_nli, f"sentence1\tsentence2\tgold_label\n{A}\t{B}\tneutral\n", ("1", A, B, "neutral")),
    "nli without a header": (read_nli, f"{A}\t{B}\tneutral\n{B}\t{A}\tneutral\n", ("1", A, B, "neutral")),
    "nli in numbers": (read_nli, f"premise\thypothesis\tlabel\n{A}\t{B}\t2\n", ("1", A, B, "contradiction")),
    "korsts without a header": (
        read_sts,
        f"m\tf\t2012\t12\t3.8\t{A}\t{B}\nm\tf\t2012\t13\t1.0\t{B}\t{A}\n",
        ("12", A, B, "3.8"),
    ),
    "klue-nli": (
        read_nli,
        json.dumps([{"guid": "n1", "premise": A, "hypothesis": B, "gold_label": "entailment", "label2": "neutral"}]),
        ("n1", A, B, "entailment"),
    ),
    "korsts": (
        read_sts,
        f"genre\tfilename\tyear\tid\tscore\tsentence1\tsentence2\nm\tf\t2012\t1\t3.800\t{A}\t{B}\nm\tf\t2012\t1\t1\t{A}\t{A}\n",
        ("1", A, B, "3.800"),
    ),
    "klue-sts": (read_sts, json.dumps([KLUE_STS]), ("s1", A, B, "1.667")),
    "boolq": (read_boolq, f"ID\tText\tQuestion\tAnswer\r\n3\t{A}\t{B}\tFALSE\r\n", ("3", A, B, "False")),
    "boolq as JSON": (read_boolq, json.dumps({"paragraph": A, "question": B, "label": 1}), ("1", A, B, "True")),
    "wic": (
        read_wic,
        "ID\tTarget\tSENTENCE1\tDictionary 1\tLink 1\tSENTENCE2\tDictionary 2\tLink2\tANSWER\n"
        f"1\t비\t{A}\t1\tx\t{B}\t2\ty\tTrue\n",
        ("1", A, B, "True"),
    ),
    "wic as JSON": (
        read_wic,
        json.dumps({"word": "비", "context_1": A, "context_2": B, "label": 0}),
        ("1", A, B, "False"),
    ),
}


def pairs(reading: Reading) -> list[tuple[str, str, str | None, str | None]]:
    """The examples of a reading as what they hold."""
    return [(row.id, row.first, row.second, row.label) for row in reading.examples if isinstance(row, Labelled)]


@pytest.mark.parametrize("form", SMALL)
def test_every_form(form: str, tmp_path: Path) -> None:
    reader, content, wanted = SMALL[form]
    (tmp_path / "a.tsv").write_text(content)
    assert pairs(reader(tmp_path / "a.tsv"))[0] == wanted


def test_quotes_in_korsts_are_text(tmp_path: Path) -> None:
    head = "genre\tfilename\tyear\tid\tscore\tsentence1\tsentence2\n"
    rows = f'm\tf\t2012\t1\t3.8\t"{A}"\t"그만" 했다.\nm\tf\t2012\t2\t0.0\t"{A}\t{B}\n'
    (tmp_path / "a.tsv").write_text(head + rows)
    found = [row[1:] for row in pairs(read_sts(tmp_path / "a.tsv"))]
    assert found == [(f'"{A}"', '"그만" 했다.', "3.8"), (f'"{A}', B, "0.0")]


@pytest.mark.parametrize(
    ("reader", "content", "message"),
    [
        (read_nli, f"premise\thypothesis\tlabel\n{A}\t{B}\tmaybe\n", r"a\.tsv:2: label 'maybe' is none of entailment"),
        (read_sts, f"sentence1\tsentence2\tscore\n{A}\t{B}\thigh\n", r"a\.tsv:2: 'high' must be a number"),
        (read_sts, json.dumps([KLUE_STS, {**KLUE_STS, "labels": {"real-label": "x"}}]), r"a\.tsv: \[1\]: 'x' must be"),
        (read_paws, f"id\tsentence1\tlabel\n1\t{A}\t1\n", "has no column 'sentence2'"),
        (read_question_pair, f"sentence1\tsentence2\tlabel\n{A}\t{A}\t1\n", "label '1' is none of same, different"),
        (read_paraphrase, f"{A}\n", "write 2 texts and a label on a line"),
        (read_parakqc, f"0\t0\t{A}\n" * 15, "15 lines are not sets of 10"),
        (read_parakqc, f"0\t0\t{A}\n" * 9 + f"0\t1\t{A}\n" * 11, r"a\.tsv:1: the 10 lines from here differ"),
    ],
)
def test_faults_are_named_with_their_place(reader: Reader, content: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_text(content)
    with pytest.raises(UserError, match=message):
        reader(tmp_path / "a.tsv")


def test_pairs_without_agreement_or_a_second_text_are_counted(tmp_path: Path) -> None:
    rows = f"{A}\t{B}\tneutral\n{A}\t{B}\t-\n{A}\t\tneutral\n{A}\t{B}\n"
    (tmp_path / "a.tsv").write_text("sentence1\tsentence2\tgold_label\n" + rows)
    reading = read_nli(tmp_path / "a.tsv")
    assert len(reading.examples) == 1
    assert reading.skipped == {"no label": 1, "empty text": 1, "not 3 columns": 1}


def test_sets_of_paraphrases_become_pairs(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("".join(f"{at}\t0\t{at}-{one}\r\n" for at in range(3) for one in range(10)))
    found = pairs(read_parakqc(tmp_path / "a.txt"))
    assert len(found) == 30
    assert len({row[0] for row in found}) == 30
    for _, first, second, label in found:
        assert second is not None
        assert (first[0] == second[0]) is (label == "1")
        assert first != second


REAL: list[tuple[Reader, str, dict[str, int] | int]] = [
    (read_question_pair, "pairs/question-pair-train.tsv.xz", 6_136),
    (read_question_pair, "pairs/question-pair-dev.tsv", 682),
    (read_paws, "pairs/paws-ko-dev_2k.tsv.xz", 2_000),
    (read_nli, "pairs/klue-nli-train.tsv.xz", {"entailment": 8_561, "contradiction": 8_489, "neutral": 7_948}),
    (read_nli, "pairs/xnli.dev.ko.tsv.xz", {"entailment": 830, "contradiction": 830, "neutral": 830}),
    (read_sts, "pairs/korsts-train.tsv.xz", 5_749),
    (read_sts, "pairs/korsts-dev.tsv.xz", 1_500),
    (read_parakqc, "pairs/parakqc-first800.txt.xz", {"0": 4_000, "1": 4_000}),
]


@needs_data
@pytest.mark.parametrize(("reader", "name", "wanted"), REAL, ids=[name for _, name, _ in REAL])
def test_the_real_files(reader: Reader, name: str, wanted: dict[str, int] | int) -> None:
    reading = reader(DATA / name)
    assert not reading.skipped
    if isinstance(wanted, int):
        assert len(reading.examples) == wanted
    else:
        assert Counter(row[3] for row in pairs(reading)) == wanted


@needs_data
def test_same_questions_are_called_the_same() -> None:
    found = pairs(read_question_pair(DATA / "pairs" / "question-pair-train.tsv.xz"))
    alike = Counter(label for _, first, second, label in found if first == second)
    assert alike == {"same": 759, "different": 1}  # the one is a fault of the file


@needs_data
def test_the_real_boolq_and_wic(tmp_path: Path) -> None:
    with tarfile.open(DATA / "other" / "kobest-train-dev.tar.xz") as archive:
        archive.extractall(tmp_path, filter="data")
    for reader, name, trained, held in ((read_boolq, "BoolQ", 3_665, 700), (read_wic, "WiC", 3_318, 610)):
        for part, count in (("train", trained), ("dev", held)):
            found = pairs(reader(tmp_path / "kobest" / name / f"{part}.tsv"))
            assert len(found) == count
            assert {row[3] for row in found} == {"False", "True"}

"""Several ways to go on: every data set on a small file of its form and on the real one."""

import json
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from finetune.examples import Choice
from finetune.formats.choices import read_cloze, read_copa, read_hellaswag, read_swag
from finetune.reading import Reading
from tools.errors import UserError

DATA = Path(__file__).parents[3] / "shared" / "data"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="needs ../shared/data")
Reader = Callable[[Path], Reading]
COPA = {
    "premise": "컵이 깨졌다.",
    "question": "원인",
    "alternative_1": "컵을 떨어뜨렸다.",
    "alternative_2": "물을 마셨다.",
    "label": 0,
}
FORMS: dict[str, tuple[Reader, str, Choice]] = {
    "copa": (
        read_copa,
        "ID\tsentence\tquestion\t1\t2\tAnswer\r\n4\t비가 왔다.\t결과\t길이 말랐다.\t길이 젖었다.\t2\r\n",
        Choice("4", "비가 왔다. 그래서", ("길이 말랐다.", "길이 젖었다."), 1),
    ),
    "copa as JSON": (
        read_copa,
        json.dumps(COPA),
        Choice("1", "컵이 깨졌다. 왜냐하면", ("컵을 떨어뜨렸다.", "물을 마셨다."), 0),
    ),
    "hellaswag": (
        read_hellaswag,
        "context\tchoice1\tchoice2\tchoice3\tchoice4\tlabel\n물이 끓는다.\t가\t나\t다\t라\t3\n",
        Choice("1", "물이 끓는다.", ("가", "나", "다", "라"), 3),
    ),
    "swag": (
        read_swag,
        ",video-id,fold-ind,startphrase,sent1,sent2,gold-source,ending0,ending1,ending2,ending3,label\n"
        '0,v,1,"A girl sits, then she","A girl sits, alone.",She,gold,runs.,"sings, loud.",eats.,sleeps.,1\n',
        Choice("1", "A girl sits, alone.", ("She runs.", "She sings, loud.", "She eats.", "She sleeps."), 1),
    ),
    "without answers": (
        read_hellaswag,
        "context\tending_1\tending_2\tending_3\tending_4\n물이 끓는다.\t가\t나\t다\t라\n",
        Choice("1", "물이 끓는다.", ("가", "나", "다", "라"), None),
    ),
    "cloze": (
        read_cloze,
        json.dumps(
            {"7": {"question": "He _ home.", "answer": "went", "1": "go", "2": "went", "3": "gone", "4": "going"}}
        ),
        Choice("7", "He _ home.", ("go", "went", "gone", "going"), 1),
    ),
    "cloze by number": (
        read_cloze,
        json.dumps({"7": {"question": "나는 _ 간다.", "answer": 2, "1": "집을", "2": "집에"}}),
        Choice("7", "나는 _ 간다.", ("집을", "집에"), 1),
    ),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form(form: str, tmp_path: Path) -> None:
    reader, content, wanted = FORMS[form]
    path = tmp_path / ("a.csv" if form == "swag" else "a.txt")
    path.write_text(content)
    assert read_one(reader, path) == wanted


def read_one(reader: Reader, path: Path) -> object:
    """The only example of a file."""
    (example,) = reader(path).examples
    return example


CLOZE = {"question": "나는 _ 간다.", "answer": "집에", "1": "집을", "2": "집에"}


@pytest.mark.parametrize(
    ("reader", "content", "message"),
    [
        (read_copa, json.dumps({**COPA, "label": 2}), r"a\.txt:1: '2' is not the number of a choice, 0 to 1"),
        (read_copa, "sentence\tquestion\t1\t2\tAnswer\n가\t결과\t나\t다\t0\n", r"a\.txt:2: '0' is not .* 1 to 2"),
        (read_copa, json.dumps({**COPA, "question": "이유"}), "'이유' is neither 원인 nor 결과"),
        (read_swag, "가\t나\t다\n", r"has no column 'sent1' \(no header\)"),
        (read_cloze, "[1]", "holds a list; write one object"),
        (read_cloze, json.dumps({"1": "가"}), "a.txt: 1: must be an object with a question"),
        (read_cloze, json.dumps({"1": {**CLOZE, "answer": "집"}}), "a.txt: 1: the answer '집' is no choice"),
        (read_cloze, json.dumps({"1": {"question": "_", "1": "가"}}), r"a.txt: 1: has 1 choice\(s\)"),
    ],
)
def test_faults_are_named_with_their_place(reader: Reader, content: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(content)
    with pytest.raises(UserError, match=message):
        reader(tmp_path / "a.txt")


def test_what_asks_nothing_is_counted(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps({"1": CLOZE, "2": {**CLOZE, "question": "나는 간다."}}))
    assert read_cloze(tmp_path / "a.json").skipped == {"no blank": 1}
    (tmp_path / "a.tsv").write_text(
        "context\tchoice1\tchoice2\tchoice3\tchoice4\tlabel\n가\t나\t다\t라\t마\t0\n가\t나\t\t라\t마\t0\n"
    )
    assert read_hellaswag(tmp_path / "a.tsv").skipped == {"empty text": 1}


@needs_data
def test_the_real_files(tmp_path: Path) -> None:
    with tarfile.open(DATA / "other" / "kobest-train-dev.tar.xz") as archive:
        archive.extractall(tmp_path, filter="data")
    for reader, name, counts in ((read_copa, "COPA", (3_076, 500)), (read_hellaswag, "HellaSwag", (2_029, 500))):
        for part, count in zip(("train", "dev"), counts, strict=True):
            reading = reader(tmp_path / "kobest" / name / f"{part}.tsv")
            assert len(reading.examples) == count
            assert not reading.skipped
            numbers = {row.right for row in reading.examples if isinstance(row, Choice)}
            assert numbers == set(range(2 if name == "COPA" else 4))

"""Tables of texts and labels: their columns, quotes, headers, and the data sets that are one."""

import csv
import io
import json
import tarfile
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from finetune.examples import Labelled
from finetune.formats.delimited import (
    read_bias,
    read_hate,
    read_nsmc,
    read_sentineg,
    read_tsv,
    read_ynat,
    write_tsv,
)
from finetune.formats.table import read_table
from finetune.reading import Reading
from tools.errors import UserError

DATA = Path(__file__).parents[3] / "shared" / "data"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="needs ../shared/data")
same_folder = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


def written(path: Path, content: str) -> Path:
    """The path, with this in it."""
    path.write_bytes(content.encode())
    return path


def short(reading: Reading) -> list[tuple[str, ...]]:
    """The examples of a reading as what they hold."""
    rows = [row for row in reading.examples if isinstance(row, Labelled)]
    return [(row.id, row.first, *([] if row.second is None else [row.second]), row.label or "?") for row in rows]


GOOD, BAD = "다시 봐도 참 재미있다", "두 시간이 아까웠다"
NSMC = {
    "official": f"id\tdocument\tlabel\n11\t{GOOD}\t1\n12\t{BAD}\t0\n",
    "of Windows": f"\ufeffid\tdocument\tlabel\r\n11\t{GOOD}\t1\r\n12\t{BAD}\t0\r\n",
    "another order": f"Label\tID\tText\n1\t11\t{GOOD}\n0\t12\t{BAD}\n",
    "no header": f"11\t{GOOD}\t1\n12\t{BAD}\t0\n",
    "CSV": f'id,document,label\n11,"{GOOD}",1\n12,{BAD},0\n',
    "JSON": json.dumps([{"id": 11, "document": GOOD, "label": 1}, {"id": 12, "document": BAD, "label": 0}]),
    "JSON lines": f'{{"id": "11", "text": "{GOOD}", "label": 1}}\n{{"id": "12", "text": "{BAD}", "label": 0}}\n',
}


@pytest.mark.parametrize("form", NSMC)
def test_nsmc_is_read_in_every_layout(form: str, tmp_path: Path) -> None:
    path = written(tmp_path / ("a.csv" if form == "CSV" else "a.txt"), NSMC[form])
    assert short(read_nsmc(path)) == [("11", GOOD, "1"), ("12", BAD, "0")]


WITHOUT_IDS = {
    "label first": f"1\t{GOOD}\n0\t{BAD}\n",
    "label last": f"{GOOD}\t1\n{BAD}\t0\n",
    "label and space": f"1 {GOOD}\n0 {BAD}\n",
    "label and space under a header": f"label sentence\n1 {GOOD}\n0 {BAD}\n",
    "fastText": f"__label__1 {GOOD}\n__label__0 {BAD}\n",
    "header": f"sentence\tlabel\n{GOOD}\t1\n{BAD}\t0\n",
    "Korean header": f"문장\t라벨\n{GOOD}\t1\n{BAD}\t0\n",
}


@pytest.mark.parametrize("form", WITHOUT_IDS)
def test_rows_without_ids_are_numbered(form: str, tmp_path: Path) -> None:
    path = written(tmp_path / "a.txt", WITHOUT_IDS[form])
    assert short(read_nsmc(path)) == short(read_tsv(path)) == [("1", GOOD, "1"), ("2", BAD, "0")]


def test_empty_documents_and_ragged_rows_are_counted(tmp_path: Path) -> None:
    path = written(tmp_path / "a.txt", f"id\tdocument\tlabel\n1\t{GOOD}\t1\n2\t \t0\n3\t\t1\n4\t{BAD}\n5\t{BAD}\t\n\n")
    reading = read_nsmc(path)
    assert short(reading) == [("1", GOOD, "1")]
    assert reading.skipped == {"empty text": 2, "not 3 columns": 1, "no label": 1}


def test_a_label_that_cannot_be_is_named_with_its_line(tmp_path: Path) -> None:
    path = written(tmp_path / "a.txt", f"id\tdocument\tlabel\n1\t{GOOD}\t1\n\n2\t{BAD}\t-1\n")
    with pytest.raises(UserError, match=r"a\.txt:4: label '-1' is none of 0, 1"):
        read_nsmc(path)


def test_test_files_without_answers_are_read(tmp_path: Path) -> None:
    for content in (
        f"id\tdocument\n1\t{GOOD}\n2\t{BAD}\n",
        f"{GOOD}\n{BAD}\n",
        f"sentence\tlabel\n{GOOD}\t\n{BAD}\t\n",
    ):
        assert short(read_nsmc(written(tmp_path / "a.txt", content))) == [("1", GOOD, "?"), ("2", BAD, "?")]


def test_ids_and_texts_without_labels_are_not_taken_for_labels(tmp_path: Path) -> None:
    rows = "".join(f"{number}\t{number}번째 영화를 보았다\n" for number in range(40))
    assert {row[-1] for row in short(read_tsv(written(tmp_path / "a.tsv", rows)))} == {"?"}


def test_labels_are_composed_and_trimmed(tmp_path: Path) -> None:
    rows = f"text\tlabel\n{GOOD}\t\u1100\u1173\u11bc\u110c\u1165\u11bc \n{BAD}\t부정\n"
    assert [row[-1] for row in short(read_tsv(written(tmp_path / "a.tsv", rows)))] == ["긍정", "부정"]


def test_no_columns_no_guess(tmp_path: Path) -> None:
    faults = {
        "id\tlabel\n1\t0\n": "has no column 'document' \\(id, label\\)",
        "id\tdocument\tlabel\n": "holds a header and nothing below it",
        "id\tdocument\tlabel\n\t \t\n": "holds a header and nothing below it",
        '[{"id": 1}, 3]': r"a.txt: \[1\]: 3 must be an object",
        '{"text": "가"}\n{"text" 1}\n': "a.txt:2: is not JSON",
    }
    for content, message in faults.items():
        with pytest.raises(UserError, match=message):
            read_nsmc(written(tmp_path / "a.txt", content))


def test_quotes_are_text_unless_the_whole_file_is_quoted(tmp_path: Path) -> None:
    spreadsheet = 'text\tlabel\n"그는 ""좋다""고 했다"\t1\n"두 줄\n이다"\t0\n'
    assert short(read_tsv(written(tmp_path / "a.tsv", spreadsheet))) == [
        ("1", '그는 "좋다"고 했다', "1"),
        ("2", "두 줄\n이다", "0"),
    ]
    plain = 'text\tlabel\n"정말 좋다"\t1\n그는 "싫다"고 했다\t0\n"열기만 한\t1\n'
    texts = ['"정말 좋다"', '그는 "싫다"고 했다', '"열기만 한']
    assert [row[1] for row in short(read_tsv(written(tmp_path / "a.tsv", plain)))] == texts
    across = 'text\tlabel\n"열기만 한\t1\n닫기만 한"\t0\n'  # one cell over two rows, if quotes were special
    assert [row[1] for row in short(read_tsv(written(tmp_path / "a.tsv", across)))] == ['"열기만 한', '닫기만 한"']
    with pytest.raises(UserError, match=r"a\.csv:3: a quoted cell has no end"):
        read_tsv(written(tmp_path / "a.csv", 'text,label\n가,1\n"나,0\n다,1\n'))


cells = st.text(st.sampled_from("가나 ,\"\n'a"), max_size=6)


@same_folder
@given(st.lists(st.lists(cells, min_size=2, max_size=2), min_size=1, max_size=5), st.booleans())
def test_quoted_tables_are_read_as_csv_reads_them(tmp_path: Path, rows: list[list[str]], tabs: bool) -> None:
    file = io.StringIO()
    writer = csv.writer(file, delimiter="\t" if tabs else ",", lineterminator="\n")
    writer.writerows([["머리", "꼬리"], *rows])
    path = written(tmp_path / ("a.tsv" if tabs else "a.csv"), file.getvalue())
    wanted = [row for row in csv.reader(io.StringIO(file.getvalue(), newline=""), writer.dialect) if any(row)]
    found = [list(row.cells) for row in read_table(path, ()).rows]
    if tabs and '"' not in file.getvalue():
        wanted = [row for row in wanted if any(cell.strip() for cell in row)]
    assert found == wanted


@same_folder
@given(
    st.lists(st.tuples(st.text("가나 \"'#,", min_size=1), st.sampled_from(["나쁨", "좋음"])), min_size=1, max_size=6)
)
def test_what_is_written_is_read_again(tmp_path: Path, rows: list[tuple[str, str]]) -> None:
    examples = [Labelled(str(at), text.strip() or "가", None, label) for at, (text, label) in enumerate(rows, 1)]
    write_tsv(examples, tmp_path / "a.tsv")
    assert short(read_tsv(tmp_path / "a.tsv")) == [(row.id, row.first, row.label) for row in examples]


def test_pairs_are_written_in_two_columns(tmp_path: Path) -> None:
    write_tsv([Labelled("1", "가\t나", "다\n", "x"), Labelled("2", "라")], tmp_path / "a.tsv")
    assert (tmp_path / "a.tsv").read_text() == "sentence1\tsentence2\tlabel\n가 나\t다 \tx\n라\t\t\n"


def test_hate_speech_is_two_tasks(tmp_path: Path) -> None:
    path = written(tmp_path / "a.tsv", 'title\tcomment\tbias\thate\n"새 노래 공개"\t노래가 별로다\tnone\toffensive\n')
    assert short(read_hate(path)) == [("1", "노래가 별로다", "새 노래 공개", "offensive")]
    assert short(read_bias(path)) == [("1", "노래가 별로다", "새 노래 공개", "none")]
    path = written(tmp_path / "a.tsv", "comments\tlabel\n노래가 별로다\thate\n")
    assert short(read_hate(path)) == [("1", "노래가 별로다", "hate")]


def test_ynat_in_klue_json_and_numbered(tmp_path: Path) -> None:
    one = {
        "guid": "ynat-1",
        "title": "코스피 다시 올라",
        "label": "경제",
        "annotations": {"annotators": ["a"]},
        "url": None,
    }
    assert short(read_ynat(written(tmp_path / "a.json", json.dumps([one])))) == [("ynat-1", "코스피 다시 올라", "경제")]
    path = written(tmp_path / "a.csv", "index,title,topic_idx\n0,코스피 다시 올라,1\n1,새 위성 쏘아,0\n")
    assert [row[-1] for row in short(read_ynat(path))] == ["경제", "IT과학"]


def test_sentineg(tmp_path: Path) -> None:
    assert short(read_sentineg(written(tmp_path / "a.tsv", "ID\tLabel\tText\n1\t0\t안 좋아요\n"))) == [
        ("1", "안 좋아요", "0")
    ]


@needs_data
def test_the_real_nsmc() -> None:
    for reader in (read_nsmc, read_tsv):
        reading = reader(DATA / "nsmc" / "ratings_test.txt.xz")
        assert Counter(row[-1] for row in short(reading)) == {"0": 25_000, "1": 25_000}
        assert not reading.skipped


@needs_data
def test_the_real_hate_speech() -> None:
    path = DATA / "other" / "hate-speech-train.tsv.xz"
    assert Counter(row[-1] for row in short(read_hate(path))) == {"none": 3_486, "offensive": 2_499, "hate": 1_911}
    assert Counter(row[-1] for row in short(read_bias(path))) == {"none": 5_148, "gender": 1_232, "others": 1_516}


@needs_data
def test_the_real_sentineg(tmp_path: Path) -> None:
    with tarfile.open(DATA / "other" / "kobest-train-dev.tar.xz") as archive:
        archive.extractall(tmp_path, filter="data")
    for part, count in (("train", 3_649), ("dev", 400)):
        reading = read_sentineg(tmp_path / "kobest" / "SentiNeg" / f"{part}.tsv")
        assert len(reading.examples) == count
        assert not reading.skipped

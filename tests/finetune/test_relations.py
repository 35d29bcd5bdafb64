"""Relations: every form becomes a sentence with the same marks."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finetune.examples import Labelled, Span
from finetune.formats.relations import Name, located, marked, read_relations
from tools.errors import UserError
from vocab.imports import open_vocabulary

DATA = Path(__file__).parents[3] / "shared" / "data"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="needs ../shared/data")

PLAIN, MARKED = "김하늘은 푸른 바다의 작가이다.", "@ 김하늘 @은 # 푸른 바다 #의 작가이다."
ENTITIES = {
    "subject_entity": {"word": "김하늘", "start_idx": 0, "end_idx": 2, "type": "PER"},
    "object_entity": {"word": "푸른 바다", "start_idx": 5, "end_idx": 9, "type": "POH"},
}
KLUE = {"guid": "1", "sentence": PLAIN, **ENTITIES, "label": "author"}
FORMS = {
    "KAIST": "author\t김하늘\t푸른_바다\t<e1>김하늘</e1>은 <e2>푸른_바다</e2>의 작가이다.\r\n",
    "KAIST's gold": "김하늘\t푸른_바다\tauthor\t [[ _sbj_ ]] 은  [[ _obj_ ]] 의  [[ 작가 ]] 이다.\t1\tyes\n",
    "KAIST's silver": "김하늘\t푸른_바다\tauthor\t [[ _sbj_ ]] 은  [[ _obj_ ]] 의  [[ 작가 ]] 이다.\tyes\n",
    "table": f"김하늘\tauthor\t푸른 바다\t{PLAIN}\n",
    "table under a header": f"sbj\tobj\tlabel\tsentence\n김하늘\t푸른_바다\tauthor\t{PLAIN}\n",
    "KLUE-RE": json.dumps([KLUE], ensure_ascii=False),
    "KLUE-RE as CSV": "id,sentence,subject_entity,object_entity,label\n"
    f'1,{PLAIN},"{ENTITIES["subject_entity"]}","{ENTITIES["object_entity"]}",author\n',
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_marked_alike(form: str, tmp_path: Path) -> None:
    path = tmp_path / ("a.csv" if form.endswith("CSV") else "a.txt")
    path.write_text(FORMS[form])
    assert read_relations(path).examples == (Labelled("1", MARKED, None, "author"),)


def test_what_cannot_be_marked_is_counted(tmp_path: Path) -> None:
    rows = [
        ("김하늘", "author", "붉은 바다", PLAIN),
        ("", "author", "푸른 바다", PLAIN),
        ("김하늘", "", "푸른 바다", PLAIN),
    ]
    rows += [("김하늘", "NA", "푸른 바다", PLAIN), ("가", "NA", "나", " ")]
    (tmp_path / "a.txt").write_text("".join("\t".join(row) + "\n" for row in rows))
    reading = read_relations(tmp_path / "a.txt")
    assert [row.label for row in reading.examples if isinstance(row, Labelled)] == ["NA"]
    assert reading.skipped == {"a name is not in the sentence": 2, "no label": 1, "empty text": 1}


def test_relations_that_annotators_denied_are_left_out(tmp_path: Path) -> None:
    gold = FORMS["KAIST's gold"]
    (tmp_path / "a.txt").write_text(gold + gold.replace("yes", "no"))
    reading = read_relations(tmp_path / "a.txt")
    assert len(reading.examples) == 1
    assert reading.skipped == {"the relation does not hold": 1}


def test_a_wrong_place_is_not_believed(tmp_path: Path) -> None:
    wrong = {**KLUE, "subject_entity": {**ENTITIES["subject_entity"], "start_idx": 1}}
    (tmp_path / "a.json").write_text(json.dumps([KLUE, wrong]))
    assert read_relations(tmp_path / "a.json").skipped == {"a name is not in the sentence": 1}


def test_faults_are_named(tmp_path: Path) -> None:
    faults = {
        f"김하늘\tauthor\t{PLAIN}\n": "has 3 column\\(s\\) and no header; write subject, label, object, sentence",
        f"subject\tlabel\tsentence\n김하늘\tauthor\t{PLAIN}\n": "has no column 'object'",
        f"sentence\tsubject_entity\tobject_entity\n{PLAIN}\t{{3}}\t{{}}\n": r"a\.txt:2: subject_entity has no word",
        json.dumps(
            [KLUE, {**KLUE, "object_entity": {"word": "푸른 바다"}}]
        ): r"a\.txt: \[1\]: object_entity has no word",
    }
    for content, message in faults.items():
        (tmp_path / "a.txt").write_text(content)
        with pytest.raises(UserError, match=message):
            read_relations(tmp_path / "a.txt")


@pytest.mark.parametrize(
    ("subject", "object", "wanted"),
    [
        ("서울", "서울대학교", "# 서울대학교 #는 @ 서울 @에 있다."),  # not within the longer name
        ("서울대학교", "학교", "@ 서울대# 학교 # @는 서울에 있다."),  # only within it
        ("서울", "에", "@ 서울 @대학교는 서울# 에 # 있다."),
    ],
)
def test_names_are_sought_where_they_can_stand(subject: str, object: str, wanted: str) -> None:
    place = located("서울대학교는 서울에 있다.", Name(subject), Name(object))
    assert place is not None
    assert marked(*place) == wanted


spans = st.tuples(st.integers(0, 8), st.integers(1, 5)).map(lambda pair: Span(pair[0], min(10, pair[0] + pair[1])))


@given(spans, spans)
def test_marks_stand_around_their_names_and_nothing_else_changes(subject: Span, object: Span) -> None:
    text = "가나다라마바사아자차"
    found = marked(text, subject, object)
    assert "".join(one for one in found if one in text) == text
    for span, mark in ((subject, "@"), (object, "#")):
        assert found.count(mark) == 2
        inner = found[found.index(f"{mark} ") + 2 : found.rindex(f" {mark}")]
        assert "".join(one for one in inner if one in text) == text[span.start : span.end]
    nested = subject.start <= object.start and object.end <= subject.end
    if nested:
        assert found.index("@") < found.index("#") < found.rindex("#") < found.rindex("@")


@needs_data
@pytest.mark.parametrize("name", ["koelectra-v1-32200", "kocharelectra-11568", "krbert-char-16424", "kodoc-8362"])
def test_published_vocabularies_keep_the_marks_apart(name: str) -> None:
    tokenizer = open_vocabulary(DATA / "vocabs" / f"{name}.txt")
    encoding = tokenizer.encode(MARKED)
    for mark in "@#":
        places = [at for at, one in enumerate(MARKED) if one == mark]
        starts = [
            start for id, (start, _) in zip(encoding.ids, encoding.offsets, strict=True) if tokenizer.pieces[id] == mark
        ]
        assert starts == places


@needs_data
@pytest.mark.parametrize(("name", "count"), [("gi", 19_456), ("agreement", 1_147)])
def test_the_real_kaist_files(name: str, count: int) -> None:
    reading = read_relations(DATA / "re" / f"kaist-re-train_{name}.tsv.xz")
    assert len(reading.examples) == count
    assert not reading.skipped
    for row in reading.examples:
        assert isinstance(row, Labelled)
        assert row.first.count("@ ") >= 1
        assert "<e" not in row.first
        assert "_" not in row.first

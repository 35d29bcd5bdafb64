import bz2
import gzip
import html
import json
import lzma
from collections.abc import Callable, Sequence
from pathlib import Path

import fsspec
import pytest
import zstandard

from corpus.document import Document
from corpus.readers import SOURCES, read, recognise, split
from tests.corpus.test_dump import made_pages, multistream, xml
from tools.errors import UserError

DATA = Path(__file__).parents[3] / "shared" / "data"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="needs ../shared/data")

ROWS = [
    ("1", "한빛강", "한빛강은 동쪽 산지에서 시작한다.\n길이는 312 km이다."),
    ("22", '"따옴표" & <기호>', "첫 줄이다.\n둘째 줄이다. & <b> &amp;"),
    ("333", "긴 글", "가나다라마바사 아자차카타파하.\n" * 400 + "끝이다."),
    ("4444", "한 줄", "짧다."),
]
PACK: dict[str, Callable[[bytes], bytes]] = {
    "as it is": lambda data: data,
    "bz2": bz2.compress,
    "gzip": gzip.compress,
    "xz": lzma.compress,
    "zstd": zstandard.compress,
}


def extracted(rows: Sequence[tuple[str, str, str]]) -> bytes:
    return "".join(
        f'<doc id="{name}" url="https://x.org/{name}" title="{html.escape(title)}">\n{title}\n\n{text}\n\n</doc>\n'
        for name, title, text in rows
    ).encode()


def json_lines(rows: Sequence[tuple[str, str, str]], **more: str) -> bytes:
    values = [{"id": name, **more, "title": title, "text": text} for name, title, text in rows]
    return "".join(json.dumps(value, ensure_ascii=False) + "\n" for value in values).encode()


def squad(rows: Sequence[tuple[str, str, str]]) -> bytes:
    question = {"id": "q", "question": "?", "answers": [{"text": "가", "answer_start": 0}]}
    articles = [
        {"paragraphs": [{"qas": [question], "context": line} for line in text.split("\n")], "title": title}
        for _, title, text in rows
    ]
    return json.dumps({"version": "x", "data": articles}, ensure_ascii=False).encode()


def parquet(rows: Sequence[tuple[str, str, str]]) -> bytes:
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet as writer

    names = ("id", "title", "text")
    sink = pyarrow.BufferOutputStream()
    table = pyarrow.table({name: list(column) for name, column in zip(names, zip(*rows, strict=True), strict=True)})
    writer.write_table(table, sink, row_group_size=1)
    return bytes(sink.getvalue())


FORMS: dict[str, Callable[[Sequence[tuple[str, str, str]]], bytes]] = {
    "wikiextractor": extracted,
    "wikiextractor-json": lambda rows: json_lines(rows, url="https://example.org"),
    "jsonl": json_lines,
    "squad": squad,
    "parquet": parquet,
    "text": lambda rows: b"\n\n".join(text.encode() for _, _, text in rows),
}


COMBINED = [(form, pack) for form in FORMS for pack in PACK if form != "parquet" or pack == "as it is"]


def read_all(path: Path | str, source: str = "auto", block: int = 1 << 22) -> list[tuple[Document, str | None]]:
    return [pair for part in split(str(path), source, block) for pair in read(part)]


def test_every_source_is_tested() -> None:
    assert set(FORMS) | {"mediawiki"} == set(SOURCES)


@pytest.mark.parametrize(("form", "pack"), COMBINED)
@pytest.mark.parametrize("block", [1, 1000, 1 << 22])
@pytest.mark.parametrize("source", ["auto", "named"])
def test_what_is_written_is_read(tmp_path: Path, form: str, pack: str, block: int, source: str) -> None:
    path = tmp_path / "data.bin"
    path.write_bytes(PACK[pack](FORMS[form](ROWS)))
    assert recognise(str(path)) == form
    pairs = read_all(path, form if source == "named" else "auto", block)
    assert [reason for _, reason in pairs] == [None] * 4
    assert [document.text for document, _ in pairs] == [text for _, _, text in ROWS]
    assert {document.source for document, _ in pairs} == {"data.bin"}
    if form in ("wikiextractor", "wikiextractor-json", "jsonl", "parquet"):
        assert [(document.id, document.title) for document, _ in pairs] == [(name, title) for name, title, _ in ROWS]
    assert len({document.id for document, _ in pairs}) == 4


@pytest.mark.parametrize("form", ["wikiextractor", "jsonl", "text", "parquet"])
def test_plain_files_are_cut_and_ids_do_not_depend_on_it(tmp_path: Path, form: str) -> None:
    path = tmp_path / "data"
    path.write_bytes(FORMS[form](ROWS * 20))
    assert len(split(str(path), block_bytes=1)) >= 40
    assert read_all(path, block=1) == read_all(path, block=5000) == read_all(path)


def test_folder_is_read_in_the_order_of_names(tmp_path: Path) -> None:
    for name, row in zip(("AA/wiki_00", "AA/wiki_01", "AB/wiki_00"), ROWS, strict=False):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(extracted([row]))
    (tmp_path / "AC").mkdir()
    (tmp_path / "AC" / "wiki_00.xz").write_bytes(lzma.compress(extracted(ROWS[3:])))
    for ignored in (".hidden", "_SUCCESS", "kowiki-20260101-pages-articles-multistream-index.txt.bz2", "stage.json"):
        (tmp_path / ignored).write_bytes(b'{"a": 1}')
    pairs = read_all(tmp_path)
    assert [document.id for document, _ in pairs] == [name for name, _, _ in ROWS]
    assert {document.source for document, _ in pairs} == {tmp_path.name}


def test_texts_of_a_folder_have_ids_of_their_own(tmp_path: Path) -> None:
    for name in ("a/x.txt", "b/x.txt"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text("하나\n\n\n둘\n둘째 줄\n \t\n셋\n", encoding="utf-8")
    pairs = read_all(tmp_path)
    assert [document.id for document, _ in pairs][:3] == ["a/x.txt:0", "a/x.txt:9", "a/x.txt:27"]
    assert [document.text for document, _ in pairs] == ["하나", "둘\n둘째 줄", "셋"] * 2
    assert len({document.id for document, _ in pairs}) == 6


def test_source_does_not_depend_on_how_the_path_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x.txt").write_text("글이다.", encoding="utf-8")
    monkeypatch.chdir(tmp_path / "a")
    assert read_all(".") == read_all(tmp_path / "a") == read_all(f"{tmp_path}/a/") == read_all("../a")


@pytest.mark.parametrize("folder", [False, True])
def test_urls_are_opened_by_fsspec(folder: bool) -> None:
    system = fsspec.filesystem("memory")
    system.pipe("/bucket/a/one.xml.bz2", multistream(made_pages(60)))
    system.pipe("/bucket/b/two.jsonl.gz", gzip.compress(json_lines(ROWS)))
    try:
        url = "memory://bucket" if folder else "memory://bucket/a/one.xml.bz2"
        pairs = read_all(url, block=500)
        assert len(pairs) == 60 + 4 * folder
        assert {document.source for document, _ in pairs} == {"bucket" if folder else "one.xml.bz2"}
        with pytest.raises(UserError, match="no such file"):
            read_all("memory://bucket/none")
    finally:
        system.rm("/bucket", recursive=True)


@pytest.mark.parametrize("block", [1, 1 << 22])
def test_dump_pages_carry_their_reasons(tmp_path: Path, block: int) -> None:
    made = made_pages(80)
    path = tmp_path / "dump"
    data = xml(made).replace("쪽 30 ".encode(), b"\xff").replace("쪽 31 ".encode(), b"\x02")
    path.write_bytes(data)
    pairs = read_all(path, block=block)
    expected = {29: "invalid utf-8", 30: "broken xml"}
    for n, (page, (document, reason)) in enumerate(zip(made, pairs, strict=True)):
        want = expected.get(n) or ("namespace" if page.namespace else "redirect" if page.redirect else None)
        assert (document.id, reason) == (str(page.id), want)


@pytest.mark.parametrize("block", [1, 1 << 22])
def test_faults_inside_files_are_counted_drops(tmp_path: Path, block: int) -> None:
    docs = extracted(ROWS).split(b"</doc>\n")
    broken = docs[1].replace("둘째".encode(), "둘째".encode()[:-1])
    cases = {
        "wikiextractor": (b"</doc>\n".join([docs[0], broken, docs[2], *docs[3:]]), [None, "invalid utf-8", None, None]),
        "wikiextractor ": (docs[0] + docs[1] + b"</doc>\n" + docs[3] + b"</doc>\n", ["broken xml", None, None]),
        "jsonl": (
            b'{"text": "a"}\n{"text": "b\n\n{"text": null}\n{"text": " \xff"}\n{"text": "c", "id": 5}',
            [None, "broken json", "empty", "invalid utf-8", None],
        ),
        "text": ("하나\n\n두".encode() + b"\xff\n\n" + "셋".encode(), [None, "invalid utf-8", None]),
        "wikiextractor  ": (extracted([("1", "빈 글", "")]), ["empty"]),
        "squad": (squad([("1", "빈 글", ""), ROWS[0]]), ["empty", None]),
    }
    for source, (data, reasons) in cases.items():
        path = tmp_path / "x"
        path.write_bytes(data)
        assert [reason for _, reason in read_all(path, source.strip(), block)] == reasons, source


@pytest.mark.parametrize("form", set(FORMS) - {"text"})
@pytest.mark.parametrize("keep", [0.4, 0.99])
@pytest.mark.parametrize("pack", PACK)
def test_truncated_file_is_an_error(tmp_path: Path, form: str, keep: float, pack: str) -> None:
    data = FORMS[form](ROWS * 50)
    packed = PACK[pack](data)
    path = tmp_path / "x"
    path.write_bytes(packed[: int(len(packed) * keep)] if pack != "as it is" else data[: int(len(data) * keep) - 3])
    with pytest.raises(UserError, match=r"cut short|not readable|no whole JSON") as caught:
        read_all(path)
    assert str(caught.value).startswith(str(path)) and "\n" not in str(caught.value)


UNREADABLE: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "is empty"),
    "empty bz2": (bz2.compress(b""), "is empty"),
    "zip": (b"PK\x03\x04" + b"\0" * 300, "a zip archive"),
    "tar": (b"x" * 257 + b"ustar\0" + b"\0" * 300, "a tar archive"),
    "pdf": (b"%PDF-1.4\n\x00", "a PDF"),
    "html": (b"<!DOCTYPE html><html></html>", "XML or HTML"),
    "other xml": (b"<?xml version='1.0'?><a/>", "XML or HTML"),
    "utf-16": ("글이다".encode("utf-16"), "iconv -f UTF-16"),
    "cp949": ("옛날 글은 이렇게 되어 있다.".encode("cp949"), "iconv -f CP949"),
    "binary": (bytes(range(256)) * 9, "binary data"),
    "json without text": (b'{"a": 1}\n', 'neither lines with a "text"'),
    "csv": ("id,제목,본문\n1,글,가람은 살았다.\n".encode(), "a table; write its column of texts"),
    "tsv": (b"\xef\xbb\xbfdocument\tlabel\r\nx\t1\r\n", "a table; write its column of texts"),
    "json array": (b'[{"text": "a"}]', 'neither lines with a "text"'),
}


@pytest.mark.parametrize("case", UNREADABLE)
def test_unreadable_file_is_one_line_that_says_what_it_looks_like(tmp_path: Path, case: str) -> None:
    data, message = UNREADABLE[case]
    (tmp_path / "x").write_bytes(data)
    with pytest.raises(UserError) as caught:
        split(str(tmp_path / "x"))
    assert message in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("source", "data", "message"),
    [
        ("jsonl", b"<mediawiki></mediawiki>", "--source jsonl was given, but the file looks like mediawiki"),
        ("mediawiki", "글".encode(), "but the file looks like text"),
        ("text", b"\0\1\2\xff", "binary data"),
        ("jsnol", b"x", "did you mean 'jsonl'"),
        ("squad", b'{"data": [{"qas": [], "context": "x"}]}', "KorQuAD 2 holds web pages"),
        ("jsonl", b'{"text": "a"}\n{"txt": "b"}\n', 'no string field "text" (it has: txt)'),
        ("jsonl", b'{"text": "a"}\n{"text": 3}\n', 'no string field "text"'),
        ("jsonl", b'{"text": "a"}\n[1]\n', 'no string field "text" (it has: list)'),
    ],
)
def test_wrong_source(tmp_path: Path, source: str, data: bytes, message: str) -> None:
    (tmp_path / "x").write_bytes(data)
    with pytest.raises(UserError) as caught:
        read_all(tmp_path / "x", source)
    assert message in str(caught.value)


def test_missing_and_wrong_paths(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no such file"):
        split(str(tmp_path / "none"))
    with pytest.raises(UserError, match="Protocol not known: nowhere; give a local path"):
        split("nowhere://bucket/x")
    with pytest.raises(UserError, match="a folder without files"):
        split(str(tmp_path))
    index = tmp_path / "kowiki-20260101-pages-articles-multistream-index.txt.bz2"
    index.write_bytes(bz2.compress(b"597:5:\xea\xb0\x80\n"))
    with pytest.raises(UserError, match="is the index of a dump"):
        split(str(index))


def test_text_without_blank_lines_is_an_error_before_it_fills_the_memory(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"line\n" * (4 << 20))
    with pytest.raises(UserError, match="no blank line in 16 MB"):
        read_all(tmp_path / "x")


@pytest.mark.parametrize("first", ["내용, 글, 말, 그리고 책이 있다.", "제목\n본문", "그는, 본문은 읽고 나갔다."])
def test_prose_with_commas_is_no_table(tmp_path: Path, first: str) -> None:
    (tmp_path / "x").write_text(first + "\n")
    assert {part.kind for part in split(str(tmp_path / "x"))} == {"text"}


def test_text_that_looks_like_markup_is_text(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("[속보] 비가 온다.\n\n<주의> 눈이 온다.\n\n{중괄호}", encoding="utf-8")
    assert len(read_all(tmp_path / "x")) == 3


@needs_data
@pytest.mark.parametrize(
    ("name", "source", "kept", "dropped"),
    [
        ("wikitext/enwiki-206-pages.xml.bz2", "mediawiki", 106, 100),
        ("wikitext/kowiki-minidump-berlin.xml.bz2", "mediawiki", 1, 0),
        ("wikitext/Mapping_ko.xml.xz", "mediawiki", 0, 148),
        ("korquad/korquad-112.json.xz", "squad", 112, 0),
    ],
)
def test_real_files(name: str, source: str, kept: int, dropped: int) -> None:
    pairs = read_all(DATA / name)
    assert recognise(str(DATA / name)) == source
    reasons = [reason for _, reason in pairs]
    assert (reasons.count(None), len(reasons) - reasons.count(None)) == (kept, dropped)


@needs_data
def test_beginning_of_kowiki_is_read() -> None:
    (part,) = split(str(DATA / "kowiki" / "kowiki-2023-a.txt.xz"))
    documents = [pair for pair, _ in zip(read(part), range(300), strict=False)]
    assert all(reason is None and len(document.text) >= 200 for document, reason in documents)
    assert not any(document.text.startswith(document.title + "\n") for document, _ in documents)

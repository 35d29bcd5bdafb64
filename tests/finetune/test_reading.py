"""Files as they come: packed, with marks and line ends of Windows, in old encodings, damaged."""

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finetune.examples import Labelled
from finetune.reading import _decoded, gathered, lines, load_json, numbered, text
from tools.errors import UserError

KOREAN = "영화가 참 좋았다.\n다시 보고 싶다.\n"


def zipped(**members: bytes) -> bytes:
    """A zip archive of these members."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


WRITTEN = {
    "plain": KOREAN.encode(),
    "xz": lzma.compress(KOREAN.encode()),
    "gzip": gzip.compress(KOREAN.encode()),
    "bz2": bz2.compress(KOREAN.encode()),
    "zip": zipped(**{"data/train.txt": KOREAN.encode(), "__MACOSX/._train.txt": b"\0"}),
    "byte order mark": KOREAN.encode("utf-8-sig"),
    "Windows": KOREAN.replace("\n", "\r\n").encode(),
    "no end": KOREAN.rstrip().encode(),
    "UTF-16": KOREAN.encode("utf-16"),
    "CP949": KOREAN.encode("cp949"),
    "CP949 from Windows, packed": gzip.compress(KOREAN.replace("\n", "\r\n").encode("cp949")),
}


@pytest.mark.parametrize("form", WRITTEN)
def test_the_same_lines_however_they_are_written(form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "data.bin").write_bytes(WRITTEN[form])
    assert list(lines(tmp_path / "data.bin")) == [(1, "영화가 참 좋았다."), (2, "다시 보고 싶다.")]
    encoding = form.split()[0]
    noted = f"{tmp_path}/data.bin: not UTF-8; read as {encoding}\n" if encoding in ("CP949", "UTF-16") else ""
    assert capsys.readouterr().err == noted


BROKEN = {
    "empty": (b"", "is empty"),
    "blank": (b"\xef\xbb\xbf \n\n", "is empty"),
    "damaged UTF-8": ("첫 줄\n둘째 줄은 깨".encode() + b"\xec\n", r":2: byte 25 \(0xec\) is not UTF-8"),
    "neither": (b"abc\n\xff\xff\xff", r":2: byte 4 \(0xff\) is not UTF-8, nor is the file CP949"),
    "half of UTF-16": ("가나".encode("utf-16") + b"\x00", "breaks its UTF-16"),
    "NUL": ("가\n나\0다".encode(), ":2: holds a NUL character"),
    "two in a zip": (zipped(a=b"1", b=b"2"), "a zip must hold one file, this one holds a, b"),
    "an empty zip's beginning": (b"PK\x03\x04abc", "cannot be unzipped"),
    "xz cut short": (lzma.compress(KOREAN.encode())[:-9], "cut short"),
}


@pytest.mark.parametrize("form", BROKEN)
def test_what_cannot_be_read_is_said_in_a_line(form: str, tmp_path: Path) -> None:
    content, message = BROKEN[form]
    (tmp_path / "data.txt").write_bytes(content)
    with pytest.raises(UserError, match=message) as raised:
        text(tmp_path / "data.txt")
    assert str(raised.value).startswith(str(tmp_path / "data.txt"))
    assert "\n" not in str(raised.value)


def test_archives_folders_and_missing_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(KOREAN)
    with tarfile.open(tmp_path / "a.tar.gz", "w:gz", format=tarfile.USTAR_FORMAT) as archive:
        archive.add(tmp_path / "a.txt")
    for name, message in (("a.tar.gz", "is a tar archive"), ("", "is a folder"), ("no.txt", "no such file")):
        with pytest.raises(UserError, match=message):
            text(tmp_path / name)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_only_a_line_feed_ends_a_line(content: str) -> None:
    found = dict(numbered(content))
    assert list(found) == list(range(1, len(found) + 1))
    ends = content.count("\n") - content.endswith("\n") + 1
    assert len(found) == ends
    assert "".join(found.values()).replace("\r", "") == content.replace("\n", "").replace("\r", "")


@given(st.text("가각간힣똠방퀯뷁漢 ab.\n", min_size=3).filter(lambda text: any("가" <= one <= "힣" for one in text)))
def test_korean_in_cp949_comes_back(content: str) -> None:
    assert _decoded(Path("x"), content.encode("cp949")) == content


@given(st.lists(st.text("가나다라마바사아자차카타파하", min_size=8, max_size=20), min_size=2), st.data())
def test_damaged_utf8_is_never_taken_for_cp949(rows: list[str], data: st.DataObject) -> None:
    content = bytearray("\n".join(rows).encode())
    at = data.draw(st.integers(0, len(content) // 3 - 2).map(lambda place: 3 * place))
    content[at] = 0xC0  # no byte of UTF-8
    with pytest.raises(UserError, match="is not UTF-8"):
        _decoded(Path("x"), bytes(content))


def test_json_and_its_faults(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(b"\xef\xbb\xbf" + b'{"a": ["\\ud55c", "\\ud83d\\ude00"]}')
    assert load_json(path) == {"a": ["한", "😀"]}
    faults = {
        '{"a":\n 1,}': "line 2, column 4",
        "[" * 100_000: "nested too deeply",
        '["\\ud83d."]': "half of a character",
    }
    for content, message in faults.items():
        path.write_text(content)
        with pytest.raises(UserError, match=message):
            load_json(path)


def test_rows_without_an_example_are_counted_by_reason() -> None:
    one = Labelled("1", "가")
    reading = gathered(Path("x"), ["empty text", one, "empty text", "no label"])
    assert reading.examples == (one,)
    assert reading.skipped == {"empty text": 2, "no label": 1}
    with pytest.raises(UserError, match=r"x: holds no example \(no label 1,200\)"):
        gathered(Path("x"), ["no label"] * 1200)

"""Files of records against checksums bit by bit, TensorBoard's reader, and every damage that a small file can have."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pretrain import records
from pretrain.crc32c import crc32c
from pretrain.records import checksums, read_records, write_records
from tools.errors import UserError

MESSAGES = st.lists(st.binary(max_size=40), max_size=12)


def written(path: Path, messages: list[bytes]) -> Path:
    with path.open("wb") as file:
        write_records(file, messages)
    return path


def read(path: Path) -> list[bytes]:
    return [message for some in read_records(path) for message in some.messages]


def test_published_checksums_all_at_once() -> None:
    """The check value of every catalogue, and those of RFC 3720, B.4."""
    messages = [b"", b"123456789", bytes(32), b"\xff" * 32, bytes(range(32))]
    assert checksums(messages).tolist() == [0, 0xE3069283, 0x8A9136AA, 0x62A8AB43, 0x46DD794E]


@given(MESSAGES)
def test_messages_together_have_the_checksums_of_each(messages: list[bytes]) -> None:
    assert checksums(messages).tolist() == [crc32c(message) for message in messages]


@pytest.mark.parametrize("together", [1, 3, 4096])
def test_records_come_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, together: int) -> None:
    monkeypatch.setattr(records, "TOGETHER", together)
    messages = [bytes([number]) * (number * 7 % 50) for number in range(10)]
    path = written(tmp_path / "a", messages)
    assert read(path) == messages
    assert [some.first for some in read_records(path)] == list(range(1, 11, together))
    assert read(written(tmp_path / "empty", [])) == []


def test_tensorboard_reads_them(tmp_path: Path) -> None:
    stub = pytest.importorskip("tensorboard.compat.tensorflow_stub.pywrap_tensorflow")
    messages = [b"first", b"", "셋째".encode(), bytes(5000)]
    reader = stub.PyRecordReader_New(str(written(tmp_path / "a", messages)))
    found = []
    while True:
        try:
            reader.GetNext()
        except Exception:  # its own kinds of the end of a file
            break
        found.append(reader.record())
    assert found == messages


def test_bytes_as_the_format_says() -> None:
    """By hand: uint64 length, checksum of these 8 bytes, the bytes, their checksum; both turned and moved."""

    def masked(data: bytes) -> bytes:
        crc = crc32c(data)
        return (((crc >> 15) | (crc << 17 & 0xFFFFFFFF)) + 0xA282EAD8 & 0xFFFFFFFF).to_bytes(4, "little")

    length, message = (9).to_bytes(8, "little"), b"123456789"
    file = io.BytesIO()
    write_records(file, [message])
    assert file.getvalue() == length + masked(length) + message + masked(message)


def test_no_damage_goes_unseen(tmp_path: Path) -> None:
    whole = written(tmp_path / "whole", [b"one", b"", b"three"]).read_bytes()
    starts = [0, 19, 35, len(whole)]
    for at in range(len(whole)):
        record = sum(start <= at for start in starts)
        path = tmp_path / f"flipped-{at}"
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x10]) + whole[at + 1 :])
        with pytest.raises(UserError, match=rf"flipped-{at}: record {record} has a wrong checksum"):
            read(path)
        path = tmp_path / f"cut-{at}"
        path.write_bytes(whole[:at])
        if at in starts:
            assert len(read(path)) == starts.index(at)
        else:
            with pytest.raises(UserError, match=rf"cut-{at}: record {record} is cut short"):
                read(path)


def test_what_is_no_file_of_records_is_said(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"gone: no such file; give TFRecord files by name"):
        read(tmp_path / "gone")
    with pytest.raises(UserError, match=r"no such file; give TFRecord files by name"):
        read(tmp_path)
    (tmp_path / "text").write_text("아무 글이나 있는 파일이다.")
    with pytest.raises(UserError, match=r"text: record 1 has a wrong checksum of its length: this is no TFRecord"):
        read(tmp_path / "text")

import hashlib
import http.server
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from corpus import download as module
from corpus.datasets import DATASETS
from corpus.download import Remote, download, fetch
from corpus.stages import Download
from tools.errors import UserError

DATA = bytes(range(256)) * 3000


@dataclass
class Server:
    """A dump site whose next answers may be spoilt; `asked` remembers the Range header of each request by file."""

    url: str
    files: dict[str, bytes] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setattr(module, "PAUSES", (0.0, 0.0, 0.0))

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: Any) -> None: ...

        def do_GET(self) -> None:
            name, asked = self.path, self.headers.get("Range", "")
            site.asked.append((name, asked))
            fault = site.faults.pop(0) if site.faults and not name.endswith(("/", ".txt")) else ""
            data = site.files.get(name)
            if data is None or fault.isdigit():
                self.send_error(int(fault or 404))
                return
            start = int(asked[len("bytes=") : -1]) if asked and "no ranges" not in fault else 0
            if start and start >= len(data):
                self.send_response(416)
                self.send_header("Content-Range", f"bytes */{len(data)}")
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            self.send_response(206 if start else 200)
            if start:
                self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
            body = data[start:]
            length = len(body) + 1000 if fault == "too long" else len(body) // 2 if fault == "too short" else len(body)
            self.send_header("Content-Length", str(length))
            self.end_headers()
            self.wfile.write(body[: len(body) // 2] if "cut" in fault else body)
            self.close_connection = True

    httpd = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    site = Server(f"http://127.0.0.1:{httpd.server_address[1]}")
    yield site
    httpd.shutdown()
    httpd.server_close()
    thread.join()


def sha1(data: bytes) -> str:
    return hashlib.sha1(data).hexdigest()


def publish(server: Server, date: str, *, wrong: bool = False) -> list[str]:
    names = [f"kowiki-{date}-{kind}" for kind in module.KINDS]
    for name in names:
        server.files[f"/kowiki/{date}/{name}"] = DATA + name.encode()
    sums = "".join(f"{sha1(DATA + name.encode() * (1 + wrong))}  {name}\n" for name in names)
    server.files[f"/kowiki/{date}/kowiki-{date}-sha1sums.txt"] = sums.encode()
    server.files["/kowiki/"] = (
        b'<a href="20260101/">20260101/</a> <a href="20261101/">..</a> <a href="20261020/">..</a>'
    )
    return names


def test_newest_finished_dump_is_found(server: Server, tmp_path: Path) -> None:
    publish(server, "20260101")
    names = publish(server, "20261020")  # 20261101 is listed but its checksums are not there yet
    summary = download(Download(tmp_path / "out", mirror=server.url + "/"))
    assert summary["files"] == 2
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(names)
    for name in names:
        assert (tmp_path / "out" / name).read_bytes() == DATA + name.encode()


def test_date_is_taken_and_a_second_run_asks_for_no_data(server: Server, tmp_path: Path) -> None:
    publish(server, "20260101")
    publish(server, "20261020")
    config = Download(tmp_path, date="20260101", mirror=server.url)
    download(config)
    assert all("20260101" in path.name for path in tmp_path.iterdir())
    server.asked.clear()
    download(config)
    assert [name for name, _ in server.asked] == ["/kowiki/20260101/kowiki-20260101-sha1sums.txt"]


def one(server: Server, tmp_path: Path, *faults: str, digest: str = sha1(DATA)) -> Path:
    server.files["/x.bz2"] = DATA
    server.faults = list(faults)
    fetch(Remote(server.url + "/x.bz2", digest), tmp_path / "x.bz2")
    return tmp_path / "x.bz2"


@pytest.mark.parametrize(
    "faults",
    [
        (),
        ("cut",),
        ("cut",) * 8,
        ("503", "429", "500"),
        ("cut", "no ranges"),
        ("cut", "503", "cut"),
        ("too long",),
        ("no ranges", "cut", "cut", "too long"),
    ],
)
def test_faults_that_pass_are_survived(server: Server, tmp_path: Path, faults: tuple[str, ...]) -> None:
    assert one(server, tmp_path, *faults).read_bytes() == DATA
    assert [path.name for path in tmp_path.iterdir()] == ["x.bz2"]


def test_cut_download_goes_on_by_range(server: Server, tmp_path: Path) -> None:
    one(server, tmp_path, "cut", "cut")
    assert [asked for _, asked in server.asked] == ["", f"bytes={len(DATA) // 2}-", f"bytes={len(DATA) * 3 // 4}-"]


@pytest.mark.parametrize("have", [1, len(DATA) // 3, len(DATA)])
def test_part_of_a_killed_run_is_used(server: Server, tmp_path: Path, have: int) -> None:
    (tmp_path / "x.bz2.part").write_bytes(DATA[:have])
    assert one(server, tmp_path).read_bytes() == DATA
    assert [asked for _, asked in server.asked] == [f"bytes={have}-"]


def test_part_longer_than_the_file_is_started_again(server: Server, tmp_path: Path) -> None:
    (tmp_path / "x.bz2.part").write_bytes(DATA + b"more")
    assert one(server, tmp_path).read_bytes() == DATA


def test_wrong_checksum_removes_the_file(server: Server, tmp_path: Path) -> None:
    publish(server, "20261101", wrong=True)
    with pytest.raises(UserError, match=r"sha1 is not the published [0-9a-f]{40}; it was removed"):
        download(Download(tmp_path, mirror=server.url))
    assert list(tmp_path.iterdir()) == []


def test_damaged_part_is_found_by_the_checksum(server: Server, tmp_path: Path) -> None:
    (tmp_path / "x.bz2.part").write_bytes(b"?" * 100)
    with pytest.raises(UserError, match="sha1"):
        one(server, tmp_path)
    assert one(server, tmp_path).read_bytes() == DATA


def test_length_that_is_too_short_is_found_by_the_checksum(server: Server, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="sha1"):
        one(server, tmp_path, "too short")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("fault", ["503", "cut, no ranges"])
def test_server_that_never_recovers_keeps_the_part(server: Server, tmp_path: Path, fault: str) -> None:
    with pytest.raises(UserError, match=r"4 times without getting further; run the same command again"):
        one(server, tmp_path, "cut", *[fault] * 50)
    assert [path.name for path in tmp_path.iterdir()] == ["x.bz2.part"]
    assert (tmp_path / "x.bz2.part").stat().st_size == len(DATA) // 2


def test_missing_file_is_one_line_at_once(server: Server, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="answered 404") as caught:
        fetch(Remote(server.url + "/none.bz2"), tmp_path / "none.bz2")
    assert len(server.asked) == 1
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_no_server_at_all(server: Server, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no connection"):
        fetch(Remote("http://127.0.0.1:9/x"), tmp_path / "x")


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"name": "kowik"}, "did you mean 'kowiki'"),
        ({"date": "2026-11-01"}, "write it as YYYYMMDD"),
        ({"date": "20200101"}, "no finished multistream dump of 20200101"),
        ({}, "no finished multistream dump among 0 dates"),
        ({"name": "nsmc", "date": "20200101"}, "has no dates"),
        ({"mirror": "ftp.example.org"}, "is no web address"),
    ],
)
def test_wrong_options(server: Server, tmp_path: Path, config: dict[str, str], message: str) -> None:
    with pytest.raises(UserError, match=message):
        download(Download(tmp_path, **{"mirror": server.url, **config}))


@pytest.mark.parametrize("name", sorted(set(DATASETS) - {"kowiki"}))
def test_task_data_comes_from_a_mirror_too(server: Server, tmp_path: Path, name: str) -> None:
    names = [address.rsplit("/", 1)[-1] for address in DATASETS[name].addresses]
    server.files = {f"/{file}": file.encode() for file in names}
    server.faults = ["cut"]
    summary = download(Download(tmp_path, name=name, mirror=server.url))
    assert summary == {"files": len(names), "bytes": sum(map(len, names)), "licence": DATASETS[name].licence}
    assert len(set(names)) == len(names)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {file: file.encode() for file in names}


def test_table_is_complete() -> None:
    for dataset in DATASETS.values():
        assert dataset.licence and dataset.size and dataset.note
        assert bool(dataset.addresses) != bool(dataset.wiki)
        assert all(address.startswith("https://") for address in dataset.addresses)

"""Downloads: where the corpora and the task data are, under which licence, and how they come here whole.

A file appears under its name only when every byte is there and its checksum, where one is published, is right. Until
then it is `<name>.part`, from which a later run goes on. Nothing is unpacked here and no licence is accepted for you.
"""

from __future__ import annotations

import dataclasses
import hashlib
import http.client
import re
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from corpus.datasets import DATASETS
from corpus.stages import Download
from tools.errors import UserError, nearest
from tools.progress import progress

WIKIMEDIA = "https://dumps.wikimedia.org"
KINDS = ("pages-articles-multistream.xml.bz2", "pages-articles-multistream-index.txt.bz2")
T = TypeVar("T")
CHUNK = 1 << 18
MEGABYTE = 1_000_000
TIMEOUT = 60.0
PAUSES = (1.0, 2.0, 4.0, 8.0, 16.0)
"""Seconds to wait after one failure after another; a transfer that got further starts again at the first."""


@dataclasses.dataclass(frozen=True, slots=True)
class Remote:
    """A file to fetch; without a published sha1 it can only be checked for its length."""

    url: str
    sha1: str = ""

    @property
    def name(self) -> str:
        """The file's name here."""
        return self.url.rsplit("/", 1)[-1]


class _Cut(Exception):
    """The server failed in a way that may pass; the message says how."""


class _Absent(UserError):
    """The server refuses for good: there is nothing, or nothing more, at this address."""

    def __init__(self, url: str, error: urllib.error.HTTPError) -> None:
        super().__init__(f"{url}: the server answered {error.code} {error.reason}; check --date and --mirror")
        self.code, self.range = error.code, error.headers.get("Content-Range", "")


def download(config: Download) -> dict[str, object]:
    """Fetch every file of a data set into the output folder; files that are already there whole are kept."""
    dataset = DATASETS.get(config.name)
    if dataset is None:
        raise UserError(f"data set {config.name!r}: unknown; {nearest(config.name, DATASETS)}")
    if config.date and not dataset.wiki:
        raise UserError(f"--date {config.date}: {config.name} has no dates, only dumps have; leave it out")
    mirror = config.mirror.rstrip("/")
    if mirror and not mirror.startswith(("http://", "https://")):
        raise UserError(f"--mirror {mirror}: is no web address; write it as https://host/path")
    if dataset.wiki:
        remotes = dump_files(mirror or WIKIMEDIA, dataset.wiki, config.date)
    else:
        remotes = [Remote(f"{mirror}/{url.rsplit('/', 1)[-1]}" if mirror else url) for url in dataset.addresses]
    config.output.mkdir(parents=True, exist_ok=True)
    for remote in remotes:
        fetch(remote, config.output / remote.name)
    size = sum((config.output / remote.name).stat().st_size for remote in remotes)
    return {"files": len(remotes), "bytes": size, "licence": dataset.licence}


def dump_files(site: str, wiki: str, date: str = "") -> list[Remote]:
    """The multistream dump and its index with their sha1, of one date or of the newest for which both are published."""
    if date and not re.fullmatch(r"\d{8}", date):
        raise UserError(f"--date {date}: is no date of a dump; write it as YYYYMMDD, such as 20261101")
    listing = "" if date else _text(f"{site}/{wiki}/")
    dates = [date] if date else sorted(set(re.findall(r'href="[^"]*?(\d{8})/"', listing)), reverse=True)
    for day in dates:
        sums = _text(f"{site}/{wiki}/{day}/{wiki}-{day}-sha1sums.txt")
        sha1 = {name: digest for digest, name in re.findall(r"^([0-9a-f]{40})\s+\*?(\S+)$", sums, re.MULTILINE)}
        names = [f"{wiki}-{day}-{kind}" for kind in KINDS]
        if all(name in sha1 for name in names):
            return [Remote(f"{site}/{wiki}/{day}/{name}", sha1[name]) for name in names]
    seen = f"of {date}" if date else f"among {len(dates)} dates"
    raise UserError(f"{site}/{wiki}/: no finished multistream dump {seen}; try another --date or --mirror")


def fetch(remote: Remote, target: Path) -> None:
    """Bring one file here, going on where an earlier attempt was cut."""
    if target.exists() and (not remote.sha1 or _sha1(target) == remote.sha1):
        return
    part = target.with_name(target.name + ".part")
    if not remote.sha1:  # what an older run left could be of another version, and nothing would tell
        part.unlink(missing_ok=True)
    _persist(remote.url, lambda: _transfer(remote.url, part), lambda: _size(part))
    if remote.sha1 and _sha1(part) != remote.sha1:
        part.unlink()
        raise UserError(
            f"{remote.url}: its sha1 is not the published {remote.sha1}; it was removed, run the same command again"
        )
    part.rename(target)


def _persist(url: str, attempt: Callable[[], T], reached: Callable[[], int]) -> T:
    """Try again with growing pauses, as long as attempts get further than any before or pauses are left."""
    furthest, failures = reached(), 0
    while True:
        try:
            return attempt()
        except _Cut as error:
            failures = 1 if reached() > furthest else failures + 1
            furthest = max(furthest, reached())
            if failures > len(PAUSES):
                raise UserError(
                    f"{url}: {error}, {failures} times without getting further; run the same command again later "
                    "(it goes on where it stopped) or give another --mirror"
                ) from None
            time.sleep(PAUSES[failures - 1])


def _transfer(url: str, part: Path) -> None:
    """One request for what is missing, to the end or until the connection is cut."""
    have = _size(part)
    try:
        response = _open(url, {"Range": f"bytes={have}-"} if have else {})
    except _Absent as error:
        if not have or error.code != 416:
            raise
        if error.range == f"bytes */{have}":  # an earlier run was killed between the last byte and the checksum
            return
        part.unlink()
        raise _Cut(f"the server does not go on at byte {have:,}") from None
    with response:
        resumed = response.status == 206 and response.headers.get("Content-Range", "").startswith(f"bytes {have}-")
        size = start = have if resumed else 0
        length = response.headers.get("Content-Length")
        total = start + int(length) if length else None
        whole = None if total is None else total // MEGABYTE
        with part.open("ab" if resumed else "wb") as file, progress(part.stem, whole, "MB") as bar:
            bar.update(size // MEGABYTE)
            while chunk := _read(response):
                file.write(chunk)
                bar.update((size + len(chunk)) // MEGABYTE - size // MEGABYTE)
                size += len(chunk)
    if total is not None and size < total:
        raise _Cut(f"cut at {size:,} of {total:,} bytes")


def _text(url: str) -> str:
    """A small page; nothing if the server has none there."""

    def page() -> str:
        with _open(url, {}) as response:
            chunks = []
            while chunk := _read(response):
                chunks.append(chunk)
        return b"".join(chunks).decode(errors="replace")

    try:
        return _persist(url, page, lambda: 0)
    except _Absent:
        return ""


def _open(url: str, headers: dict[str, str]) -> http.client.HTTPResponse:
    request = urllib.request.Request(url, headers={"User-Agent": "malmoi-corpus-download", **headers})
    try:
        response: http.client.HTTPResponse = urllib.request.urlopen(request, timeout=TIMEOUT)
        return response
    except urllib.error.HTTPError as error:
        if error.code in (408, 425, 429) or error.code >= 500:
            raise _Cut(f"the server answered {error.code} {error.reason}") from None
        raise _Absent(url, error) from None
    except (OSError, http.client.HTTPException) as error:
        raise _Cut(f"no connection ({getattr(error, 'reason', error) or type(error).__name__})") from None


def _read(response: http.client.HTTPResponse) -> bytes:
    try:
        return response.read(CHUNK)
    except (OSError, http.client.HTTPException) as error:
        raise _Cut(f"the connection broke ({error or type(error).__name__})") from None


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _sha1(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha1").hexdigest()

"""The clean stage through the real command: nothing is lost uncounted, whoever works and whatever is killed."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import orjson
import pytest

from corpus import clean as cleaning
from corpus import dedup, readers
from corpus.document import Document, read_documents
from corpus.dump import Page
from corpus.filters import AFTER, BEFORE, reason
from corpus.stages import STAGES, Clean
from corpus.wikitext import strip
from tests.corpus.test_dump import multistream, xml
from tools.attempt import Failure
from tools.engine import TasksFailed
from tools.errors import UserError
from tools.fingerprint import order
from tools.shards import Shard, read_shard
from tools.stage import LEDGER, execute

PROSE = (
    "'''{0}'''은 가상의 {1}이다. [[{2}|{1} 이름]]은 {{{{한자|漢}}}}에서 왔다.<ref>출처</ref> "
    "{3} 그래서 {0}을 찾는 사람이 많다. "
)


def made(count: int = 60, seed: int = 1) -> list[Page]:
    chance = random.Random(seed)
    words = ["".join(chr(0xAC00 + chance.randrange(11172)) for _ in range(3)) for _ in range(500)]

    def text(n: int) -> str:
        return PROSE.format(f"이름{n}", words[n], words[-n], " ".join(chance.choice(words) for _ in range(60)))

    pages = [Page(n, f"제목 {n}", 0, False, text(n)) for n in range(1, count)]
    odd = [
        Page(1001, "분류:강", 14, False, "분류"),
        Page(1002, "옛 이름", 0, True, "#넘겨주기 [[제목 1]]"),
        Page(1003, "나루 (동음이의)", 0, False, "* [[나루]]"),
        Page(1004, "짧다", 0, False, "'''짧다'''."),
        Page(1005, "영어", 0, False, "This page has no Hangul at all. " * 10),
        Page(1006, "되풀이", 0, False, "같은 줄이다.\n\n" * 40),
        Page(1007, "베낌", 0, False, pages[4].text),
        Page(3, "같은 번호", 0, False, text(77)),
        Page(1008, "거의 베낌", 0, False, pages[7].text + "\n\n끝."),
    ]
    return pages + odd


DROPPED = {
    "namespace": 1, "redirect": 1, "disambiguation": 1, "short": 1, "little hangul": 1, "repetitive": 1,
    "duplicate": 1, "duplicate id": 1, "near duplicate": 1,
}  # fmt: skip


@pytest.fixture
def dump(tmp_path: Path) -> Path:
    path = tmp_path / "dump.xml.bz2"
    path.write_bytes(multistream(made(), each=5))
    return path


def run(config: Clean) -> dict[str, Any] | None:
    return execute(order(STAGES["clean"], config, {}, "test"))


def tree(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = readers.split
    monkeypatch.setattr(readers, "split", lambda path, source="auto": whole(path, source, 1000))


def test_every_document_is_kept_or_counted(dump: Path, tmp_path: Path, small_parts: None) -> None:
    summary = run(Clean((str(dump),), tmp_path / "out", workers=2))
    counts = json.loads((tmp_path / "out" / "counts.json").read_text())
    assert counts["dropped"] == DROPPED
    assert summary == {"read": 68, "documents": 59, **dict(sorted(DROPPED.items()))}
    documents = list(read_documents(tmp_path / "out"))
    assert len(documents) == 59
    assert counts["read"] == len(documents) + sum(counts["dropped"].values())
    assert [d.id for d in documents] == [str(n) for n in range(1, 60)]
    assert documents[0].text.startswith("이름1은 가상의 ")
    assert "漢에서 왔다. " in documents[0].text
    samples = json.loads((tmp_path / "out" / "dropped" / "near-duplicate.json").read_text())
    assert samples[0]["title"] == "거의 베낌"
    assert not list((tmp_path / "out").glob(".*"))


def test_the_same_bytes_whoever_works(dump: Path, tmp_path: Path, small_parts: None) -> None:
    trees = []
    for workers in (1, 2, 5):
        run(Clean((str(dump),), tmp_path / str(workers), workers=workers))
        trees.append(tree(tmp_path / str(workers)))
    assert trees[0] == trees[1] == trees[2]


@pytest.fixture
def cluster() -> Iterator[None]:
    ray = pytest.importorskip("ray")
    path = str(Path(__file__).resolve().parents[2])
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, runtime_env={"env_vars": {"PYTHONPATH": path}})
    yield
    ray.shutdown()


def test_ray_gives_the_same_bytes_even_when_its_worker_is_killed(
    dump: Path, tmp_path: Path, small_parts: None, cluster: None
) -> None:
    run(Clean((str(dump),), tmp_path / "local"))
    run(Clean((str(dump),), tmp_path / "ray", engine="ray"))
    assert tree(tmp_path / "ray") == tree(tmp_path / "local")
    victim = subprocess.Popen(
        [sys.executable, "-c", "import os,signal,time,glob\n"
         "time.sleep(.3)\n"
         "for p in glob.glob('/proc/[0-9]*/cmdline'):\n"
         "    try: line = open(p).read()\n"
         "    except OSError: continue\n"
         "    if line.startswith('ray::') and 'Agent' not in line:\n"  # an agent takes its whole node along
         "        os.kill(int(p.split('/')[2]), signal.SIGKILL); break\n"]
    )  # fmt: skip
    run(Clean((str(dump),), tmp_path / "killed", engine="ray"))
    victim.wait()
    assert tree(tmp_path / "killed") == tree(tmp_path / "local")


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Enough work to be killed in the middle of: 10 files, a part each."""
    folder = tmp_path_factory.mktemp("large")
    for number in range(10):
        pages = [Page(number * 1000 + p.id, p.title, p.namespace, p.redirect, p.text * 3) for p in made(45, number)]
        (folder / f"{number:02d}.xml").write_bytes(xml(pages))
    return folder


def command(source: Path, output: Path, *more: str) -> subprocess.Popen[bytes]:
    line = [sys.executable, "-m", "corpus", "clean", "--input", str(source), "--output", str(output), *more]
    return subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def test_killed_at_any_moment_the_rerun_ends_with_the_same_bytes(large: Path, tmp_path: Path) -> None:
    start = time.monotonic()
    assert command(large, tmp_path / "whole").wait() == 0
    seconds = time.monotonic() - start
    undisturbed = tree(tmp_path / "whole")

    def killed_and_run_again(number: int) -> bool:
        output = tmp_path / f"out{number}"
        process = command(large, output)
        time.sleep(random.Random(number).uniform(0.15, 0.95) * seconds)
        process.kill()
        process.communicate()
        continued = (output.with_name(output.name + ".part") / LEDGER / "cleaned").exists()
        rerun = command(large, output)
        _, complaint = rerun.communicate(timeout=60)
        assert rerun.returncode == 0, complaint.decode()
        assert tree(output) == undisturbed
        return continued

    with ThreadPoolExecutor(2) as both:
        assert sum(both.map(killed_and_run_again, range(20))) >= 5
    assert not list(tmp_path.glob("*.part"))


def test_a_killed_worker_changes_nothing(large: Path, tmp_path: Path) -> None:
    assert command(large, tmp_path / "whole").wait() == 0
    process = command(large, tmp_path / "out")
    killed = 0
    while process.poll() is None:
        time.sleep(0.3)
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        if not children.exists():
            break
        pids = children.read_text().split()
        if pids and killed < 4:
            os.kill(int(pids[-1]), signal.SIGKILL)
            killed += 1
    assert process.wait() == 0
    assert killed
    assert tree(tmp_path / "out") == tree(tmp_path / "whole")


class Killed(BaseException):
    """Stands for the death of a process."""


def poisoned(text: str, *rest: Any) -> Any:
    if "독사과" in text:
        raise Killed
    return strip(text, *rest)


def run_here(function: Any, tasks: Any, engine: Any, *, label: str, ledger: Path) -> list[Any]:
    """The engine as a loop in this process, where a page can be made to kill by a patch."""
    ledger.mkdir(parents=True, exist_ok=True)
    results, failures = [], []
    for task in tasks:
        try:
            results.append(orjson.loads(orjson.dumps(function(task))))
        except Killed:
            failures.append((task, Failure("killed")))
    if failures:
        raise TasksFailed(label, failures, 1)
    return results


def test_a_page_that_kills_its_process_is_cleaned_in_a_simpler_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = made(20)
    pages[5] = Page(6, "독", 0, False, "'''독사과'''는 [[사과]]이다. " * 20)
    (tmp_path / "dump.xml").write_bytes(xml(pages))
    monkeypatch.setattr(cleaning, "strip", poisoned)
    monkeypatch.setattr(cleaning, "run", run_here)
    run(Clean((str(tmp_path / "dump.xml"),), tmp_path / "out"))
    text = next(d.text for d in read_documents(tmp_path / "out") if d.id == "6")
    assert text.startswith("독사과는 사과이다. ")
    counts = json.loads((tmp_path / "out" / "counts.json").read_text())
    assert counts["simplified"] == ["6 독: TooSlow"]


BAD = {
    "no documents left": (
        lambda folder: xml([Page(1, "짧다", 0, False, "짧다.")]),
        r"no document is left of 1: short 1",
    ),
    "truncated": (lambda folder: multistream(made())[:-300], r"bad: cut short"),
    "not a source": (lambda folder: b"\x00\x01\x02" * 1000, r"bad: looks like"),
    "empty": (lambda folder: b"", r"bad: is empty"),
}


@pytest.mark.parametrize("content, expected", BAD.values(), ids=BAD)
def test_a_bad_input_is_one_line_and_leaves_nothing(tmp_path: Path, content: Any, expected: str) -> None:
    (tmp_path / "bad").write_bytes(content(tmp_path))
    with pytest.raises(UserError, match=expected) as caught:
        run(Clean((str(tmp_path / "bad"),), tmp_path / "out"))
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "out").exists()


FILTERED = {
    "disambiguation": [
        ("나루 (동음이의)", "x"),
        ("나루", "{{동음이의}}\n* [[나루]]"),
        ("A", "{{Disambiguation page|x}}"),
    ],
    None: [("나루", "{{동음이의어 처리}} 나루는 강이다."), ("동음이의", "동음이의는 소리가 같은 낱말이다.")],
}


@pytest.mark.parametrize("expected", FILTERED)
def test_disambiguation_pages_by_title_and_template(expected: str | None) -> None:
    for title, text in FILTERED[expected]:
        assert reason(Document("1", title, text, "s"), Clean((), Path()), BEFORE) == expected, title


def test_filters_have_their_bounds() -> None:
    config = Clean((), Path(), min_chars=10, min_hangul=0.5)

    def why(text: str) -> str | None:
        return reason(Document("1", "t", text, "s"), config, AFTER)

    assert why("아홉 글자 글이") == "short"
    assert why("열 글자는 되는 글이다") is None
    assert why("가나 abcdefgh 12345") == "little hangul"
    assert why("2024 2025 2026 2027 2028") is None  # digits are no letters
    assert why("\n".join(["같은 줄"] * 9 + ["다른 줄"])) == "repetitive"
    assert why("\n".join(f"줄 {n}" for n in range(10))) is None


def test_a_large_part_becomes_several_shards(dump: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cleaning, "SHARD_LETTERS", 2000)
    task = cleaning.PartTask(0, readers.split(str(dump))[0], Clean((str(dump),), tmp_path), tmp_path)
    shards = [Shard(**shard) for shard in cleaning._clean_part(task)["shards"]]
    assert len(shards) > 5
    ids = [row["id"] for shard in shards for row in read_shard(tmp_path, shard)]
    assert ids == [str(n) for n in range(1, 60)] + ["1007", "3", "1008"]
    _, signatures = dedup.read_marks(str(task.path("marks")))
    assert len(signatures) == len(ids)

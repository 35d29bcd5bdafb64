"""A task that dies takes nothing with it, and the result never depends on who did the work."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tools.engine import Engine, Kind, TasksFailed, kept, run
from tools.errors import UserError

ray = pytest.importorskip("ray")
MIB = 2**20


@pytest.fixture(scope="module")
def cluster() -> Iterator[None]:
    path = os.pathsep.join([str(Path(__file__).resolve().parents[2]), os.environ.get("PYTHONPATH", "")])
    runtime: dict[str, Any] = {"env_vars": {"PYTHONPATH": path}}
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, runtime_env=runtime)
    yield
    ray.shutdown()


@pytest.fixture(params=["local", "ray"])
def kind(request: pytest.FixtureRequest) -> Kind:
    chosen: Kind = request.param
    if chosen == "ray":
        request.getfixturevalue("cluster")
    return chosen


def square(task: int) -> int:
    return task * task


def process_id(_task: int) -> int:
    return os.getpid()


def write(task: tuple[str, int]) -> int:
    folder, number = task
    time.sleep(0.05)
    Path(folder, f"{number:02d}").write_bytes(number.to_bytes(8, "big") * 1000)
    return number


def once(task: tuple[str, str, int]) -> int:
    """Misbehave at the first attempt, if told to."""
    how, folder, number = task
    marker = Path(folder, f"{how}-{number}")
    if how == "well" or marker.exists():
        return number
    marker.touch()
    return misbehave((how, folder, number))


def misbehave(task: tuple[str, str, int]) -> int:
    how, folder, number = task
    Path(folder, f"tried-{how}-{number}-{time.monotonic_ns()}").touch()
    if how == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if how == "hang":
        time.sleep(600)
    if how == "raise":
        raise ValueError(f"no {number} here")
    if how == "eat":
        hoard = [bytearray(16 * MIB) for _ in range(64)]
        return len(hoard)
    if how == "user":
        raise UserError(f"{number}.bz2: cut short; download it again")
    return number


LIMITS: dict[str, Any] = {"workers": 2, "timeout": 4.0, "memory": 300 * MIB}


def test_the_same_results_for_any_number_of_workers(cluster: None, tmp_path: Path) -> None:
    bytes_by_engine = []
    for name, engine in {
        "1": Engine(workers=1),
        "2": Engine(workers=2),
        "5": Engine(workers=5),
        "ray": Engine("ray", workers=2),
    }.items():
        folder = tmp_path / name
        folder.mkdir()
        assert run(write, [(str(folder), n) for n in range(12)], engine, label="write") == list(range(12))
        bytes_by_engine.append({p.name: p.read_bytes() for p in folder.iterdir()})
    assert all(found == bytes_by_engine[0] for found in bytes_by_engine)


@pytest.mark.parametrize("how", ["kill", "hang", "raise", "eat"])
def test_a_task_that_fails_once_is_tried_again_alone(kind: Kind, how: str, tmp_path: Path) -> None:
    tasks = [("well" if n != 3 else how, str(tmp_path), n) for n in range(8)]
    assert run(once, tasks, Engine(kind, **LIMITS), label="once") == list(range(8))
    assert len(list(tmp_path.glob("tried-*"))) == 1


REASONS = {
    "kill": r"was killed by SIGKILL|Ray worker died",
    "hang": "took longer than its limit of 4 s",
    "raise": "ValueError: no 3 here",
    "eat": "needs more than its limit of 300 MiB of memory",
}


@pytest.mark.parametrize("how", REASONS)
def test_a_task_that_always_fails_is_reported_with_its_input(kind: Kind, how: str, tmp_path: Path) -> None:
    tasks = [("well" if n != 3 else how, str(tmp_path), n) for n in range(8)]
    with pytest.raises(TasksFailed) as caught:
        run(misbehave, tasks, Engine(kind, attempts=2, **LIMITS), label="bake", ledger=tmp_path / "ledger")
    message = str(caught.value)
    assert message.startswith("bake: task ")
    assert f"'{how}'" in message
    assert "2 attempts" in message
    assert re.search(REASONS[how], message)
    assert [task for task, _ in caught.value.failures] == [tasks[3]]
    assert len(list(tmp_path.glob(f"tried-{how}-*"))) == 2
    assert len(list((tmp_path / "ledger").iterdir())) == 7  # all the others are done and recorded


def test_a_users_mistake_is_not_tried_again(kind: Kind, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"^0\.bz2: cut short; download it again$"):
        run(misbehave, [("user", str(tmp_path), 0)], Engine(kind, **LIMITS), label="read")
    assert len(list(tmp_path.glob("tried-user-*"))) == 1


def test_what_the_ledger_holds_is_not_done_again(tmp_path: Path) -> None:
    ledger = tmp_path / "ledger"
    assert run(square, [1, 2, 3], Engine(workers=1), label="square", ledger=ledger) == [1, 4, 9]
    (ledger / "000001.json").unlink()
    (ledger / "000002.json").write_text("99")
    assert run(square, [1, 2, 3], Engine(workers=1), label="square", ledger=ledger) == [1, 4, 99]


def test_no_tasks_no_workers() -> None:
    assert run(square, [], Engine(), label="nothing") == []


def test_idle_workers_that_are_killed_are_replaced() -> None:
    from tools.pool import LocalPool

    pool = LocalPool(width=3, timeout=10)
    try:
        for key in range(3):
            pool.submit(key, time.sleep, 0.01, None, 0)
        while sum(w.key is not None for w in pool._workers):
            pool.wait()
        for worker in pool._workers:
            worker.process.kill()
            worker.process.join()
        pool.submit("after", square, 7, None, 0)
        assert pool.wait() == [("after", 49)]
    finally:
        pool.close()


def test_a_kept_engine_uses_the_same_workers_again() -> None:
    with kept(Engine(workers=1)) as engine:
        first = run(process_id, [1], engine, label="first")
        assert run(process_id, [1, 2], engine, label="second") == first * 2
        with pytest.raises(UserError):
            run(misbehave, [("user", "/tmp", 0)], engine, label="third")
        assert run(square, [5], engine, label="fourth") == [25]


SCRIPT = """
import sys, time
from tools.engine import Engine, run
if __name__ == "__main__":
    run(time.sleep, [600.0] * 4, Engine(workers=2), label="sleep")
"""


def test_workers_end_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(SCRIPT)
    checkout = str(Path(__file__).resolve().parents[2])
    parent = subprocess.Popen([sys.executable, str(script)], env={**os.environ, "PYTHONPATH": checkout})
    children: list[str] = []
    while len(children) < 2:
        time.sleep(0.05)
        tasks = Path(f"/proc/{parent.pid}/task/{parent.pid}/children")
        pids = tasks.read_text().split() if tasks.exists() else pytest.skip("needs Linux")
        children = [pid for pid in pids if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    time.sleep(0.5)
    parent.kill()
    parent.wait()
    deadline = time.monotonic() + 5
    while any(_alive(pid) for pid in children):
        assert time.monotonic() < deadline, "workers outlived their parent"
        time.sleep(0.05)


def _alive(pid: str) -> bool:
    try:
        return ") Z" not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False

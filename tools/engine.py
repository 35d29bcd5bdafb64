"""The engine: map a function over tasks, on this machine or on a Ray cluster, losing nothing to a task that dies.

A task is a small picklable value (a byte range, a shard) and its result a small JSON value (a row of a manifest); the
real output is files, written atomically by the function itself. What a task does must depend on the task alone, so that
the bytes are the same for any number of workers, any engine and any number of attempts.
"""

from __future__ import annotations

import dataclasses
import os
from collections import deque
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, Protocol

import orjson

from tools.attempt import Failure
from tools.errors import UserError
from tools.pool import LocalPool
from tools.progress import progress

Kind = Literal["local", "ray"]


@dataclasses.dataclass(frozen=True, slots=True)
class Engine:
    """Where tasks run and what one may take: `workers` (0 = all cores), `timeout` (s), `memory` (bytes, 0 = any)."""

    kind: Kind = "local"
    workers: int = 0
    timeout: float = 3600.0
    memory: int = 0
    attempts: int = 3
    pool: Pool | None = None
    """The workers of an engine that is kept open; without it each run starts its own."""


class Pool(Protocol):
    """What an engine must offer: three verbs and a width."""

    width: int

    def submit(self, key: Hashable, function: Callable[..., Any], *arguments: Any) -> None:
        """Start a task."""

    def wait(self) -> list[tuple[Hashable, Any]]:
        """Wait until some tasks have ended, and give their results or failures."""

    def stop(self) -> None:
        """End what runs, now; the pool can be used again."""

    def close(self) -> None:
        """End the workers too."""


class TasksFailed(UserError):
    """Some tasks failed at every attempt; all the others are done and recorded. `failures` = (task, failure) pairs."""

    def __init__(self, label: str, failures: list[tuple[Any, Failure]], attempts: int) -> None:
        (task, failure), more = failures[0], len(failures) - 1
        also = f" (and {more} more)" if more else ""
        tried = "" if failure.final else f" at each of {attempts} attempts"
        where = f"{label}: task {_short(task)} failed{tried}: "
        super().__init__(
            failure.reason + also if failure.final else where + failure.reason + also + _last_line(failure)
        )
        self.failures = failures

    def __reduce__(self) -> Any:  # an exception with its own constructor does not pickle by itself
        return UserError, (str(self),)


def run(
    function: Callable[[Any], Any],
    tasks: Sequence[Any],
    engine: Engine,
    *,
    label: str,
    ledger: Path | None = None,
) -> list[Any]:
    """The results of `function` for every task, in the order of the tasks.

    With a `ledger` folder each result is recorded as it comes, and a task that is recorded there is not run again:
    a killed run continues where it was. `function` must be importable by name.
    """
    if ledger is not None:
        ledger.mkdir(parents=True, exist_ok=True)
    records = [None if ledger is None else ledger / f"{index:06d}.json" for index in range(len(tasks))]
    results: dict[int, Any] = {i: orjson.loads(r.read_bytes()) for i, r in enumerate(records) if r and r.exists()}
    waiting = deque((index, 1) for index in range(len(tasks)) if index not in results)
    tries: dict[int, int] = {}
    failures: list[tuple[Any, Failure]] = []
    if not waiting:
        return [results[index] for index in range(len(tasks))]
    with kept(engine) as engine, progress(label, len(tasks)) as bar:
        pool = engine.pool
        assert pool is not None
        bar.update(len(results))
        try:
            while waiting or tries:
                while waiting and len(tries) < pool.width:
                    index, tries[index] = waiting.popleft()
                    pool.submit(index, function, tasks[index], records[index], engine.memory)
                for key, result in pool.wait():
                    assert isinstance(key, int)
                    tried = tries.pop(key)
                    if not isinstance(result, Failure):
                        results[key] = result
                    elif result.final:
                        raise TasksFailed(label, [(tasks[key], result)], tried)
                    elif tried < engine.attempts:
                        waiting.append((key, tried + 1))
                        continue
                    else:
                        failures.append((tasks[key], result))
                    bar.update()
        except BaseException:
            pool.stop()
            raise
    if failures:
        raise TasksFailed(label, failures, engine.attempts)
    return [results[index] for index in range(len(tasks))]


@contextmanager
def kept(engine: Engine) -> Iterator[Engine]:
    """The engine with its workers started, for several runs one after another; they end with the block."""
    if engine.pool is not None:
        yield engine
        return
    pool = POOLS[engine.kind](engine)
    try:
        yield dataclasses.replace(engine, pool=pool)
    finally:
        pool.close()


def cores() -> int:
    """How many cores this process may use, which in a container is fewer than the machine has."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _short(task: Any, limit: int = 200) -> str:
    text = str(task)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _last_line(failure: Failure) -> str:
    # The place in our code is worth more than a full trace on a one-line error.
    places = [line.strip() for line in failure.trace.splitlines() if line.strip().startswith("File ")]
    return f" [{places[-1]}]" if places else ""


def _local(engine: Engine) -> Pool:
    return LocalPool(engine.workers or cores(), engine.timeout)


def _ray(engine: Engine) -> Pool:
    from tools.ray_pool import RayPool

    return RayPool(engine.workers, engine.timeout)


POOLS: dict[str, Callable[[Engine], Pool]] = {"local": _local, "ray": _ray}

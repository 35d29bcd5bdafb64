"""A pool of killable processes on this machine.

Each worker has a pipe of its own and nothing is shared between workers: a pool with a common queue guards it with a
lock, and a worker that is SIGKILLed while holding it leaves all the others waiting. Here a worker that is killed, hangs
or fails takes down one attempt at one task and is replaced.
"""

from __future__ import annotations

import dataclasses
import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Hashable
from multiprocessing import connection
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from typing import Any

from tools.attempt import Failure, attempt, die_with_parent

# Workers are spawned, not forked: a fork copies the locks of threads (torch, Ray, tqdm) in whatever state they are.
SPAWN = multiprocessing.get_context("spawn")


@dataclasses.dataclass(slots=True)
class _Worker:
    process: SpawnProcess
    pipe: Connection
    key: Hashable | None = None
    deadline: float = float("inf")


class LocalPool:
    """At most `width` tasks at a time, each in a process of its own that can be killed alone."""

    def __init__(self, width: int, timeout: float) -> None:
        self.width = width
        self.timeout = timeout
        self._workers: list[_Worker] = []

    def submit(self, key: Hashable, function: Callable[..., Any], *arguments: Any) -> None:
        """Start a task under `key`; the caller keeps no more than `width` of them running."""
        while True:
            worker = next((w for w in self._workers if w.key is None), None) or self._hire()
            try:
                worker.pipe.send((function, arguments))
            except OSError:  # it was killed while it had nothing to do
                self._dismiss(worker)
                continue
            worker.key, worker.deadline = key, time.monotonic() + self.timeout
            return

    def wait(self) -> list[tuple[Hashable, Any]]:
        """Wait for at least one running task to end; a result that is a `Failure` says how an attempt failed."""
        ended: list[tuple[Hashable, Any]] = []
        while not ended:
            busy = [w for w in self._workers if w.key is not None]
            nearest = min(w.deadline for w in busy) - time.monotonic()
            ready = connection.wait([w.pipe for w in busy], timeout=min(max(nearest, 0.0), 60.0))
            for worker in busy:
                if worker.pipe in ready:
                    ended.append((worker.key, self._receive(worker)))
                elif time.monotonic() > worker.deadline:
                    ended.append((worker.key, Failure(f"took longer than its limit of {self.timeout:g} s")))
                    self._dismiss(worker)
        return ended

    def stop(self) -> None:
        """End every worker that has something to do, now."""
        for worker in [worker for worker in self._workers if worker.key is not None]:
            self._dismiss(worker)

    def close(self) -> None:
        """End every worker."""
        for worker in list(self._workers):
            self._dismiss(worker)

    def _hire(self) -> _Worker:
        ours, theirs = SPAWN.Pipe()
        process = SPAWN.Process(target=_serve, args=(theirs, os.getpid()), daemon=True)
        process.start()
        theirs.close()  # so that the death of the worker is an end of file for us
        worker = _Worker(process, ours)
        self._workers.append(worker)
        return worker

    def _dismiss(self, worker: _Worker) -> None:
        worker.process.kill()
        worker.process.join()
        worker.pipe.close()
        self._workers.remove(worker)

    def _receive(self, worker: _Worker) -> Any:
        try:
            result = worker.pipe.recv()
        except (EOFError, OSError):
            worker.process.join()
            result = Failure(_cause_of_death(worker.process.exitcode))
        if isinstance(result, Failure):
            self._dismiss(worker)  # what a failed attempt left in memory must not reach the next task
        else:
            worker.key, worker.deadline = None, float("inf")
        return result


def _cause_of_death(exitcode: int | None) -> str:
    if exitcode is not None and exitcode < 0:
        name = signal.Signals(-exitcode).name
        hint = " (the kernel does this when memory runs out)" if name == "SIGKILL" else ""
        return f"its process was killed by {name}{hint}"
    return f"its process ended with exit code {exitcode}"


def _serve(pipe: Connection, parent: int) -> None:
    """The life of a worker: take a task, try it, send what came of it, until the parent closes the pipe."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole process group; the parent decides
    die_with_parent(parent)
    while True:
        try:
            function, arguments = pipe.recv()
        except (EOFError, OSError):
            return
        try:
            pipe.send(attempt(function, *arguments))
        except OSError:
            return

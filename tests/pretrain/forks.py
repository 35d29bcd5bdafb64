"""`python -m ...` many times for the price of one start: a process that has imported torch forks for each command.

What runs is what would run otherwise: the module as `__main__`, with its own arguments, environment and output. Only
the figures at a training's end are not drawn, which would take longer than all the rest.
"""

from __future__ import annotations

import dataclasses
import importlib
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).parents[2]
QUIET = {"OMP_NUM_THREADS": "1", "GLOO_SOCKET_IFNAME": "lo"}


@dataclasses.dataclass(frozen=True, slots=True)
class Run:
    """A process that a fork began."""

    forks: Forks
    pid: int
    said: Path
    """The file that its stdout and stderr go to."""

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        os.kill(self.pid, number)

    def end(self) -> int:
        """Wait for it; its exit code, or the signal that ended it as a negative number."""
        return int(self.forks.ask({"wait": self.pid}))

    def output(self) -> str:
        """What it said, once it has ended well."""
        code = self.end()
        said = self.said.read_text()
        assert code == 0, said
        return said


class Forks:
    """The process that forks; ask it one thing at a time."""

    def __init__(self, server: subprocess.Popen[str]) -> None:
        self.server = server

    def start(self, said: Path, words: Sequence[str], **environment: str) -> Run:
        """Begin `python -m WORDS`."""
        return Run(self, int(self.ask({"words": words, "environment": environment, "said": str(said)})), said)

    def start_ranks(self, said: Path, words: Sequence[str], ranks: int = 2) -> list[Run]:
        """Begin the same as so many processes that find each other, as torchrun would."""
        place = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(free_port()), "WORLD_SIZE": str(ranks)}
        place["LOCAL_WORLD_SIZE"] = str(ranks)
        return [
            self.start(said.with_name(f"{said.name}.{rank}"), words, RANK=str(rank), LOCAL_RANK=str(rank), **place)
            for rank in range(ranks)
        ]

    def ask(self, what: dict[str, Any]) -> str:
        """One line there, one line back."""
        assert self.server.stdin
        assert self.server.stdout
        self.server.stdin.write(json.dumps(what) + "\n")
        self.server.stdin.flush()
        return self.server.stdout.readline()


@contextmanager
def forks() -> Iterator[Forks]:
    """A process that forks, for as long as the block runs."""
    command = [sys.executable, "-m", "tests.pretrain.forks"]
    environment = {**os.environ, **QUIET}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=CHECKOUT, env=environment
    ) as server:
        yield Forks(server)
        server.kill()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def waited_for(path: Path, what: str = "", seconds: float = 60) -> None:
    """Wait until a file is there and holds something."""
    end = time.monotonic() + seconds
    while not (path.exists() and what in path.read_text(errors="replace")):
        assert time.monotonic() < end, f"{path}: not there, or without {what!r}"
        time.sleep(0.02)


def main() -> None:
    """Fork or wait for what was forked, as each line on stdin says."""
    for module in ("torch.utils.tensorboard", "torch._dynamo", "pretrain.train", "tyro"):
        importlib.import_module(module)

    vars(sys.modules["pretrain.finish"])["write_report"] = lambda *_given, **_named: None
    for line in sys.stdin:
        asked = json.loads(line)
        if "wait" in asked:
            print(os.waitstatus_to_exitcode(os.waitpid(asked["wait"], 0)[1]), flush=True)
            continue
        pid = os.fork()
        if not pid:
            os._exit(run(**asked))
        print(pid, flush=True)


def run(words: list[str], environment: dict[str, str], said: str) -> int:
    """Be `python -m WORDS`."""
    to = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for number, file in enumerate((os.open(os.devnull, os.O_RDONLY), to, to)):
        os.dup2(file, number)
    os.environ |= environment
    sys.argv = list(words)
    code: Any = 0
    try:
        runpy.run_module(words[0], run_name="__main__", alter_sys=True)
    except SystemExit as end:
        code = end.code or 0
    except BaseException:
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    return int(code)


if __name__ == "__main__":
    main()

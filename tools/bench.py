"""Measuring: a suite is a function that gives rows of figures; what ran where is written beside them.

Figures that compare us with others come from one run of one command, as ratios. A suite prints its table and its JSON
goes to docs/results, dated, with machine, versions and commit: the only place from which README and docs quote figures.
"""

from __future__ import annotations

import datetime
import importlib.metadata
import platform
import re
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tools.columns import aligned
from tools.command import figure
from tools.engine import cores
from tools.shards import write_json

Row = Mapping[str, Any]


def run(name: str, suite: Callable[..., Any], output: Path) -> None:
    """Run a suite (it takes no arguments and gives rows), print its table and write its result file."""
    start = time.monotonic()
    rows: Sequence[Row] = suite()
    print(table(rows))
    output.mkdir(parents=True, exist_ok=True)
    where, seconds = circumstances(), round(time.monotonic() - start, 1)
    card = re.sub(r"\W+", "-", f" {where['machine']['gpu']}".lower()) if "gpu" in where["machine"] else ""
    path = output / f"{name}{card}-{datetime.date.today().isoformat()}.json"
    write_json(path, {"suite": name, "seconds": seconds, **where, "rows": [dict(row) for row in rows]})
    print(f"{path}")


def table(rows: Sequence[Row]) -> str:
    """Rows as an aligned text table."""
    heads = list(dict.fromkeys(key for row in rows for key in row))
    cells = [heads, *([figure(row.get(head, "")) for head in heads] for row in rows)]
    return "\n".join(aligned(cells))


def circumstances() -> dict[str, Any]:
    """When, on what and with what a figure was measured."""
    names = ("orjson", "zstandard", "mwparserfromhell", "wikiextractor", "ray", "torch", "tokenizers", "transformers")
    installed = {d.metadata["Name"]: d.version for d in importlib.metadata.distributions()}
    return {
        "date": datetime.date.today().isoformat(),
        "commit": _git("rev-parse", "--short", "HEAD") + ("+changes" if _git("status", "--porcelain") else ""),
        "machine": {"cpu": _cpu(), "cores": cores(), "system": f"{platform.system()} {platform.machine()}", **_gpu()},
        "versions": {"python": platform.python_version(), **{n: installed[n] for n in names if n in installed}},
    }


def command_seconds(command: Sequence[str], runs: int = 5) -> dict[str, float]:
    """Wall and CPU seconds of a whole process, medians over `runs` after one run that does not count."""
    walls, cpus = [], []
    for _ in range(runs + 1):
        before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        walls.append(time.perf_counter() - start)
        cpus.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return {"wall s": round(statistics.median(walls[1:]), 4), "cpu s": round(statistics.median(cpus[1:]), 4)}


def start() -> list[Row]:
    """How long a person waits before anything happens."""
    commands = {
        "an empty python": ["-c", "pass"],
        "tools plan recipes/tiny.toml": ["-m", "tools", "plan", "recipes/tiny.toml"],
        "tools make recipes/tiny.toml, nothing to do": ["-m", "tools", "make", "recipes/tiny.toml"],
        "corpus --help": ["-m", "corpus", "--help"],
        "corpus sample --help": ["-m", "corpus", "sample", "--help"],
    }
    return [{"command": name, **command_seconds([sys.executable, *args])} for name, args in commands.items()]


def _git(*arguments: str) -> str:
    return _said("git", *arguments)


def _said(*command: str) -> str:
    """What a command prints; nothing if it is not there or fails."""
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def _gpu() -> dict[str, str]:
    names = _said("nvidia-smi", "--query-gpu=name", "--format=csv,noheader").splitlines()
    return {"gpu": names[0]} if names else {}


def _cpu() -> str:
    try:
        found = re.search(r"model name\s*: (.+)", Path("/proc/cpuinfo").read_text())
    except OSError:
        found = None
    return found[1] if found else platform.processor()

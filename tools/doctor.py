"""What this machine has, what is missing, and what the missing parts would give. Nothing heavy is imported for it."""

from __future__ import annotations

import importlib.metadata
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from configparser import ConfigParser
from pathlib import Path

from tools.engine import cores
from tools.errors import UserError

CHECKOUT = Path(__file__).resolve().parent.parent
GOOD, MISSING, BAD = "있음 ok", "없음 --", "문제 !!"

# What an extra of setup.cfg gives to a person who does not know its packages.
GIVES = {
    "ray": "the engine on more than one machine (--engine ray)",
    "analyzers": "Kiwi for sentences and morphemes; Okt, Komoran, Kkma, Hannanum to compare analysers",
    "peers": "other tools to measure ours against (python -m tools bench)",
    "dev": "running the tests, ruff and mypy",
}


def report() -> int:
    """Print the findings; the result is an exit code, 1 if something that everything needs is missing."""
    findings = [*_machine(), *_core(), *_extras(), *_programs()]
    width = max(len(name) for _, name, _ in findings)
    for state, name, text in findings:
        print(f"{state}  {name:<{width}}  {text}")
    bad = sum(state == BAD for state, _, _ in findings)
    print("everything that the pipeline needs is here" if not bad else f"{bad} problem(s): run make setup")
    return 1 if bad else 0


Finding = tuple[str, str, str]


def _machine() -> Iterator[Finding]:
    version = platform.python_version()
    yield (
        (GOOD if sys.version_info >= (3, 11) else BAD),
        "python",
        f"{version} ({sys.executable}), 3.11 or newer is needed",
    )
    yield (
        GOOD,
        "cores",
        f"{cores()} usable of {platform.machine()}; stages use all of them unless --workers says otherwise",
    )
    memory = _memory()
    if memory:
        yield GOOD, "memory", f"{memory / 2**30:,.1f} GiB"
    free = shutil.disk_usage(CHECKOUT).free / 2**30
    enough = "kowiki from dump to model takes about 30 GiB"
    yield (GOOD if free > 5 else BAD), "disk", f"{free:,.1f} GiB free in the checkout; {enough}"


def _memory() -> int | None:
    try:
        text = Path("/proc/meminfo").read_text()
    except OSError:
        return None
    found = re.search(r"MemTotal:\s+(\d+) kB", text)
    return int(found[1]) * 1024 if found else None


def _core() -> Iterator[Finding]:
    pinned = _pins()
    for name in _requirements("options", "install_requires"):
        version = _installed(name)
        tested = pinned.get(name, "")
        if version is None:
            yield BAD, name, "not installed; run: make setup"
        elif tested and version != tested:
            yield GOOD, name, f"{version} (tested with {tested})"
        else:
            yield GOOD, name, version
    try:
        from tools.charts import korean_font

        yield GOOD, "hangul font", korean_font().name
    except (ImportError, UserError) as error:
        yield BAD, "hangul font", str(error)


def _extras() -> Iterator[Finding]:
    parser = _setup()
    for extra in parser["options.extras_require"] if parser.has_section("options.extras_require") else ():
        names = _requirements("options.extras_require", extra)
        absent = [name for name in names if _installed(name) is None]
        gives = GIVES.get(extra, "")
        if absent:
            how = f"pip install -e '.[{extra}]' -c constraints.txt"
            yield MISSING, f"[{extra}]", f"{gives}; without {', '.join(absent)}; run: {how}"
        else:
            yield GOOD, f"[{extra}]", gives


def _programs() -> Iterator[Finding]:
    gpus = _output("nvidia-smi", "--query-gpu=name,memory.total", "--format=csv,noheader")
    if gpus:
        for number, line in enumerate(gpus.splitlines()):
            yield GOOD, f"gpu {number}", line.strip()
    else:
        yield MISSING, "gpu", "no NVIDIA GPU seen; every stage also runs on the CPU"
    java = _output("java", "-version")
    yield (GOOD, "java", java.splitlines()[0]) if java else (MISSING, "java", "only konlpy's analysers need it")


def _output(*command: str) -> str:
    if shutil.which(command[0]) is None:
        return ""
    done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    return (done.stdout or done.stderr).strip() if done.returncode == 0 else ""


def _setup() -> ConfigParser:
    parser = ConfigParser()
    parser.read(CHECKOUT / "setup.cfg", encoding="utf-8")
    return parser


def _requirements(section: str, key: str) -> list[str]:
    lines = _setup().get(section, key, fallback="").split("\n")
    return [re.split(r"[<>=!~\[; ]", line.strip())[0] for line in lines if line.strip()]


def _pins() -> dict[str, str]:
    lines = (CHECKOUT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return dict(line.strip().split("==", 1) for line in lines if "==" in line and not line.startswith("#"))


def _installed(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None

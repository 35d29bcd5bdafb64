"""A stage on several ranks: the line that is typed for the user, and followers that join the first."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from tyro.conf import Positional

from tools.command import parse
from tools.launch import torchrun
from tools.options import arguments
from tools.stage import Order, Stage


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Bake:
    """Bake.

    Example: python -m kitchen bake plain --output out
    """

    cake: Positional[str]
    """Which."""
    output: Path
    """Where."""
    start: Path | None = None
    """From what."""
    minutes: float = 0.0
    """How long."""
    salted: bool = False
    """Whether."""
    sweet: bool = True
    """Whether."""
    phases: tuple[str, ...] = ()
    """When."""


BAKE = Stage("kitchen.bake", Bake, "", ranks=True)
CONFIGS = st.builds(
    Bake,
    cake=st.sampled_from(["plain", "with nuts"]),
    output=st.sampled_from([Path("out"), Path("a folder")]),
    start=st.sampled_from([None, Path("dough")]),
    minutes=st.floats(0, 1e6, allow_nan=False),
    salted=st.booleans(),
    sweet=st.booleans(),
    phases=st.lists(st.sampled_from(["128:0.9", "512:0.1"]), max_size=3).map(tuple),
)


@given(CONFIGS)
def test_the_options_written_for_a_config_are_read_as_that_config(config: Bake) -> None:
    assert parse(BAKE, arguments(config), None) == config


def test_the_line_is_one_that_torchrun_takes() -> None:
    command = torchrun(Order(BAKE, Bake(cake="plain", output=Path("out"), minutes=2), "", {}, {}), 8)
    assert command[:3] == ["-m", "torch.distributed.run", "--standalone"]
    assert "--nproc_per_node=8" in command
    assert command[-8:] == ["-m", "kitchen", "bake", "plain", "--output", "out", "--minutes", "2"]


JOIN = """
import sys
from pathlib import Path
from tests.kitchen.stages import Gather
from tools.fingerprint import order
from tools.stage import Stage, execute
stage = Stage("kitchen.share", Gather, "tests.kitchen.steps:share", ranks=True)
print(execute(order(stage, Gather(Path(sys.argv[1])), {}, "test")))
"""


def test_the_first_rank_makes_the_folder_and_the_others_join_in(tmp_path: Path) -> None:
    command = [sys.executable, "-c", JOIN, str(tmp_path / "out")]
    follower = subprocess.Popen(command, env={**os.environ, "RANK": "1"})
    first = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert first.stdout.strip() == "{'heard': 1}"
    assert follower.wait(20) == 0
    assert (tmp_path / "out" / "word").read_text() == "here"
    again = subprocess.run(command, env={**os.environ, "RANK": "1"}, capture_output=True, text=True, check=True)
    assert again.stdout.strip() == "None"  # nothing left to join

"""Stages appear whole or not at all, whatever moment they are killed at."""

from __future__ import annotations

import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.kitchen.stages import STAGES, Cook, Gather
from tools import holding, stage
from tools.errors import UserError
from tools.fingerprint import order
from tools.stage import execute, read_record

RECIPE = """
report = "{0}/report"
[kitchen.gather]
output = "{0}/gathered"
[kitchen.cook]
input = ["{0}/gathered"]
output = "{0}/cooked"
slowness = 0.02
[kitchen.serve]
input = "{0}/cooked"
output = "{0}/served"
"""
OUTPUTS = ("gathered", "cooked", "served")


def make(recipe: Path, *more: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.kitchen", "make", str(recipe), *more]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def tree(folder: Path) -> dict[str, bytes]:
    """Every file of the three outputs and of anything left beside them; records of runs differ by nature."""
    files = (p for p in folder.rglob("*") if p.is_file())
    named = {str(p.relative_to(folder)): p.read_bytes() for p in files}
    return {name: data for name, data in named.items() if not name.startswith((".runs", "report"))}


def killed_and_run_again(home: Path, kills: int, seed: int) -> int:
    """Kill the runner at random moments and let it finish each time; how often it had been cut short."""
    recipe = home.with_suffix(".toml")
    recipe.write_text(RECIPE.format(home))
    start = time.monotonic()
    assert make(recipe).wait() == 0
    whole = time.monotonic() - start
    undisturbed = tree(home)
    moments = random.Random(seed)
    cut_short = 0
    for _ in range(kills):
        shutil.rmtree(home)
        process = make(recipe)
        time.sleep(moments.uniform(0.1, 1.0) * whole)
        process.kill()
        process.communicate()
        for name in OUTPUTS:
            folder, there = home / name, f"{name}/"
            wanted = {k.removeprefix(there): v for k, v in undisturbed.items() if k.startswith(there)}
            assert not folder.exists() or tree(folder) == wanted
        cut_short += not (home / "served").exists()
        rerun = make(recipe)
        _, complaint = rerun.communicate()
        assert rerun.returncode == 0, complaint
        assert tree(home) == undisturbed
    return cut_short


def test_killed_at_any_moment_the_rerun_ends_with_the_same_bytes(tmp_path: Path) -> None:
    with ThreadPoolExecutor(2) as both:
        runs = [both.submit(killed_and_run_again, tmp_path / str(seed), 25, seed) for seed in range(2)]
    assert sum(run.result() for run in runs) > 10  # else the kills came too late to prove anything


STOPPING = """
import os, sys
from pathlib import Path
from tests.kitchen.stages import STAGES, Gather
from tools.fingerprint import order
from tools.stage import execute

decided, calls = order(STAGES["gather"], Gather(Path(sys.argv[1]), count=3), {}, "test"), 0

def stop(name, arguments):
    global calls
    if name in ("os.rename", "shutil.rmtree", "os.remove"):
        calls += 1
        if calls == int(sys.argv[2]):
            os._exit(9)

sys.addaudithook(stop)
execute(decided)
"""


def test_a_killed_replacement_keeps_the_old_or_the_new_output_whole(tmp_path: Path) -> None:
    """Every cut between the steps of the last renames, by stopping at each of them in turn."""
    old = order(STAGES["gather"], Gather(tmp_path / "out", count=2), {}, "test")
    new = order(STAGES["gather"], Gather(tmp_path / "out", count=3), {}, "test")
    stopped = 0
    for stop_at in range(1, 12):
        execute(old)
        stopped += subprocess.run([sys.executable, "-c", STOPPING, str(new.output), str(stop_at)]).returncode == 9
        found = read_record(new.output)
        if found is not None:
            assert len(list(new.output.glob("*.zst"))) == found["summary"]["shards"]
        execute(new)
        assert sorted(p.name for p in tmp_path.iterdir()) == [".runs", "out"]
        assert len(list(new.output.glob("*.zst"))) == 3
    assert stopped > 5


def test_the_second_runner_is_told_who_holds_the_output(tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(RECIPE.format(tmp_path / "k").replace("slowness = 0.02", "slowness = 1.0"))
    first = make(recipe)
    record = holding.record_path(tmp_path / "k" / "cooked")
    while not record.exists() or b"making" not in record.read_bytes():
        time.sleep(0.02)
    second = make(recipe)
    _, complaint = second.communicate(timeout=20)
    assert second.returncode == 2
    assert len(complaint.splitlines()) == 1
    assert f"held by process {first.pid}" in complaint
    assert "tests.kitchen make" in complaint
    first.kill()
    first.communicate()


def test_interrupting_ends_within_two_seconds_and_a_rerun_continues(tmp_path: Path) -> None:
    home = tmp_path / "k"
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(RECIPE.format(home).replace("slowness = 0.02", "slowness = 1.0"))
    process = make(recipe)
    ledger = home / "cooked.part" / stage.LEDGER
    while not list(ledger.glob("*.json")):
        time.sleep(0.02)
    start = time.monotonic()
    process.send_signal(signal.SIGINT)
    _, complaint = process.communicate(timeout=10)
    assert time.monotonic() - start < 2
    assert process.returncode == 130
    assert complaint.strip() == "malmoi: interrupted; run the same command again to continue"
    done = len(list(ledger.glob("*.json")))
    assert 0 < done < 8
    again = make(recipe, "kitchen.cook.slowness=0")
    assert again.wait() == 0
    assert not list(home.glob("*.part"))
    assert (read_record(home / "cooked") or {})["summary"] == {"eaten": 400}


def test_an_up_to_date_output_is_left_alone(tmp_path: Path) -> None:
    decided = order(STAGES["gather"], Gather(tmp_path / "out"), {}, "test")
    assert execute(decided) == {"shards": 8}
    before = (tmp_path / "out" / "manifest.json").stat().st_mtime_ns
    assert execute(decided) is None
    assert (tmp_path / "out" / "manifest.json").stat().st_mtime_ns == before


def test_what_no_stage_made_is_never_touched(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").write_text("years of work")
    with pytest.raises(UserError, match="no stage made"):
        execute(order(STAGES["gather"], Gather(tmp_path / "out"), {}, "test"))
    assert (tmp_path / "out" / "thesis.txt").read_text() == "years of work"


def test_an_output_that_took_hours_is_replaced_only_when_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    execute(order(STAGES["gather"], Gather(tmp_path / "out"), {}, "test"))
    monkeypatch.setattr(stage, "HOURS", 0.0)
    changed = order(STAGES["gather"], Gather(tmp_path / "out", count=3), {}, "test")
    with pytest.raises(UserError, match="--replace"):
        execute(changed)
    assert execute(changed, replace=True) == {"shards": 3}


def unfinished(output: Path, minutes: float) -> None:
    """What a run of so many minutes leaves when it is killed."""
    cook = order(STAGES["cook"], Cook((output.with_name("in"),), output, salt="sea"), {}, "test")
    part = stage._prepare(cook)
    started = (part / stage.UNFINISHED).stat().st_mtime
    (part / "000.jsonl.zst").write_bytes(b"work")
    os.utime(part / "000.jsonl.zst", (started, started + 60 * minutes))


@pytest.mark.parametrize(
    ("minutes", "changes", "complaint"),
    [
        (126, {"salt": "rock"}, "unfinished work of 2.1 hours made with salt = 'sea', now 'rock'; give what it began"),
        (5, {"salt": "rock"}, "work of 5 minutes made with salt"),
        (5, {"input": ("more",)}, "work of 5 minutes made from another "),
    ],
)
def test_unfinished_work_of_other_options_is_thrown_away_only_when_asked(
    tmp_path: Path, minutes: float, changes: dict[str, Any], complaint: str
) -> None:
    for name in ("in", "more"):
        execute(order(STAGES["gather"], Gather(tmp_path / name, count=2 + len(name)), {}, "test"))
    unfinished(tmp_path / "out", minutes)
    inputs = tuple(tmp_path / name for name in changes.get("input", ("in",)))
    config = Cook(inputs, tmp_path / "out", salt=changes.get("salt", "sea"))
    changed = order(STAGES["cook"], config, {}, "test")
    with pytest.raises(UserError, match=re.escape(complaint)):
        execute(changed)
    assert (tmp_path / "out.part" / "000.jsonl.zst").exists()
    assert execute(changed, replace=True) is not None
    assert not (tmp_path / "out.part").exists()


def test_unfinished_work_goes_on_with_its_options_and_little_of_it_with_any(tmp_path: Path) -> None:
    execute(order(STAGES["gather"], Gather(tmp_path / "in", count=2), {}, "test"))
    unfinished(tmp_path / "out", 600)
    again = order(STAGES["cook"], Cook((tmp_path / "in",), tmp_path / "out", salt="sea"), {}, "test")
    assert stage._prepare(again) == tmp_path / "out.part"
    assert (tmp_path / "out.part" / "000.jsonl.zst").exists()
    assert execute(again) is not None
    shutil.rmtree(tmp_path / "out")
    unfinished(tmp_path / "out", 0.9)
    assert execute(order(STAGES["cook"], Cook((tmp_path / "in",), tmp_path / "out"), {}, "test")) is not None


def test_a_failing_stage_leaves_nothing_behind(tmp_path: Path) -> None:
    execute(order(STAGES["gather"], Gather(tmp_path / "in", count=1), {}, "test"))
    (tmp_path / "in" / "000.jsonl.zst").write_bytes(b"damaged")
    cook = order(STAGES["cook"], Cook((tmp_path / "in",), tmp_path / "out"), {}, "test")
    with pytest.raises(UserError, match=r"in/000\.jsonl\.zst: the shard has 7 bytes"):
        execute(cook)
    assert not (tmp_path / "out").exists()


def test_neutral_options_do_not_reach_the_output(tmp_path: Path) -> None:
    execute(order(STAGES["gather"], Gather(tmp_path / "in"), {}, "test"))
    trees = []
    for workers in (1, 2, 5):
        config = Cook((tmp_path / "in",), tmp_path / f"out{workers}", workers=workers)
        execute(order(STAGES["cook"], config, {}, "test"))
        trees.append(tree(config.output))
    assert trees[0] == trees[1] == trees[2]

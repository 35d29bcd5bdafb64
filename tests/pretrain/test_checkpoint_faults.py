"""A save that is killed, or finds no room, never leaves a half checkpoint in the place of a whole one."""

from __future__ import annotations

import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pretrain.checkpoint import RunState, Saver, named, newest
from tests.pretrain.runs import SHAPE, names, run
from tools.errors import UserError

CHECKOUT = Path(__file__).resolve().parents[2]
KILLED = """
import os, random, sys, time
from pathlib import Path
import torch
from torch import nn
from pretrain.checkpoint import NAME, RunState, Saver, fault, newest, restore
from pretrain.optim import optimizers

torch.set_num_threads(1)  # a fork has none of its parent's other threads, and would wait for them
folder, moments = Path(sys.argv[1]), random.Random(int(sys.argv[2]))

def made():
    model = nn.Linear(300, 300)
    return model, optimizers(model, "adamw", 0.1, 0.0)

def train(step):
    model, optimizer = made()
    with Saver(folder, keep_last=2, keep_every=7) as saver:
        while True:
            step += 1
            for parameter in model.parameters():
                parameter.data.fill_(step)
                parameter.grad = torch.ones_like(parameter)
            optimizer[0].step()
            for parameter in model.parameters():
                parameter.data.fill_(step)
            saver.save(model, optimizer, RunState(step=step, tokens=10 * step), {})

made()[1][0].step()  # what torch loads at the first step is loaded before the forks
cut = last = 0
for _ in range(12):
    child = os.fork()
    if not child:
        train(last)
    time.sleep(moments.uniform(0.02, 0.2))
    os.kill(child, 9)
    os.waitpid(child, 0)
    finals = [path for path in folder.iterdir() if NAME.fullmatch(path.name)]
    assert [path for path in finals if fault(path)] == []
    cut += len(list(folder.iterdir())) > len(finals)
    found = newest(folder)
    if found is None:
        continue
    model, optimizer = made()
    state = restore(found, model, optimizer, {})
    assert state.step >= last and state.tokens == 10 * state.step
    assert all(bool((parameter == state.step).all()) for parameter in model.parameters())
    last = state.step
print(cut, last)
"""


def test_killed_at_any_moment_the_newest_is_whole(tmp_path: Path) -> None:
    command = [sys.executable, "-c", KILLED, str(tmp_path), "1"]
    cut, last = subprocess.run(command, capture_output=True, text=True, check=True, cwd=CHECKOUT).stdout.split()
    assert int(cut) > 3  # else the kills came too late to prove anything
    assert int(last) > 0


STOPPED = """
import os, shutil, sys
from pathlib import Path
import torch
from torch import nn
from pretrain.checkpoint import NAME, RunState, fault, named, newest, prune, write

folder = Path(sys.argv[1])
contents = {"model.safetensors": {"w": torch.ones(3)}, "optimizer.safetensors": {}}
calls = stop_at = 0

def stop(name, arguments):
    global calls
    if stop_at and name in ("os.rename", "os.remove", "os.rmdir", "open") and str(folder) in str(arguments[0]):
        calls += 1
        if calls == stop_at:
            os._exit(9)

sys.addaudithook(stop)
for step in (1, 2):
    write(folder, step, contents, {"step": step})
at, ended = 0, 9
while ended == 9:
    at += 1
    child = os.fork()
    if not child:
        stop_at = at
        write(folder, 2 + at, contents, {"step": 2 + at})
        prune(folder, 2 + at, 2, 0)
        os._exit(0)
    ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    finals = [path for path in folder.iterdir() if NAME.fullmatch(path.name)]
    assert len(finals) >= 2 and [path for path in finals if fault(path)] == []
    for leftover in set(folder.iterdir()) - set(finals):
        shutil.rmtree(leftover)
assert ended == 0
print(at)
"""


def test_stopped_at_each_step_of_a_save_there_is_always_a_whole_one(tmp_path: Path) -> None:
    command = [sys.executable, "-c", STOPPED, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=CHECKOUT)
    assert int(done.stdout) > 12


@contextmanager
def files_at_most(size: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, ignored)


def test_a_disk_without_room_is_told_at_the_next_call_and_older_ones_stay(tmp_path: Path) -> None:
    model, made = run()
    with Saver(tmp_path, keep_last=1, keep_every=0) as saver:
        saver.save(model, made, RunState(step=1), SHAPE)
        saver.wait()
        with files_at_most(600):
            saver.save(model, made, RunState(step=2), SHAPE)
            with pytest.raises(
                UserError, match=r"step-00000002: was not saved, older checkpoints stay: the file would"
            ):
                saver.save(model, made, RunState(step=3), SHAPE)
        assert names(tmp_path) == ["step-00000001"]
        assert newest(tmp_path) == named(tmp_path, 1)
        saver.save(model, made, RunState(step=4), SHAPE)  # once there is room again, it saves again
    assert names(tmp_path) == ["step-00000004"]


def test_the_end_of_a_run_tells_of_a_save_that_failed_unless_it_fails_itself(tmp_path: Path) -> None:
    model, made = run()
    with files_at_most(600):
        with pytest.raises(UserError, match="was not saved"), Saver(tmp_path, keep_last=1, keep_every=0) as saver:
            saver.save(model, made, RunState(step=1), SHAPE)
        with pytest.raises(ZeroDivisionError), Saver(tmp_path, keep_last=1, keep_every=0) as saver:
            saver.save(model, made, RunState(step=1), SHAPE)
            raise ZeroDivisionError

"""Starting a stage on several GPUs of this machine: the torchrun line that a person would type, written and run."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import time

from tools.errors import Paused, UserError
from tools.holding import holder
from tools.options import arguments
from tools.stage import Order, made

PATIENCE = 10.0  # seconds for the other ranks to end when the first has
RESTARTS = 3  # a rank that dies takes the others down; all begin again from the last checkpoint


def torchrun(order: Order, processes: int) -> list[str]:
    """The command that makes an order's output with so many processes."""
    launcher = ["-m", "torch.distributed.run", "--standalone", f"--nproc_per_node={processes}"]
    return [*launcher, f"--max_restarts={RESTARTS}", "-m", *order.stage.name.split("."), *arguments(order.config)]


def launch(order: Order, processes: int, *, replace: bool) -> None:
    """Run that command and wait for its end."""
    command = [*torchrun(order, processes), *(["--replace"] if replace else [])]
    print(shlex.join(["python", *command]), flush=True)
    threads = max(1, (os.cpu_count() or 1) // processes)
    # A group of its own: else a terminal would tell the child of Ctrl-C too, and it would hear of it twice.
    child = subprocess.Popen(
        [sys.executable, *command], process_group=0, env={"OMP_NUM_THREADS": str(threads), **os.environ}
    )
    try:
        code = child.wait()
    except KeyboardInterrupt:
        code = _stopped(child, order)
    if code:
        raise UserError(f"{order.stage.name} on {processes} ranks ended with code {code}; what it said stands above")
    if not made(order):
        raise Paused(f"{order.output}: paused; run the same command again to go on")


def _stopped(child: subprocess.Popen[bytes], order: Order) -> int:
    """Ask the first rank, which saves and takes the others along; torchrun itself knows no peaceful end."""
    leader = holder(order.output)
    try:
        if leader is None:
            raise KeyboardInterrupt  # it has not begun
        os.kill(leader, signal.SIGTERM)
        while child.poll() is None and holder(order.output) == leader:
            time.sleep(0.1)
        return child.wait(PATIENCE)
    except (KeyboardInterrupt, subprocess.TimeoutExpired):  # asked once more; or it had not come far, and begins again
        child.terminate()
        child.wait()
        raise KeyboardInterrupt from None

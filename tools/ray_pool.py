"""The engine on Ray Core tasks: the same map on a cluster of machines, or on a local one that Ray starts.

An existing cluster is found by Ray's own RAY_ADDRESS variable. Every node must see the checkout and the output folder
under the same path (a shared file system). Ray runs a task at least once; outputs are renamed atomically, so that will
do.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Any

from tools.attempt import Failure, attempt
from tools.errors import UserError

CHECKOUT = Path(__file__).resolve().parent.parent


class RayPool:
    """Ray tasks without Ray's own retries: the engine counts attempts the same way for every pool."""

    def __init__(self, workers: int, timeout: float) -> None:
        try:
            import ray  # its stubs stop half-way, so it is taken as it is
        except ImportError:
            raise UserError(
                "engine ray: Ray is not installed; run: pip install -e '.[ray]' -c constraints.txt"
            ) from None
        self._ray: Any = ray
        path = os.pathsep.join(filter(None, [str(CHECKOUT), os.environ.get("PYTHONPATH", "")]))
        there = bool(os.environ.get("RAY_ADDRESS"))
        self._ours = not self._ray.is_initialized()
        if self._ours:
            self._ray.init(
                num_cpus=None if there else workers or None,
                include_dashboard=False,
                log_to_driver=False,
                logging_level="warning",
                runtime_env={"env_vars": {"PYTHONPATH": path}},
            )
        self.width = workers or int(self._ray.cluster_resources().get("CPU", 1))
        self.timeout = timeout
        self._remote = self._ray.remote(attempt).options(max_retries=0)
        self._running: dict[Any, tuple[Hashable, float]] = {}

    def submit(self, key: Hashable, function: Callable[..., Any], *arguments: Any) -> None:
        """Start a task under `key`."""
        reference = self._remote.remote(function, *arguments)
        self._running[reference] = key, time.monotonic() + self.timeout

    def wait(self) -> list[tuple[Hashable, Any]]:
        """Wait for at least one running task to end."""
        ended: list[tuple[Hashable, Any]] = []
        while not ended:
            ready, _ = self._ray.wait(list(self._running), num_returns=1, timeout=1.0)
            for reference in ready:
                key, _deadline = self._running.pop(reference)
                ended.append((key, self._result(reference)))
            late = [r for r, (_, deadline) in self._running.items() if time.monotonic() > deadline]
            for reference in late:
                key, _deadline = self._running.pop(reference)
                self._ray.cancel(reference, force=True)
                ended.append((key, Failure(f"took longer than its limit of {self.timeout:g} s")))
        return ended

    def stop(self) -> None:
        """Cancel what runs."""
        for reference in self._running:
            self._ray.cancel(reference, force=True)
        self._running.clear()

    def close(self) -> None:
        """Cancel what runs, and shut down the cluster if it is ours."""
        self.stop()
        if self._ours:
            self._ray.shutdown()

    def _result(self, reference: Any) -> Any:
        try:
            return self._ray.get(reference)
        except self._ray.exceptions.RayError as error:
            return Failure(f"its Ray worker died: {str(error).strip().splitlines()[0]}")

"""For tests that train in their own process: a single thread, and an end on the way."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch


class Killed(Exception):
    """What a test ends a training with."""


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Iterator[None]:
    """For every module that imports it."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)  # two that wait for each other waste a busy machine
    yield
    torch.set_num_threads(before)

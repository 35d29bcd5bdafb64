"""Signals set a flag, then interrupt unless they come at once, and mean what they meant when training is over."""

from __future__ import annotations

import itertools
import signal
from types import SimpleNamespace

import pytest

from pretrain import stopping as module
from pretrain.stopping import SIGNALS, stopping


@pytest.mark.parametrize("first", SIGNALS)
@pytest.mark.parametrize("second", SIGNALS)
def test_the_first_signal_asks_and_the_second_interrupts(
    first: signal.Signals, second: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = itertools.count(0.0, 1.5)
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    before = [signal.getsignal(number) for number in SIGNALS]
    updates = 0
    with pytest.raises(KeyboardInterrupt), stopping() as flag:
        assert not flag.asked
        signal.raise_signal(first)
        assert flag.asked
        updates += 1  # the update under way is finished
        signal.raise_signal(second)  # a launcher's echo
        updates += 1
        signal.raise_signal(second)
        updates += 1
    assert updates == 2
    assert [signal.getsignal(number) for number in SIGNALS] == before

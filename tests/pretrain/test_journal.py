"""Log lines, records and their file: sums add up, both say the same, and a resumed run's curve has no loops."""

from __future__ import annotations

import dataclasses
import io
import sys
import types
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pretrain.journal import METRICS, Moment, Tally, clock, forget_after, journal, line, record, records, short

TALLY = Tally(
    updates=20, rows=2100, tokens=268_800, guesses=40_000, nats=184_400.0, right=10_800,
    others=2100, other_nats=1071.0, other_right=1554, seconds=10.0, wait=0.03,
)  # fmt: skip
MOMENT = Moment(
    step=1200, seconds=600.0, steps=10_000, lr=9.1e-5, mfu=0.412, memory=1_200_000_000, left=192.0, epoch=0.5
)
INTEGERS = st.integers(0, 10**9)
TALLIES = st.builds(Tally, *[INTEGERS] * len(dataclasses.fields(Tally)))


def test_a_line_says_what_a_person_wants_to_know() -> None:
    assert line(record(TALLY, MOMENT)) == (
        "step 1,200/10,000 · loss 5.12 (mlm 4.61 nsp 0.51) · mlm acc 0.27 · nsp acc 0.74 · lr 9.1e-05 · 210 seq/s · "
        "26.9k tok/s · MFU 41 % · wait 0.3 % · 1.2 GB · eta 3:12"
    )


def test_what_is_not_known_is_left_out() -> None:
    tally = Tally(updates=1, rows=8, tokens=1000, guesses=100, nats=900.0, seconds=1.0, skipped=3)
    moment = Moment(step=1, seconds=1.0)
    text = "step 1 · loss 9.00 · mlm acc 0.00 · 8 seq/s · 1k tok/s · wait 0.0 % · 3 skipped"
    assert line(record(tally, moment)) == text
    assert line(record(Tally(), moment)) == "step 1 · 0 seq/s · 0 tok/s · wait 0.0 %"
    assert "sop 0.51" in line(record(TALLY, dataclasses.replace(MOMENT, asked="sop")))


def test_a_loss_that_is_no_number_is_not_written(tmp_path: Path) -> None:
    """It would be null in JSON and a hole in every curve."""
    found = record(dataclasses.replace(TALLY, nats=float("nan"), skipped=1), MOMENT)
    assert "loss" not in found and "mlm_loss" not in found and found["nsp_loss"] == 0.51
    assert line(found).startswith("step 1,200/10,000 · mlm acc 0.27 · nsp acc 0.74 · lr")


def test_a_record_has_the_rates_that_google_printed_too() -> None:
    found = record(TALLY, MOMENT)
    assert (found["global_step/sec"], found["examples/sec"], found["tokens/sec"]) == (2.0, 210.0, 26_880.0)
    assert found["loss"] == pytest.approx(184_400 / 40_000 + 1071 / 2100)


@given(TALLIES, TALLIES, TALLIES)
def test_tallies_add_up(one: Tally, two: Tally, three: Tally) -> None:
    assert one.plus(two).plus(three) == one.plus(three.plus(two))
    assert one.plus(Tally()) == one
    for field in dataclasses.fields(Tally):
        assert getattr(one.plus(two), field.name) == getattr(one, field.name) + getattr(two, field.name)


@pytest.mark.parametrize(
    "value, text",
    [(0, "0 x"), (7.126, "7.13 x"), (999.4, "999 x"), (999.6, "1k x"), (26_880, "26.9k x"), (1.443e6, "1.44M x")],
)
def test_rates_are_short(value: float, text: str) -> None:
    assert short(value, "x") == text


@pytest.mark.parametrize(
    "seconds, text", [(0, "0:00"), (192, "3:12"), (3599.6, "1:00:00"), (3723, "1:02:03"), (349_323, "4 d 1:02:03")]
)
def test_spans_of_time_are_those_of_a_clock(seconds: float, text: str) -> None:
    assert clock(seconds) == text


@pytest.fixture(autouse=True)
def no_tensorboard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)


def steps_in(folder: Path) -> list[int]:
    return [found["step"] for found in records(folder)]


def write(folder: Path, steps: range, *, after: int = 0) -> None:
    with journal(folder, after, 100) as log:
        for step in steps:
            log.step()
            log.write(record(TALLY, dataclasses.replace(MOMENT, step=step)))


def test_records_are_on_disk_as_soon_as_they_are_written(tmp_path: Path) -> None:
    with journal(tmp_path) as log:
        log.write(record(TALLY, MOMENT))
        assert records(tmp_path) == [record(TALLY, MOMENT)]


@given(st.integers(0, 12), st.integers(0, 400))
def test_a_resumed_run_forgets_what_came_after_the_step_it_resumes_from(
    tmp_path_factory: pytest.TempPathFactory, step: int, torn: int
) -> None:
    folder = tmp_path_factory.mktemp("run")
    with (folder / METRICS).open("wb") as file:
        for at in range(1, 11):
            file.write(b'{"step":%d,"loss":1.5}\n' % at)
        file.write(b'{"step":11,"loss":2.25}\n'[: torn % 24])  # killed in the middle of a line
    forget_after(folder, step)
    assert steps_in(folder) == list(range(1, min(step, 10) + 1))


def test_the_curve_of_a_run_killed_twice_has_no_loops(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, range(1, 6))
    write(tmp_path, range(4, 8), after=3)
    write(tmp_path, range(8, 10), after=7)
    assert steps_in(tmp_path) == list(range(1, 10))
    lines = [row for row in capsys.readouterr().err.splitlines() if row.startswith("step")]
    assert len(lines) == 11 and lines[0].startswith("step 1/10,000 · loss 5.12")


def test_ranks_that_do_not_lead_are_silent(capsys: pytest.CaptureFixture[str]) -> None:
    with journal(None) as log:
        log.step()
        log.write(record(TALLY, MOMENT))
    assert capsys.readouterr() == ("", "")


def test_on_a_terminal_lines_stand_above_a_bar(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    write(tmp_path, range(1, 4))
    shown = terminal.getvalue()
    assert shown.count("loss 5.12") == 3 and "train:" in shown and "/100" in shown


class Writer:
    """TensorBoard's, as far as we use it."""

    made: list[Writer]

    def __init__(self, log_dir: str, purge_step: int) -> None:
        self.log_dir, self.purge_step, self.closed = log_dir, purge_step, False
        self.scalars: list[tuple[str, float, int]] = []
        Writer.made.append(self)

    def add_scalar(self, tag: str, scalar_value: float, global_step: int) -> None:
        self.scalars.append((tag, float(scalar_value), global_step))

    def close(self) -> None:
        self.closed = True


def test_tensorboard_gets_every_figure_and_is_told_where_a_run_resumes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module: Any = types.ModuleType("torch.utils.tensorboard")
    module.SummaryWriter = Writer
    Writer.made = []
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", module)
    write(tmp_path, range(8, 9), after=7)
    [writer] = Writer.made
    assert (writer.log_dir, writer.purge_step, writer.closed) == (str(tmp_path / "tensorboard"), 8, True)
    assert ("train/mlm_accuracy", 0.27, 8) in writer.scalars
    assert {step for _, _, step in writer.scalars} == {8}


def test_a_missing_tensorboard_is_said_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, range(1, 4))
    assert capsys.readouterr().err.count("TensorBoard") == 1

from __future__ import annotations

import pytest

from tools import doctor


def test_a_machine_that_runs_the_tests_is_well(capsys: pytest.CaptureFixture[str]) -> None:
    assert doctor.report() == 0
    said = capsys.readouterr().out
    for word in ("python", "cores", "disk", "orjson", "hangul font", "[ray]", "gpu", "java"):
        assert word in said


def test_a_missing_package_is_named_with_its_remedy(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    installed = doctor._installed
    monkeypatch.setattr(doctor, "_installed", lambda name: None if name in ("orjson", "ray") else installed(name))
    assert doctor.report() == 1
    lines = capsys.readouterr().out.splitlines()
    assert any("문제 !!" in line and "orjson" in line and "make setup" in line for line in lines)
    assert any("없음 --" in line and "[ray]" in line and "pip install -e '.[ray]'" in line for line in lines)


def test_every_extra_says_what_it_gives() -> None:
    assert set(doctor._setup()["options.extras_require"]) == set(doctor.GIVES)

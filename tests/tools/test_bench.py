from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tools import bench


def test_a_result_says_what_was_measured_where(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bench.run("answer", lambda: [{"question": "모든 것", "answer": 42}, {"question": "x", "ratio": 2.5}], tmp_path)
    (path,) = tmp_path.iterdir()
    assert re.fullmatch(r"answer(-[\w-]+)?-\d{4}-\d\d-\d\d\.json", path.name)
    result = json.loads(path.read_text())
    assert result["rows"][0] == {"question": "모든 것", "answer": 42}
    assert {"date", "commit", "machine", "versions", "seconds"} <= set(result)
    assert "2.5" in capsys.readouterr().out


def test_a_whole_process_is_timed() -> None:
    seconds = bench.command_seconds(["sleep", "0.1"], runs=2)
    assert 0.1 <= seconds["wall s"] < 1.0
    assert seconds["cpu s"] < 0.1

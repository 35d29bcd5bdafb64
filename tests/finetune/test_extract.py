"""Features of a frozen model: each the same as the model computes of the line alone, whatever shares its batch."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
import torch
from numpy.typing import NDArray

from finetune import answering
from finetune.batches import Row, batch_of
from finetune.encoder import encoder
from finetune.extract import extract
from finetune.options_features import Extract
from finetune.states import states
from finetune.windows import marks
from tests.finetune.trainings import a_model
from tools.errors import UserError

LINES = ["배우가 훌륭하다", "", "음악이 지루하다. 끝이 재미있다", "나는", " ", "가람은 마루시에서 살았다 🙂"]


def extracted(home: Path, lines: list[str] = LINES, **changes: Any) -> tuple[NDArray[np.float32], list[dict[str, Any]]]:
    """The features of some lines and their index."""
    model = home / "model"
    if not model.exists():
        a_model(model, layers=4)
    (home / "lines.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    output = home / f"out-{len(list(home.iterdir()))}"
    output.mkdir()
    config = Extract(**{"model": model, "input": home / "lines.txt", "output": output, "device": "cpu", **changes})
    summary = extract(config)
    found = np.load(output / "features.npy")
    about = orjson.loads((output / "features.json").read_bytes())
    assert found.dtype == np.float32
    assert found.shape == (summary["rows"], summary["features"]) == (about["rows"], about["features"])
    return found, [orjson.loads(line) for line in (output / "index.jsonl").read_text().splitlines()]


def alone(home: Path, line: str) -> NDArray[np.float32]:
    """[places, tokens, hidden] of a line by itself."""
    given = encoder(home / "model", 0.0)
    given.model.eval()
    cls, sep = marks(given.tokenizer)
    row = np.concatenate([cls, given.tokenizer.encode(line).ids, sep])
    with torch.no_grad():
        found = states(given, batch_of([Row(row, len(row), 0)], 0, width_multiple=1))
    return torch.stack(found)[:, 0].numpy()


def test_each_token_of_each_line(tmp_path: Path) -> None:
    found, index = extracted(tmp_path)
    assert [record["line"] for record in index] == [1, 2, 3, 4, 5, 6]
    assert [record["first"] for record in index] == np.cumsum([0, *(record["rows"] for record in index)])[:-1].tolist()
    for line, record in zip(LINES, index, strict=True):
        assert len(record["tokens"]) == len(record["places"]) == record["rows"]
        own = found[record["first"] : record["first"] + record["rows"]]
        np.testing.assert_allclose(own, alone(tmp_path, line)[-1, 1:-1], atol=1e-5)
        for token, (start, end) in zip(record["tokens"], record["places"], strict=True):
            assert token in ("[UNK]", line[start:end], f"##{line[start:end]}")
    assert index[1]["rows"] == index[4]["rows"] == 0


@pytest.mark.parametrize("pool", ["cls", "mean"])
def test_a_vector_for_each_line(pool: Any, tmp_path: Path) -> None:
    found, index = extracted(tmp_path, pool=pool)
    assert index == [{"line": number, "first": number - 1, "rows": 1} for number in range(1, 7)]
    for line, vector in zip(LINES, found, strict=True):
        own = alone(tmp_path, line)[-1]
        wanted = own[0] if pool == "cls" else own[1:-1].sum(0) / max(len(own) - 2, 1)
        np.testing.assert_allclose(vector, wanted, atol=1e-5)


def test_several_layers_stand_behind_one_another(tmp_path: Path) -> None:
    found, _ = extracted(tmp_path, LINES[:1], layers=("concat-last-4", "0", "sum-all"))
    own = alone(tmp_path, LINES[0])[:, 1:-1]
    np.testing.assert_allclose(found, np.concatenate([*own[1:], own[0], own[1:].sum(0)], -1), atol=1e-5)


def test_a_long_line_is_seen_in_windows(tmp_path: Path) -> None:
    line = " ".join(["배우가 훌륭하다"] * 30)
    found, [record] = extracted(tmp_path, [line])
    whole, _ = extracted(tmp_path, [line[:30]], length=64)
    assert record["places"] == sorted(record["places"])
    assert "".join(line[start:end] for start, end in record["places"]) == line.replace(" ", "")
    assert record["rows"] == len(found) > 64
    assert np.isfinite(found).all()
    assert whole.shape[1] == found.shape[1]


def test_batches_and_portions_change_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    many = LINES * 5
    before, index = extracted(tmp_path, many)
    monkeypatch.setattr(answering, "EXAMPLES", 3)
    monkeypatch.setitem(answering.TOKENS, "cpu", 40)
    after, again = extracted(tmp_path, many)
    assert index == again
    np.testing.assert_allclose(before, after, atol=1e-5)


def test_packed_lines_and_no_token_at_all(tmp_path: Path) -> None:
    extracted(tmp_path)
    packed = tmp_path / "lines.txt.gz"
    packed.write_bytes(gzip.compress("나는\n살았다".encode()))
    found, index = extracted(tmp_path, input=packed)
    assert [record["line"] for record in index] == [1, 2]
    assert len(found) == 5
    none, _ = extracted(tmp_path, ["\u3000 ."], layers=("first",), pool="mean")
    assert none.shape == (1, 32)


def test_mistakes_are_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"^5: the model has 4 layers"):
        extracted(tmp_path, layers=("5",))
    with pytest.raises(UserError, match=r"^--length 99: the model has 64 positions; give at most so many$"):
        extracted(tmp_path, length=99)

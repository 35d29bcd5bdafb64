"""Instances to Google's files and back: nothing is lost, and files of others are read or refused in one line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
from numpy.typing import NDArray

from pretrain import tfrecord
from pretrain.arrays import Arrays
from pretrain.example import read_examples, write_examples
from pretrain.gather import gather, masks
from pretrain.masking import rule
from pretrain.options_instances import FromTfrecord, ToTfrecord
from pretrain.records import read_records, write_records
from pretrain.rows import Rows, open_rows
from pretrain.stages import STAGES
from tests.pretrain.stores import CLS, FIRST, MASK, PIECES, SEP, rows_of
from tests.pretrain.test_example import PACKED
from tools.errors import UserError
from tools.fingerprint import order
from tools.stage import execute

Columns = dict[str, NDArray[Any]]
LENGTH = 32


def to(instances: Path, output: Path, **more: Any) -> list[Path]:
    config = ToTfrecord(instances, output, **{"length": LENGTH, **more})
    execute(order(STAGES["to-tfrecord"], config, {}, "test"))
    return sorted(output.glob("*.tfrecord"))


def back(files: list[Path], vocabulary: Path, output: Path, length: int = LENGTH) -> Rows:
    execute(order(STAGES["from-tfrecord"], FromTfrecord(tuple(files), vocabulary, output), {}, "test"))
    return open_rows(output / str(length) / "train")


def whole(rows: Rows) -> dict[str, list[int]]:
    """The arrays of all shards as one; ends count on from shard to shard."""
    found: dict[str, list[int]] = {}
    for shard in rows.shards:
        for name in ("tokens", "ends", "bounds", "random", "picks", "pick_ends", "put"):
            array = getattr(shard, name)
            if array is not None:
                before = found.setdefault(name, [])
                base = before[-1] if before and name.endswith("ends") else 0
                before += (array.astype(np.int64) + base).tolist()
    return found


def columns_of(path: Path) -> Columns:
    (records,) = read_records(path)
    return read_examples(records, tfrecord.FEATURES)


@pytest.mark.parametrize("nsp", ["nsp", "none"])
def test_static_rows_come_back_identical(
    tmp_path: Path, nsp: Literal["nsp", "none"], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tfrecord, "TOGETHER", 16)
    monkeypatch.setattr(tfrecord, "SHARD", 50)
    rows = rows_of(tmp_path / "a", 130, length=LENGTH, nsp=nsp, masking="static", unit="token")
    files = to(tmp_path / "a", tmp_path / "b")
    again = back(files, tmp_path / "b" / "vocab", tmp_path / "c")
    assert len(files) == len(rows.shards) == 4
    assert len(again.shards) == 2
    assert whole(again) == whole(rows)
    same = ("rows", "tokens", "length", "nsp", "unit", "masking", "cap", "pieces")
    assert {name: again.about[name] for name in same} == {name: rows.about[name] for name in same}
    assert again.tokenizer == rows.tokenizer
    assert again.about["mask_rate"] == pytest.approx(len(whole(rows)["picks"]) / (rows.about["tokens"] - 3 * 130), 0.05)


def test_dynamic_rows_come_back_with_the_masks_of_epoch_0(tmp_path: Path) -> None:
    rows = rows_of(tmp_path / "a", 60, length=LENGTH)
    again = back(to(tmp_path / "a", tmp_path / "b"), tmp_path / "a" / "vocab", tmp_path / "c")
    assert again.about["masking"] == "static"
    numbers = np.arange(60)
    block, other = gather(rows, numbers, LENGTH), gather(again, numbers, LENGTH)
    drawn, read = masks(block, rule(rows.about, rows.tokenizer), 0), masks(other, rule(again.about, again.tokenizer), 7)
    assert (block.tokens == other.tokens).all()
    for name in ("picks", "labels", "put"):
        assert getattr(drawn, name).tolist() == getattr(read, name).tolist()
    assert len(drawn.picks) > 100
    assert set(drawn.put.tolist()) - {MASK}


def test_what_protobuf_reads_in_our_files_is_what_google_writes(tmp_path: Path) -> None:
    rows = rows_of(tmp_path / "a", 50, length=LENGTH, masking="static")
    messages = [m for path in to(tmp_path / "a", tmp_path / "b") for some in read_records(path) for m in some.messages]
    row = whole(rows)
    for number, message in enumerate(messages):
        example = PACKED.FromString(message)
        assert example.SerializeToString(deterministic=True) == message
        lists = {
            name: f.float_list if name.endswith("weights") else f.int64_list
            for name, f in example.features.feature.items()
        }
        found = {name: list(values.value) for name, values in lists.items()}
        first, end = [0, *row["ends"]][number], row["ends"][number]
        begin, stop = [0, *row["pick_ends"]][number], row["pick_ends"][number]
        tokens, picks = row["tokens"][first:end], row["picks"][begin:stop]
        more, few = LENGTH - len(tokens), rows.about["cap"] - len(picks)
        shown = [MASK if place in picks else token for place, token in enumerate(tokens)]
        a = tokens.index(SEP) + 1
        assert found == {
            "input_ids": shown + [0] * more,
            "input_mask": [1] * len(tokens) + [0] * more,
            "segment_ids": [0] * a + [1] * (len(tokens) - a) + [0] * more,
            "masked_lm_positions": picks + [0] * few,
            "masked_lm_ids": [tokens[place] for place in picks] + [0] * few,
            "masked_lm_weights": [1.0] * len(picks) + [0.0] * few,
            "next_sentence_labels": [row["random"][number]],
        }


def test_the_same_bytes_each_time_and_a_summary_for_run_pretraining(tmp_path: Path) -> None:
    rows_of(tmp_path / "a", 90, length=LENGTH)
    first, second = to(tmp_path / "a", tmp_path / "b"), to(tmp_path / "a", tmp_path / "c")
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]
    manifest = (tmp_path / "b" / "manifest.json").read_text()
    assert '"max_seq_length": 32' in manifest
    assert '"max_predictions_per_seq": 8' in manifest
    assert '"records": 90' in manifest


def google(**changed: Any) -> Columns:
    """Three records as Google's script writes them: [CLS] A [SEP] B [SEP], two masked places, padding."""
    ids, other = [CLS, FIRST, MASK, SEP, FIRST + 3, MASK, SEP, 0], [CLS, MASK, SEP, MASK, SEP, 0, 0, 0]
    columns = {
        "input_ids": [ids, other, ids],
        "input_mask": [[1] * 7 + [0], [1] * 5 + [0] * 3, [1] * 7 + [0]],
        "segment_ids": [[0] * 4 + [1] * 3 + [0], [0] * 3 + [1] * 2 + [0] * 3, [0] * 4 + [1] * 3 + [0]],
        "masked_lm_positions": [[2, 5, 0], [1, 3, 0], [2, 5, 0]],
        "masked_lm_ids": [[FIRST + 1, FIRST + 4, 0], [FIRST, FIRST, 0], [FIRST + 1, FIRST + 4, 0]],
        "masked_lm_weights": [[1.0, 1.0, 0.0]] * 3,
        "next_sentence_labels": [[0], [1], [1]],
    }
    return {name: np.array(rows, np.float32 if "weights" in name else np.int64) for name, rows in columns.items()} | {
        name: np.asarray(rows) for name, rows in changed.items()
    }


def file_of(path: Path, columns: Mapping[str, NDArray[Any]]) -> Path:
    with path.open("wb") as file:
        write_records(file, write_examples(columns))
    return path


@pytest.fixture
def vocabulary(tmp_path: Path) -> Path:
    path = tmp_path / "vocab.txt"
    path.write_text("".join(f"{piece}\n" for piece in PIECES))
    return path


def test_files_of_google_are_rows_with_static_masks(tmp_path: Path, vocabulary: Path) -> None:
    files = [file_of(tmp_path / name, google()) for name in ("1.tfrecord", "2.tfrecord")]
    rows = back(files, vocabulary, tmp_path / "out", 8)
    long, short = [CLS, FIRST, FIRST + 1, SEP, FIRST + 3, FIRST + 4, SEP], [CLS, FIRST, SEP, FIRST, SEP]
    assert whole(rows) == {
        "tokens": 2 * (long + short + long),
        "ends": [7, 12, 19, 26, 31, 38],
        "bounds": [4, 3, 4] * 2,
        "random": [0, 1, 1] * 2,
        "picks": [2, 5, 1, 3, 2, 5] * 2,
        "pick_ends": [2, 4, 6, 8, 10, 12],
        "put": [MASK] * 12,
    }
    assert rows.about["nsp"] == "nsp"
    assert rows.about["mask_rate"] == 0.6
    assert rows.about["cap"] == 3


def changed(name: str, row: int, place: int, value: float) -> Columns:
    columns = google()
    columns[name][row, place] = value
    return columns


BAD: dict[str, tuple[Callable[[], Columns], str]] = {
    "hole in the mask": (lambda: changed("input_mask", 1, 1, 0), r"record 2 has an input_mask that is not ones and"),
    "empty row": (lambda: google(input_mask=np.zeros((3, 8), int)), r"record 1 has an input_mask that is not ones"),
    "segments": (lambda: changed("segment_ids", 2, 1, 1), r"record 3 has segment_ids that are not zeros, then ones"),
    "weights": (lambda: changed("masked_lm_weights", 0, 0, 0.0), r"record 1 has masked_lm_weights that are not ones"),
    "a half": (lambda: changed("masked_lm_weights", 0, 0, 0.5), r"record 1 has masked_lm_weights that are not ones"),
    "nan": (lambda: changed("masked_lm_weights", 1, 2, np.nan), r"record 2 has masked_lm_weights that are not ones"),
    "falling": (lambda: changed("masked_lm_positions", 1, 0, 4), r"record 2 has masked_lm_positions that do not rise"),
    "twice": (lambda: changed("masked_lm_positions", 1, 1, 1), r"record 2 has masked_lm_positions that do not rise"),
    "outside": (lambda: changed("masked_lm_positions", 1, 1, 5), r"record 2 has masked_lm_positions that do not rise"),
    "label": (lambda: changed("next_sentence_labels", 2, 0, 2), r"record 3 has a next_sentence_labels that is neither"),
    "large id": (
        lambda: changed("input_ids", 1, 0, len(PIECES)),
        r"record 2 has an id outside of the vocabulary, which has 248 pieces; was the file made with another",
    ),
    "negative label": (lambda: changed("masked_lm_ids", 1, 0, -1), r"record 2 has an id outside of the vocabulary"),
    "other [CLS]": (lambda: changed("input_ids", 2, 0, FIRST), r"record 3 is no row from \[CLS\] to \[SEP\]; was the"),
    "other sizes": (
        lambda: google(segment_ids=np.zeros((3, 9), int)),
        r"record 1 has 9 segment_ids, the first record of all 8",
    ),
    "nothing to guess about": (
        lambda: {name: column for name, column in google().items() if name != "masked_lm_ids"},
        r"record 1 is not what create_pretraining_data\.py writes: it has no masked_lm_ids",
    ),
    "no record": (lambda: {name: column[:0] for name, column in google().items()}, r"x\.tfrecord: holds no record"),
}


@pytest.mark.parametrize("made, complaint", BAD.values(), ids=BAD)
def test_what_is_wrong_is_one_line(
    made: Callable[[], Columns], complaint: str, tmp_path: Path, vocabulary: Path
) -> None:
    path = file_of(tmp_path / "x.tfrecord", made())
    with pytest.raises(UserError, match=complaint) as caught:
        back([path], vocabulary, tmp_path / "out", 8)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_files_of_two_lengths_do_not_mix(tmp_path: Path, vocabulary: Path) -> None:
    longer = {name: np.pad(column, ((0, 0), (0, 2 * (column.shape[1] == 8)))) for name, column in google().items()}
    files = [file_of(tmp_path / "1.tfrecord", google()), file_of(tmp_path / "2.tfrecord", longer)]
    with pytest.raises(UserError, match=r"2\.tfrecord: record 1 has 10 input_ids, the first record of all 8"):
        back(files, vocabulary, tmp_path / "out", 8)


def test_a_length_that_is_not_there_is_said(tmp_path: Path) -> None:
    rows_of(tmp_path / "a", 20, length=LENGTH)
    with pytest.raises(UserError, match=r"--length 128: .* has 32; give one of these"):
        to(tmp_path / "a", tmp_path / "b", length=128)


def test_read_arrays_are_those_of_the_contract(tmp_path: Path, vocabulary: Path) -> None:
    rows = back([file_of(tmp_path / "1.tfrecord", google())], vocabulary, tmp_path / "out", 8)
    (shard,) = rows.shards
    arrays: Arrays = {name: getattr(shard, name) for name in ("tokens", "ends", "bounds", "picks", "pick_ends", "put")}
    types = {name: array.dtype.name for name, array in arrays.items()}
    small, wide = "uint16", "uint32"
    assert types == {"tokens": small, "ends": wide, "bounds": small, "picks": small, "pick_ends": wide, "put": small}
    assert shard.random is not None
    assert shard.random.dtype == np.uint8
    assert shard.starts is None

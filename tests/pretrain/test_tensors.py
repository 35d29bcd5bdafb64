"""Tensor files are those of the safetensors library."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file
from torch import Tensor

from pretrain.tensors import DTYPES, write_tensors

SHAPE = st.lists(st.integers(0, 5), max_size=3).map(tuple)
DTYPE = st.sampled_from(sorted(DTYPES, key=str))
TENSORS = st.dictionaries(st.text(min_size=1, max_size=8), st.tuples(DTYPE, SHAPE), max_size=6)


def some(kinds: dict[str, tuple[torch.dtype, tuple[int, ...]]]) -> dict[str, Tensor]:
    generator = torch.Generator().manual_seed(1)
    return {name: (torch.randn(s, generator=generator) * 50).to(dtype) for name, (dtype, s) in kinds.items()}


@settings(max_examples=100)
@given(TENSORS.map(some))
def test_the_library_reads_what_is_written(
    tmp_path_factory: pytest.TempPathFactory, tensors: dict[str, Tensor]
) -> None:
    path = tmp_path_factory.mktemp("tensors") / "x.safetensors"
    assert write_tensors(path, tensors) == hashlib.sha256(path.read_bytes()).hexdigest()
    read = load_file(path)
    assert set(read) == set(tensors)
    for name, tensor in tensors.items():
        assert read[name].dtype == tensor.dtype
        assert read[name].shape == tensor.shape
        assert read[name].view(-1).view(torch.uint8).equal(tensor.view(-1).view(torch.uint8))  # NaN is itself too


def test_a_file_of_weights_is_the_librarys_byte_for_byte(tmp_path: Path) -> None:
    tensors = some(
        {
            "b": (torch.float32, (3, 2)),
            "a": (torch.float32, (4,)),
            "aa": (torch.bfloat16, (5,)),
            "c": (torch.int64, (2,)),
        }
    )
    write_tensors(tmp_path / "ours", tensors)
    save_file(tensors, tmp_path / "theirs", {"format": "pt"})
    assert (tmp_path / "ours").read_bytes() == (tmp_path / "theirs").read_bytes()


def test_a_view_is_written_as_it_looks(tmp_path: Path) -> None:
    tensor = torch.arange(12.0).view(3, 4).T[1:]
    write_tensors(tmp_path / "x", {"x": tensor})
    assert load_file(tmp_path / "x")["x"].equal(tensor)

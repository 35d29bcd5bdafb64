"""Checkpoints: all that a run needs to go on as if it had never stopped, written while it goes on.

step-00001000/
  model.safetensors      the weights
  optimizer.safetensors  what the optimizers remember (optim.py)
  state.json             how far the run is, its loaders' places, the shape of the model
  checkpoint.json        the sha256 of the three; written last

A folder is written as `step-00001000.part`, forced to the disk and renamed; a folder whose hashes do not hold is never
loaded. Saving holds up training only while tensors are copied to memory of their own. Not here: when to save, and the
state of random numbers, which training draws anew from its seed and the update's number.
"""

from __future__ import annotations

import dataclasses
import hashlib
import os
import re
import shutil
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any

import orjson
import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.optim import Optimizer

from pretrain.optim import load_state_tensors, state_tensors
from pretrain.tensors import write_tensors
from tools.errors import EXPLAINED, UserError
from tools.shards import describe, write_json

MODEL, OPTIMIZER, STATE, RECORD = "model.safetensors", "optimizer.safetensors", "state.json", "checkpoint.json"
FILES = (MODEL, OPTIMIZER, STATE)
VERSION = 1
NAME = re.compile(r"step-\d{8,}")
Tensors = dict[str, Tensor]


@dataclasses.dataclass(frozen=True, slots=True)
class RunState:
    """How far a run is, but for its tensors."""

    step: int = 0
    """Updates made."""
    seconds: float = 0.0
    """Time spent training, over all its starts."""
    loaders: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    """The place in the instances of each length, as its loader wrote it."""
    skipped: int = 0
    """Updates that were not made because a gradient was not finite."""
    guesses: int = 0
    tokens: int = 0
    rows: int = 0
    """What was seen, over all ranks."""
    ranks: int = 1
    """How many processes saved it; another number may go on."""


class Saver:
    """Writes the checkpoints of a run in the background, one at a time. For the first rank only."""

    def __init__(self, folder: Path, *, keep_last: int, keep_every: int) -> None:
        self.folder, self.keep_last, self.keep_every = folder, keep_last, keep_every
        folder.mkdir(parents=True, exist_ok=True)
        for leftover in [*folder.glob("step-*.part"), *folder.glob("step-*.gone")]:  # of a run that was killed
            shutil.rmtree(leftover)
        self._thread = ThreadPoolExecutor(1)
        self._writing: Future[None] | None = None
        self._memory: Tensors = {}

    def save(
        self, model: nn.Module, optimizers: Sequence[Optimizer], state: RunState, shape: Mapping[str, Any]
    ) -> None:
        """Begin to save; if the save before still goes on, wait for it, and raise what stopped it."""
        self.wait()
        contents = {
            MODEL: self._copied(MODEL, model_tensors(model)),
            OPTIMIZER: self._copied(OPTIMIZER, state_tensors(optimizers, model)),
        }
        if any(tensor.is_pinned() for tensor in self._memory.values()):
            torch.cuda.synchronize()  # now the copies are whole
        about = {"version": VERSION, "shape": dict(shape), **dataclasses.asdict(state)}
        self._writing = self._thread.submit(self._write, state.step, contents, about)

    def wait(self) -> None:
        """Wait until what was begun is on the disk, or raise what stopped it."""
        writing, self._writing = self._writing, None
        if writing is not None:
            writing.result()

    def _write(self, step: int, contents: Mapping[str, Tensors], about: Mapping[str, Any]) -> None:
        try:
            write(self.folder, step, contents, about)
            prune(self.folder, step, self.keep_last, self.keep_every)
        except OSError as error:
            why = EXPLAINED.get(error.errno or 0, str(error))
            raise UserError(f"{named(self.folder, step)}: was not saved, older checkpoints stay: {why}") from None

    def _copied(self, file: str, tensors: Tensors) -> Tensors:
        """The tensors in memory that is kept from save to save; from a GPU the copying only begins here."""
        copies = {}
        for name, tensor in tensors.items():
            key = f"{file}/{name}"
            if key not in self._memory:
                self._memory[key] = torch.empty(tensor.shape, dtype=tensor.dtype, pin_memory=tensor.is_cuda)
            copies[name] = self._memory[key].copy_(tensor.detach(), non_blocking=True)
        return copies

    def __enter__(self) -> Saver:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.wait()
        except UserError:
            if kind is None:  # else what ends the run matters more
                raise
        finally:
            self._thread.shutdown()


def write(folder: Path, step: int, contents: Mapping[str, Tensors], about: Mapping[str, Any]) -> None:
    """Write a checkpoint, which appears whole or not at all."""
    final = named(folder, step)
    if final.exists() and fault(final) is None:
        return  # a run that was resumed and stopped at once
    part = final.with_name(f"{final.name}.part")
    try:
        part.mkdir()
        hashes = {name: write_tensors(part / name, tensors) for name, tensors in contents.items()}
        write_json(part / STATE, about)
        write_json(part / RECORD, {"sha256": {**hashes, STATE: describe(part / STATE, 1).sha256}})
        _sync(part)
        _remove(final)
        part.rename(final)
        _sync(folder)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise


def prune(folder: Path, step: int, keep_last: int, keep_every: int) -> None:
    """Of the checkpoints up to `step`, just written, keep the last ones, and those of every so many updates.

    What lies ahead of it was torn, or the run would not have gone back behind it.
    """
    steps = sorted(int(path.name.removeprefix("step-")) for path in _checkpoints(folder))
    behind = [each for each in steps if each <= step]
    kept = {*behind[-max(1, keep_last) :], *(each for each in behind if keep_every and each % keep_every == 0)}
    for each in steps:
        if each not in kept:
            _remove(named(folder, each))


def newest(folder: Path) -> Path | None:
    """The newest checkpoint that is as it was written, None if there is none; warns about those that are not."""
    torn = list[str]()
    found = None
    for path in reversed(_checkpoints(folder)):
        complaint = fault(path)
        if complaint is None:
            found = path
            break
        torn.append(f"{path}: {complaint}")
    way = f"going on from {found.name}" if found else "no checkpoint is whole, so training begins anew"
    for line in torn:
        print(f"malmoi: {line}; {way}", file=sys.stderr)
    return found


def fault(checkpoint: Path) -> str | None:
    """What is wrong with a checkpoint's files, None if they are as they were written."""
    try:
        hashes = orjson.loads((checkpoint / RECORD).read_bytes())["sha256"]
        if set(hashes) != set(FILES):
            return f"{RECORD} does not list the files of a checkpoint"
        for name, sha256 in hashes.items():
            with (checkpoint / name).open("rb") as file:
                if hashlib.file_digest(file, "sha256").hexdigest() != sha256:
                    return f"{name} is cut or has changed (sha256 differs)"
    except OSError as error:
        return f"{Path(str(error.filename)).name} cannot be read ({error.strerror})"
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
        return f"{RECORD} is cut or has changed"
    return None


def restore(checkpoint: Path, model: nn.Module, optimizers: Sequence[Optimizer], shape: Mapping[str, Any]) -> RunState:
    """Put a checkpoint's tensors into a model and its optimizers, and say how far the run was."""
    state, recorded = read_state(checkpoint)
    for key in sorted({*shape, *recorded}):
        if (now := shape.get(key)) != (then := recorded.get(key)):
            raise UserError(
                f"{checkpoint}: was made with {key} = {then} but this run has {key} = {now}; "
                f"give the options that it was made with, or another --output to begin anew"
            )
    _fill(model, load_file(checkpoint / MODEL), str(checkpoint))
    load_state_tensors(optimizers, model, load_file(checkpoint / OPTIMIZER))
    return state


def read_state(checkpoint: Path) -> tuple[RunState, dict[str, Any]]:
    """How far a run was, and the shape of its model."""
    path = checkpoint / STATE
    value = orjson.loads(path.read_bytes())
    version, shape = value.pop("version", None), value.pop("shape", None)
    if version != VERSION:
        raise UserError(
            f"{path}: is of version {version}, and this code reads {VERSION}; resume with the code it is of"
        )
    fields = {field.name for field in dataclasses.fields(RunState)}
    for wrong, what in ((fields - set(value), "misses"), (set(value) - fields, "has the unknown key")):
        if wrong or shape is None:
            name = min(wrong, default="shape")
            raise UserError(f"{path}: {what} {name!r}; resume with the code that it was made with")
    return RunState(**value), shape


def model_tensors(model: nn.Module) -> Tensors:
    """The weights and buffers of a model by name; what is tied stands once, under its first name."""
    first: dict[int, str] = {}
    everything = model.state_dict(keep_vars=True)
    return {name: tensor for name, tensor in everything.items() if first.setdefault(id(tensor), name) == name}


@torch.no_grad()
def _fill(model: nn.Module, tensors: Mapping[str, Tensor], where: str) -> None:
    wanted = model_tensors(model)
    for name in sorted({*wanted, *tensors}):
        shapes = [list(each[name].shape) if name in each else "absent" for each in (tensors, wanted)]
        if shapes[0] != shapes[1]:
            raise UserError(
                f"{where}: weight {name} is {shapes[0]} there and {shapes[1]} in the model; use its own code"
            )
    for name, tensor in wanted.items():
        tensor.copy_(tensors[name])


def named(folder: Path, step: int) -> Path:
    """Where the checkpoint of an update is."""
    return folder / f"step-{step:08d}"


def _checkpoints(folder: Path) -> list[Path]:
    """Those under a final name, by step."""
    found = [path for path in folder.glob("step-*") if NAME.fullmatch(path.name)]
    return sorted(found, key=lambda path: int(path.name.removeprefix("step-")))


def _remove(checkpoint: Path) -> None:
    """Its name first: a kill in the middle leaves no half under a final name."""
    if checkpoint.exists():
        gone = checkpoint.rename(checkpoint.with_name(f"{checkpoint.name}.gone"))
        shutil.rmtree(gone)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

"""The processes of one training: who this one is, and the few things they must agree on.

One process needs no more than a rank and a device; under torchrun the same code sees its place in the environment and
the processes find each other. What is shared goes through one sum over all ranks per update; gradients are DDP's.
"""

from __future__ import annotations

import dataclasses
import os
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import torch
import torch.distributed as dist
from torch import nn
from torch.distributed.distributed_c10d import PrefixStore, Store
from torch.distributed.rendezvous import rendezvous
from torch.nn.parallel import DistributedDataParallel

from tools.errors import UserError

PATIENCE = timedelta(minutes=30)  # the first rank may be writing the last page while the others wait


@dataclasses.dataclass(frozen=True, slots=True)
class Ranks:
    """This process among those that train together."""

    rank: int
    ranks: int
    device: torch.device

    @property
    def first(self) -> bool:
        """Whether this is the process that writes and speaks."""
        return self.rank == 0

    def totals(self, values: Sequence[float]) -> list[float]:
        """Each value summed over all ranks, the same everywhere."""
        if self.ranks == 1:
            return list(values)
        sums = torch.tensor(values, dtype=torch.float64, device=self.device)
        dist.all_reduce(sums)
        return [float(value) for value in sums.tolist()]

    def wait(self) -> None:
        """Go on when all ranks have come here."""
        if self.ranks > 1:
            dist.barrier()


@contextmanager
def joined(device: str) -> Iterator[Ranks]:
    """Take this process's place: alone, or among those that torchrun started."""
    try:
        with _joined(device) as ranks:
            yield ranks
    except torch.OutOfMemoryError as error:
        why = str(error).partition(". ")[0]
        raise UserError(f"the GPU has no memory left ({why}); give a smaller --micro, or shorter rows") from None


@contextmanager
def _joined(device: str) -> Iterator[Ranks]:
    rank, ranks = (int(os.environ.get(name, default)) for name, default in (("RANK", "0"), ("WORLD_SIZE", "1")))
    chosen = _device(device, int(os.environ.get("LOCAL_RANK", "0")))
    if "RANK" not in os.environ:
        yield Ranks(0, 1, chosen)
        return
    if rank:
        warnings.simplefilter("ignore")  # the first has seen the same
    own: dict[str, Any] = {}
    if chosen.type == "cuda":
        torch.cuda.set_device(chosen)
        own["device_id"] = chosen
    backend = "nccl" if chosen.type == "cuda" else "gloo"
    dist.init_process_group(backend, store=_store(), rank=rank, world_size=ranks, timeout=PATIENCE, **own)
    try:
        dist.barrier()  # none may fail while another still looks for it
        yield Ranks(rank, ranks, chosen)
        dist.barrier()  # none leaves while another still writes
    finally:
        dist.destroy_process_group()


def _store() -> Store:
    """Where processes find each other's addresses.

    torchrun keeps it over restarts, with the addresses of processes that are dead (pytorch issue 135712), so that every
    attempt needs its own corner. Machines count attempts each for itself: several of them have to share one.
    """
    store, _, ranks = next(rendezvous("env://", timeout=PATIENCE))
    alone = os.environ.get("LOCAL_WORLD_SIZE") == str(ranks)
    attempt = os.environ.get("TORCHELASTIC_RESTART_COUNT", "0") if alone else "any"
    return PrefixStore(f"attempt/{attempt}", store)


def together(module: nn.Module, ranks: Ranks, *, partly: bool = False) -> nn.Module:
    """The module with its gradients averaged over all ranks while they are computed.

    With `partly` a pass may leave weights out, if it is the same ones on all ranks; they get no gradient.
    """
    if ranks.ranks == 1:
        return module
    # Every rank begins from the same seed and the same checkpoint: nothing has to be sent first.
    return DistributedDataParallel(
        module, gradient_as_bucket_view=not partly, find_unused_parameters=partly, init_sync=False
    )


def _device(wanted: str, local: int) -> torch.device:
    if wanted == "cpu" or (wanted == "auto" and not torch.cuda.is_available()):
        return torch.device("cpu")
    if not torch.cuda.is_available():
        raise UserError("--device cuda: torch sees no GPU here; use --device cpu, or install a torch with CUDA")
    if local >= torch.cuda.device_count():
        raise UserError(
            f"rank {local} of this machine has no GPU of its own: there are {torch.cuda.device_count()}; "
            f"start as many processes (torchrun --nproc_per_node {torch.cuda.device_count()})"
        )
    return torch.device("cuda", local)

"""Training on many GPUs, on paper: what of the gradients' journey the backward pass does not hide, and what follows.

Every GPU computes its rows and then needs the mean of all gradients. DDP sends them in buckets while the backward pass
goes on below, so that only two things cost time: what is not through when the pass ends, and the table of pieces, whose
gradient is whole only at the very end, since the head and the look-up share it. A cluster sends in two steps: within a
machine, then, each GPU its part, between machines. Both are rings, which carry 2 (n - 1) / n of the bytes.

Nothing is measured here. Step times follow from operations and an assumed share of the card's peak until somebody
gives the speed of a real GPU; what links and memory reach is a share of their data sheets. Left out: that small passes
compute less quickly, that rings within and between machines overlap, and congestion.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator
from statistics import NormalDist

from pretrain.at_rest import at_rest
from pretrain.flops import PEAKS, flops_per_token
from pretrain.options_training import Scaling
from pretrain.parameters import total
from pretrain.shape import Shape, shape
from pretrain.trial import guesses_of
from tools.columns import aligned
from tools.errors import UserError

CARD, MEMORY = "H200", 4.8e12  # bytes a second of its memory, by its data sheet
NVLINK = 450e9  # bytes a second, each way, of one GPU: half of the 900 GB/s of the data sheet
INFINIBAND, ETHERNET = 50e9, 12.5e9  # 400 and 100 Gb/s
REACHED = 0.8  # of these rates by large messages
LATENCY = {False: 20e-6, True: 60e-6}  # seconds of one message to all, within a machine and between machines
PASS = 256 * 128  # tokens in one pass of a GPU
BUCKET = 25 * 2**20  # bytes of DDP's buckets
WORD = 4  # bytes of a gradient: weights and gradients are float32, products alone bfloat16
ADAMW = 28  # bytes that a parameter's update moves: four numbers read, three written
CHATTER = 2  # sums over all ranks in an update beside the gradients: counts before it, losses after it
WANTED = 0.99


@dataclasses.dataclass(frozen=True, slots=True)
class Cluster:
    """GPUs and what joins them."""

    name: str
    machines: int
    each: int
    """GPUs in a machine, joined by NVLink."""
    between: float = math.inf
    """Bytes a second that a machine sends to others, with all its ports."""

    @property
    def gpus(self) -> int:
        """All of them."""
        return self.machines * self.each


@dataclasses.dataclass(frozen=True, slots=True)
class Work:
    """What one GPU does in an update."""

    row: float
    """Seconds for a row, forward and backward."""
    update: float
    """Seconds to change the weights."""
    table: float
    """Bytes of the gradient that comes last."""
    others: float
    """Bytes of all other gradients."""
    micro: int
    """Rows in one pass."""


def scaling(config: Scaling) -> None:
    """Print the tables."""
    print("\n".join(lines(config)))


def lines(config: Scaling) -> Iterator[str]:
    """What is assumed, and how each cluster would do."""
    if not 0 < config.mfu <= 1:
        raise UserError(f"mfu {config.mfu:g}: is a share of the card's peak, above 0 and at most 1")
    if config.tokens_per_second < 0:
        raise UserError(f"tokens_per_second {config.tokens_per_second:g}: what a GPU was measured to do; 0 = by --mfu")
    if config.tokens < 1:
        raise UserError(f"tokens {config.tokens:g}: a corpus has at least one")
    own = shape(config.size, config.architecture, config.vocabulary)
    found = work(own, config)
    speed = config.length / found.row
    origin = "measured" if config.tokens_per_second else f"assumed: MFU {config.mfu:g}, not measured"
    yield (
        f"{config.size} ({config.architecture}), rows of {config.length}: {total(own) / 1e6:.0f} M parameters, "
        f"{(found.table + found.others) / 1e6:.0f} MB of gradients, {found.table / 1e6:.0f} MB of them last"
    )
    yield f"one {CARD}: {speed / 1e6:.3f} M tokens/s ({origin}); {found.micro} rows in {1e3 * pass_of(found):.0f} ms"
    yield ""
    head = ("cluster", "gradients ms", "not hidden ms", f"at {found.micro} rows a GPU", "rows a GPU for 99 %", "batch")
    yield from aligned([head, *(_row(cluster, found) for cluster in CLUSTERS)])
    yield ""
    yield f"{config.tokens:,.0f} tokens in rows of {config.length}, with 64 GPUs"
    yield from aligned(at_rest(config.tokens, config.length, 64, speed, total(own)))


def _row(cluster: Cluster, found: Work) -> tuple[str, ...]:
    rows = rows_for(WANTED, cluster, found)
    return (
        cluster.name,
        f"{1e3 * sent(found.table + found.others, cluster):.2f}",
        f"{1e3 * exposed(cluster, found, found.micro):.2f}",
        f"{100 * held(cluster, found, found.micro):.1f} %",
        f"{rows:,}",
        f"{rows * cluster.gpus:,}",
    )


def work(own: Shape, config: Scaling) -> Work:
    """The update of a shape, at a measured speed or at an assumed share of the peak."""
    each = flops_per_token(own, config.length, guesses_of(config.length) / config.length)
    speed = config.tokens_per_second or config.mfu * PEAKS[CARD] / each
    table = WORD * own.vocabulary * own.hidden
    return Work(
        row=config.length / speed,
        update=ADAMW * total(own) / (REACHED * MEMORY),
        table=table,
        others=WORD * total(own) - table,
        micro=max(1, PASS // config.length),
    )


def pass_of(found: Work) -> float:
    """Seconds of a full pass."""
    return found.micro * found.row


def sent(size: float, cluster: Cluster) -> float:
    """Seconds until so many bytes of each GPU are summed over all of them."""
    far = cluster.machines > 1
    inside = 2 * (cluster.each - 1) / cluster.each * size / (REACHED * NVLINK)
    between = 2 * (cluster.machines - 1) / cluster.machines * size / (REACHED * cluster.between) if far else 0.0
    return inside + between + math.ceil(size / BUCKET) * LATENCY[far]


def exposed(cluster: Cluster, found: Work, rows: int) -> float:
    """Seconds of the gradients' journey in which nothing is computed; only the last pass hides any of it."""
    backward = 2 / 3 * min(rows, found.micro) * found.row
    return max(0.0, sent(found.others, cluster) - backward) + sent(found.table, cluster)


def held(cluster: Cluster, found: Work, rows: int) -> float:
    """Weak scaling: the speed of a GPU among the others, by that of one alone, with as many rows in an update."""
    alone = rows * found.row + found.update
    return alone / (alone + exposed(cluster, found, rows) + CHATTER * LATENCY[cluster.machines > 1])


def rows_for(share: float, cluster: Cluster, found: Work) -> int:
    """The fewest rows of a GPU in an update with which so much of its speed is left."""
    low, high = 0, 1
    while held(cluster, found, high) < share:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if held(cluster, found, middle) < share else (low, middle)
    return high


def slowest(gpus: int) -> float:
    """How many standard deviations above the mean the slowest of some GPUs is to be expected."""
    normal, steps = NormalDist(), 20_000
    return sum(normal.inv_cdf(((step + 0.5) / steps) ** (1 / gpus)) for step in range(steps)) / steps


CLUSTERS = (
    Cluster("8 GPUs, NVLink", 1, 8),
    Cluster("64 GPUs, 400 Gb/s for each", 8, 8, 8 * INFINIBAND),
    Cluster("64 GPUs, 100 Gb/s for each machine of 8", 8, 8, ETHERNET),
    Cluster("8 GPUs, 100 Gb/s for each, no NVLink", 8, 1, ETHERNET),
)

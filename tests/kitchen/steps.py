"""What the three stages do, slowly enough to be killed in the middle."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from tests.kitchen.stages import Cook, Gather, Serve
from tools.engine import Engine, run
from tools.shards import read_manifest, read_shard, write_manifest, write_shard
from tools.stage import LEDGER, Summary, follows


def gather(config: Gather) -> dict[str, Any]:
    shards = [
        write_shard(config.output / f"{i:03d}.jsonl.zst", ({"n": config.seed * j + i} for j in range(50)))
        for i in range(config.count)
    ]
    write_manifest(config.output, shards)
    return {"shards": len(shards)}


def cook(config: Cook) -> dict[str, Any]:
    (source,) = config.input
    tasks = [(source, shard, config.output, config.slowness, config.salt) for shard in read_manifest(source).shards]
    ledger = config.output / LEDGER
    results = run(_cook_one, tasks, Engine(workers=config.workers), label="cook", ledger=ledger)
    return {"eaten": sum(results)}


def _cook_one(task: Any) -> int:
    source, shard, output, slowness, salt = task
    time.sleep(slowness)
    rows = [{"n": row["n"] ** 2, "salt": salt} for row in read_shard(source, shard)]
    write_shard(output / shard.name, rows)
    return len(rows)


def serve(config: Serve) -> dict[str, Any]:
    total = 0
    for path in sorted(Path(config.input).glob("*.zst")):
        total += path.stat().st_size
        (config.output / f"{path.name}.txt").write_text(str(total * config.rate))
    return {"total": total}


def share(config: Gather) -> Summary | None:
    """Two ranks: the second puts in a word for which the first waits."""
    word = config.output / "word"
    if follows():
        word.write_text("here")
        return None
    while not word.exists():
        time.sleep(0.01)
    return {"heard": 1}

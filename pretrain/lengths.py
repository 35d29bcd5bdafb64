"""Which lengths a folder of instances has, and where the rows of one of them are."""

from __future__ import annotations

from pathlib import Path

from tools.errors import UserError


def lengths(instances: Path) -> list[int]:
    """The lengths there are, ascending."""
    found = sorted(int(path.name) for path in instances.glob("*") if path.name.isdecimal())
    if not found:
        raise UserError(f"{instances}: holds no instances; `python -m pretrain instances` makes them")
    return found


def at_length(instances: Path, length: int, part: str) -> Path:
    """The folder of the rows of a length and part; length 0 is the shortest."""
    found = lengths(instances)
    if length and length not in found:
        raise UserError(f"--length {length}: {instances} has {', '.join(map(str, found))}; give one of these")
    folder = instances / str(length or found[0]) / part
    if not folder.is_dir():
        raise UserError(f"{folder}: there is no part {part!r} of this length; give another --part")
    return folder

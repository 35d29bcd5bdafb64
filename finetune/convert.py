"""`convert`: a data file in another format of its kind, and what that format could not hold.

A row of FORMATS reads a file into what flows between the formats of its kind (articles for questions, tagged texts for
names) and writes it from there. A writer gives back what it dropped or changed, and how often.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Literal

from finetune.formats import names
from finetune.formats.konkuk import write_konkuk
from finetune.formats.qa import NAMES, counted, opened, outside
from finetune.formats.qa_table import write_csv, write_tsv
from finetune.formats.squad import write_tree
from finetune.options_data import Convert
from finetune.reading import Reading
from tools.errors import UserError, nearest


@dataclasses.dataclass(frozen=True, slots=True)
class Format:
    """A format of files: what it is called, how it is read and written, and how its text is recognised."""

    kind: Literal["questions", "names"]
    name: str
    read: Callable[[Path], Any]
    """Of questions: the articles; of names: a Reading."""
    write: Callable[[Any, Path], Mapping[str, int]]
    looks: Callable[[Path], bool] | None = None
    """Whether a file is in this format, by its content; questions are recognised by formats/qa.py."""


def convert(config: Convert) -> None:
    """Write a file in another format and say what was dropped."""
    if config.to not in FORMATS:
        raise UserError(f"--to {config.to}: no such format; {nearest(config.to, FORMATS)}")
    if config.source and config.source not in FORMATS:
        raise UserError(f"--source {config.source}: no such format; {nearest(config.source, FORMATS)}")
    if config.output.exists() and config.file.exists() and config.output.samefile(config.file):
        raise UserError(f"--output {config.output}: is the file that is read; give another path")
    source, target = FORMATS[config.source or recognised(config.file)], FORMATS[config.to]
    if source.kind != target.kind:
        raise UserError(f"{config.file}: {source.name} holds {source.kind}, {target.name} {target.kind}; see --to")
    counts, found = Counter[str](), source.read(config.file)
    if isinstance(found, Reading):
        flow: Any = found.examples
        counts["texts"] = len(found.examples)
        counts.update({f"left out, {reason}": count for reason, count in found.skipped.items()})
    else:
        flow = counted(found, counts)
    dropped = target.write(flow, config.output)
    figures = " · ".join(f"{what} {count:,}" for what, count in counts.items())
    print(f"{config.output}: {target.name} from {source.name}: {figures}")
    for what, count in sorted(dropped.items()):
        print(f"{config.output}: {what} ({count:,})")


def recognised(path: Path) -> str:
    """The key in FORMATS of the format that a file is in, by its content."""
    key = outside(path)
    if key == "json":
        return opened(path)[0]
    if key:
        return key
    found = next((key for key, form in FORMATS.items() if form.looks and form.looks(path)), "")
    if not found:
        raise UserError(f"{path}: in no format that is recognised; name one of {', '.join(FORMATS)} with --source")
    return found


def _articles(path: Path) -> Any:
    return opened(path)[1]


_WRITERS: Mapping[str, Callable[[Any, Path], Mapping[str, int]]] = {
    "konkuk": write_konkuk,
    "csv": write_csv,
    "tsv": write_tsv,
}
FORMATS: dict[str, Format] = {
    **{
        key: Format("questions", name, _articles, _WRITERS.get(key) or partial(write_tree, shape=key))
        for key, name in NAMES.items()
    },
    **{key: Format("names", form.name, form.read, form.write, form.looks) for key, form in names.FORMATS.items()},
}

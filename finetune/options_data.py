"""The options of the verbs that look after data files: check, convert, head, stats."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Annotated

from tyro.conf import Positional, arg


@dataclasses.dataclass(frozen=True, slots=True)
class Check:
    """Find every fault of a data file and say where it stands; the exit code is 1 if there is one.

    Example: python -m finetune check KorQuAD_v1.0_dev.json --repair repaired.json
    """

    file: Positional[Path]
    """The file; for KorQuAD 2 also a folder or zip of JSON files."""
    task: str = ""
    """Whose file it is; none given = recognised from its content."""
    repair: Path | None = None
    """Also write a copy without the faults, and say what was changed; for JSON files of questions."""
    most: int = 20
    """How many faults of each kind to print; 0 = all."""


@dataclasses.dataclass(frozen=True, slots=True)
class Convert:
    """Write a data file in another format and say what that format cannot hold.

    Example: python -m finetune convert KorQuAD_v1.0_dev.json --to konkuk --output dev.txt
    """

    file: Positional[Path]
    """The file; for KorQuAD 2 also a folder or zip of JSON files."""
    to: str
    """The format to write; a wrong name lists them."""
    output: Path
    """The file to write; NeMo's format is a folder."""
    source: str = ""
    """The format it is in; none given = recognised from its content."""


@dataclasses.dataclass(frozen=True, slots=True)
class Head:
    """Print some examples as a person reads them: an answer marked in its context, a label with its text.

    Example: python -m finetune head KorQuAD_v1.0_dev.json -n 3
    """

    file: Positional[Path]
    """A data file of any task."""
    task: str = ""
    """Whose file it is; none given = recognised from its content."""
    n: Annotated[int, arg(aliases=("-n",))] = 5
    """How many examples."""
    first: int = 0
    """The number of the first one, counted from 0."""


@dataclasses.dataclass(frozen=True, slots=True)
class Stats:
    """Count what a data file holds: articles, questions, lengths, what follows an answer; or labels and names.

    Example: python -m finetune stats KorQuAD_v1.0_train.json --vocabulary build/vocab
    """

    file: Positional[Path]
    """A data file of any task."""
    task: str = ""
    """Whose file it is; none given = recognised from its content."""
    vocabulary: Path | None = None
    """Also measure lengths in pieces of this vocabulary."""

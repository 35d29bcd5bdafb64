"""The folders of NVIDIA NeMo: sentences in `text_train.txt`, their tags line by line in `labels_train.txt`.

A full folder has the parts train, dev and test, each as `train.tsv` too (a token and its tag a line), train and dev
together in `train_dev.tsv`, all tags in `label_ids.csv`, whose lines are their numbers, and how often they occur in
`label_stats.tsv`. Tags may have no types: O B I. Words are what stands between spaces, so 경찰은 is written 경찰 은
where 경찰 is the name, which the result counts.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from finetune.examples import Tagged
from finetune.formats.conll import columns, read_conll
from finetune.formats.tokens import EMPTY, Row, read_rows, rows_of
from finetune.reading import Reading, lines
from tools.errors import UserError
from tools.shards import atomic

IDS, STATS = "label_ids.csv", "label_stats.tsv"


def read_nemo(path: Path) -> Reading:
    """One part: `text_train.txt`, its labels or `train.tsv`; or a folder that holds but one."""
    if path.is_dir():
        found = parts(path)
        if len(found) != 1:
            have = ", ".join(found) or "no text_*.txt"
            raise UserError(f"{path}: a folder must hold one part, this one has {have}; give {path}/text_train.txt")
        path = path / f"text_{found[0]}.txt"
    named = _PART.fullmatch(path.name)
    if not named:
        return read_conll(path)
    text, labels = (path.with_name(f"{role}_{named[1]}") for role in ("text", "labels"))
    return read_rows(path, _rows(text, labels))


def write_nemo(examples: Sequence[Tagged], path: Path) -> Mapping[str, int]:
    """Write a part into a folder: `folder/text_dev.txt` names it, a folder alone gets train.

    The files that tell of the whole folder are written again: tags keep the numbers that they have.
    """
    named = _PART.fullmatch(path.name)
    folder, part = (path.parent, named[1].removesuffix(".txt")) if named else (path, "train")
    return write_folder({part: examples}, folder)


def write_folder(examples: Mapping[str, Sequence[Tagged]], folder: Path) -> Mapping[str, int]:
    """Write several parts under their names, and what tells of all; the result is what was lost, how often."""
    folder.mkdir(parents=True, exist_ok=True)
    dropped = Counter[str]()
    for part, some in examples.items():
        rows = list(rows_of(some, dropped))
        dropped[SPLIT] += sum(bool(row.glued) for row in rows)
        _put(folder / f"text_{part}.txt", [" ".join(row.tokens) for row in rows])
        _put(folder / f"labels_{part}.txt", [" ".join(row.tags or ()) for row in rows])
        with atomic(folder / f"{part}.tsv") as file:
            file.writelines(columns([row.tokens, row.tags or ()]) for row in rows)
    _tell(folder)
    return +dropped


def parts(folder: Path) -> list[str]:
    """The parts that a folder has, train first."""
    found = (named[1] for file in folder.glob("text_*.txt") if (named := re.fullmatch(r"text_(.+)\.txt", file.name)))
    return sorted(found, key=lambda part: (part != "train", part))


def label_ids(folder: Path) -> tuple[str, ...]:
    """The tags of a folder in the order of their numbers; empty if it does not say."""
    file = folder / IDS
    return tuple(line.strip() for _, line in lines(file) if line.strip()) if file.exists() else ()


def _rows(text: Path, labels: Path) -> Iterator[Row | str]:
    sentences = [line for _, line in lines(text)]
    tagged = [line.split() for _, line in lines(labels)] if labels.exists() else None
    if tagged is not None and len(tagged) != len(sentences):
        counts = f"{text.name} has {len(sentences):,} lines, {labels.name} {len(tagged):,}"
        raise UserError(f"{labels}: {counts}; each sentence needs a line of labels")
    for number, sentence in enumerate(sentences, 1):
        tags = tagged[number - 1] if tagged is not None else None
        yield Row(f"{labels}:{number}", str(number), sentence.split(), tags) if sentence.strip() else EMPTY


def _tell(folder: Path) -> None:
    """Write what the parts that are there say together."""
    names = parts(folder)
    tags = Counter(tag for part in names for _, line in lines(folder / f"labels_{part}.txt") for tag in line.split())
    known = label_ids(folder) or ("O",)
    _put(folder / IDS, [*known, *sorted(tags.keys() - set(known))])
    total = tags.total()
    _put(folder / STATS, [f"{tag}\t\t{round(count / total, 5)}\t\t{count}" for tag, count in tags.most_common()])
    if {"train", "dev"} <= set(names):
        with atomic(folder / "train_dev.tsv") as file:
            file.writelines((folder / f"{part}.tsv").read_bytes() for part in ("train", "dev"))


def _put(path: Path, rows: Sequence[str]) -> None:
    with atomic(path) as file:
        file.write("".join(f"{row}\n" for row in rows).encode())


SPLIT = "sentence with a space put at the end of a name"
_PART = re.compile(r"(?:text|labels)_(.+\.txt(?:\.\w+)?)")

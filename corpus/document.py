"""The one thing that readers, cleaners and filters see, and how a folder of them is written and read.

Paragraphs are the lines of `text`. There is no metadata bag on purpose: what a stage wants to say
about a document beyond its identity and its text belongs in that stage's own output.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from pathlib import Path

from tools.shards import Shard, read_manifest, read_shard, write_shard


@dataclasses.dataclass(frozen=True, slots=True)
class Document:
    """A text with a name and an origin: `id` is unique in its source, `source` says where it came from."""

    id: str
    title: str
    text: str
    source: str


def write_documents(path: Path, documents: Iterable[Document]) -> Shard:
    """Write one shard of documents; the caller collects the shards in a manifest."""
    return write_shard(path, ({"id": d.id, "title": d.title, "text": d.text, "source": d.source} for d in documents))


def read_documents(folder: Path) -> Iterator[Document]:
    """Every document of a folder in order, each shard checked against its checksum before it is used."""
    for shard in read_manifest(folder).shards:
        for row in read_shard(folder, shard):
            yield Document(**row)

"""What a run of the cleaner counts: documents read and dropped, what pages lost, templates that no row resolves."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable
from typing import Any

from corpus.wikitext import Cleaned

SAMPLES = 20  # of each reason, enough to see whether a filter is right
SAMPLE_LETTERS = 300
LISTED_TEMPLATES = 50


@dataclasses.dataclass(slots=True)
class Tally:
    """The counts of one part, or of all of them together."""

    read: int = 0
    dropped: Counter[str] = dataclasses.field(default_factory=Counter)
    samples: dict[str, list[dict[str, str]]] = dataclasses.field(default_factory=dict)
    losses: Counter[str] = dataclasses.field(default_factory=Counter)
    unresolved: Counter[str] = dataclasses.field(default_factory=Counter)
    examples: dict[str, str] = dataclasses.field(default_factory=dict)
    simplified: list[str] = dataclasses.field(default_factory=list)
    """Pages that only the simple cleaner got through, as "id title: why"."""

    def drop(self, why: str) -> None:
        """Count a document that is not kept."""
        self.dropped[why] += 1

    def sample(self, why: str, title: str, text: str) -> None:
        """Keep the beginning of a dropped document for people to look at, if there is not enough of its kind yet."""
        kept = self.samples.setdefault(why, [])
        if len(kept) < SAMPLES:
            kept.append({"title": title, "text": text[:SAMPLE_LETTERS]})

    def count(self, page: Cleaned) -> None:
        """Count what a page lost on its way to text."""
        self.losses.update(page.dropped)
        self.unresolved.update(page.unresolved)
        for name, example in page.examples.items():
            self.examples.setdefault(name, example)

    def check(self, kept: int) -> None:
        """Documents in = documents out + drops by reason, on every run."""
        if self.read != kept + self.dropped.total():
            raise AssertionError(f"{self.read} documents read, but {kept} kept and {self.dropped.total()} dropped")

    def to_row(self) -> dict[str, Any]:
        """As JSON, for the ledger."""
        return {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}

    @staticmethod
    def from_row(row: dict[str, Any]) -> Tally:
        """From JSON."""
        counted = {name: Counter(row[name]) for name in ("dropped", "losses", "unresolved")}
        return Tally(**{**row, **counted})

    def to_report(self, kept: int) -> dict[str, Any]:
        """What is written beside the documents."""
        common = sorted(self.unresolved.items(), key=lambda pair: (-pair[1], pair[0]))
        return {
            "read": self.read,
            "kept": kept,
            "dropped": dict(sorted(self.dropped.items())),
            "losses": dict(sorted(self.losses.items())),
            "simplified": self.simplified,
            "unresolved names": len(common),
            "unresolved uses": sum(self.unresolved.values()),
            "unresolved": [
                {"name": name, "count": count, "example": self.examples.get(name, "")}
                for name, count in common[:LISTED_TEMPLATES]
            ],
        }


def merged(tallies: Iterable[Tally]) -> Tally:
    """All parts together, in their order."""
    whole = Tally()
    for tally in tallies:
        whole.read += tally.read
        whole.dropped.update(tally.dropped)
        whole.losses.update(tally.losses)
        whole.unresolved.update(tally.unresolved)
        whole.simplified += tally.simplified
        for name, example in tally.examples.items():
            whole.examples.setdefault(name, example)
        for why, rows in tally.samples.items():
            for row in rows:
                whole.sample(why, row["title"], row["text"])
    return whole

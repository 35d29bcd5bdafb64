"""What analysers and schemes make of one text, and the tag set, as tables on the terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from tools.columns import aligned
from tools.errors import UserError
from tools.shards import read_manifest
from vocab.analyzers import ANALYZERS
from vocab.analyzers import analyze as analyzed
from vocab.segment import SEGMENTS
from vocab.segment import segment as segmented
from vocab.stages import Analyze, SegmentText, Tags
from vocab.tags import CLASS_OF, CLASSES, FOREIGN, TAGS


def analyze(config: Analyze) -> None:
    """A line an analyser; one that is missing says what to install."""
    width = max(map(len, ANALYZERS))
    for name in config.analyzer or ANALYZERS:
        try:
            shown = " ".join(f"{form}/{tag}" for form, tag, _, _ in analyzed(config.text, name))
        except UserError as error:
            if config.analyzer:
                raise
            shown = str(error).removeprefix(f"{name}: ")
        print(f"{name:<{width}}  {shown}")


def segment(config: SegmentText) -> None:
    """A line a scheme."""
    width = max(map(len, SEGMENTS))
    for name in SEGMENTS:
        units = segmented(config.text, name, config.analyzer)
        shown = (f"{u.marked}[{u.start}:{u.end}]" if config.offsets else u.marked for u in units)
        print(f"{name:<{width}}  {' '.join(shown)}")


def tags(config: Tags) -> None:
    """The tag set: a line a tag under its class."""
    rows = _names() if config.analyses is None else _counts(config.analyses)
    print(*aligned(rows), sep="\n")


def _names() -> list[Sequence[str]]:
    """What the analysers call each tag where they call it otherwise."""
    own = {tag: [f"{name} {one}" for name, row in FOREIGN.items() for one in row if row[one] == tag] for tag in TAGS}
    return [("class", "tag", "name", "elsewhere"), *((CLASS_OF[t], t, TAGS[t], ", ".join(own[t])) for t in TAGS)]


def _counts(folder: Path) -> list[Sequence[str]]:
    about = read_manifest(folder).about
    if "tags" not in about:
        raise UserError(
            f"{folder}: holds no analyses; make them with: python -m vocab analyze-corpus {folder} --output ..."
        )
    counts = Counter[str](about["tags"])
    rows: list[Sequence[str]] = [("class", "tag", "name", f"count ({about['analyzer']})")]
    for kind, row in CLASSES.items():
        rows += [(kind, tag, name, _share(counts[tag], counts.total())) for tag, name in row.items()]
        rows.append((kind, "", "합계", _share(sum(counts[tag] for tag in row), counts.total())))
    return rows


def _share(count: int, total: int) -> str:
    return f"{count:>14,} {count / max(total, 1):7.2%}"

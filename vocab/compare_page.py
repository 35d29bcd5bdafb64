"""The page of a comparison: the verdict in words first, then a section for each question that one asks of a vocabulary.

Figures come from criteria.py's table; here is only which of them are drawn, and what must be kept in mind with them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tools.charts import Bars, Block, Groups, Heat, Lines, Pieces, Prose, Section, Table, write_page
from vocab import criteria
from vocab.criteria import Criterion, Rows

Report = Mapping[str, Any]


def draw(path: Path, report: Report) -> None:
    """Write the page of a report."""
    write_page(path, "어휘 비교 Comparison of vocabularies", list(filter(None, map(_section, _contents(report)))))


def verdict(rows: Rows) -> tuple[str, str]:
    """Which vocabulary is best at what, in Korean and in English."""
    found = list(criteria.verdicts(rows))
    if not found:
        return "견줄 것이 없다.", "There is nothing to choose between."
    korean, english = [], []
    for criterion, file, names, value in found:
        where, of_file = (f"{file}에서 ", f" in {file}") if file else ("", "")
        korean.append(f"{where}{criterion.praise[0]} {', '.join(names)}({criterion.korean} {value})")
        english.append(f"{criterion.praise[1]}{of_file}: {', '.join(names)} ({value})")
    warnings = [_warning(name, share) for name, share in criteria.lossy(rows).items()]
    return (
        " ".join([f"{', '.join(korean)}이다.", *(warning[0] for warning in warnings)]),
        " ".join([f"{'. '.join(english)}.", *(warning[1] for warning in warnings)]),
    )


def _warning(name: str, share: str) -> tuple[str, str]:
    return (
        f"{name}: 어절의 {share}에 [UNK]가 들어 다른 수치가 실제보다 좋아 보인다.",
        f"{name} loses something of {share} of the eojeols, which flatters its other figures.",
    )


def summary_table(rows: Rows, keys: Sequence[str]) -> Table:
    """A row a figure, a column a vocabulary; a star marks the best, where one way is better."""
    cells = []
    for criterion in (c for key in keys for c in criteria.ALL if c.key == key):
        for key in criteria.measured(criterion, rows):
            top = criteria.best(criterion, key, rows)
            written = [_starred(criterion, figures.get(key), name in top) for name, figures in rows.items()]
            cells.append([f"{criterion.title}{key.removeprefix(criterion.key)}", *written])
    return Table(["", *rows], cells)


def _starred(criterion: Criterion, value: Any, is_best: bool) -> str:
    return ("★ " if is_best else "") + criteria.written_as(criterion, value)


def _section(content: tuple[str, Sequence[Block | None]]) -> Section | None:
    title, blocks = content
    there = [block for block in blocks if block and not (isinstance(block, Table) and not block.rows)]
    return Section(title, there) if any(not isinstance(block, Prose) for block in there) else None


def _contents(report: Report) -> list[tuple[str, Sequence[Block | None]]]:
    rows: Rows = report["vocabularies"]
    sample = report["sample"]
    korean, english = verdict(rows)
    about = (
        f"표본: {sample['corpus']}의 문서 {sample['documents']:,}건, {sample['bytes'] / 1e6:.1f} MB. "
        f"A sample of {sample['documents']:,} documents, chosen by their ids; a tenth of them is held out from the "
        "trigram. A vocabulary that was trained on these documents has an advantage that this page does not see."
    )
    return [
        ("요약 Summary", [Prose(korean), Prose(english), summary_table(rows, criteria.HEADLINES), Prose(about)]),
        ("길이 Length", [
            Prose(
                "어휘가 클수록 조각은 적다: 크기가 같은 것끼리 견주라. 공백을 조각으로 적는 어휘는 그것도 세었다. "
                "Larger vocabularies need fewer tokens; where spaces are pieces too, they are counted."
            ),
            _table(rows, criteria.SIZE), _bars(rows, "tokens per eojeol"), _bars(rows, "bytes per token"),
        ]),
        ("모르는 글자 Unknown characters", [_table(rows, criteria.UNKNOWN), _worst(rows)]),
        ("조각의 쓰임 Use of the pieces", [_table(rows, criteria.USE), _curves(rows)]),
        ("분포 Distribution", [
            Prose(
                "레니 효율만 보고 고르지 말라: 형태소 경계와 어긋날 때가 많다. Never choose by Rényi efficiency "
                "alone: it often ranks against morphology. The denominator is the whole vocabulary, used or not."
            ),
            _table(rows, criteria.DISTRIBUTION),
        ]),
        ("형태소 Morphemes", [
            Prose(
                "어절 안의 경계를 트리뱅크와 견준다. 줄어든 말(가까운: 가깝+ㄴ)은 나눌 수 없어 뺐다. Borders inside "
                "words against treebanks; words whose morphemes do not spell them are left out."
            ),
            _table(rows, criteria.MORPHOLOGY), _groups(rows, "boundary F1", 100, " %"), *_tags(rows),
        ]),
        ("정답의 한계 Answer ceiling", [
            Prose(
                "조각 단위로만 답할 수 있는 완전한 독자의 점수(KorQuAD 1.0 채점). The score of a perfect reader that "
                "can answer by whole pieces only, by the rules of KorQuAD 1.0."
            ),
            _table(rows, criteria.CEILING), _groups(rows, "ceiling EM"), _groups(rows, "tokens per context"),
        ]),
        ("예측 Prediction", [
            Prose(
                "크네저-나이 3그램이 처음 보는 문서를 적는 데 드는 비트. Bits that a Kneser-Ney trigram needs for "
                "documents it has not seen; [UNK] is charged 16 bits a character."
            ),
            _table(rows, criteria.PREDICTION), _bars(rows, "bits per character"),
        ]),
        ("정확성 Exactness", [_table(rows, criteria.EXACTNESS)]),
        ("겹침 Overlap", [_overlap(report["overlap"])]),
        ("비용 Cost", [
            Prose("한 프로세스, 1 MB. In one process, on a megabyte of the sample."),
            _table(rows, criteria.COST), _training(rows),
        ]),
        ("예문 Examples", [
            block for text, cuts in report["examples"].items()
            for block in (Prose(text), Pieces([(name, words) for name, words in cuts.items()]))
        ]),
    ]  # fmt: skip


def _table(rows: Rows, figures: Sequence[Criterion]) -> Table:
    return summary_table(rows, [criterion.key for criterion in figures])


def _title(key: str) -> str:
    return next(criterion.title for criterion in criteria.ALL if criterion.key == key)


def _bars(rows: Rows, key: str) -> Bars | None:
    values = {name: figures[key] for name, figures in rows.items() if key in figures}
    return Bars(_title(key), values) if values else None


def _groups(rows: Rows, key: str, scale: float = 1, unit: str = "") -> Groups | Bars | None:
    """A group a file, in each a bar a vocabulary."""
    criterion = next(criterion for criterion in criteria.ALL if criterion.key == key)
    groups = {
        found.removeprefix(key).strip(" []"): {name: figures[found] * scale for name, figures in rows.items()}
        for found in criteria.measured(criterion, rows)
    }
    if len(groups) == 1:
        [(file, values)] = groups.items()
        return Bars(f"{criterion.title} [{file}]", values, unit)
    return Groups(criterion.title, groups, unit) if groups else None


def _worst(rows: Rows) -> Table:
    def listed(found: Sequence[tuple[str, int]]) -> str:
        return "  ".join(f"{what} {count:,}" for what, count in found)

    cells = [
        [name, listed(figures["worst characters"]), listed(figures["lost scripts"])]
        for name, figures in rows.items()
        if figures["worst characters"]
    ]
    return Table(["어휘 vocabulary", "많이 잃은 글자 characters lost most", "글자의 갈래 by script"], cells)


def _curves(rows: Rows) -> Lines:
    points = {name: [(k, 100 * share) for k, share in figures["coverage"]] for name, figures in rows.items()}
    return Lines(
        "가장 잦은 k개가 덮는 몫(%) Tokens covered by the k most frequent pieces", points, "k", logarithmic=True
    )


def _tags(rows: Rows) -> list[Block]:
    """For each treebank, how the morphemes of each tag fare."""
    files = dict.fromkeys(key for figures in rows.values() for key in figures if key.startswith("tags ["))
    found: list[Block] = []
    for file in files:
        tags = [tag for tag, *_ in next(iter(rows.values()))[file]]
        for column, title in (
            (2, "품사별 조각 수 Pieces of a morpheme"),
            (3, "홀로 한 조각인 몫 Morphemes that are one piece"),
        ):
            values = [[row[column] for row in figures[file]] for figures in rows.values()]
            found.append(Heat(f"{title} {file.removeprefix('tags ')}", list(rows), tags, values))
    return found


def _overlap(overlap: Mapping[str, Mapping[str, float]]) -> Heat | None:
    names = list(overlap)
    values = [[overlap[one][other] for other in names] for one in names]
    title = "어휘끼리 겹치는 몫 Jaccard index of the pieces"
    return Heat(title, names, names, values) if len(names) > 1 else None


def _training(rows: Rows) -> Table:
    """What the stages that made the vocabularies said of it."""
    keys = dict.fromkeys(key for figures in rows.values() for key in figures["training"])
    cells = [[f"학습 {key}", *(_plain(figures["training"].get(key, "")) for figures in rows.values())] for key in keys]
    return Table(["", *rows], cells)


def _plain(value: Any) -> str:
    return f"{value:,.4g}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)

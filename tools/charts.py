"""One look for every report: a page is sections of prose, tables and figures, in one offline HTML file.

Figures are drawn by matplotlib as SVG whose letters are outlines, so Hangul shows the same everywhere and nothing is
fetched; the same numbers give the same bytes. What a page shows is plain data, which a stage also writes as JSON.
"""

from __future__ import annotations

import dataclasses
import functools
import importlib.util
import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import jinja2

from tools.errors import UserError
from tools.shards import atomic

INK, LINE = "#1f3a5f", "#d9dee5"
COLOURS = ("#2f6db5", "#d1495b", "#3a8f5c", "#e09f3e", "#7b5ea7", "#5c6b7a")


@dataclasses.dataclass(frozen=True, slots=True)
class Prose:
    """A paragraph."""

    text: str


@dataclasses.dataclass(frozen=True, slots=True)
class Table:
    """Rows under a head; a column in `links` holds addresses, shown as the given words."""

    head: Sequence[str]
    rows: Sequence[Sequence[Any]]
    links: Mapping[int, str] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, slots=True)
class Bars:
    """A horizontal bar chart: one bar a label."""

    title: str
    values: Mapping[str, float]
    unit: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Histogram:
    """How often each size occurs: `counts[i]` values lie between `edges[i]` and `edges[i + 1]`, drawn equally wide."""

    title: str
    edges: Sequence[float]
    counts: Sequence[int]
    axis: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Groups:
    """Horizontal bars side by side: for each group a bar a series, the same colour for a series everywhere."""

    title: str
    values: Mapping[str, Mapping[str, float]]
    """Group -> series -> value."""
    unit: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Lines:
    """Curves over a common axis."""

    title: str
    points: Mapping[str, Sequence[tuple[float, float]]]
    axis: str = ""
    logarithmic: bool = False
    """Whether equal steps along the axis are equal ratios."""


@dataclasses.dataclass(frozen=True, slots=True)
class Heat:
    """A table of numbers as colours, from the smallest (pale) to the largest (dark); None is an empty cell."""

    title: str
    rows: Sequence[str]
    columns: Sequence[str]
    values: Sequence[Sequence[float | None]]
    form: str = ".2f"


@dataclasses.dataclass(frozen=True, slots=True)
class Heats:
    """Square tables over the same labels, side by side and without figures, each from 0 to its own largest number."""

    labels: Sequence[str]
    values: Mapping[str, Sequence[Sequence[float]]]


@dataclasses.dataclass(frozen=True, slots=True)
class Pieces:
    """Texts cut into words and words into pieces, each piece coloured; `lost` is what stands for an unknown piece."""

    rows: Sequence[tuple[str, Sequence[Sequence[str]]]]
    lost: str = "[UNK]"


Block = Prose | Table | Bars | Histogram | Groups | Lines | Heat | Heats | Pieces


@dataclasses.dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands under it."""

    title: str
    blocks: Sequence[Block]


def write_page(path: Path, title: str, sections: Sequence[Section]) -> None:
    """Draw a page into one HTML file that needs nothing else."""
    here = Path(__file__).parent
    environment = jinja2.Environment(loader=jinja2.FileSystemLoader(here), autoescape=True, trim_blocks=True)
    drawn = [(section.title, [_drawn(block) for block in section.blocks]) for section in sections]
    html = environment.get_template("page.html.j2").render(
        title=title, sections=drawn, ink=INK, line=LINE, colours=COLOURS
    )
    with atomic(path) as file:
        file.write(html.encode())


def korean_font() -> Path:
    """The NanumGothic file inside koreanize-matplotlib, found without importing that package (it needs distutils)."""
    spec = importlib.util.find_spec("koreanize_matplotlib")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        font = Path(folder) / "fonts" / "NanumGothic.ttf"
        if font.exists():
            return font
    raise UserError("no Hangul font: koreanize-matplotlib is not installed; run: make setup")


def _drawn(block: Block) -> dict[str, Any]:
    if isinstance(block, Prose):
        return {"kind": "prose", "text": block.text}
    if isinstance(block, Table):
        numeric = [_is_numeric(column) for column in zip(*block.rows, strict=True)] or [False] * len(block.head)
        return {"kind": "table", "head": block.head, "rows": block.rows, "links": block.links, "numeric": numeric}
    if isinstance(block, Pieces):
        return {"kind": "pieces", "rows": block.rows, "lost": block.lost}
    return {"kind": "figure", "svg": _FIGURES[type(block)](block)}


def _is_numeric(column: Sequence[Any]) -> bool:
    return all(str(cell).replace(",", "").replace(".", "").strip("-+%★ ").isdigit() for cell in column if str(cell))


def _bars(chart: Bars) -> str:
    figure, axes = _axes(chart.title, height=0.9 + 0.3 * len(chart.values))
    labels, values = list(chart.values), list(chart.values.values())
    bars = axes.barh(labels, values, color=COLOURS[0], height=0.7)
    axes.bar_label(bars, [f"{value:,.4g}{chart.unit}" for value in values], padding=4, color=INK, fontsize=9)
    axes.invert_yaxis()
    axes.margins(x=0.15)
    axes.xaxis.set_visible(False)
    return _svg(figure)


def _histogram(chart: Histogram) -> str:
    figure, axes = _axes(chart.title, height=3.0)
    axes.bar([i + 0.5 for i in range(len(chart.counts))], chart.counts, width=0.9, color=COLOURS[0])
    places = range(0, len(chart.edges), 1 + len(chart.edges) // 12)
    axes.set_xticks(list(places), [f"{chart.edges[i]:,}" for i in places])
    axes.set_xlabel(chart.axis)
    axes.yaxis.grid(True, color=LINE)
    axes.set_axisbelow(True)
    return _svg(figure)


def _groups(chart: Groups) -> str:
    series = list(dict.fromkeys(name for group in chart.values.values() for name in group))
    step, width = len(series) + 1, 0.85
    figure, axes = _axes(chart.title, height=1.0 + 0.24 * step * len(chart.values))
    for index, name in enumerate(series):
        at = [group * step + index for group, row in enumerate(chart.values.values()) if name in row]
        values = [row[name] for row in chart.values.values() if name in row]
        turn, colour = divmod(index, len(COLOURS))
        bars = axes.barh(at, values, color=COLOURS[colour], alpha=0.55**turn, height=width, label=name)
        axes.bar_label(bars, [f"{value:,.4g}{chart.unit}" for value in values], padding=4, color=INK, fontsize=8)
    axes.set_yticks([group * step + (len(series) - 1) / 2 for group in range(len(chart.values))], list(chart.values))
    axes.invert_yaxis()
    axes.margins(x=0.15)
    axes.xaxis.set_visible(False)
    _legend(figure)
    return _svg(figure)


def _lines(chart: Lines) -> str:
    figure, axes = _axes(chart.title, height=3.8)
    for index, (name, points) in enumerate(chart.points.items()):
        turn, colour = divmod(index, len(COLOURS))
        axes.plot(*zip(*points, strict=True), ("-", "--", ":")[turn % 3], color=COLOURS[colour], label=name)
    if chart.logarithmic:
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.10g}")
    axes.set_xlabel(chart.axis)
    axes.grid(True, color=LINE)
    _legend(figure)
    return _svg(figure)


def _heat(chart: Heat) -> str:
    figure, axes = _axes(chart.title, height=1.3 + 0.32 * len(chart.rows))
    values = [[float("nan") if value is None else value for value in row] for row in chart.values]
    image = axes.imshow(values, cmap=_pale_to_dark(), aspect="auto")
    axes.set_xticks(range(len(chart.columns)), chart.columns, rotation=30, ha="right", rotation_mode="anchor")
    axes.set_yticks(range(len(chart.rows)), chart.rows)
    for row, cells in enumerate(chart.values):
        for column, value in enumerate(cells):
            if value is not None:
                colour = "white" if image.norm(value) > 0.6 else INK
                axes.text(column, row, format(value, chart.form), ha="center", va="center", color=colour, fontsize=8)
    axes.spines[:].set_visible(False)
    return _svg(figure)


def _heats(chart: Heats) -> str:
    columns = max(1, min(4, len(chart.values), 72 // len(chart.labels)))
    lines = -(-len(chart.values) // columns)
    figure = _figure(height=0.6 + lines * 7.5 / columns)
    places = figure.subplots(lines, columns, squeeze=False).flat
    size = min(8.0, 400 / columns / len(chart.labels))  # points: as high as a cell
    for place in places[len(chart.values) :]:
        place.remove()
    for at, (place, (name, values)) in enumerate(zip(places, chart.values.items(), strict=False)):
        place.imshow(values, cmap=_pale_to_dark(), vmin=0, interpolation="none")
        place.set_title(name, loc="left", color=INK, fontsize=9)
        below, beside = at + columns >= len(chart.values), at % columns == 0
        place.set_xticks(range(len(chart.labels)), chart.labels if below else [], rotation=90, fontsize=size)
        place.set_yticks(range(len(chart.labels)), chart.labels if beside else [], fontsize=size)
        place.tick_params(length=0, colors=INK)
        place.spines[:].set_color(LINE)
    return _svg(figure)


def _pale_to_dark() -> Any:
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("", ["white", COLOURS[0]])


def _legend(figure: Any) -> None:
    figure.legend(loc="outside lower center", ncols=3, frameon=False, fontsize=9)


def _axes(title: str, height: float) -> tuple[Any, Any]:
    figure = _figure(height)
    axes = figure.subplots()
    axes.set_title(title, loc="left", color=INK, fontsize=11)
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(colors=INK, length=0)
    return figure, axes


def _figure(height: float) -> Any:
    _use_korean_font()
    from matplotlib.figure import Figure  # a Figure of its own: pyplot keeps every figure alive in a global

    return Figure(figsize=(7.5, height), layout="constrained")


@functools.cache
def _use_korean_font() -> None:
    import matplotlib
    from matplotlib import font_manager

    path = korean_font()
    font_manager.fontManager.addfont(str(path))
    name = font_manager.FontProperties(fname=str(path)).get_name()
    # NanumGothic has no U+2212; DejaVu Sans stands behind it for the few signs it lacks.
    settings: dict[str, Any] = {"font.family": [name, "DejaVu Sans"], "axes.unicode_minus": False}
    settings |= {"svg.fonttype": "path", "svg.hashsalt": "malmoi"}
    parameters: Any = matplotlib.rcParams  # typed by the literal name of each setting
    parameters.update(settings)


def _svg(figure: Any) -> str:
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None})
    text = buffer.getvalue()
    return text[text.index("<svg") :]


_FIGURES: dict[type[Block], Callable[[Any], str]] = {
    Bars: _bars,
    Histogram: _histogram,
    Groups: _groups,
    Lines: _lines,
    Heat: _heat,
    Heats: _heats,
}

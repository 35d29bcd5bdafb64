"""Instances as a person reads them: the row that a model sees and, below each masked place, what it is to guess there.

    A  [CLS] 멕시코 ##는 [MASK] ##에 있는 바다 이다 . [SEP]
                         북미             =나라
    B  [CLS] ...

What stands below is what was there: alone under a [MASK], after ~ under another piece, after = where the piece stayed.
"""

from __future__ import annotations

import dataclasses
import shutil
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from pretrain.gather import gather, masks
from pretrain.lengths import at_length
from pretrain.masking import MaskRule, Masks, mask, rule, special
from pretrain.options_instances import MaskDemo, Show
from pretrain.rows import open_rows
from tools.columns import width
from tools.errors import UserError
from vocab.imports import open_vocabulary
from vocab.tokenizer import Tokenizer

SIGNS = {"masked": "", "replaced": "~", "kept": "="}
LEGEND = "[MASK] 아래: 맞힐 조각 masked · ~조각: 다른 조각으로 바뀜 replaced · =조각: 그대로 둠 kept"
LABELS = {
    "nsp": ("이어짐 is next", "다른 문서 random"),
    "sop": ("제 순서 in order", "뒤바뀜 swapped"),
}
ONE_SEGMENT = "한 구간 one segment"
MARGIN = 3  # columns before a row, for the name of its segment
DRAWS = 1000


@dataclasses.dataclass(frozen=True, slots=True)
class Cell:
    """A place of a row: what stands there, what is said about it below, and how it was masked, if it was."""

    top: str
    bottom: str = ""
    kind: str = ""


def show(config: Show) -> None:
    """Print some instances."""
    rows = open_rows(at_length(config.instances, config.length, config.part), check=False)
    if config.n < 1:
        raise UserError(f"-n {config.n}: nothing to show; give at least 1")
    if not 0 <= config.first < len(rows):
        raise UserError(f"--first {config.first}: {rows.folder} has rows 0 to {len(rows) - 1:,}; give one of these")
    if config.epoch and rows.about["masking"] == "static":
        raise UserError(f"--epoch {config.epoch}: the masks of {rows.folder} are static, the same in every epoch")
    numbers = np.arange(config.first, min(config.first + config.n, len(rows)))
    block, tokenizer = gather(rows, numbers), rows.tokenizer
    found = masks(block, rule(rows.about, tokenizer), config.epoch)
    hidden, columns = special(tokenizer, "[MASK]"), terminal()
    for at, number in enumerate(numbers.tolist()):
        length, bound = int(block.lengths[at]), int(block.bounds[at])
        cells = masked_cells(block.tokens[at, :length], of_row(found, at, block.tokens.shape[1]), hidden, tokenizer)
        label = _label(rows.about["nsp"], int(block.random[at]))
        print(f"#{number:,} · 길이 {length} · {label} · {_tally(cells)}")
        print(*_segments(cells, bound, columns), sep="\n", end="\n\n")
    print(LEGEND)


def mask_demo(config: MaskDemo) -> None:
    """Mask a text as often as asked, then a thousand times, and say how often each piece was masked."""
    tokenizer = open_vocabulary(config.vocabulary)
    tokens, starts = framed(config.text, tokenizer)
    how = rule({"mask_rate": config.mask_rate, "cap": len(tokens), "seed": config.seed}, tokenizer)
    if not 0 < config.mask_rate < 1:
        raise UserError(f"--mask_rate {config.mask_rate:g}: is a share between 0 and 1, e.g. 0.15")
    if np.isin(tokens, how.untouchable).all():
        raise UserError(f"{config.text!r}: has no piece of the vocabulary that could be masked; give another text")
    begins = starts if config.unit == "word" else None
    columns = terminal()
    for number in range(config.times):
        drawn = many(tokens, begins, np.array([number]), how)
        cells = masked_cells(tokens, of_row(drawn, 0, len(tokens)), how.mask, tokenizer)
        print(*lines(cells, columns, ""), "", sep="\n")
    print(LEGEND, "", sep="\n")
    print(*_frequencies(tokens, many(tokens, begins, np.arange(DRAWS), how), how, tokenizer), sep="\n")


def framed(text: str, tokenizer: Tokenizer) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """A text as a row of one segment, and which of its tokens begin a word."""
    ids, starts = tokenizer.encode_ids(unicodedata.normalize("NFC", text))
    first, last = special(tokenizer, "[CLS]"), special(tokenizer, "[SEP]")
    return np.array([first, *ids.tolist(), last], np.int64), np.array([True, *starts.tolist(), True])


def many(
    tokens: NDArray[np.int64], starts: NDArray[np.bool_] | None, numbers: NDArray[np.int64], how: MaskRule
) -> Masks:
    """A row masked once for each number."""
    shape = (len(numbers), len(tokens))
    begins = None if starts is None else np.broadcast_to(starts, shape)
    return mask(np.broadcast_to(tokens, shape), np.full(len(numbers), len(tokens)), begins, numbers, how, epoch=0)


def of_row(found: Masks, row: int, size: int) -> dict[int, int]:
    """What is put at which place of one row of a rectangle whose rows have `size` places."""
    first, last = np.searchsorted(found.picks, [row * size, (row + 1) * size])
    return dict(zip((found.picks[first:last] - row * size).tolist(), found.put[first:last].tolist(), strict=True))


def masked_cells(tokens: NDArray[np.integer], put: dict[int, int], hidden: int, tokenizer: Tokenizer) -> list[Cell]:
    """The places of a row, with what was there below those that are masked."""
    cells = []
    for place, token in enumerate(tokens.tolist()):
        seen = put.get(place, token)
        kind = "masked" if seen == hidden else "kept" if seen == token else "replaced"
        below = (SIGNS[kind] + shown(tokenizer, token), kind) if place in put else ()
        cells.append(Cell(shown(tokenizer, seen), *below))
    return cells


def shown(tokenizer: Tokenizer, token: int) -> str:
    """A piece as it can be read: composed, and with its spaces seen."""
    return unicodedata.normalize("NFC", tokenizer.pieces[token]).replace(" ", "␣")


def lines(cells: Sequence[Cell], columns: int, name: str) -> Iterator[str]:
    """Cells in lines that fit, cut between cells, with the segment's name before each and a line below where needed."""
    for row in _wrapped(cells, columns - MARGIN):
        widths = [max(width(cell.top), width(cell.bottom)) for cell in row]
        for text in ("top", "bottom"):
            parts = [getattr(cell, text) for cell in row]
            padded = " ".join(part + " " * (most - width(part)) for part, most in zip(parts, widths, strict=True))
            if padded.strip():
                yield f"{name if text == 'top' else '':<{MARGIN}}{padded}".rstrip()


def terminal() -> int:
    """How many columns there are; where there is no terminal, a hundred."""
    return shutil.get_terminal_size((100, 24)).columns


def _wrapped(cells: Sequence[Cell], columns: int) -> Iterator[list[Cell]]:
    row, used = list[Cell](), -1
    for cell in cells:
        needed = max(width(cell.top), width(cell.bottom)) + 1
        if row and used + needed > columns:
            yield row
            row, used = [], -1
        row.append(cell)
        used += needed
    if row:
        yield row


def _segments(cells: Sequence[Cell], bound: int, columns: int) -> Iterator[str]:
    yield from lines(cells[:bound], columns, "A")
    yield from lines(cells[bound:], columns, "B")


def _label(nsp: str, random: int) -> str:
    return LABELS[nsp][random] if nsp in LABELS and random >= 0 else ONE_SEGMENT


def _tally(cells: Sequence[Cell]) -> str:
    """How many places are masked in which way."""
    found = Counter(cell.kind for cell in cells if cell.kind)
    told = ", ".join(f"{kind} {found[kind]}" for kind in SIGNS)
    return f"맞힐 곳 {found.total()} ({told})"


def _frequencies(tokens: NDArray[np.int64], drawn: Masks, how: MaskRule, tokenizer: Tokenizer) -> Iterator[str]:
    """The shares over many draws, as a whole and piece by piece."""
    free = ~np.isin(tokens, how.untouchable)
    whole = len(drawn.picks)
    hidden, kept = int((drawn.put == how.mask).sum()), int((drawn.put == drawn.labels).sum())
    shares = (("[MASK]", hidden, 80), ("바뀜 replaced", whole - hidden - kept, 10), ("그대로 kept", kept, 10))
    yield f"{DRAWS:,}번 가리면 over {DRAWS:,} draws:"
    yield f"  가린 조각 masked {whole / (DRAWS * int(free.sum())):.1%} (정한 비율 asked for {how.rate:.1%})"
    yield "  그 가운데 of these " + ", ".join(
        f"{name} {count / max(whole, 1):.1%} ({aim} %)" for name, count, aim in shares
    )
    yield "  조각마다 가려진 비율 (%) how often each piece was masked:"
    each = np.bincount(drawn.picks % len(tokens), minlength=len(tokens)) / DRAWS * 100
    cells = [
        Cell(shown(tokenizer, token), f"{share:.0f}" if is_free else "-")
        for token, share, is_free in zip(tokens.tolist(), each, free, strict=True)
    ]
    yield from lines(cells, terminal(), "")

"""The figures that instances promise, counted on the instances themselves: 15 % masked, of these 80/10/10, 50 % random.

Also whether a word's chance hangs on its length, whether anything is put that may not be, how long the rows are and
what padding costs, which pieces are masked most and how much is unknown. Dynamic masks are those of epoch 0. A random
piece that happens to be the one that stood there counts as kept: with few pieces in a vocabulary that is to be seen.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pretrain.claims import BROKEN, CHANCE, HOLDS, Claim, drawn, moments, never, over_rows
from pretrain.gather import Block, gather, masks
from pretrain.lengths import at_length, lengths
from pretrain.masking import MaskRule, Masks, rule
from pretrain.options_instances import Stats
from pretrain.rows import Rows, open_rows
from pretrain.show import shown
from tools.columns import aligned
from tools.errors import UserError
from tools.progress import progress
from tools.shards import write_json
from vocab.tokenizer import Tokenizer

Sums = dict[str, NDArray[np.int64]]
"""Counts that add up over blocks of rows."""
AT_ONCE = 4096  # rows
LONGEST = 6  # words of so many pieces and more are counted together
BINS = (8, 16, 32, 64)
QUANTILES = (0, 5, 25, 50, 75, 95, 100)
MOST = 10
POINT = 0.001  # a tenth of a point: what the rate may be off, since rows are cut to their cap
HALF = 0.003
EVEN = 0.03  # words of any length are masked at the same rate within 3 % of it


def stats(config: Stats) -> None:
    """Print the figures of every length, and end with an error if a promise was not kept."""
    figures: dict[str, Any] = {}
    broken: list[str] = []
    for length in [config.length] if config.length else lengths(config.instances):
        rows = open_rows(at_length(config.instances, length, config.part), check=False)
        numbers = evenly(len(rows), config.rows)
        counted = count(rows, numbers)
        claims = judged(counted, rows.about)
        figures[str(length)] = as_json(claims, counted, rows)
        print(f"길이 length {length} · {config.part} · 줄 rows {len(numbers):,} / {len(rows):,}\n")
        print("\n".join(report(claims, counted, rows)))
        broken += [f"{length}: {claim.name}" for claim in claims if claim.verdict == BROKEN]
    print(LEGEND)
    if config.json is not None:
        write_json(config.json, figures)
    if broken:
        raise UserError(f"{config.instances}: {len(broken)} promises are broken ({'; '.join(broken)}); make it again")


def evenly(rows: int, wanted: int) -> NDArray[np.int64]:
    """The numbers of so many rows from all over the whole; 0 = of all."""
    if wanted < 0:
        raise UserError(f"--rows {wanted}: how many rows to look at; 0 looks at all")
    some = min(wanted or rows, rows)
    return np.arange(some, dtype=np.int64) * rows // some


def count(rows: Rows, numbers: NDArray[np.int64]) -> Sums:
    """All that is counted, summed over some rows."""
    how, pieces, total = rule(rows.about, rows.tokenizer), len(rows.tokenizer), Sums()
    with progress("stats", len(numbers), "rows") as bar:
        for start in range(0, len(numbers), AT_ONCE):
            block = gather(rows, numbers[start : start + AT_ONCE], int(rows.about["length"]))
            part = counts(block, masks(block, how, epoch=0), how, pieces)
            total = {name: total.get(name, 0) + value for name, value in part.items()}
            bar.update(len(block.numbers))
    return total


def counts(block: Block, found: Masks, how: MaskRule, pieces: int) -> Sums:
    """All that is counted of some rows and their masks."""
    rows, width = block.tokens.shape
    free = np.ones(pieces, np.bool_)
    free[how.untouchable] = False
    real = np.arange(width) < block.lengths[:, None]
    maskable = real & free[block.tokens]
    masked = np.zeros(rows * width, np.bool_)
    masked[found.picks] = True
    by_size = sizes(block, maskable)
    cases, of = in_rows(by_size * masked.reshape(rows, width)), in_rows(by_size)
    others = found.put[(found.put != how.mask) & (found.put != found.labels)]
    return {
        "rate": moments(cases.sum(1), of.sum(1)),
        "sizes": moments(cases, of),
        "put": np.array([(found.put == how.mask).sum(), len(others), (found.put == found.labels).sum()]),
        "outlaws": np.array([np.isin(others, how.candidates, invert=True).sum(), (~free[found.labels]).sum()]),
        "guesses": np.bincount(masked.reshape(rows, width).sum(1), minlength=width + 1),
        "lengths": np.bincount(block.lengths, minlength=width + 1),
        "random": np.array([(block.random == 0).sum(), (block.random == 1).sum()]),
        "labels": np.bincount(found.labels, minlength=pieces),
        "pieces": np.bincount(block.tokens[real], minlength=pieces),
    }


def in_rows(by_size: NDArray[np.int64]) -> NDArray[np.int64]:
    """[rows, LONGEST]: how many places of each row have size 1, 2, ..."""
    rows = np.arange(len(by_size))[:, None] * (LONGEST + 1)
    return np.bincount((rows + by_size).ravel(), minlength=rows.size * (LONGEST + 1)).reshape(rows.size, -1)[:, 1:]


def sizes(block: Block, maskable: NDArray[np.bool_]) -> NDArray[np.int64]:
    """For each place, how many maskable pieces its word or morpheme has, at most LONGEST; 0 at special pieces."""
    if block.starts is None:
        return maskable.astype(np.int64)
    begins = block.starts.copy()
    begins[:, :1] = True
    unit = np.cumsum(begins.ravel()) - 1
    size = np.bincount(unit, maskable.ravel()).astype(np.int64)
    return np.where(maskable, np.minimum(size[unit], LONGEST).reshape(maskable.shape), 0)


def judged(total: Sums, about: Mapping[str, Any]) -> list[Claim]:
    """Every promise and what became of it."""
    rate, guesses = float(about["mask_rate"]), total["guesses"]
    masked = int(total["put"].sum())
    claims = [over_rows("가린 비율 masked", rate, POINT, total["rate"])]
    for (name, promise), cases in zip(PUT.items(), total["put"].tolist(), strict=True):
        claims.append(drawn(name, promise, POINT, cases, masked))
    asked = int(total["random"].sum())
    if asked:
        claims.append(drawn(ORDER[about["nsp"]], 0.5, HALF, int(total["random"][1]), asked))
    if about["unit"] != "token":
        for size, sums in enumerate(total["sizes"], 1):
            name = f"{UNITS[about['unit']]} {size}{'+' if size == LONGEST else ''}"
            if sums.any():
                claims.append(over_rows(name, rate, EVEN * rate, sums))
    outlaws, specials = total["outlaws"].tolist()
    above = int(guesses[int(about["cap"]) + 1 :].sum())
    return [
        *claims,
        never("바뀐 것 가운데 특수 조각 special among replaced", outlaws, int(total["put"][1])),
        never("가린 것 가운데 특수 조각 special among masked", specials, masked),
        never(f"한도 {about['cap']}을 넘은 줄 rows over the cap", above, int(guesses.sum())),
    ]


def report(claims: Sequence[Claim], total: Sums, rows: Rows) -> Iterator[str]:
    """The figures of one length as lines."""
    head = ("", "약속 promise", "실제 found", "95 % 구간 interval", "수 of", "판정 verdict")
    table = [
        (c.name, f"{c.promise:.2%}", f"{c.found:.3%}", f"{c.low:.3%} - {c.high:.3%}", f"{c.of:,}", c.verdict)
        for c in claims
    ]
    yield from aligned([head, *table], numbers=True)
    yield ""
    for name, value in (about_lengths(total, int(rows.about["length"])) | about_pieces(total, rows.tokenizer)).items():
        yield f"{name}: {value}"
    yield ""
    yield from aligned(
        [("가장 많이 가린 조각 most masked", "번 times", "그 조각의 비율 of its uses"), *_top(total, rows)]
    )
    yield ""


def about_lengths(total: Sums, length: int) -> dict[str, str]:
    """How long rows are, and what padding costs."""
    lengths_, rows = total["lengths"], int(total["lengths"].sum())
    places = np.arange(len(lengths_))
    tokens = int((lengths_ * places).sum())
    ends = np.searchsorted(np.cumsum(lengths_), [max(1, -(-rows * q // 100)) for q in QUANTILES])
    padded = {bin_: int((lengths_ * np.minimum(-(-places // bin_) * bin_, length)).sum()) for bin_ in (*BINS, length)}
    costs = ", ".join(f"{bin_}: {1 - tokens / max(width, 1):.2%}" for bin_, width in padded.items())
    guesses = total["guesses"]
    return {
        "길이 lengths": ", ".join(f"{q} %: {end}" for q, end in zip(QUANTILES, ends.tolist(), strict=True)),
        "꽉 찬 줄 full rows": f"{lengths_[length] / max(rows, 1):.1%}, 평균 길이 mean {tokens / max(rows, 1):.1f}",
        "채움 padding (bin: share)": costs,
        "맞힐 자리 guesses in a row": f"{(guesses * np.arange(len(guesses))).sum() / max(rows, 1):.2f}, "
        f"most {np.flatnonzero(guesses).max(initial=0)}, none in {guesses[0] / max(rows, 1):.2%} of rows",
    }


def about_pieces(total: Sums, tokenizer: Tokenizer) -> dict[str, str]:
    """How much of the text is unknown."""
    unknown = int(total["pieces"][tokenizer.unknown]) if tokenizer.unknown >= 0 else 0
    words = int(total["pieces"].sum()) - sum(int(total["pieces"][i]) for i in tokenizer.specials.values()) + unknown
    return {f"모르는 조각 {tokenizer.unknown_piece or 'unknown'}": f"{unknown:,} ({unknown / max(words, 1):.3%})"}


def as_json(claims: Sequence[Claim], total: Sums, rows: Rows) -> dict[str, Any]:
    """The figures of one length for machines."""
    plain = ("put", "guesses", "lengths", "random")
    return {
        "rows": int(total["lengths"].sum()),
        "claims": [dataclasses.asdict(claim) for claim in claims],
        **{name: total[name].tolist() for name in plain},
        "most masked": [[piece, int(times.replace(",", ""))] for piece, times, _ in _top(total, rows)],
    }


def _top(total: Sums, rows: Rows) -> list[tuple[str, str, str]]:
    """The pieces that are masked most, how often, and which share of their uses that is."""
    labels, pieces = total["labels"], total["pieces"]
    most = np.argsort(-labels, kind="stable")[:MOST]
    return [
        (shown(rows.tokenizer, token), f"{labels[token]:,}", f"{labels[token] / max(pieces[token], 1):.1%}")
        for token in most.tolist()
        if labels[token]
    ]


PUT = {"[MASK]이 된 것 masked": 0.8, "다른 조각이 된 것 replaced": 0.1, "그대로인 것 kept": 0.1}
ORDER = {"nsp": "다른 문서 random next", "sop": "뒤바뀐 순서 swapped"}
UNITS = {"word": "낱말의 조각 수 pieces in a word:", "morpheme": "형태소의 조각 수 pieces in a morpheme:"}
LEGEND = (
    f"{HOLDS}: 약속이 구간 안에 있다 (또는 차이가 뜻없이 작다). {CHANCE}: 95 % 구간 밖이나 우연일 수 있다. "
    f"{BROKEN}: 우연이 아니다 (99.9 %)."
)
"""How the verdicts are to be read."""

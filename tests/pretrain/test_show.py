"""Drawn instances are read back from the columns of the screen, and must be the instances."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pretrain.gather import gather, masks
from pretrain.masking import rule
from pretrain.options_instances import MaskDemo, Show
from pretrain.rows import Rows
from pretrain.show import LEGEND, Cell, framed, lines, mask_demo, masked_cells, show, shown
from tests.pretrain.stores import MASK, PIECES, rows_of, tiny_tokenizer
from tools.columns import width
from tools.errors import UserError
from vocab.folder import save
from vocab.imports import open_vocabulary
from vocab.scheme import Scheme
from vocab.tokenizer import Tokenizer

Drawn = list[tuple[str, str, str]]
"""Places read from the screen: the segment's name, what stands there, what stands below."""


def screen(line: str) -> list[str]:
    """A line as what is seen in each column; the second column of a wide character is empty."""
    columns = []
    for character in line:
        columns += [character, ""] if unicodedata.east_asian_width(character) in "WF" else [character]
    return columns


def words_at(line: str) -> dict[int, str]:
    """The words of a line by the column where they begin."""
    found, columns = dict[int, str](), screen(line)
    for at, seen in enumerate(columns):
        if seen not in (" ", ""):
            start = at if at == 0 or columns[at - 1] == " " else max(c for c in found if c < at)
            found[start] = found.get(start, "") + seen
    return found


def read(text: str) -> Drawn:
    """The places of drawn lines: what begins in the column of a place belongs to it."""
    places: list[list[str]] = []
    above: dict[int, int] = {}
    name = ""
    for line in text.splitlines():
        words = words_at(line)
        if line.startswith(" ") and above:  # a line of labels
            for column, word in words.items():
                places[above[column]][2] = word
            above = {}
            continue
        name = words.pop(0, name)
        above = {column: len(places) + i for i, column in enumerate(words)}
        places += [[name, word, ""] for word in words.values()]
    return [(name, top, bottom) for name, top, bottom in places]


PIECE = st.text(st.sampled_from("가나힣ab#%한漢ㄱ"), min_size=1, max_size=8)


@settings(max_examples=200)
@given(st.lists(st.tuples(PIECE, PIECE | st.just("")), min_size=1, max_size=40), st.integers(24, 90))
def test_what_is_drawn_can_be_read_back_from_its_columns(cells: list[tuple[str, str]], columns: int) -> None:
    drawn = list(lines([Cell(*cell) for cell in cells], columns, "A"))
    assert all(width(line) <= columns and line == line.rstrip() for line in drawn)
    assert read("\n".join(drawn)) == [("A", *cell) for cell in cells]


def test_a_piece_wider_than_the_screen_has_a_line_of_its_own() -> None:
    assert list(lines([Cell("가"), Cell("나" * 30, "다"), Cell("라")], 20, "B")) == [
        "B  가",
        "B  " + "나" * 30,
        "   다",
        "B  라",
    ]


def instances(printed: str) -> list[tuple[str, Drawn]]:
    """The heading and the places of each printed instance."""
    parts = printed.removesuffix(f"{LEGEND}\n").strip().split("\n\n")
    return [(part.partition("\n")[0], read(part.partition("\n")[2])) for part in parts]


@pytest.mark.parametrize("masking", ["static", "dynamic"])
@pytest.mark.parametrize("nsp", ["nsp", "none"])
def test_printed_instances_are_the_instances(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    masking: Any,
    nsp: Any,
) -> None:
    monkeypatch.setenv("COLUMNS", "79")
    rows = rows_of(tmp_path, 30, length=48, masking=masking, nsp=nsp, per_shard=7)
    epoch = 0 if masking == "static" else 3
    show(Show(tmp_path, n=10, first=12, epoch=epoch))
    printed = capsys.readouterr().out
    drawn = [line for line in printed.splitlines()[:-1] if not line.startswith("#")]
    assert printed.endswith(f"{LEGEND}\n") and all(width(line) <= 79 for line in drawn)
    found = instances(printed)
    assert len(found) == 10
    for number, (heading, places) in zip(range(12, 22), found, strict=True):
        assert_shown(rows, number, epoch, heading, places)


def assert_shown(rows: Rows, number: int, epoch: int, heading: str, places: Drawn) -> None:
    block = gather(rows, np.array([number]))
    drawn = masks(block, rule(rows.about, rows.tokenizer), epoch)
    expected = [(PIECES[token], "") for token in block.tokens[0].tolist()]
    for pick, put, label in zip(drawn.picks.tolist(), drawn.put.tolist(), drawn.labels.tolist(), strict=True):
        sign = "" if put == MASK else "=" if put == label else "~"
        expected[pick] = (PIECES[put], sign + PIECES[label])
    bound = int(block.bounds[0])
    assert places == [("A" if at < bound else "B", *cell) for at, cell in enumerate(expected)]
    assert heading.startswith(f"#{number} · 길이 {len(places)} · ")
    label = {0: "이어짐 is next", 1: "다른 문서 random", -100: "한 구간 one segment"}[int(block.random[0])]
    assert f" · {label} · 맞힐 곳 {len(drawn.picks)} (masked {(drawn.put == MASK).sum()}, " in heading


def test_the_three_kinds_are_marked_and_counted() -> None:
    tokenizer = tiny_tokenizer()
    a, b, c = (PIECES.index(piece) for piece in ("가", "갸", "##가"))
    cells = masked_cells(np.array([a, b, c, a]), {0: MASK, 1: c, 2: c}, MASK, tokenizer)
    assert [cell.kind for cell in cells] == ["masked", "replaced", "kept", ""]
    assert [cell.bottom for cell in cells] == ["가", f"~{PIECES[b]}", f"={PIECES[c]}", ""]
    assert cells[3] == Cell("가")


def test_swapped_segments_are_called_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = rows_of(tmp_path, 8, nsp="sop")
    show(Show(tmp_path, n=8))
    labels = [
        re.search("제 순서 in order|뒤바뀜 swapped", heading) for heading, _ in instances(capsys.readouterr().out)
    ]
    random = gather(rows, np.arange(8)).random.tolist()
    assert [label and label[0] for label in labels] == [("제 순서 in order", "뒤바뀜 swapped")[r] for r in random]
    assert {0, 1} == set(random)


def test_epochs_have_other_masks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows_of(tmp_path, 3)
    printed = []
    for epoch in (0, 1, 0):
        show(Show(tmp_path, epoch=epoch))
        printed.append(capsys.readouterr().out)
    assert printed[0] == printed[2] != printed[1]


def test_the_shortest_length_and_another(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for length in (32, 128, 64):
        rows_of(tmp_path, 1, length=length, full=1.0)
    for given_length, expected in ((0, 32), (64, 64)):
        show(Show(tmp_path, length=given_length))
        assert f"길이 {expected} " in capsys.readouterr().out


@pytest.mark.parametrize(
    "pieces, scheme, expected",
    [
        (("우리/NP", "은/JX", "하/NNG"), Scheme(kind="word", inside=""), ["우리/NP", "은/JX", "하/NNG"]),
        (("을/JKO_", "학교/NNG_", "가/VV"), Scheme(end="_"), ["을/JKO_", "학교/NNG_", "가/VV"]),
        (("▁학교", "에서", "▃"), Scheme(start="▁", inside=""), ["▁학교", "에서", "▃"]),
        ((" ", "학", "교"), Scheme(kind="syllable", inside="", space=" "), ["␣", "학", "교"]),
        (("\u1112\u1161\u11a8", "##\u1100\u116d", "ㄱ"), Scheme(kind="jamo", form="NFD"), ["학", "##교", "ㄱ"]),
    ],
)
def test_pieces_of_every_kind_of_vocabulary(pieces: tuple[str, ...], scheme: Scheme, expected: list[str]) -> None:
    tokenizer = Tokenizer((*PIECES[:5], *pieces), scheme)
    assert [shown(tokenizer, id_) for id_ in range(5, 8)] == expected
    cells = masked_cells(np.array([2, 5, 6, 7, 3]), {1: MASK}, MASK, tokenizer)
    drawn = read("\n".join(lines(cells, 80, "A")))
    assert drawn == [
        ("A", top, below)
        for top, below in zip(["[CLS]", "[MASK]", *expected[1:], "[SEP]"], ["", expected[0], "", "", ""], strict=True)
    ]


def test_a_vocabulary_of_tagged_morphemes_from_its_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """KorBERT's form: pieces such as 을/JKO_ that an analyser's morphemes are looked up as."""
    pieces = ["나/NP_", "는/JX_", "학교/NNG_", "에/JKB_", "가/VV_", "ㄴ다/EF_", "./SF_"]
    path = tmp_path / "vocab.txt"
    path.write_text("".join(f"{piece}\n" for piece in [*PIECES[:5], *pieces]), encoding="utf-8")
    tokenizer = open_vocabulary(path)
    tokens, _ = framed("나는 학교에 간다.", tokenizer)
    assert [tokenizer.pieces[token] for token in tokens] == ["[CLS]", *pieces, "[SEP]"]
    mask_demo(MaskDemo(path, "나는 학교에 간다.", times=2))
    assert "학교/NNG_" in capsys.readouterr().out


DEMO = "".join(PIECES[8 + n] + PIECES[60 + n] * (n % 4) + " " for n in range(12))


@pytest.mark.parametrize("unit", ["word", "token"])
def test_a_demonstration_shows_masks_and_shares(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, unit: Any
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    save(tiny_tokenizer(), tmp_path)
    mask_demo(MaskDemo(tmp_path, DEMO, unit=unit, times=4, mask_rate=0.3))
    out = capsys.readouterr().out
    drawings, _, frequencies = out.partition(LEGEND)
    pieces = [tiny_tokenizer().pieces[id_] for id_ in framed(DEMO, tiny_tokenizer())[0]]
    for drawing in drawings.strip().split("\n\n"):
        places = read("A" + drawing[1:] if drawing.startswith(" ") else "A  " + drawing)
        assert [bottom.lstrip("~=") or top for _, top, bottom in places] == pieces
    rate = re.search(r"masked ([\d.]+)%", frequencies)
    assert rate and float(rate[1]) == pytest.approx(30, abs=1.5)
    shares = [float(share) for share in re.findall(r"([\d.]+)% \(\d+ %\)", frequencies)]
    assert shares == pytest.approx([80, 10, 10], abs=3) and sum(shares) == pytest.approx(100, abs=0.15)
    each = read("A" + frequencies.rstrip().rpartition(":\n")[2][1:])
    assert [top for _, top, _ in each] == pieces
    assert all(float(share) == pytest.approx(30, abs=7) for _, _, share in each[1:-1])


def test_a_demonstration_is_the_same_again_and_other_with_another_seed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save(tiny_tokenizer(), tmp_path)
    printed = []
    for seed in (1, 1, 2):
        mask_demo(MaskDemo(tmp_path, DEMO, seed=seed))
        printed.append(capsys.readouterr().out)
    assert printed[0] == printed[1] != printed[2]


@pytest.mark.parametrize(
    "options, message",
    [
        ({"n": 0}, "-n 0: nothing to show"),
        ({"first": 5}, "--first 5: .* has rows 0 to 4"),
        ({"first": -1}, "--first -1"),
        ({"length": 128}, "--length 128: .* has 64; give one of these"),
        ({"part": "held-out"}, "there is no part 'held-out'"),
        ({"epoch": 2}, "--epoch 2: the masks of .* are static"),
    ],
)
def test_wrong_options_are_said(tmp_path: Path, options: dict[str, Any], message: str) -> None:
    rows_of(tmp_path, 5, masking="static")
    with pytest.raises(UserError, match=message):
        show(Show(tmp_path, **options))


def test_what_cannot_be_shown_or_masked_is_said(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="holds no instances"):
        show(Show(tmp_path))
    save(tiny_tokenizer(), tmp_path)
    for text in ("", "한국"):
        with pytest.raises(UserError, match="has no piece of the vocabulary that could be masked"):
            mask_demo(MaskDemo(tmp_path, text))
    for rate in (0.0, 1.0, -0.1):
        with pytest.raises(UserError, match="--mask_rate"):
            mask_demo(MaskDemo(tmp_path, DEMO, mask_rate=rate))

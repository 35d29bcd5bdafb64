"""The lecture's tables are golden: its sentence, its word list, its rule for ties."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.errors import UserError
from vocab.bpe import train
from vocab.stages import Walkthrough, WordToSubword
from vocab.subwords import LECTURE, smallest, spell
from vocab.subwords import show as show_words
from vocab.walkthrough import show, steps

CHECKOUT = Path(__file__).resolve().parents[2]
SENTENCE = "경찰청 철창살은 외철창살이고 검찰청 철창살은 쌍철창살이다"
ITERATIONS = [
    "경 ##찰 ##청 / 철 ##창 ##살 ##은 / 외 ##철 ##창 ##살 ##이 ##고 / "
    "검 ##찰 ##청 / 철 ##창 ##살 ##은 / 쌍 ##철 ##창 ##살 ##이 ##다",
    "경 ##찰 ##청 / 철 ##창살 ##은 / 외 ##철 ##창살 ##이 ##고 / "
    "검 ##찰 ##청 / 철 ##창살 ##은 / 쌍 ##철 ##창살 ##이 ##다",
    "경 ##찰청 / 철 ##창살 ##은 / 외 ##철 ##창살 ##이 ##고 / 검 ##찰청 / 철 ##창살 ##은 / 쌍 ##철 ##창살 ##이 ##다",
    "경 ##찰청 / 철창살 ##은 / 외 ##철 ##창살 ##이 ##고 / 검 ##찰청 / 철창살 ##은 / 쌍 ##철 ##창살 ##이 ##다",
]
BIGRAMS = {
    ("경", "##찰"): 1,
    ("##찰", "##청"): 2,
    ("철", "##창"): 2,
    ("##창", "##살"): 4,
    ("##살", "##은"): 2,
    ("외", "##철"): 1,
    ("##철", "##창"): 2,
    ("##살", "##이"): 2,
    ("##이", "##고"): 1,
    ("검", "##찰"): 1,
    ("쌍", "##철"): 1,
    ("##이", "##다"): 1,
}


def test_the_tables_of_the_lecture() -> None:
    taken = steps(SENTENCE.split(), 3)
    assert [" / ".join(" ".join(word) for word in step.words) for step in taken] == ITERATIONS
    assert taken[0].candidates == tuple("경 ##찰 ##청 철 ##창 ##살 ##은 외 ##철 ##이 ##고 검 쌍 ##다".split())
    assert list(taken[0].bigrams.items()) == list(BIGRAMS.items())
    merges = [(step.merge.left, step.merge.right, step.merge.count) for step in taken if step.merge]
    assert merges == [("##창", "##살", 4), ("##찰", "##청", 2), ("철", "##창살", 2)]
    assert taken[3].merge is None
    assert taken[3].candidates == tuple("경 ##찰청 철창살 ##은 외 ##철 ##창살 ##이 ##고 검 쌍 ##다".split())


@settings(max_examples=100)
@given(st.lists(st.text("가나다", min_size=1, max_size=6), min_size=1, max_size=8), st.integers(0, 12))
def test_each_table_counts_what_the_trainer_counted(text_words: list[str], merges: int) -> None:
    taken = steps(text_words, merges)
    assert len(taken) <= merges + 1
    for step in taken:
        assert ["".join(piece.removeprefix("##") for piece in word) for word in step.words] == text_words
        if step.merge:
            pair = step.merge.left, step.merge.right
            assert step.bigrams[pair] == step.merge.count == max(step.bigrams.values())
            assert pair == max(step.bigrams, key=step.bigrams.__getitem__)


def test_the_command_prints_the_tables_and_draws_them(tmp_path: Path) -> None:
    page = tmp_path / "new" / "page.html"
    command = [sys.executable, "-m", "vocab", "walkthrough", SENTENCE, "--merges", "3", "--html", str(page)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=CHECKOUT)
    for line in [f"  words       {words}" for words in ITERATIONS]:
        assert line in done.stdout.splitlines()
    assert "  best pair   (##창, ##살) 4 → ##창살" in done.stdout
    assert "(##찰, ##청) 2 · (철, ##창) 2 · (##창, ##살) 4" in done.stdout
    assert all(words in page.read_text(encoding="utf-8") for words in ITERATIONS[3].split(" / "))


def test_the_word_list_of_the_lecture(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    spelling = spell(LECTURE)
    assert [" ".join(pieces) for pieces in spelling.words.values()] == [
        "고양 ##경찰 ##서",
        "고양 ##시",
        "종 ##로 ##경찰 ##서",
        "경찰",
        "경찰 ##서",
        "경찰 ##관",
        "경찰 ##청",
    ]
    assert [
        piece for piece in spelling.pieces if piece not in ("종", "##로")
    ] == "고양 ##경찰 ##서 ##시 경찰 ##관 ##청".split()
    show_words(WordToSubword(html=tmp_path / "page.html"))
    assert (
        "24 characters are spelled by 9 pieces of 12 characters: 29% more entries, 50% fewer" in capsys.readouterr().out
    )
    assert "##경찰" in (tmp_path / "page.html").read_text(encoding="utf-8")


def test_a_longer_list_needs_fewer_pieces_than_words(tmp_path: Path) -> None:
    listed = [
        stem + end for stem in ("학교", "사람", "나라", "말모이") for end in ("", "는", "에서", "부터", "까지", "만")
    ]
    file = tmp_path / "words.txt"
    file.write_text("\n".join(listed), encoding="utf-8")
    spelling = spell(listed)
    assert spelling.entries["pieces"] < len(listed) / 2
    assert {"".join(p.removeprefix("##") for p in pieces) for pieces in spelling.words.values()} == set(listed)
    show_words(WordToSubword(file))


@settings(max_examples=100)
@given(st.sets(st.text("가나다라", min_size=1, max_size=6), min_size=1, max_size=12).map(sorted))
def test_merging_stops_where_the_vocabulary_is_smallest(listed: list[str]) -> None:
    merges = train(dict.fromkeys(listed, 1), 1000, prefix="##", ties="first-seen").merges
    sizes = [len(spell(listed, number).pieces) for number in range(len(merges) + 1)]
    if not any(merge.left == merge.right for merge in merges):  # 가가가 has two pairs and makes one piece
        assert smallest(listed, merges) == sizes.index(min(sizes))
    assert len(spell(listed).pieces) <= sizes[0]


@settings(max_examples=100)
@given(st.sets(st.text("가나다라", min_size=1, max_size=6), min_size=1, max_size=12).map(sorted))
def test_spelling_by_rank_ends_where_training_ended(listed: list[str]) -> None:
    trained = train(dict.fromkeys(listed, 1), 1000, prefix="##", ties="first-seen")
    spelled = Counter(piece for pieces in spell(listed, len(trained.merges)).words.values() for piece in pieces)
    assert spelled == {piece: uses for piece, uses in zip(trained.pieces, trained.uses, strict=True) if uses}


@pytest.mark.parametrize("text, merges, message", [(" ", 3, "holds no words"), ("가나", -1, "must not be negative")])
def test_what_cannot_be_shown_is_said(text: str, merges: int, message: str) -> None:
    with pytest.raises(UserError, match=message):
        show(Walkthrough(text, merges))


def test_a_word_list_that_is_not_there_or_empty_is_said(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no such file"):
        show_words(WordToSubword(tmp_path / "none.txt"))
    (tmp_path / "empty.txt").write_text(" \n")
    with pytest.raises(UserError, match="holds no words"):
        show_words(WordToSubword(tmp_path / "empty.txt"))

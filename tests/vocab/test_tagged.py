"""KorBERT's form of a vocabulary, out and back."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.errors import UserError
from vocab.tagged import read_tagged, tagged, taken_apart, write_tagged

COUNTS = {"./SF": 9, "##다/EF": 7, "하/XSV": 2, "##하/XSV": 3, "##/SW": 1, "####/SW": 1, "##ㄴ다/EF": 5}


def test_units_become_pieces_most_frequent_first() -> None:
    assert list(tagged(COUNTS).items()) == [
        ("./SF_", 9),
        ("다/EF_", 7),
        ("ㄴ다/EF_", 5),
        ("하/XSV_", 5),
        ("##/SW_", 2),
    ]


def test_a_file_looks_like_the_lecture_and_comes_back(tmp_path: Path) -> None:
    write_tagged(tmp_path / "vocab.txt", tagged(COUNTS))
    assert (tmp_path / "vocab.txt").read_text(encoding="utf-8").splitlines()[:2] == ["./SF_ 9", "다/EF_ 7"]
    assert list(read_tagged(tmp_path / "vocab.txt").items()) == list(tagged(COUNTS).items())


@pytest.mark.parametrize(
    ("piece", "form", "tag"),
    [
        ("을/JKO_", "을", "JKO"),
        ("//SP_", "/", "SP"),
        ("_/SW_", "_", "SW"),
        ("은", "은", ""),
        ("[PAD]", "[PAD]", ""),
        ("a/b_", "a/b_", ""),
    ],
)
def test_pieces_are_taken_apart(piece: str, form: str, tag: str) -> None:
    assert taken_apart(piece) == (form, tag)


@pytest.mark.parametrize(("text", "why"), [("가/NNG_ 1\n가/NNG_ 2", ":2: 가/NNG_"), ("가 나 3", ":1"), ("가 x", ":1")])
def test_a_broken_file_is_an_error_with_its_line(tmp_path: Path, text: str, why: str) -> None:
    (tmp_path / "v").write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match=why):
        read_tagged(tmp_path / "v")


@given(st.dictionaries(st.sampled_from(["가/NNG_", "//SP_", "은", "[UNK]", "_/SW_"]), st.integers(0, 1 << 40)))
def test_any_vocabulary_comes_back(tmp_path_factory: pytest.TempPathFactory, pieces: dict[str, int]) -> None:
    path = tmp_path_factory.mktemp("tagged") / "v"
    write_tagged(path, pieces)
    assert list(read_tagged(path).items()) == list(pieces.items())

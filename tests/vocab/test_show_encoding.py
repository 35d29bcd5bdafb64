"""`python -m vocab encode` shows pieces, ids and places."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.vocab.vocabularies import wordpiece
from vocab.folder import save
from vocab.show_encoding import encode
from vocab.stages import Encode
from vocab.tokenizer import Tokenizer


def test_a_line_for_each_piece(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save(Tokenizer(("[UNK]", "경찰", "##청", "살")), tmp_path)
    encode(Encode(tmp_path, "경찰청\u200b 뷁살"))
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines == [
        ["id", "start", "end", "piece", "text"],
        ["1", "0", "2", "경찰", "'경찰'"],
        ["2", "2", "3", "##청", "'청'"],
        ["0", "5", "6", "[UNK]", "'뷁'"],
        ["3", "6", "7", "살", "'살'"],
        ["4", "pieces,", "2", "words,", "1", "unknown"],
        ["경찰청", "[UNK]", "살"],
    ]


def test_odd_text_is_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save(wordpiece(), tmp_path)
    for text in ("", " \n", "\ud800", "말\udc80모이", "\u1106\u1161\u11af"):
        encode(Encode(tmp_path, text))
        assert " pieces, " in capsys.readouterr().out

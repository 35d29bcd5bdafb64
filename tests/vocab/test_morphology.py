"""Treebanks: what is read from them, and borders counted by hand and by a slow twin."""

from __future__ import annotations

import lzma
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.vocab.vocabularies import SENTENCES, wordpiece
from tools.errors import UserError
from vocab.imports import open_vocabulary
from vocab.morphology import Sentence, Word, morphology, read_treebank
from vocab.scheme import SPECIALS
from vocab.tokenizer import Tokenizer

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
GSD = """# sent_id = 1
# text = 학교에 가까운 곳(역).
1	학교에	학교+에	ADV	NNG+JKB	_	2	x	_	_
2	가까운	가깝+ㄴ	ADJ	VA+ETM	_	3	x	_	_
3	곳	곳	NOUN	NNG	_	0	x	_	SpaceAfter=No
4	(	(	PUNCT	SS	_	3	x	_	SpaceAfter=No
5	역	역	NOUN	NNG	_	3	x	_	SpaceAfter=No
6	)	)	PUNCT	SS	_	3	x	_	SpaceAfter=No
7	.	.	PUNCT	SF	_	3	x	_	_

"""
KAIST = """# 짐승들은 뛴다 .
1-2	짐승들은뛴다	_	_	_	_	_	_	_	_
1	짐승들은	짐승+들+은	NOUN	_	_	2	x	_	짐승/ncn+들/xsn+은/jxt
2	뛴다	뛰+ㄴ다	VERB	_	_	0	x	_	뛰/pvg+ㄴ다/ef
3	.	.	PUNCT	_	_	2	x	_	./sf
"""


def test_both_treebanks_are_read(tmp_path: Path) -> None:
    (tmp_path / "gsd.conllu.xz").write_bytes(lzma.compress(GSD.encode()))
    (tmp_path / "kaist.conllu").write_text(KAIST, encoding="utf-8")
    gsd, kaist = read_treebank(tmp_path)
    assert gsd.text == "학교에 가까운 곳(역)."
    assert gsd.words[:3] == (
        Word(0, 3, (("학교", "NNG"), ("에", "JKB"))),
        Word(4, 7, ()),
        Word(8, 9, (("곳", "NNG"),)),
    )
    assert kaist == Sentence(
        "짐승들은 뛴다 .",
        (Word(0, 4, (("짐승", "ncn"), ("들", "xsn"), ("은", "jxt"))), Word(5, 7, ()), Word(8, 9, ((".", "sf"),))),
    )


@pytest.mark.parametrize("content", ["", "가\t나\n", "1\t가\t_\t_\t_\t_\t_\t_\t_\t_\t_\t_\n", "# nothing\n\n"])
def test_what_is_no_treebank_is_said(tmp_path: Path, content: str) -> None:
    (tmp_path / "a.conllu").write_text(content, encoding="utf-8")
    with pytest.raises(UserError, match="CoNLL-U"):
        read_treebank(tmp_path / "a.conllu")
    with pytest.raises(UserError, match="no such file"):
        read_treebank(tmp_path / "b.conllu")


def test_borders_by_hand(tmp_path: Path) -> None:
    (tmp_path / "a.conllu").write_text(GSD + KAIST, encoding="utf-8")
    pieces = ("학교에", "가", "##까", "##운", "곳", "(", "역", ")", "짐", "##승들", "##은", "뛴다", ".")
    found = morphology(Tokenizer((*SPECIALS, *pieces)), read_treebank(tmp_path / "a.conllu"))
    # words 학교에 | 가까운 | 곳 | ( | 역 | ) | . | 짐승들은 | 뛴다 | .   of which 가까운 and 뛴다 cannot be split
    assert found["splittable"] == pytest.approx(8 / 10)
    # borders: 학교_에, 짐승_들, 들_은 in gold; 짐_승, 들_은 by the pieces; one of them right
    assert found["boundary precision"] == pytest.approx(1 / 2)
    assert found["boundary recall"] == pytest.approx(1 / 3)
    assert found["boundary F1"] == pytest.approx(2 / 5)
    assert found["words exact"] == pytest.approx(6 / 8)
    assert found["treebank fertility"] == pytest.approx(14 / 10)
    tags = {tag: (times, pieces, kept) for tag, times, pieces, kept in found["tags"]}
    assert tags["NNG"] == (3, 1.0, pytest.approx(2 / 3))  # 학교 is not parted from 에
    assert tags["ncn"] == (1, 2.0, 0.0)  # 짐 | 승
    assert tags["jxt"] == (1, 1.0, 1.0)


@given(st.lists(st.lists(st.sampled_from(SENTENCES.split()), min_size=1, max_size=4), min_size=1, max_size=3))
def test_borders_agree_with_a_slow_count(sentences: list[list[str]]) -> None:
    """Every word is cut in gold after its first letter, and the pieces are asked for one word at a time."""
    given_, right, predicted, gold = [], 0, 0, 0
    for words in sentences:
        rows, at = [], 0
        for word in words:
            morphemes = ((word[0], "A"), (word[1:], "B")) if len(word) > 1 else ((word, "A"),)
            rows.append(Word(at, at + len(word), morphemes))
            at += len(word) + 1
            inside = {int(start) for start, _ in wordpiece().encode(word).offsets} - {0}
            own = {1} if len(word) > 1 else set()
            right, predicted, gold = right + len(inside & own), predicted + len(inside), gold + len(own)
        given_.append(Sentence(" ".join(words), tuple(rows)))
    found = morphology(wordpiece(), given_)
    assert found["boundary precision"] == pytest.approx(right / max(predicted, 1))
    assert found["boundary recall"] == pytest.approx(right / max(gold, 1))


def test_syllables_against_the_published_figures() -> None:
    """41 / 100 / 58.2 and 33.9 % of words were measured on dev and test together; here is dev alone."""
    if not DATA.is_dir():
        pytest.skip(f"{DATA} is not here")
    syllables = open_vocabulary(DATA / "vocabs" / "kocharelectra-11568.txt")
    found = morphology(syllables, read_treebank(DATA / "ud" / "gsd-dev.conllu.xz"))
    assert found["splittable"] == pytest.approx(0.867, abs=0.01)
    assert found["boundary precision"] == pytest.approx(0.41, abs=0.01)
    assert found["boundary recall"] == pytest.approx(1.0, abs=0.001)
    assert found["boundary F1"] == pytest.approx(0.582, abs=0.01)
    assert found["words exact"] == pytest.approx(0.339, abs=0.01)

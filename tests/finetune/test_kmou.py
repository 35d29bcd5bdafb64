"""KMOU's corpus: its three files, its later form, and the text that the morphemes are put together to."""

from __future__ import annotations

import lzma
import tarfile
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from finetune.examples import Tagged
from finetune.formats.kmou import read_kmou
from finetune.formats.surface import surface
from finetune.formats.tokens import joined
from tests.finetune.name_texts import NER, example, needs_data, told
from tools.errors import UserError

WORDS = "가람온 은 지나 ㄴ 27 일 도하 에서 말 을 하 였 다 .\r\n온 이 오 았 다\r\n"
POS = "NNP JX VV ETM SN NNB NNP JKB NNG JKO VV EP EF SF\r\nNNP JKS  VV EP EF\r\n"
TAGS = "B-PER O O O B-DAT I-DAT B-LOC O O O O O O O\r\nB-PER O O O O\r\n"


def put(folder: Path, **texts: str) -> Path:
    for role, text in texts.items():
        (folder / f"some.{role}.txt").write_text(text, encoding="utf-8", newline="")
    return folder / "some.words.txt"


def test_three_files_make_a_text(tmp_path: Path) -> None:
    path = put(tmp_path, words=WORDS, pos=POS, tags=TAGS)
    wanted = told([example("[가람온:PER]은 지난 [27일:DAT] [도하:LOC]에서 말을 했다."), example("[온:PER]이 왔다")])
    for role in ("words", "pos", "tags"):
        assert told(read_kmou(tmp_path / f"some.{role}.txt").examples) == wanted
    (tmp_path / "some.tags.txt").unlink()
    assert told(read_kmou(path).examples)[1] == ("온이 왔다", None)
    (tmp_path / "some.pos.txt").unlink()
    assert told(read_kmou(path).examples)[1] == ("온 이 오 았 다", None)


def test_nothing_contracts_where_a_name_ends(tmp_path: Path) -> None:
    path = put(tmp_path, words="온 이 시 ㄴ 가람\n", pos="NNP VCP EP ETM NNP\n", tags="B-PER I-PER I-PER B-LOC I-LOC\n")
    assert told(read_kmou(path).examples) == told([example("[온이시:PER][ㄴ 가람:LOC]")])


def test_the_later_form(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "later.txt"
    rows = "가람온\t가람온\tNNP\tB-PER\n은\t은\tJX\tO\n_\t_\t_\tO\n갔\t가+았\tVV+EP\tO\n다\t다\tEF\tO\n"
    path.write_text(
        f"## 1\n## 가람온은 갔다\n## <가람온:PER>은 갔다\n{rows}\n## 2\n## 온\n## 온\n도하\t도하\tNNP\tB-LOC\n"
    )
    assert told(read_kmou(path).examples) == told([example("[가람온:PER]은 갔다"), example("[도하:LOC]")])
    assert "text above that is not what the morphemes spell: the morphemes were taken: 1" in capsys.readouterr().err


def test_faults(tmp_path: Path) -> None:
    path = put(tmp_path, words="가람 은\n온 은\n\n도하\n", pos="NNP JX\nNNP\n\nNNP\n", tags="B-PER\nB-PER O\n\nB-LOC\n")
    reading = read_kmou(path)
    assert told(reading.examples) == told([example("[도하:LOC]")])
    assert reading.skipped == {
        "fewer tags than words": 1,
        "fewer parts of speech than morphemes": 1,
        "empty sentence": 1,
    }
    (tmp_path / "some.tags.txt").write_text("O\n")
    with pytest.raises(UserError, match=r"some.tags.txt: has 1 lines, but some.words.txt 4"):
        read_kmou(path)
    (tmp_path / "other.txt").write_text("가람\n")
    with pytest.raises(UserError, match="has no morphemes with tags; give"):
        read_kmou(tmp_path / "other.txt")


@pytest.mark.parametrize(
    ("morphemes", "text"),
    [
        ("시키/VV 었/EP 다/EF ./SF", "시켰다."),
        ("가수/NNG 이/VCP 었/EP 다/EF", "가수였다"),
        ("책/NNG 이/VCP 었/EP 다/EF", "책이었다"),
        ("만들/VV 는/ETM 가깝/VA ㄴ/ETM 그렇/VA ㄴ/ETM 흐르/VV 어/EC", "만드는 가까운 그런 흘러"),
        ("참여/NNG 하/XSV ㄴ다/EF", "참여한다"),
        ("김/NNP (/SS 19/SN )/SS 은/JX 88/SN -/SO 89/SN 로/JKB", "김(19)은 88-89로"),
        ('"/SS 간다/NA "/SS 고/JKQ', '"간다"고'),
        ("제/XPN 3/SN 지대/NNG 1/SN 만/NR 5000/SN 원/NNB", "제3지대 1만5000원"),
        ("이것/NP ㄹ/JKO 거/NNB ㄹ/JKO", "이것ㄹ 걸"),
        ("ABC/SL ㄴ/ETM", "ABCㄴ"),
    ],
)
def test_morphemes_as_they_are_written(morphemes: str, text: str) -> None:
    forms, tags = zip(*(pair.rsplit("/", 1) for pair in morphemes.split()), strict=True)
    assert joined(*surface(forms, tags))[0] == text


@needs_data
def test_on_a_treebank_whose_text_is_known() -> None:
    """94 in 100 borders and 97 in 100 words, as surface.py says."""
    right, borders = 0, 0
    with lzma.open(NER.parent / "ud" / "gsd-dev.conllu.xz", "rt", encoding="utf-8") as file:
        for sentence in file.read().split("\n\n")[:300]:
            rows = [line.split("\t") for line in sentence.split("\n") if line and not line.startswith("#")]
            parts = [(row, *pair) for row in rows for pair in zip(row[2].split("+"), row[4].split("+"), strict=False)]
            glued = surface([form for _, form, _ in parts], [tag for _, _, tag in parts])[1]
            for place, ((row, *_), (after, *_)) in enumerate(pairwise(parts)):
                right += (place in glued) == (row is after or "SpaceAfter=No" in row[9])
                borders += 1
    assert right / borders > 0.93


@needs_data
def test_the_real_files(tmp_path: Path) -> None:
    with tarfile.open(NER / "KMOU_BIO.tar.xz") as archive:
        for member in archive:
            if "testa." in member.name:
                archive.extract(member, tmp_path, filter="data")
    reading = read_kmou(next(tmp_path.rglob("testa.tags.txt")))
    assert len(reading.examples) == 2662
    assert not reading.skipped
    kinds = Counter(name.kind for one in reading.examples if isinstance(one, Tagged) for name in one.names or ())
    begun = Counter(tag[2:] for tag in next(tmp_path.rglob("testa.tags.txt")).read_text().split() if tag[0] == "B")
    assert kinds == begun
    assert all(name.start < name.end for one in reading.examples if isinstance(one, Tagged) for name in one.names or ())
    with pytest.raises(UserError, match="is a tar archive; unpack it"):
        read_kmou(NER / "KMOU_BIO.tar.xz")

"""A corpus analysed once: the same for any number of workers, the same as on the spot, valid until changed."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from corpus.document import Document, write_documents
from tests.vocab.test_analyzers import BAT, FATHER
from tools.errors import UserError
from tools.fingerprint import order
from tools.shards import read_manifest, read_shard, write_manifest
from tools.stage import execute
from vocab.analysis import analysis_of, analyze_corpus, row_units, spaced_words
from vocab.segment import SEGMENTS, segment
from vocab.stages import STAGES, AnalyzeCorpus
from vocab.tags import TAGS

pytest.importorskip("mecab", reason="the analyser has no package for this Python")

TEXTS = [BAT, FATHER, "", "NFD 각\u200b시 \ud800", f"{BAT}\n{FATHER}", "학교에서 학교에서 사람들이"]


@pytest.fixture
def documents(tmp_path: Path) -> Path:
    folder = tmp_path / "documents"
    folder.mkdir()
    rows = [Document(str(number), "제목", text.replace("\ud800", ""), "test") for number, text in enumerate(TEXTS * 3)]
    shards = [write_documents(folder / f"{part:05d}.jsonl.zst", rows[part::3]) for part in range(3)]
    write_manifest(folder, shards, kind="documents")
    return folder


def made(documents: Path, output: Path, **options: object) -> Path:
    config = AnalyzeCorpus(documents, output, **options)  # type: ignore[arg-type]
    execute(order(STAGES["analyze-corpus"], config, {}, "test"))
    return output


def rows(folder: Path) -> list[dict[str, object]]:
    return [row for shard in read_manifest(folder).shards for row in read_shard(folder, shard)]


def test_an_analysis_is_that_of_the_texts(documents: Path, tmp_path: Path) -> None:
    analyses = made(documents, tmp_path / "analyses", workers=2)
    assert [row["id"] for row in rows(analyses)] == [row["id"] for row in rows(documents)]
    for stored, plain in zip(rows(analyses), rows(documents), strict=True):
        assert analysis_of(stored, "mecab") == analysis_of(plain, "mecab")
        for scheme in SEGMENTS:
            expected = [unit.marked for unit in segment(str(plain["text"]), scheme)]
            assert row_units(stored, scheme, "mecab") == row_units(plain, scheme, "mecab") == expected


def test_bytes_do_not_depend_on_the_workers(documents: Path, tmp_path: Path) -> None:
    one, two = made(documents, tmp_path / "one", workers=1), made(documents, tmp_path / "two", workers=2)
    assert {p.name for p in one.iterdir()} == {p.name for p in two.iterdir()}
    assert all(path.read_bytes() == (two / path.name).read_bytes() for path in one.iterdir())


def test_an_analysis_stays_valid_until_an_option_changes(
    documents: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made(documents, tmp_path / "analyses", workers=1)
    assert re.search(r"mecab: .* MB at .* MB/s in each process", capsys.readouterr().out)
    made(documents, tmp_path / "analyses", workers=2)
    assert capsys.readouterr().out == ""
    made(documents, tmp_path / "analyses", analyzer="none")
    assert read_manifest(tmp_path / "analyses").about["analyzer"] == "none"


def test_words_are_counted_with_their_cuts(documents: Path) -> None:
    counts = Counter(word for row in rows(documents) for word in spaced_words(row, "mecab"))
    assert counts["학교 에서"] == 6
    assert counts["사람 들 이"] == 3
    assert "발견된다" in counts


def test_a_share_is_chosen_by_the_ids(documents: Path, tmp_path: Path) -> None:
    half = rows(made(documents, tmp_path / "half", share=0.5))
    assert 0 < len(half) < len(TEXTS) * 3
    again = rows(made(documents, tmp_path / "more", share=0.8))
    assert {row["id"] for row in half} < {row["id"] for row in again}


def test_what_cannot_be_analysed_is_one_line(documents: Path, tmp_path: Path) -> None:
    analyses = made(documents, tmp_path / "analyses")
    (tmp_path / "new").mkdir()
    with pytest.raises(UserError, match="holds analyses already"):
        analyze_corpus(AnalyzeCorpus(analyses, tmp_path / "new"))
    with pytest.raises(UserError, match="no text to analyse"):
        analyze_corpus(AnalyzeCorpus(documents, tmp_path / "new", share=0.0))
    with pytest.raises(UserError, match=r"no manifest\.json"):
        analyze_corpus(AnalyzeCorpus(tmp_path / "nowhere", tmp_path / "new"))


def python(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "vocab", *arguments], capture_output=True, text=True, check=False)


def test_tags_are_shown_in_their_classes(documents: Path, tmp_path: Path) -> None:
    plain = python("tags").stdout.splitlines()
    assert len(plain) == 1 + len(TAGS)
    assert any(line.split()[:2] == ["체언", "NNB"] and "mecab NNBC" in line for line in plain)
    counted = python("tags", str(made(documents, tmp_path / "analyses"))).stdout.splitlines()
    assert len(counted) == 1 + len(TAGS) + 7
    assert any(line.split()[:2] == ["의존형태", "EF"] and "18" in line.split() for line in counted)
    done = python("tags", str(documents))
    assert (done.returncode, done.stdout) == (2, "")
    assert "holds no analyses; make them with: python -m vocab analyze-corpus" in done.stderr


def test_one_text_in_all_schemes() -> None:
    lines = python("segment", "발견된다.", "--offsets").stdout.splitlines()
    assert [line.split()[0] for line in lines] == [*SEGMENTS]
    assert "lemma         발견[0:2] ##되[2:3] ##ㄴ다[2:4] .[4:5]" in lines
    assert "eojeol        발견된다[0:4] .[4:5]" in lines


def test_analysers_side_by_side() -> None:
    done = python("analyze", FATHER, "--analyzer", "mecab", "none")
    assert done.stdout.splitlines() == [
        "mecab     아버지/NNG 가/JKS 방/NNG 에/JKB 들어가/VV 시/EP ㄴ다/EF ./SF",
        "none      아버지가방에들어가신다/NA ./SF",
    ]


def test_a_missing_analyser_is_listed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from vocab import analyzers, show_analysis
    from vocab.stages import Analyze

    analyzers.analyzer.cache_clear()
    for module in ("kiwipiepy", "konlpy"):
        monkeypatch.setitem(sys.modules, module, None)
    show_analysis.analyze(Analyze("섬"))
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "mecab     섬/NNG"
    assert lines[1].startswith("kiwi      not installed: pip install kiwipiepy")
    assert lines[2].startswith("okt       not installed: pip install konlpy")
    assert len(lines) == len(analyzers.ANALYZERS)
    with pytest.raises(UserError, match="kiwi: not installed: pip install kiwipiepy"):
        show_analysis.analyze(Analyze("섬", ("kiwi",)))

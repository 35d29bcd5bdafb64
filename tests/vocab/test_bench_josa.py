"""The trials of cuts: words with their morphemes, cut as the whole text would be."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.vocab.korean import kowiki
from tests.vocab.test_analyzers import BAT
from tools.errors import UserError
from vocab import bench_josa
from vocab.analyzers import analyzer
from vocab.bench_josa import ablation, cut_words, made, tagged_words
from vocab.josa_trials import TRIALS, after_a_unit, ending, nothing
from vocab.segment import josa_cuts, segment
from vocab.straddle import straddlers
from vocab.tags import Morpheme
from vocab.units import parted
from vocab.words import clean, words

pytest.importorskip("mecab")


@pytest.mark.parametrize("text", [BAT, "제10년간 10 년간 Ph.D. 12,000명은 왔다"])
def test_words_are_cut_as_the_text_is(text: str) -> None:
    found = Counter(tagged_words(text, analyzer("mecab")(text)))
    assert parted(cut_words(found, josa_cuts)) == Counter(unit.marked for unit in segment(text, "josa"))
    assert cut_words(found, nothing) == Counter(words(text))


def test_what_a_number_counts_is_cut_off() -> None:
    morphemes = [
        Morpheme("", "SN", 0, 2),
        Morpheme("", "NNB", 2, 3),
        Morpheme("", "XSN", 3, 4),
        Morpheme("", "JX", 4, 5),
    ]
    assert list(after_a_unit(morphemes)) == [3]


def test_a_veto_by_syllables() -> None:
    veto = ending("는도", but=["에는"])
    pieces = ["##지는", "##에는", "##는", "지는", "##지도", "##지다"]
    assert [piece for piece in pieces if veto(piece)] == ["##지는", "##지도"]


def test_every_trial_makes_a_vocabulary() -> None:
    text = clean(kowiki(60_000))
    found = Counter(tagged_words(text, analyzer("mecab")(text)))
    assert len({(trial.name, trial.size) for trial in TRIALS}) == len(TRIALS)
    default = next(trial for trial in TRIALS if trial.name.startswith("default"))
    for trial in (TRIALS[0], default):
        counts = cut_words(found, trial.cut)
        tokenizer = made(trial, counts)
        assert 2_000 < len(tokenizer) <= trial.size
        assert len(straddlers(tokenizer, counts)) < 9


def test_without_the_texts_there_is_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(bench_josa, "TEXT", tmp_path / "no.txt.xz")
    with pytest.raises(UserError, match=r"no\.txt\.xz: not there"):
        ablation()

import itertools
import lzma
import random
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from corpus.bench_sentences import read_gold, rows, score
from corpus.readers import read
from corpus.readers import split as split_file
from corpus.sentences import SPLITTERS, kiwi_split, split

GOLD = Path(__file__).with_name("sentences.txt")
DATA = Path(__file__).parents[3] / "shared" / "data"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="needs ../shared/data")

PIECES = st.sampled_from(
    [
        *"가다요.!?…。,\n \t\"'“”‘’()[]「」『』《》",
        "그는 갔다. ",
        "이다.그는",
        "1. ",
        "3.5",
        "J. K. ",
        "했다.[1] ",
        "라는 ",
        "고 ",
    ]
)


@given(st.text() | st.lists(PIECES, max_size=60).map("".join))
@settings(max_examples=600)
@example("")
@example("\n\n 가다. \n")
def test_nothing_is_lost(text: str) -> None:
    sentences = split(text)
    assert "".join(sentences) == text
    assert all(sentence.strip() for sentence in sentences) or not text.strip()
    assert not any("\n" in sentence.strip() for sentence in sentences)
    assert not any(sentence[:1].isspace() for sentence in sentences[1:])


@given(st.lists(PIECES, max_size=40).map("".join))
def test_lines_are_split_each_on_its_own(text: str) -> None:
    whole = [sentence.strip() for sentence in split(text)]
    lines = [sentence.strip() for line in text.split("\n") for sentence in split(line)]
    assert [sentence for sentence in whole if sentence] == [sentence for sentence in lines if sentence]


HARD = [
    ".",
    "(",
    ")",
    "(.",
    "다.",
    "다.(",
    "다.[1]",
    '"다.',
    "'",
    "“다.",
    "?!",
    "...",
    " ",
    "\n",
    "1. ",
    "A.",
    ".\n ",
    "((다.))",
]


@pytest.mark.parametrize("piece", HARD)
def test_time_is_linear(piece: str) -> None:
    def seconds(size: int) -> float:
        text = piece * (size // len(piece))
        start = time.process_time()
        split(text)
        return time.process_time() - start

    assert seconds(100_000) < 2
    assert seconds(160_000) < 10 * max(0.01, min(seconds(40_000) for _ in range(2)))


CASES = [
    ["그는 “그렇다.”고 말했다. ", "나는 웃었다."],
    ["이다.", "그는 갔다."],
    ["「나는 왕이다.」라는 말이 있다. ", "누가 했을까?! ", "아무도 모른다…"],
    ["J. K. 롤링은 St. 메리 U.S. 학교를 3.5년 다녔다. ", "www.a.co.kr vs. b.com이다."],
    ["1. 첫째이다. ", "2. 둘째이다.\n", "* 셋째"],
    ["그는 갔다(그는 왔다. 그리고 갔다.). ", "끝."],
]


@pytest.mark.parametrize("sentences", CASES)
def test_cases_of_the_issue(sentences: list[str]) -> None:
    assert split("".join(sentences)) == sentences


def test_long_quotations_are_split() -> None:
    speech = "나는 간다. " * 60
    assert len(split(f"그는 “{speech}”라고 했다.")) > 50
    assert len(split(f"그는 “{speech[:210]}”라고 했다.")) == 1


def test_gold_rules() -> None:
    gold = read_gold(GOLD)
    assert len(gold) >= 80
    result = score(split, gold)
    assert result.f1 >= 0.96 and result.exact >= 0.9, result


def test_gold_kiwi_is_lossless_and_known() -> None:
    pytest.importorskip("kiwipiepy")
    gold = read_gold(GOLD)
    for sentences in gold:
        text = "".join(sentences)
        assert "".join(kiwi_split(text)) == text
    assert kiwi_split("") == []
    assert 0.8 < score(kiwi_split, gold).f1 <= score(split, gold).f1


def test_score_by_hand() -> None:
    gold = [["가. ", "나. ", "다."], ["라. 마."], ["바."]]
    result = score(lambda text: [text[:3], text[3:]] if len(text) > 3 else [text], gold)
    assert (result.precision, result.recall, result.exact) == (1 / 2, 1 / 2, 1 / 3)
    assert result.f1 == 1 / 2


def test_the_bench_measures_every_splitter() -> None:
    pytest.importorskip("kiwipiepy")
    measured = rows()
    assert [row["splitter"] for row in measured] == list(SPLITTERS)
    assert all(0 < row["f1"] <= 1 and row["MB/s/core"] > 0 for row in measured)


def treebank_paragraphs(name: str, size: int) -> Iterator[list[str]]:
    """Sentences of a treebank joined to paragraphs of `size`: only those that a full stop or such ends."""
    text = lzma.open(DATA / "ud" / name, "rt", encoding="utf-8").read()
    sentences = [line.strip() for line in re.findall(r"^# text = (.*)$", text, re.MULTILINE)]
    ended = [sentence for sentence in dict.fromkeys(sentences) if sentence.endswith((".", "?", "!"))]
    random.Random(1).shuffle(ended)
    for at in range(0, len(ended) - size, size):
        group = ended[at : at + size]
        yield [sentence + " " for sentence in group[:-1]] + group[-1:]


@needs_data
def test_treebank_sentences_are_found_again() -> None:
    result = score(split, treebank_paragraphs("gsd-dev-2025.conllu.xz", 5))
    assert result.f1 >= 0.97, result


@needs_data
def test_agreement_with_kiwi_on_wikipedia() -> None:
    pytest.importorskip("kiwipiepy")
    (part,) = split_file(str(DATA / "kowiki" / "kowiki-2023-a.txt.xz"))
    documents = itertools.islice(read(part), 400)
    lines = [line for document, _ in documents for line in document.text.split("\n") if len(line) > 40]
    chosen = random.Random(7).sample(lines, 200)
    result = score(split, [kiwi_split(line) for line in chosen])
    assert result.f1 >= 0.95, result

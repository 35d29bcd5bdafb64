"""Questions made from plain text: each is a sentence of it, and its answer stands in the rest, once."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.document import Document, read_documents
from corpus.sample.josa import allomorph
from corpus.sample.write import sample
from corpus.sentences import split
from corpus.stages import Sample
from finetune.cloze import EACH, WHAT, articles_of, asked, stems
from finetune.examples import Question
from finetune.formats.articles import Article
from finetune.formats.qa import read_qa
from finetune.options_cloze import Cloze
from finetune.stages import STAGES
from tests.pretrain.test_encode import corpus
from tools.errors import UserError
from tools.fingerprint import order
from tools.stage import execute
from vocab.josa import AFTER_A_CONSONANT
from vocab.words import clean, words

TEXT = """가람은 마루시에서 사전을 지었다. 그 사전은 두꺼웠다.
나래는 가람의 사전을 1931년에 인쇄하였다. 마루시에는 인쇄소가 많았다."""
SEEN = "가람을 가람이 사전이 사전에 사전도 마루시를 마루시는 마루시 인쇄소에 인쇄소는 나래가 나래의 만들어도"


def questions(text: str, common: Sequence[str] = ()) -> list[tuple[str, str, str]]:
    """What is asked of a text whose nouns are known from elsewhere: question, context, answer."""
    stem, _ = stems(Counter([*words(text), *SEEN.split()]))
    document = Document("7", "사전", text, "test")
    found = asked(document, stem, frozenset(common), random.Random(1))
    return [(one.asked[0].question, one.context, one.asked[0].answers[0].text) for one in found]  # type: ignore[index]


def test_a_sentence_asks_for_what_another_one_names() -> None:
    rest = "그 사전은 두꺼웠다. 나래는 가람의 사전을 1931년에 인쇄하였다. 마루시에는 인쇄소가 많았다."
    assert questions(TEXT) == [("무엇은 마루시에서 사전을 지었다?", rest, "가람")]


def test_what_is_too_common_is_neither_asked_nor_a_link() -> None:
    assert not questions(TEXT, common=["가람", "사전"])


def test_a_verb_is_not_asked_for() -> None:
    text = "가람은 사전을 만들어 팔았다. 나래는 가람의 사전을 만들어 주었다."
    assert {answer for *_, answer in questions(text, common=["가람"])} == {"사전"}


def test_a_day_is_asked_for_whole() -> None:
    text = "가람은 3월 17일 사전을 지었다. 나래는 가람과 3월 17일 만났다."
    assert questions(text)[0][2] == "3월 17일"


def test_a_long_number_is_not_asked_for_in_parts() -> None:
    text = "가람은 사전 1,650권을 지었다. 나래는 가람의 사전 1,650권을 인쇄하였다."
    assert {answer for *_, answer in questions(text)} == {"가람"}


@pytest.mark.parametrize(
    "name, part", [("390만 명", "390"), ("37도 선", "37"), ("5·18", "18"), ("4~5세기", "5세기"), ("A-4사전", "4사전")]
)
def test_no_number_is_cut_open(name: str, part: str) -> None:
    found = questions(f"가람은 {name}에 대해 말했다. 나래는 가람의 {name}에 놀랐다.")
    assert part not in {answer for *_, answer in found}


def test_a_document_of_a_single_line_has_contexts_too() -> None:
    lines = [f"가람은 {year}년에 사전을 고쳤다. 나래는 {year}년에 사전을 읽었다." for year in range(1900, 1999)]
    found = questions(" ".join(lines), common=["가람", "나래"])
    assert found and all(len(context) < 1200 for _, context, _ in found)


def test_josa_follow_the_word_that_asks() -> None:
    for after_vowel, after_consonant in AFTER_A_CONSONANT.items():
        if after_consonant.startswith(("이었", "이어", "이나마", "이야")):  # forms that the little world never says
            continue
        assert allomorph(WHAT, after_consonant) == after_consonant
        assert allomorph("도로시" if after_vowel[0] != "로" else "길", after_consonant) == after_vowel


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> list[Document]:
    folder = tmp_path_factory.mktemp("world")
    sample(Sample(output=folder, articles=150, workers=1))
    return list(read_documents(folder / "clean"))


def test_a_question_is_a_sentence_and_its_context_the_rest(world: list[Document]) -> None:
    by_title = {document.title: document.text for document in world}
    found = list(articles_of(world, 10_000, random.Random(3)))
    assert sum(len(article.paragraphs) for article in found) > len(world) / 3
    for article in found:
        sentences = {_squeezed(one) for line in by_title[article.title].split("\n") for one in split(clean(line))}
        assert len(article.paragraphs) <= EACH
        for paragraph in article.paragraphs:
            [one] = paragraph.asked
            assert one.answers is not None
            [answer] = one.answers
            assert paragraph.context.startswith(answer.text, answer.start)
            assert paragraph.context.count(answer.text) == 1
            before, _, after = one.question.rstrip("?").partition(WHAT)
            said = re.compile(re.escape(_squeezed(before + answer.text)) + r"\w*" + re.escape(_rest(after)) + r"\.?")
            [source] = [sentence for sentence in sentences if said.fullmatch(sentence)] or [""]
            assert source, one.question
            assert source not in _squeezed(paragraph.context)


def test_as_many_as_asked_for_each_time_the_same(world: list[Document]) -> None:
    def made(count: int, seed: int) -> list[Article]:
        return list(articles_of(world, count, random.Random(seed)))

    assert sum(len(article.paragraphs) for article in made(20, 1)) == 20
    assert made(20, 1) == made(20, 1) != made(20, 2)


@given(st.lists(st.text("가나은는이 .\n12년“"), max_size=6))
def test_any_text_gives_answers_that_stand_where_they_should(texts: list[str]) -> None:
    documents = [Document(str(number), "", text, "") for number, text in enumerate(texts)]
    for article in articles_of(documents, 100, random.Random(0)):
        for paragraph in article.paragraphs:
            answers = paragraph.asked[0].answers or ()
            assert [paragraph.context.count(answer.text) for answer in answers] == [1]


def test_the_stage_writes_the_same_whoever_works_and_readers_take_it(tmp_path: Path, world: list[Document]) -> None:
    source = corpus(tmp_path / "corpus", [document.text for document in world], shards=3)
    wrote = []
    for name, workers in {"one": 1, "two": 2}.items():
        config = Cloze(corpus=source, output=tmp_path / name, questions=31, workers=workers)
        summary = execute(order(STAGES["cloze"], config, {}, "test"))
        assert summary is not None
        assert summary["questions"] == 31
        wrote.append({file.name: file.read_bytes() for file in sorted((tmp_path / name / "questions").iterdir())})
    assert wrote[0] == wrote[1]
    reading = read_qa(tmp_path / "one" / "questions")
    assert len([one for one in reading.examples if isinstance(one, Question) and one.answers]) == 31


def test_a_corpus_that_says_nothing_twice_is_named(tmp_path: Path) -> None:
    source = corpus(tmp_path / "corpus", ["비가 왔다.", "눈이 왔다."])
    with pytest.raises(UserError, match=r"corpus: 2 documents have no two sentences that name the same two things"):
        execute(order(STAGES["cloze"], Cloze(corpus=source, output=tmp_path / "out", workers=1), {}, "test"))


def _squeezed(text: str) -> str:
    return "".join(text.split()).rstrip(".")


def _rest(after: str) -> str:
    """What follows the word that has the josa."""
    return _squeezed(re.sub(r"^\w+", "", after))

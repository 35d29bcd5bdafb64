"""Texts tokenised together are as each by itself; words are what stands between spaces, morphemes what is analysed."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Callable, Sequence

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pretrain.encode import sentences, tokenised
from tests.vocab.vocabularies import CHARACTERS, SENTENCES, bpe, characters, plain_bpe, unigram, whole_words, wordpiece
from vocab.analyzers import analyze
from vocab.scheme import SPECIALS, Scheme
from vocab.tokenizer import Tokenizer

needs_mecab = pytest.mark.skipif(not importlib.util.find_spec("mecab"), reason="mecab is not installed")
LETTERS = sorted({letter for letter in SENTENCES if not letter.isspace()})
KINDS: dict[str, Callable[[], Tokenizer]] = {
    "wordpiece": wordpiece,
    "bpe": bpe,
    "plain bpe": plain_bpe,
    "unigram": unigram,
    "word": whole_words,
    "jamo": lambda: characters("jamo"),
    "mark behind": lambda: Tokenizer(
        (*SPECIALS, "_", *LETTERS, *(f"{letter}_" for letter in LETTERS[::2])),
        Scheme(split="spaces", inside="", end="_"),
    ),
    "space": lambda: Tokenizer(
        (*SPECIALS, "▃", *LETTERS), Scheme(kind="syllable", split="spaces", inside="", space="▃")
    ),
}
ANALYSED: dict[str, Callable[[], Tokenizer]] = {
    "morpheme": lambda: Tokenizer(wordpiece().pieces, Scheme(segment="morpheme")),
    "lemma": lambda: Tokenizer(wordpiece().pieces, Scheme(segment="lemma")),
    "morpheme with space": lambda: Tokenizer(
        (*SPECIALS, "▃", *LETTERS), Scheme(kind="syllable", segment="morpheme", split="spaces", inside="", space="▃")
    ),
}
TEXTS = st.lists(st.one_of(st.text(CHARACTERS, max_size=40), st.sampled_from(SENTENCES.split("\n"))), max_size=6)


def by_itself(tokenizer: Tokenizer, text: str) -> tuple[list[int], list[bool]]:
    """The ids of one text, and which of them are the first of what stands between white space."""
    encoding = tokenizer.encode(text)
    space = tokenizer.ids.get(tokenizer.scheme.space, -1)
    begun, firsts = set[int](), []
    for id_, start in zip(encoding.ids.tolist(), encoding.offsets[:, 0].tolist(), strict=True):
        eojeol = -start - 1 if id_ == space else len(re.findall(r"\s+", text[:start]))
        end_mark = tokenizer.pieces[id_] == tokenizer.scheme.end
        firsts.append(eojeol not in begun and not end_mark)
        begun.add(eojeol)
    return encoding.ids.tolist(), firsts


def check_together(tokenizer: Tokenizer, texts: Sequence[str]) -> None:
    found = tokenised(texts, tokenizer)
    apart = [by_itself(tokenizer, text) for text in texts]
    assert found.ids.tolist() == [id_ for ids, _ in apart for id_ in ids]
    assert found.sizes.tolist() == [len(ids) for ids, _ in apart]
    assert found.words.tolist() == [first for _, firsts in apart for first in firsts]
    assert found.morphemes is None


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=60)
@given(texts=TEXTS)
@example(texts=["서울(首爾)에서", "그는 “나는”이라고", "100도\u3000이상,"])
def test_texts_together_are_as_each_by_itself_and_words_are_what_stands_between_spaces(
    kind: str, texts: list[str]
) -> None:
    check_together(KINDS[kind](), [one for text in texts for one in sentences(text)])


@needs_mecab
@pytest.mark.parametrize("kind", ANALYSED)
def test_the_same_where_an_analyser_cuts(kind: str) -> None:
    check_together(ANALYSED[kind](), [one for text in SENTENCES.split("\n") for one in sentences(text)])


def test_a_word_is_an_eojeol_and_not_what_the_tokenizer_calls_a_word() -> None:
    tokenizer = wordpiece()
    _, firsts = tokenizer.encode_ids("서울(首爾)에서 부산까지,")
    assert firsts.sum() > 2
    assert tokenised(["서울(首爾)에서 부산까지,"], tokenizer).words.sum() == 2


@needs_mecab
def test_morphemes_begin_where_the_analyser_says() -> None:
    tokenizer = characters("syllable")
    texts = sentences(SENTENCES)
    found = tokenised(texts, tokenizer, "mecab")
    expected = [
        start in {morpheme.start for morpheme in analyze(text, "mecab")}
        for text in texts
        for start in tokenizer.encode(text).offsets[:, 0].tolist()
    ]
    assert found.morphemes is not None
    assert found.morphemes.tolist() == expected
    assert (found.morphemes >= found.words).all()
    assert found.morphemes.sum() > found.words.sum()
    assert tokenised(["학교에서는"], tokenizer, "mecab").morphemes.tolist() == [True, False, True, False, True]  # type: ignore[union-attr]


@needs_mecab
@pytest.mark.parametrize("kind", ["unigram", "morpheme with space", "lemma"])
def test_one_token_begins_a_morpheme_and_none_reaches_across_words(kind: str) -> None:
    """Several tokens stand in one place where a mark is a piece or a form was restored; a space is no morpheme."""
    tokenizer = {**KINDS, **ANALYSED}[kind]()
    for text in sentences(SENTENCES):
        found, encoding = tokenised([text], tokenizer, "mecab"), tokenizer.encode(text)
        starts = {morpheme.start for morpheme in analyze(text, "mecab")}
        at = encoding.offsets[:, 0].tolist()
        first = [start in starts and start not in at[:index] for index, start in enumerate(at)]
        assert found.morphemes is not None
        assert found.morphemes.tolist() == [one or word for one, word in zip(first, found.words, strict=True)]

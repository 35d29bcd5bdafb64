"""Small vocabularies for tests, trained on sentences of our own."""

from __future__ import annotations

import functools
import io
import unicodedata
from collections import Counter

import sentencepiece

from vocab.bpe import train
from vocab.scheme import SPECIALS, Form, Kind, Scheme, Unknown
from vocab.tokenizer import Tokenizer
from vocab.unigram import pieces
from vocab.words import words

SENTENCES = """
경찰청 철창살은 외철창살이고 검찰청 철창살은 쌍철창살이다.
말모이는 우리말 사전의 첫 이름이다. 모아 놓은 말이 모이면 사전이 된다!
서울(首爾)에서 부산까지 기차로 두 시간 반이 걸린다, 그래서 3,200원을 냈다.
학교에서는 학생들이 한글을 배우고, 학교에서도 선생님들이 한글을 가르친다.
"물은 100도에서 끓는다"라고 책에 써 있었다. Malmoi is a Korean tokenizer & BERT in 2026.
나는 강가에서 작은 배를 보았고 너는 산에서 큰 배를 보았다; 배는 배나무에 열린다.
"""
CHARACTERS = sorted(set(SENTENCES) | set("뷁똠\u200b\u00ad\u3000\ufffd豈🙂é"))


@functools.cache
def wordpiece(size: int = 260, unknown: Unknown = "character", longest_word: int = 0) -> Tokenizer:
    """A WordPiece vocabulary of ours."""
    trained = train(Counter(words(SENTENCES)), size, prefix="##", specials=SPECIALS, min_frequency=1)
    return Tokenizer(trained.pieces, Scheme(unknown=unknown, longest_word=longest_word))


@functools.cache
def bpe(size: int = 260) -> Tokenizer:
    """The same pieces, used in the order in which they were merged."""
    trained = train(Counter(words(SENTENCES)), size, prefix="##", specials=SPECIALS, min_frequency=1)
    return Tokenizer(trained.pieces, Scheme(kind="bpe"), tuple((merge.left, merge.right) for merge in trained.merges))


@functools.cache
def plain_bpe(size: int = 260) -> Tokenizer:
    """Pieces without ##, and a mark where a word starts."""
    counts = Counter("▁" + word for word in words(SENTENCES))
    trained = train(counts, size, specials=SPECIALS, min_frequency=1)
    scheme = Scheme(kind="bpe", start="▁", inside="")
    return Tokenizer(trained.pieces, scheme, tuple((merge.left, merge.right) for merge in trained.merges))


@functools.cache
def unigram(size: int = 120) -> Tokenizer:
    """A unigram vocabulary by sentencepiece."""
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(SENTENCES.splitlines()),
        model_writer=model,
        vocab_size=size,
        model_type="unigram",
        normalization_rule_name="identity",
        character_coverage=1.0,
        pad_id=0,
        unk_id=1,
        bos_id=-1,
        eos_id=-1,
        pad_piece="[PAD]",
        unk_piece="[UNK]",
        control_symbols=["[CLS]", "[SEP]", "[MASK]"],
        minloglevel=2,
    )
    scheme = Scheme(kind="unigram", split="spaces", start="▁", inside="")
    return Tokenizer(pieces(model.getvalue(), "test"), scheme, model=model.getvalue())


@functools.cache
def characters(kind: Kind) -> Tokenizer:
    """Single characters: syllables, or jamo for the kind jamo."""
    form: Form = "NFD" if kind == "jamo" else "NFC"
    parts = [unicodedata.normalize(form, word) for word in words(SENTENCES)]
    first = sorted({part[0] for part in parts})
    later = sorted({f"##{letter}" for part in parts for letter in part[1:]})
    return Tokenizer((*SPECIALS, *first, *later), Scheme(kind=kind, form=form))


@functools.cache
def whole_words() -> Tokenizer:
    """Words as they are."""
    return Tokenizer((*SPECIALS, *sorted(set(words(SENTENCES)))), Scheme(kind="word", unknown="word"))

"""What holds for every tokenizer: places in the text as it was given, batches, decoding, no change."""

from __future__ import annotations

import dataclasses
import pickle
import unicodedata
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.vocab.vocabularies import CHARACTERS, SENTENCES, bpe, characters, plain_bpe, unigram, whole_words, wordpiece
from tools.errors import UserError
from vocab.scheme import SPECIALS, Scheme
from vocab.tokenizer import SHORT, Encoding, Tokenizer
from vocab.words import clean, words

KINDS: dict[str, Callable[[], Tokenizer]] = {
    "wordpiece": wordpiece,
    "bpe": bpe,
    "plain bpe": plain_bpe,
    "unigram": unigram,
    "word": whole_words,
    "syllable": lambda: characters("syllable"),
    "jamo": lambda: characters("jamo"),
}
TEXTS = st.one_of(
    st.text(CHARACTERS, max_size=60),
    st.text(CHARACTERS, max_size=30).map(lambda text: unicodedata.normalize("NFD", text)),
    st.text(st.characters(), max_size=30),
    st.text(st.characters(categories=("Cs", "Mn", "Lo")), max_size=10),
)
all_kinds = pytest.mark.parametrize("kind", KINDS)


def stands_for(tokenizer: Tokenizer, id_: int) -> str:
    """A piece without its marks."""
    scheme = tokenizer.scheme
    return tokenizer.pieces[id_].removeprefix(scheme.inside or "\0").removeprefix(scheme.start)


@all_kinds
@given(text=TEXTS)
@example(text="한글\u200b은 \ud800쉽다")
@example(text=unicodedata.normalize("NFD", "한글은 쉽다. é"))
def test_places_hold_what_the_piece_stands_for(kind: str, text: str) -> None:
    tokenizer = KINDS[kind]()
    encoding = tokenizer.encode(text)
    last = (0, 0)
    for id_, (start, end) in zip(encoding.ids.tolist(), encoding.offsets.tolist(), strict=True):
        assert last[0] <= start <= end <= len(text)
        assert last[1] <= start or (start, end) == last or unicodedata.normalize("NFC", text) != text
        last = (start, end)
        if tokenizer.pieces[id_] == "[UNK]":
            continue
        there = unicodedata.normalize(tokenizer.scheme.form, clean(text[start:end]))
        assert stands_for(tokenizer, id_) in there


@all_kinds
@given(text=st.text(CHARACTERS, max_size=60))
def test_pieces_of_composed_text_are_what_stands_in_their_places(kind: str, text: str) -> None:
    tokenizer, text = KINDS[kind](), clean(text)
    encoding = tokenizer.encode(text)
    for id_, (start, end) in zip(encoding.ids.tolist(), encoding.offsets.tolist(), strict=True):
        if kind != "jamo" and tokenizer.pieces[id_] != "[UNK]":
            assert text[start:end] == stands_for(tokenizer, id_)


@all_kinds
@given(text=st.text(sorted(set(SENTENCES)), max_size=80))
def test_decoding_gives_the_words_back(kind: str, text: str) -> None:
    tokenizer = KINDS[kind]()
    encoding = tokenizer.encode(text)
    scheme = tokenizer.scheme
    starts = [not tokenizer.pieces[id_].startswith(scheme.inside or "\0") for id_ in encoding.ids]
    # A character that training saw only at the start of words begins a word wherever it stands, and decodes as one.
    if 1 not in encoding.ids and (scheme.start or sum(starts) == encoding.word_starts.sum()):
        expected = text.split() if scheme.split == "spaces" else words(text)
        assert tokenizer.decode(encoding.ids) == " ".join(expected)


@all_kinds
def test_all_training_text_is_known(kind: str) -> None:
    assert 1 not in KINDS[kind]().encode(SENTENCES).ids


@all_kinds
@given(texts=st.lists(TEXTS, max_size=5))
def test_a_batch_is_its_texts(kind: str, texts: list[str]) -> None:
    tokenizer = KINDS[kind]()
    alone = [tokenizer.encode(text) for text in texts]
    together = tokenizer.encode_batch(texts)
    assert [plain(encoding) for encoding in together] == [plain(encoding) for encoding in alone]
    ids, starts, ends = tokenizer.encode_ids_batch(texts)
    for text, begin, end in zip(texts, [0, *ends], ends, strict=False):
        own_ids, own_starts = tokenizer.encode_ids(text)
        assert np.array_equal(ids[begin:end], own_ids)
        assert np.array_equal(starts[begin:end], own_starts)


@all_kinds
@given(text=TEXTS)
def test_a_text_is_what_it_is_in_composed_form(kind: str, text: str) -> None:
    tokenizer = KINDS[kind]()
    composed = unicodedata.normalize("NFC", text)
    assert tokenizer.encode(text).ids.tolist() == tokenizer.encode(composed).ids.tolist()


@all_kinds
def test_long_texts_are_as_their_parts(kind: str) -> None:
    tokenizer = KINDS[kind]()
    line = clean(SENTENCES.replace("\n", " ")) + " 뷁 "
    long = line * (SHORT // len(line) + 2)
    assert tokenizer.encode(long).ids.tolist() == tokenizer.encode(line).ids.tolist() * (SHORT // len(line) + 2)
    decomposed = unicodedata.normalize("NFD", long)
    assert tokenizer.encode(decomposed).ids.tolist() == tokenizer.encode(long).ids.tolist()


def test_words_start_where_words_start() -> None:
    text = "서울(首爾)에서 부산까지"
    encoding = wordpiece().encode(text)
    assert int(encoding.word_starts.sum()) == len(words(text))
    starts = encoding.offsets[encoding.word_starts][:, 0].tolist()
    assert starts == [0, 2, 3, 4, 5, 6, 9]


def test_ids_are_as_narrow_as_they_can_be() -> None:
    assert wordpiece().encode_ids("말")[0].dtype == np.uint16
    wide = Tokenizer(("[UNK]", *map(chr, range(0x10000, 0x20000))))
    assert wide.encode_ids("말")[0].dtype == np.uint32


def test_special_pieces_are_not_read_from_text() -> None:
    encoding = wordpiece().encode("[MASK] [CLS]")
    assert not {0, 2, 3, 4} & set(encoding.ids.tolist())
    assert not {0, 2, 3, 4} & set(unigram().encode("[MASK] [CLS]").ids.tolist())
    assert dict(wordpiece().specials) == {name: id_ for id_, name in enumerate(SPECIALS)}
    ids = [2, *wordpiece().encode("말모이").ids.tolist(), 3, 0]
    assert wordpiece().decode(ids) == "말모이"
    assert wordpiece().decode(ids, specials=True) == "[CLS] 말모이 [SEP] [PAD]"


def test_it_can_be_sent_to_another_process_and_does_not_change() -> None:
    tokenizer = wordpiece()
    tokenizer.encode(SENTENCES * 50)
    copy = pickle.loads(pickle.dumps(tokenizer))
    assert copy == tokenizer
    assert plain(copy.encode(SENTENCES)) == plain(tokenizer.encode(SENTENCES))
    with pytest.raises(dataclasses.FrozenInstanceError):
        tokenizer.pieces = ()  # type: ignore[misc]


def test_no_unknown_piece_and_a_piece_twice_are_errors() -> None:
    with pytest.raises(UserError, match=r"no \[UNK\]"):
        Tokenizer(("가", "나"))
    with pytest.raises(UserError, match="'가' is twice"):
        Tokenizer(("[UNK]", "가", "나", "가"))


def test_pieces_of_restored_forms_share_the_place_of_the_contraction() -> None:
    pytest.importorskip("mecab")
    pieces = ("[UNK]", "발견", "##되", "##ㄴ다", ".", "된다")
    tokenizer = Tokenizer(pieces, Scheme(segment="lemma"))
    encoding = tokenizer.encode("발견된다.")
    found = [(pieces[id_], tuple(span)) for id_, span in zip(encoding.ids, encoding.offsets.tolist(), strict=True)]
    assert found[0] == ("발견", (0, 2))
    assert [piece for piece, _ in found] == ["발견", "##되", "##ㄴ다", "."]
    assert {span for piece, span in found if piece in ("##되", "##ㄴ다")} <= {(2, 4), (2, 3), (3, 4)}


def plain(encoding: Encoding) -> tuple[list[int], list[list[int]], list[bool]]:
    return encoding.ids.tolist(), encoding.offsets.tolist(), encoding.word_starts.tolist()

"""Names as tags of tokens, and back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finetune.batches import NOT_ASKED
from finetune.decode_names import names
from finetune.encode_names import asked_of, encode_names, tags, tags_of
from finetune.examples import Span, Tagged
from finetune.formats.klue_ner import read_klue_ner
from finetune.windows import Places, stretches
from tests.finetune.vocabularies import TEXTS, TOKENIZERS
from tools.errors import UserError
from vocab.imports import open_vocabulary
from vocab.scheme import SPECIALS
from vocab.tokenizer import Tokenizer

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
KLUE, VOCABULARIES = DATA / "ner" / "klue-ner-dev-first4000.tsv.xz", DATA / "vocabs"
KINDS = ("인물", "장소")
KAKAO = Tokenizer((*SPECIALS, "카카", "##오의", "김", "##범수", "판교", "(", ")", "##에"))


def tagged(text: str, *spans: Span) -> str:
    """The tags of a text as they are written."""
    (window,) = encode_names([Tagged("1", text, spans)], KAKAO, KINDS).windows
    assert isinstance(window.row.target, np.ndarray)
    assert window.row.target[[0, -1]].tolist() == [NOT_ASKED, NOT_ASKED]
    names = tags(KINDS)
    return " ".join("?" if number == NOT_ASKED else names[number] for number in window.row.target[1:-1])


def test_tags_are_in_a_fixed_order() -> None:
    assert tags(KINDS) == ("O", "B-인물", "I-인물", "B-장소", "I-장소")


def test_tags_by_hand() -> None:
    assert tagged("김범수 (판교에)", Span(0, 3, "인물"), Span(5, 7, "장소")) == "B-인물 I-인물 O B-장소 O O"
    assert tagged("카카오의 판교", Span(0, 3, "인물")) == "B-인물 I-인물 O"  # ##오의 straddles the end
    assert tagged("카카오의", Span(1, 3, "인물")) == "B-인물 I-인물"  # 카카 begins before it
    assert tagged("오오 판교", Span(0, 2, "장소"), Span(3, 5, "장소")) == "B-장소 I-장소 B-장소"  # [UNK]
    assert tagged("김범수", Span(0, 1, "인물"), Span(1, 3, "장소")) == "B-인물 B-장소"
    assert tagged("김범수 판교", Span(0, 3, "회사"), Span(4, 6, "장소")) == "? ? B-장소"


def test_a_token_of_two_names_is_that_of_which_it_holds_more() -> None:
    whole = Tokenizer((*SPECIALS, "판교카카오"))
    notes = Counter[str]()
    found = tags_of(whole.encode("판교카카오").offsets, [Span(0, 2, "장소"), Span(2, 5, "인물")], KINDS, notes)
    assert found.tolist() == [1]
    assert notes == {"names without a token of their own": 1, "names covered by more": 1}


def test_what_is_counted() -> None:
    examples = [
        Tagged("1", "카카오의 판교", (Span(0, 3, "인물"), Span(5, 7, "장소"))),
        Tagged("2", "판교 " * 20, ()),
        Tagged("3", " ", (Span(0, 1, "장소"),)),
        Tagged("4", "김범수", (Span(0, 3, "회사"),)),
        Tagged("5", "김범수"),
    ]
    found = encode_names(examples, KAKAO, KINDS, length=12, stride=5)
    assert found.notes == {
        "texts": 5,
        "windows": 7,
        "texts in several windows": 1,
        "texts without a token": 1,
        "names covered exactly": 1,
        "names covered by more": 1,
        "names without a token of their own": 1,
        "names of kind '회사', which is none of the model's": 1,
    }
    assert found.windows[-1].row.target is None
    with pytest.raises(UserError, match="--stride 0"):
        encode_names([], KAKAO, KINDS, stride=0)


@settings(max_examples=25)
@given(st.integers(0, 60), st.integers(1, 20), st.integers(1, 50))
def test_each_token_is_asked_once_where_most_is_around_it(tokens: int, room: int, stride: int) -> None:
    parts = stretches(tokens, room, stride)
    asked = [(start + low, start + high) for (start, _), (low, high) in zip(parts, asked_of(parts), strict=True)]
    assert (asked[0][0], asked[-1][1]) == (0, tokens)
    assert all(before[1] == after[0] for before, after in pairwise(asked))
    for token in range(tokens):
        (own,) = (part for part, (low, high) in zip(parts, asked, strict=True) if low <= token < high)
        others = [part for part in parts if part[0] <= token < part[1]]
        assert around(token, own, tokens) >= max(around(token, part, tokens) for part in others) - 1


def around(token: int, part: tuple[int, int], tokens: int) -> int:
    """How far a window reaches on the side of a token where it reaches less; the ends of the text do not count."""
    return min(token - part[0] if part[0] else tokens, part[1] - 1 - token if part[1] < tokens else tokens)


@pytest.mark.parametrize("kind", TOKENIZERS)
@settings(max_examples=25)
@given(data=st.data())
def test_names_come_back_from_their_tags(kind: str, data: st.DataObject) -> None:
    """Exactly where they stand on the borders of tokens, and covered otherwise."""
    text = data.draw(TEXTS)
    edges = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=8)))
    spans = [
        Span(a, b, data.draw(st.sampled_from(KINDS))) for a, b in list(pairwise(edges))[:: data.draw(st.integers(1, 2))]
    ]
    example = Tagged("1", text, tuple(spans))
    found = encode_names(
        [example], TOKENIZERS[kind], KINDS, data.draw(st.integers(3, 12)), data.draw(st.integers(1, 12))
    )
    logits = [one_hot(window.row.target) for window in found.windows]
    (back,) = names([example], found, logits, KINDS)
    lost = found.notes.get("names without a token of their own", 0)
    assert len(back.spans) == len(spans) - lost
    assert sum(span in spans for span in back.spans) == found.notes.get("names covered exactly", 0)
    if not lost:
        for given, wanted in zip(back.spans, spans, strict=True):
            assert given.kind == wanted.kind
            assert given.start < wanted.end and wanted.start < given.end
    places = TOKENIZERS[kind].encode(text).offsets
    places = places[places[:, 1] > places[:, 0]]
    if all(on_borders(places, span) for span in spans) and not shared(places):
        assert list(back.spans) == spans


def on_borders(places: Places, span: Span) -> bool:
    return span.start in places[:, 0] and span.end in places[:, 1]


def shared(places: Places) -> bool:
    return bool((places[1:, 0] < places[:-1, 1]).any())


def one_hot(target: object, kinds: Sequence[str] = KINDS) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    assert isinstance(target, np.ndarray)
    return np.eye(len(tags(kinds)), dtype=np.float32)[np.maximum(target, 0)]


@pytest.mark.skipif(not KLUE.is_file(), reason="needs the shared KLUE-NER")
def test_names_of_klue_come_back_by_syllables_and_are_covered_by_longer_pieces() -> None:
    examples = [example for example in read_klue_ner(KLUE).examples[:200] if isinstance(example, Tagged)]
    kinds = sorted({span.kind for example in examples for span in example.names or ()})
    wanted = sum(len(example.names or ()) for example in examples)
    syllables = open_vocabulary(VOCABULARIES / "kocharelectra-11568.txt")
    found = encode_names(examples, syllables, kinds, length=48, stride=16)
    back = names(examples, found, [one_hot(window.row.target, kinds) for window in found.windows], kinds)
    assert [one.spans for one in back] == [example.names for example in examples]
    assert found.notes["texts in several windows"] > 0
    longer = encode_names(examples, open_vocabulary(VOCABULARIES / "koelectra-v1-32200.txt"), kinds).notes
    ways = ("covered exactly", "covered by more", "without a token of their own")
    counted = [longer.get(f"names {way}", 0) for way in ways]
    assert sum(counted) == wanted
    assert 0.6 < counted[0] / wanted < 0.9

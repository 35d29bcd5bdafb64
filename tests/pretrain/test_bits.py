"""Bits per character against a twin that hides one thing at a time, and against models whose answers are known."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from pretrain.batch import Batch
from pretrain.bert import Bert, Guesses
from pretrain.bits import APART, WINDOW, Window, ask, bits, count_pieces, cut, passes, unigram, windows
from pretrain.rows import Rows, RowShard
from pretrain.shape import Shape
from tests.vocab.vocabularies import SENTENCES, characters, plain_bpe, wordpiece
from vocab.tokenizer import Tokenizer

POSITIONS = 128


class Fixed(nn.Module):
    """A model that always says the same."""

    def __init__(self, logits: Tensor) -> None:
        super().__init__()
        self.logits = nn.Parameter(logits)

    def forward(self, batch: Batch) -> Guesses:
        return Guesses(self.logits.expand(len(batch.picks), -1), None)


def a_bert(tokenizer: Tokenizer) -> Bert:
    torch.manual_seed(1)
    size = len(tokenizer)
    model = Bert(
        Shape(architecture="bert", vocabulary=size, layers=2, hidden=32, heads=2, inner=64, positions=POSITIONS)
    )
    for parameter in model.parameters():
        parameter.data.normal_(0.0, 0.5)
    return model.eval()


@given(st.text(st.sampled_from("가나 \n"), max_size=900))
def test_windows_are_the_text(text: str) -> None:
    parts = list(cut(text))
    assert "".join(parts) == text
    assert all(0 < len(part) <= WINDOW for part in parts)
    for part in parts[:-1]:
        assert part[-1].isspace() or not any(map(str.isspace, part[1:]))


@st.composite
def some_windows(draw: st.DrawFn) -> Window:
    sizes = draw(st.lists(st.integers(1, 6), min_size=1, max_size=40))
    words = np.repeat(np.arange(len(sizes)), sizes)
    asked = np.array(draw(st.lists(st.booleans(), min_size=len(words), max_size=len(words))))
    return Window(np.arange(len(words)) + 100, words + draw(st.integers(0, 1)), asked, 0)


@given(some_windows())
def test_every_piece_is_asked_once_and_far_from_others(window: Window) -> None:
    rows = passes(window)
    assert sorted(place - 1 for row in rows for place in row) == np.flatnonzero(window.asked).tolist()
    for row in rows:
        assert (np.diff([window.words[place - 1] for place in row]) >= APART).all()
    pieces = np.bincount(window.words[window.asked], minlength=window.words[-1] + APART)
    assert len(rows) == np.convolve(pieces, np.ones(APART)).max()  # fewer would put two within reach of each other


@given(some_windows())
def test_what_is_hidden_is_the_rest_of_each_word_that_is_asked(window: Window) -> None:
    tokenizer = wordpiece()
    mask = tokenizer.ids["[MASK]"]
    for question in ask(window, tokenizer):
        hidden = set()
        for place in question.places - 1:
            hidden |= {at for at in range(place, len(window.ids)) if window.words[at] == window.words[place]}
        expected = [mask if at in hidden else id_ for at, id_ in enumerate(window.ids.tolist())]
        assert question.tokens.tolist() == [tokenizer.ids["[CLS]"], *expected, tokenizer.ids["[SEP]"]]
        assert (question.labels == window.ids[question.places - 1]).all()


@torch.no_grad()
def one_at_a_time(model: Bert, tokenizer: Tokenizer, text: str) -> float:
    """By the definition: a pass for each piece, a row for each pass."""
    encoding = tokenizer.encode(text)
    ids, places = encoding.ids.tolist(), encoding.offsets.tolist()
    total = 0.0
    for at, id_ in enumerate(ids):
        if id_ == tokenizer.unknown:
            total += 16 * (places[at][1] - places[at][0])
            continue
        hidden = list(ids)
        for other in range(at, len(ids)):
            if " " not in text[places[at][0] : places[other][1]]:
                hidden[other] = tokenizer.ids["[MASK]"]
        row = torch.tensor([[tokenizer.ids["[CLS]"], *hidden, tokenizer.ids["[SEP]"]]])
        size, none = torch.tensor([row.shape[1]]), torch.tensor([-100])
        batch = Batch(row, size, size, torch.tensor([at + 1]), torch.tensor([id_]), none, full=True)
        total -= float(model(batch).pieces[0, : len(tokenizer)].softmax(-1)[id_].log2())
    return total


def test_bits_are_those_of_the_definition() -> None:
    """Sentences of at most eight words, each a text of its own: no two words are ever hidden together."""
    tokenizer = wordpiece()
    model = a_bert(tokenizer)
    texts = ["경찰청 철창살은 외철창살이고 검찰청", "사전이 뷁된다 똠방각하!", "서울(首爾)에서 부산까지", "", "  "]
    found = bits(model, tokenizer, texts, None, POSITIONS)
    expected = sum(one_at_a_time(model, tokenizer, text) for text in texts)
    assert found["characters"] == sum(map(len, texts))
    assert found["characters behind [UNK]"] == 5  # 뷁 똠 방 각 하
    assert found["bits per character"] == pytest.approx(expected / found["characters"], rel=1e-5)


@pytest.mark.parametrize("tokenizer", [wordpiece(), plain_bpe(), characters("syllable")])
def test_a_model_that_knows_only_frequencies_is_the_unigram_baseline(tokenizer: Tokenizer) -> None:
    counts = np.bincount(tokenizer.encode(SENTENCES).ids, minlength=len(tokenizer)).astype(np.int64)
    model = Fixed(torch.from_numpy(np.log(counts + 1))).eval()
    found = bits(model, tokenizer, [SENTENCES * 3, "뷁"], counts, POSITIONS)
    assert found["bits per character"] == pytest.approx(found["unigram bits per character"], rel=1e-5)
    assert 1 < found["bits per character"] < math.log2(len(tokenizer)) + 1
    assert found["passes"] < found["pieces"] / 3


def test_ignorance_is_no_advantage() -> None:
    """A model that is sure of all it is asked still pays for what its vocabulary does not hold."""
    tokenizer = wordpiece()
    model = Fixed(torch.zeros(len(tokenizer))).eval()
    found = bits(model, tokenizer, ["뷁뷁 뷁뷁"], None, POSITIONS)
    assert found["passes"] == 0
    assert found["bits per character"] == 16 * 4 / 5


@settings(max_examples=30)
@given(st.integers(5, 40))
def test_a_model_of_few_positions_gets_shorter_windows(positions: int) -> None:
    tokenizer = wordpiece()
    [text, *_] = cut(SENTENCES)
    parts = list(windows(text, tokenizer, positions))
    assert np.concatenate([part.ids for part in parts]).tolist() == tokenizer.encode(text).ids.tolist()
    assert all(len(part.ids) + 2 <= positions and part.words[0] == 0 for part in parts)
    assert len(list(windows(text, tokenizer, POSITIONS))) == 1


def test_pieces_are_counted_without_specials() -> None:
    tokenizer = wordpiece()
    first, last = tokenizer.ids["[CLS]"], tokenizer.ids["[SEP]"]
    tokens = np.array([first, 7, 8, last, first, 8, last], np.uint16)
    shard = RowShard(tokens, np.array([4, 7], np.uint32), np.array([4, 3], np.uint16))
    counts = count_pieces(Rows(None, (shard, shard), {}), tokenizer)  # type: ignore[arg-type]
    assert {at: int(counts[at]) for at in np.flatnonzero(counts)} == {7: 2, 8: 4}
    seen = Window(np.array([7, 9]), np.array([0, 1]), np.array([True, True]), 0)
    total = 6 + len(tokenizer)
    assert unigram(counts, [seen]) == pytest.approx(-math.log2(3 / total) - math.log2(1 / total))

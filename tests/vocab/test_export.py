"""Exported folders give in transformers the ids that they give here."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import orjson
import pytest
import tokenizers
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.vocab.korean import kowiki
from tests.vocab.vocabularies import CHARACTERS, SENTENCES, bpe, characters, plain_bpe, unigram, whole_words, wordpiece
from tools.errors import UserError
from vocab.bpe import train
from vocab.export import export
from vocab.folder import save
from vocab.huggingface import tokenizer_json
from vocab.scheme import SPECIALS, Scheme, Unknown
from vocab.stages import Export
from vocab.tokenizer import Tokenizer
from vocab.words import words

transformers = pytest.importorskip("transformers")

KINDS = {
    "wordpiece": wordpiece(),
    "as in bert": wordpiece(unknown="word", longest_word=100),
    "bpe": bpe(),
    "plain bpe": plain_bpe(),
    "unigram": unigram(),
    "word": whole_words(),
    "syllable": characters("syllable"),
    "jamo": characters("jamo"),
}


def exported(tokenizer: Tokenizer, folder: Path) -> Path:
    save(tokenizer, folder / "own")
    (folder / "hf").mkdir()
    export(Export(folder / "own", output=folder / "hf"))
    return folder / "hf"


def library(tokenizer: Tokenizer) -> tokenizers.Tokenizer:
    return tokenizers.Tokenizer.from_str(orjson.dumps(tokenizer_json(tokenizer)).decode())


LIBRARY = {kind: library(tokenizer) for kind, tokenizer in KINDS.items()}


@pytest.mark.parametrize("kind", KINDS)
@given(
    text=st.text(st.one_of(st.sampled_from(CHARACTERS), st.characters(exclude_categories=["Cs", "Cn"])), max_size=60)
)
def test_tokenizer_json_says_all_of_it(kind: str, text: str) -> None:
    tokenizer = KINDS[kind]
    assume(not any(name in text for name in SPECIALS))  # the library takes them for themselves
    expected = LIBRARY[kind].encode(text, add_special_tokens=False)
    found = tokenizer.encode(text)
    if kind == "unigram":  # where we keep apart what the library makes one
        ids = [id_ for at, id_ in enumerate(found.ids.tolist()) if id_ != 1 or at == 0 or found.ids[at - 1] != 1]
        assert ids == expected.ids
    else:
        assert found.ids.tolist() == expected.ids


@pytest.mark.parametrize("kind", KINDS)
def test_auto_tokenizer_opens_the_folder(kind: str, tmp_path: Path) -> None:
    tokenizer = KINDS[kind]
    theirs = transformers.AutoTokenizer.from_pretrained(exported(tokenizer, tmp_path))
    assert isinstance(theirs, transformers.BertTokenizerFast) == (kind == "as in bert")
    assert theirs.model_input_names == ["input_ids", "token_type_ids", "attention_mask"]
    lines = [line for line in SENTENCES.split("\n") if line]
    assert theirs(lines, add_special_tokens=False)["input_ids"] == [tokenizer.encode(x).ids.tolist() for x in lines]
    found = theirs(lines[0], lines[1])
    one, two = (tokenizer.encode(line).ids.tolist() for line in lines[:2])
    assert found["input_ids"] == [2, *one, 3, *two, 3]
    assert found["token_type_ids"] == [0] * (len(one) + 2) + [1] * (len(two) + 1)
    assert (theirs.pad_token_id, theirs.unk_token_id, theirs.mask_token_id) == (0, 1, 4)


@pytest.mark.parametrize("unknown", ["word", "character"])
def test_ten_thousand_lines_are_the_same_in_transformers(unknown: Unknown, tmp_path: Path) -> None:
    """Also where a character is unknown: under `character` the class is one that adds no rule of its own."""
    lines = random.Random(1).sample([line for line in kowiki(12_000_000).split("\n") if line], 10_000)
    scheme = Scheme(unknown="word", longest_word=100) if unknown == "word" else Scheme()
    tokenizer = Tokenizer(wordpiece_of("\n".join(lines[:2_000])), scheme)
    theirs = transformers.AutoTokenizer.from_pretrained(exported(tokenizer, tmp_path), model_max_length=10**6)
    assert isinstance(theirs, transformers.BertTokenizerFast) == (unknown == "word")
    found = [encoding.ids.tolist() for encoding in tokenizer.encode_batch(lines)]
    assert found == [own.ids for own in library(tokenizer).encode_batch(lines, add_special_tokens=False)]
    assert any(1 in ids for ids in found)
    assert found == theirs(lines, add_special_tokens=False)["input_ids"]


def wordpiece_of(text: str) -> tuple[str, ...]:
    """The pieces of a vocabulary that knows most characters."""
    return train(Counter(words(text)), 8_000, prefix="##", specials=SPECIALS).pieces


def test_what_transformers_cannot_do_is_refused(tmp_path: Path) -> None:
    save(Tokenizer(("[UNK]", "가"), Scheme(segment="lemma")), tmp_path / "own")
    with pytest.raises(UserError, match="cannot be used by transformers without us"):
        export(Export(tmp_path / "own", output=tmp_path))

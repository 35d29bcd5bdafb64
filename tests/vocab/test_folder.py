"""A tokenizer's folder gives the same tokenizer back, and a file that was changed is an error."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import orjson
import pytest

from tests.vocab.vocabularies import SENTENCES, bpe, characters, plain_bpe, unigram, whole_words, wordpiece
from tools.errors import UserError
from vocab.folder import load, save
from vocab.scheme import Scheme
from vocab.tokenizer import Tokenizer

KINDS: dict[str, Callable[[], Tokenizer]] = {
    "wordpiece": wordpiece,
    "as in bert": lambda: wordpiece(unknown="word", longest_word=100),
    "bpe": bpe,
    "plain bpe": plain_bpe,
    "unigram": unigram,
    "word": whole_words,
    "jamo": lambda: characters("jamo"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_saved_is_what_is_loaded(kind: str, tmp_path: Path) -> None:
    tokenizer = KINDS[kind]()
    save(tokenizer, tmp_path)
    loaded = load(tmp_path)
    assert loaded == tokenizer
    assert loaded.encode(SENTENCES).ids.tolist() == tokenizer.encode(SENTENCES).ids.tolist()


def test_the_same_tokenizer_is_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        save(bpe(), tmp_path / name)
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()
    assert sorted(path.name for path in (tmp_path / "one").iterdir()) == [
        "malmoi.json", "merges.txt", "tokenizer.json", "vocab.txt",
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["vocab.txt", "merges.txt", "tokenizer.json"])
def test_a_changed_or_missing_file_is_an_error(name: str, tmp_path: Path) -> None:
    save(bpe(), tmp_path)
    content = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(content.replace(b"\n", b" \n", 1))
    with pytest.raises(UserError, match=f"{name}: was changed"):
        load(tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(UserError, match=f"{name}: is missing"):
        load(tmp_path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": 2}, "is of format 2"),
        ({"scheme": {"kind": "wordpeice"}}, "kind is 'wordpeice' but must be one of wordpiece"),
        ({"scheme": {"longest_word": "100"}}, "longest_word is '100' but must be of type int"),
        ({"scheme": {"unknwon": "word"}}, "did you mean 'unknown'"),
        ({"files": {}}, r"lists no vocab\.txt"),
        ({"files": []}, r"lists no vocab\.txt"),
        ({"files": 1}, "not the record of a tokenizer"),
    ],
)
def test_a_wrong_record_is_one_clear_line(change: dict[str, object], message: str, tmp_path: Path) -> None:
    save(wordpiece(), tmp_path)
    record = orjson.loads((tmp_path / "malmoi.json").read_bytes())
    (tmp_path / "malmoi.json").write_bytes(orjson.dumps({**record, **change}))
    with pytest.raises(UserError, match=message) as error:
        load(tmp_path)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"format": 1}', b"\xff"])
def test_what_is_no_record_is_one_clear_line(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "malmoi.json").write_bytes(content)
    with pytest.raises(UserError, match="not the record of a tokenizer"):
        load(tmp_path)


def test_a_folder_without_a_record_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"no malmoi\.json there"):
        load(tmp_path)


def test_all_of_a_scheme_is_saved(tmp_path: Path) -> None:
    scheme = Scheme("word", "morpheme", "kiwi", "NFKD", "spaces", "<", "", ">", "_", "word", 7)
    tokenizer = Tokenizer(("[UNK]", "_", " ", "\u2028", "가"), scheme)
    save(tokenizer, tmp_path)
    assert load(tmp_path) == tokenizer

"""Vocabularies of others open as ours, are used as their pieces tell, and are refused in one clear line."""

from __future__ import annotations

import functools
import lzma
import tarfile
import tempfile
from pathlib import Path

import orjson
import pytest
import sentencepiece
import tokenizers
from hypothesis import given
from hypothesis import strategies as st

from tests.vocab.korean import KOWIKI, kowiki
from tests.vocab.vocabularies import CHARACTERS, SENTENCES, unigram, wordpiece
from tools.errors import UserError
from vocab.folder import load, save
from vocab.huggingface import tokenizer_json
from vocab.imports import open_vocabulary
from vocab.scheme import BERT
from vocab.tokenizer import Tokenizer
from vocab.words import clean

VOCABS = KOWIKI.parents[1] / "vocabs"
BERTS = ["koelectra-v1-32200.txt", "krbert-char-16424.txt", "mbert-multi-cased-119547.txt.xz"]
BAT = "멕시코부터 브라질까지 카리브 해 섬에서 발견된다."


def listed(tmp_path: Path, *pieces: str, name: str = "vocab.txt") -> Path:
    path = tmp_path / name
    path.write_text("\n".join(pieces), encoding="utf-8", newline="")
    return path


def shown(tokenizer: Tokenizer, text: str) -> list[str]:
    return [tokenizer.pieces[id_] for id_ in tokenizer.encode(text).ids]


def published(name: str) -> Path:
    if not (VOCABS / name).exists():
        pytest.skip(f"{VOCABS / name} is not here")
    return VOCABS / name


@functools.cache
def kortok() -> Path:
    """The folder of kortok's vocabularies, unpacked once for all tests."""
    folder = Path(tempfile.mkdtemp(prefix="kortok-"))
    with tarfile.open(published("kortok-18.tar.xz")) as archive:
        archive.extractall(folder, filter="data")
    return folder / "kortok" / "resources"


@pytest.mark.parametrize("ending", ["", "\n", "\r\n"])
def test_a_list_of_bert_is_used_as_bert_uses_it(ending: str, tmp_path: Path) -> None:
    path = tmp_path / "vocab.txt"
    path.write_bytes((ending or "\n").join(["[PAD]", "[UNK]", "경찰", "##청", "##살"]).encode() + ending.encode())
    tokenizer = open_vocabulary(path)
    assert tokenizer.scheme == BERT
    assert tokenizer.pieces[2:] == ("경찰", "##청", "##살")
    assert shown(tokenizer, "경찰청살 경찰뷁") == ["경찰", "##청", "##살", "[UNK]"]
    assert open_vocabulary(tmp_path) == tokenizer


def test_a_compressed_list_is_read(tmp_path: Path) -> None:
    (tmp_path / "vocab.txt.xz").write_bytes(lzma.compress("[UNK]\n가\n##나\n".encode()))
    assert shown(open_vocabulary(tmp_path / "vocab.txt.xz"), "가나") == ["가", "##나"]


@pytest.mark.parametrize(
    ("pieces", "text", "expected"),
    [
        (["[UNK]", "▁경찰", "청", "▁", "경"], "경찰청 경", ["▁경찰", "청", "▁", "경"]),
        (["[UNK]\t0", "▁경찰\t-1.5", "청\t-2e-05"], "경찰청", ["▁경찰", "청"]),
        (["[UNK]", "▁경찰 1200", "청 77"], "경찰청", ["▁경찰", "청"]),
        (["[UNK]", " ", "경", "찰"], "경찰 뷁", ["경", "찰", " ", "[UNK]"]),
        (
            ["[UNK]", "\u1100\u1167\u11bc", "##\u110e\u1161\u11af"],
            "경찰",
            ["\u1100\u1167\u11bc", "##\u110e\u1161\u11af"],
        ),
        (["[UNK]", "경찰", "&quot;"], '"경찰청" 경찰', ['"', "[UNK]", '"', "경찰"]),
    ],
)
def test_the_pieces_tell_how_they_are_used(pieces: list[str], text: str, expected: list[str], tmp_path: Path) -> None:
    assert shown(open_vocabulary(listed(tmp_path, *pieces)), text) == expected


def test_tagged_morphemes_are_those_of_korbert(tmp_path: Path) -> None:
    pytest.importorskip("mecab")
    pieces = ["멕시코/NNP_ 9", "부터/JX_ 8", "브라질/NNP_ 7", "까지 6", "/JX_ 5"]
    tokenizer = open_vocabulary(listed(tmp_path, *pieces))
    assert tokenizer.pieces[:5] == ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
    assert shown(tokenizer, "멕시코부터 브라질까지") == ["멕시코/NNP_", "부터/JX_", "브라질/NNP_", "까지", "/JX_"]
    offsets = tokenizer.encode("멕시코부터 브라질까지").offsets.tolist()
    assert offsets == [[0, 3], [3, 5], [6, 9], [9, 11], [11, 11]]


@given(text=st.text(CHARACTERS, max_size=60))
def test_a_sentencepiece_model_gives_its_own_ids(text: str) -> None:
    own = sentencepiece.SentencePieceProcessor(model_proto=unigram().model)
    words = clean(text).split()
    expected = [id_ for word in words for id_ in own.encode(word)]
    assert unigram().encode(text).ids.tolist() == expected


def test_a_sentencepiece_model_is_opened(tmp_path: Path) -> None:
    (tmp_path / "ko.model").write_bytes(unigram().model)
    assert open_vocabulary(tmp_path / "ko.model") == unigram()


@pytest.mark.parametrize("unlike", ["", "lowercase", "bytes"])
def test_a_tokenizer_json_gives_the_ids_of_the_library(unlike: str, tmp_path: Path) -> None:
    content = tokenizer_json(wordpiece(unknown="word", longest_word=100))
    assert content is not None
    if unlike == "lowercase":
        content["normalizer"]["normalizers"][1]["lowercase"] = True
    if unlike == "bytes":
        content["pre_tokenizer"] = {
            "type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True
        }  # fmt: skip
        vocab = {piece: id_ for id_, piece in enumerate(tokenizers.pre_tokenizers.ByteLevel.alphabet())}
        content["decoder"] = content["pre_tokenizer"]
        content["model"] = {"type": "BPE", "vocab": vocab, "merges": []}
        content["added_tokens"] = []
        content["post_processor"] = None
    path = tmp_path / "tokenizer.json"
    path.write_bytes(orjson.dumps(content))
    library = tokenizers.Tokenizer.from_str(path.read_text(encoding="utf-8"))
    tokenizer = open_vocabulary(path)
    assert tokenizer.scheme.kind == ("library" if unlike else "wordpiece")
    for line in SENTENCES.split("\n"):
        text = f" {line}" if unlike == "bytes" and line else line
        assert tokenizer.encode(text).ids.tolist() == library.encode(text, add_special_tokens=False).ids
    assert tokenizer.decode(tokenizer.encode("사전").ids) == "사전"
    save(tokenizer, tmp_path / "saved")
    assert load(tmp_path / "saved") == tokenizer


def test_a_tokenizer_json_of_ours_is_ours_again(tmp_path: Path) -> None:
    (tmp_path / "tokenizer.json").write_bytes(orjson.dumps(tokenizer_json(wordpiece())))
    assert open_vocabulary(tmp_path) == wordpiece()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        ("[UNK]\n가\n나\n가\n".encode(), r"vocab\.txt:4: '가' is in line 2 already"),
        ("가\n나\n".encode(), r"no piece \[UNK\]"),
        (b"[UNK]\n\xed\xa0\x80\n", "not a list of pieces in UTF-8"),
    ],
)
def test_an_invalid_list_is_refused_in_one_line(content: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / "vocab.txt").write_bytes(content)
    with pytest.raises(UserError, match=message) as error:
        open_vocabulary(tmp_path / "vocab.txt")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("tokenizer.json", b"{", "not a tokenizer.json"),
        ("tokenizer.json", b"[1]", "not a tokenizer.json"),
        ("ko.model", b"abc", "is not a sentencepiece model"),
        ("vocab.txt.xz", b"abc", "not a list of pieces"),
    ],
)
def test_other_invalid_files_are_refused(name: str, content: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UserError, match=message):
        open_vocabulary(tmp_path / name)


def test_what_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="holds none of"):
        open_vocabulary(tmp_path)
    with pytest.raises(UserError, match="no such file"):
        open_vocabulary(tmp_path / "vocab.txt")


@pytest.mark.parametrize("name", BERTS)
def test_published_lists_give_the_ids_of_the_library(name: str) -> None:
    tokenizer = open_vocabulary(published(name))
    library = tokenizers.BertWordPieceTokenizer(
        dict(tokenizer.ids), strip_accents=False, lowercase=False, clean_text=True
    )
    lines = kowiki(1_000_000).split("\n")
    expected = library.encode_batch(lines, add_special_tokens=False)
    for found, own in zip(tokenizer.encode_batch(lines), expected, strict=True):
        assert found.ids.tolist() == own.ids
        assert found.offsets.tolist() == [list(span) for span in own.offsets]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("sp-32k", "▁멕시코 부터 ▁브라질 까지 ▁카리브 ▁해 ▁섬에서 ▁발견된다 ."),
        ("mecab-32k", "멕시코 부터 ▃ 브라질 까지 ▃ 카리브 ▃ 해 ▃ 섬 에서 ▃ 발견 된다 ."),
        ("mecab_sp-32k", "▁멕시코 ▁부터 ▁▃ ▁브라질 ▁까지 ▁▃ ▁카리브 ▁▃ ▁해 ▁▃ ▁섬 ▁에서 ▁▃ ▁발견 ▁된다 ▁."),
        ("char-2k", "멕 시 코 부 터 ▁ 브 라 질 까 지 ▁ 카 리 브 ▁ 해 ▁ 섬 에 서 ▁ 발 견 된 다 ."),
        ("word-64k", "[UNK] [UNK] 카리브 해 섬에서 발견된다 ."),
    ],
)
def test_kortok_is_used_as_its_authors_used_it(name: str, expected: str) -> None:
    pytest.importorskip("mecab")
    tokenizer = open_vocabulary(kortok() / name)
    assert shown(tokenizer, BAT) == expected.split(" ")
    if "[UNK]" not in expected:
        assert tokenizer.decode(tokenizer.encode(BAT).ids) == BAT


def test_jamo_are_composed_again() -> None:
    for path in (kortok() / "jamo-200", published("krbert-subchar-12367.txt")):
        tokenizer = open_vocabulary(path)
        encoding = tokenizer.encode(BAT)
        assert tokenizer.decode(encoding.ids).replace(" .", ".") == BAT
        assert {tuple(span) for span in encoding.offsets.tolist()} <= {(s, e) for s in range(99) for e in range(s, 99)}


def test_kocharelectra_and_kodoc_are_opened() -> None:
    characters = open_vocabulary(published("kocharelectra-11568.txt"))
    assert shown(characters, BAT) == list(BAT)
    kodoc = open_vocabulary(published("kodoc-8362.txt"))
    assert "[UNK]" not in shown(kodoc, BAT)
    assert kodoc.decode(kodoc.encode(BAT).ids) == BAT

"""A store holds what tokenising sentence by sentence gives, the same bytes whoever works and whatever is killed."""

from __future__ import annotations

import dataclasses
import importlib.util
import json
import random
import subprocess
import sys
import time
import unicodedata
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tokenizers

from corpus.document import Document, write_documents
from corpus.sentences import split
from pretrain.encode import sentences, tokenised, vocabulary_hash
from pretrain.options_instances import Encode
from pretrain.stages import STAGES
from pretrain.store import Store, StoreShard, open_store
from tests.vocab.korean import kowiki
from tests.vocab.vocabularies import SENTENCES, wordpiece
from tools.errors import UserError
from tools.fingerprint import order
from tools.shards import write_manifest, write_shard
from tools.stage import LEDGER, execute
from vocab import folder
from vocab.scheme import SPECIALS
from vocab.tokenizer import Tokenizer
from vocab.words import clean

needs_mecab = pytest.mark.skipif(not importlib.util.find_spec("mecab"), reason="mecab is not installed")


def corpus(path: Path, texts: Sequence[str], shards: int = 1, **about: Any) -> Path:
    path.mkdir()
    documents = [Document(str(number), "제목", text, "test") for number, text in enumerate(texts)]
    parts = [documents[number::shards] for number in range(shards)]
    rows = [write_documents(path / f"{number:03d}.jsonl.zst", part) for number, part in enumerate(parts)]
    write_manifest(path, rows, **about)
    return path


def texts(count: int = 60, seed: int = 1) -> list[str]:
    chance, lines = random.Random(seed), SENTENCES.strip().split("\n")
    made = ["\n".join(" ".join(chance.choices(lines, k=3)) for _ in range(chance.randrange(6))) for _ in range(count)]
    return [*made, "", " \n\n\t", "\u200b\u00ad \ufffd"]


@pytest.fixture(scope="module")
def vocabulary(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("vocabulary")
    folder.save(wordpiece(), path)
    return path


def run(config: Encode) -> dict[str, Any] | None:
    return execute(order(STAGES["encode"], config, {}, "test"))


def tree(path: Path) -> dict[str, bytes]:
    return {str(p.relative_to(path)): p.read_bytes() for p in sorted(path.rglob("*")) if p.is_file()}


def documents_of(shard: StoreShard) -> list[list[list[int]]]:
    """The sentences of each document of a shard, as lists of ids."""
    lines = [part.tolist() for part in np.split(shard.tokens, shard.sentences[:-1].astype(np.int64))]
    ends = shard.documents.tolist()
    return [lines[start:end] for start, end in zip([0, *ends], ends, strict=False)]


def expected(texts: Sequence[str], tokenizer: Tokenizer) -> list[list[list[int]]]:
    """Every sentence of every document tokenised by itself; what has no token is not there."""
    made = [[tokenizer.encode_ids(part)[0].tolist() for part in split(clean(text))] for text in texts]
    return [kept for lines in made if (kept := [ids for ids in lines if ids])]


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_a_store_is_every_sentence_of_every_document(
    tmp_path: Path, vocabulary: Path, form: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    given_texts = [unicodedata.normalize(form, text) for text in texts()]
    summary = run(Encode(corpus(tmp_path / "corpus", given_texts, 2), vocabulary, tmp_path / "store", workers=1))
    store = open_store(tmp_path / "store")
    made = [expected(given_texts[number::2], wordpiece()) for number in range(2)]
    assert [documents_of(shard) for shard in store.shards] == made
    lines = [line for document in made[0] + made[1] for line in document]
    plain = [clean(text) for text in given_texts]
    assert summary == {
        "documents": len(made[0]) + len(made[1]),
        "empty": len(given_texts) - len(made[0]) - len(made[1]),
        "sentences": len(lines),
        "tokens": sum(map(len, lines)),
        "words": sum(len(text.split()) for text in plain),
        "unknown": 0,
    }
    assert summary["empty"] >= 3
    assert store.about["characters"] == sum(len(part.strip()) for text in plain for part in split(text))
    assert store.tokenizer == wordpiece()
    assert words_of(store) == summary["words"]
    stage = json.loads((tmp_path / "store" / "stage.json").read_text())
    assert stage["summary"] == summary
    assert store.about["dtype"] == store.shards[0].tokens.dtype == "uint16"
    assert "warning" not in capsys.readouterr().out


def words_of(store: Store) -> int:
    return sum(int(np.unpackbits(shard.words, count=len(shard.tokens)).sum()) for shard in store.shards)


def test_the_same_bytes_whoever_works(tmp_path: Path, vocabulary: Path) -> None:
    source = corpus(tmp_path / "corpus", texts(), 7)
    for workers in (1, 2, 5):
        run(Encode(source, vocabulary, tmp_path / str(workers), workers=workers))
    assert tree(tmp_path / "1") == tree(tmp_path / "2") == tree(tmp_path / "5")


def command(source: Path, vocabulary: Path, output: Path) -> subprocess.Popen[bytes]:
    line = [sys.executable, "-m", "pretrain", "encode", "--corpus", str(source), "--vocabulary", str(vocabulary)]
    return subprocess.Popen([*line, "--output", str(output)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def test_killed_at_any_moment_the_rerun_ends_with_the_same_bytes(tmp_path: Path, vocabulary: Path) -> None:
    source = corpus(tmp_path / "corpus", texts(300), 24)
    run(Encode(source, vocabulary, tmp_path / "whole", workers=1))
    for done in (0, 7, 16):
        output = tmp_path / str(done)
        ledger = output.with_name(f"{done}.part") / LEDGER
        process = command(source, vocabulary, output)
        while process.poll() is None and not (ledger.exists() and len(list(ledger.glob("*.json"))) >= done):
            time.sleep(0.002)
        process.kill()
        process.communicate()
        assert done <= len(list(ledger.glob("*.json"))) < 24
        rerun = command(source, vocabulary, output)
        _, complaint = rerun.communicate(timeout=60)
        assert rerun.returncode == 0, complaint.decode()
        assert tree(output) == tree(tmp_path / "whole")


def test_a_shard_without_a_token_is_there_and_empty(tmp_path: Path, vocabulary: Path) -> None:
    run(Encode(corpus(tmp_path / "corpus", ["", "말이 있다."], 2), vocabulary, tmp_path / "store", workers=1))
    assert [len(shard.tokens) for shard in open_store(tmp_path / "store").shards] == [0, 4]


@needs_mecab
def test_morphemes_are_written_only_if_asked_for(tmp_path: Path, vocabulary: Path) -> None:
    source = corpus(tmp_path / "corpus", texts(5))
    run(Encode(source, vocabulary, tmp_path / "with", analyzer="mecab", workers=1))
    run(Encode(source, vocabulary, tmp_path / "without", workers=1))
    (shard,), (plain,) = open_store(tmp_path / "with").shards, open_store(tmp_path / "without").shards
    one_by_one = [tokenised([line], wordpiece(), "mecab").morphemes for text in texts(5) for line in sentences(text)]
    bits = [bit for part in one_by_one if part is not None for bit in part.tolist()]
    assert shard.morphemes is not None
    assert np.unpackbits(shard.morphemes, count=len(shard.tokens)).astype(bool).tolist() == bits
    assert plain.morphemes is None


def test_ids_take_four_bytes_where_two_are_too_few(tmp_path: Path) -> None:
    pieces = wordpiece().pieces
    filler = tuple(f"[unused{n}]" for n in range((1 << 16) + 1 - len(pieces)))
    folder.save(Tokenizer((*pieces[:5], *filler, *pieces[5:])), tmp_path / "vocabulary")
    run(Encode(corpus(tmp_path / "corpus", ["말이 있다."]), tmp_path / "vocabulary", tmp_path / "store", workers=1))
    store = open_store(tmp_path / "store")
    assert store.about["dtype"] == store.shards[0].tokens.dtype == "uint32"
    assert int(store.shards[0].tokens.max()) > 65_000
    assert store.about["pieces"] == (1 << 16) + 1


def test_real_text_takes_few_bytes_and_a_published_list_of_pieces_will_do(tmp_path: Path, vocabulary: Path) -> None:
    text = kowiki(200_000)
    source = corpus(tmp_path / "corpus", text.split("\n\n"))
    run(Encode(source, vocabulary / "vocab.txt", tmp_path / "store", workers=1))
    store = open_store(tmp_path / "store")
    assert store.about["bytes_per_token"] <= 2.5
    assert store.tokenizer.pieces == wordpiece().pieces
    assert store.about["vocabulary"] == vocabulary_hash(tmp_path / "store" / "vocab") != vocabulary_hash(vocabulary)


def test_a_sentence_that_a_vocabulary_of_others_makes_nothing_of_vanishes(tmp_path: Path) -> None:
    pieces = {piece: id_ for id_, piece in enumerate((*SPECIALS, "말", "##이", "이", "."))}
    model = tokenizers.Tokenizer(tokenizers.models.WordPiece(pieces, unk_token="[UNK]"))
    model.pre_tokenizer = tokenizers.pre_tokenizers.WhitespaceSplit()
    model.normalizer = tokenizers.normalizers.Replace("ㅋ", "")
    model.save(str(tmp_path / "tokenizer.json"))
    source = corpus(tmp_path / "corpus", ["말이 말\nㅋㅋㅋ\n이", "ㅋㅋ"])
    summary = run(Encode(source, tmp_path / "tokenizer.json", tmp_path / "store", workers=1))
    assert summary == {"documents": 1, "empty": 1, "sentences": 2, "tokens": 4, "words": 3, "unknown": 0}
    assert documents_of(open_store(tmp_path / "store").shards[0]) == [[[5, 6, 5], [7]]]


def test_many_unknown_tokens_are_worth_a_warning(
    tmp_path: Path, vocabulary: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    summary = run(Encode(corpus(tmp_path / "corpus", ["말이 있다. 뷁"]), vocabulary, tmp_path / "store", workers=1))
    assert summary is not None
    assert summary["unknown"] == 1
    assert "warning: 20.0% of the tokens are unknown" in capsys.readouterr().out


def without(*names: str) -> Tokenizer:
    return dataclasses.replace(wordpiece(), pieces=tuple(p for p in wordpiece().pieces if p not in names))


BAD: dict[str, tuple[Callable[[Path, Path], tuple[Path, Path]], str]] = {
    "no corpus": (lambda path, words: (path, words), r"no manifest\.json there"),
    "another kind of folder": (
        lambda path, words: (corpus(path / "c", ["말"], kind="token store"), words),
        r"c: holds token store, not documents; `python -m corpus clean` makes",
    ),
    "no text": (lambda path, words: (corpus(path / "c", ["", "\n"]), words), r"c: no text to encode in 2 documents"),
    "nothing at all": (lambda path, words: (corpus(path / "c", [], 0), words), r"c: no text to encode in 0 documents"),
    "other rows": (lambda path, words: (counted(path), words), r"c/0\.jsonl\.zst: holds rows without a text; give"),
    "no [MASK]": (
        lambda path, words: (corpus(path / "c", ["말"]), saved(path / "v", without("[MASK]", "[CLS]"))),
        r"v: has no \[CLS\], \[MASK\]; pretraining needs \[PAD\], \[CLS\], \[SEP\] and \[MASK\]: add them",
    ),
    "no vocabulary": (lambda path, words: (corpus(path / "c", ["말"]), path / "c"), r"c: holds none of malmoi\.json"),
}


def counted(path: Path) -> Path:
    (path / "c").mkdir()
    write_manifest(path / "c", [write_shard(path / "c" / "0.jsonl.zst", [{"unit": "말", "count": 1}])])
    return path / "c"


def saved(path: Path, tokenizer: Tokenizer) -> Path:
    folder.save(tokenizer, path)
    return path


@pytest.mark.parametrize("made, complaint", BAD.values(), ids=BAD)
def test_a_mistake_is_one_clear_line(
    made: Callable[[Path, Path], tuple[Path, Path]], complaint: str, tmp_path: Path, vocabulary: Path
) -> None:
    source, words = made(tmp_path, vocabulary)
    with pytest.raises(UserError, match=complaint) as caught:
        run(Encode(source, words, tmp_path / "store", workers=1))
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "store").exists()

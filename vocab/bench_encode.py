"""How fast text becomes ids, here and in Hugging Face's libraries: same pieces, same text, same batches.

One process and one thread; what is given are CPU seconds. The pieces are learned from the first megabytes of an
encyclopedia and applied to those that follow, a batch of lines at a time, each line seen for the first time. `same`:
all ids are those of the `tokenizers` library, and all places too where places are given.
"""

from __future__ import annotations

import hashlib
import lzma
import os
import re
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import orjson

from tools.errors import UserError
from vocab.bench_train import PIECES, SPECIALS, TEXT
from vocab.bpe import train
from vocab.export import to_transformers
from vocab.huggingface import tokenizer_json
from vocab.scheme import BERT
from vocab.tokenizer import Tokenizer
from vocab.words import words

LEARNED, APPLIED = 10_000_000, 24_000_000  # bytes
BATCH = 4_000  # lines

Lines = Sequence[str]
Listed = list[Any]
"""For each line its ids, or its ids and places."""
Way = tuple[str, str, Callable[[Lines], Any], Callable[[Any], Listed]]
"""Who encodes, what it gives, how, and how the result reads as a list."""


def encoders() -> list[dict[str, Any]]:
    """A row for each way to encode; the ratios are to the library's batch that gives the same."""
    text = encyclopedia(LEARNED + APPLIED)
    middle = text.index("\n", len(text) * LEARNED // (LEARNED + APPLIED))
    learned = train(Counter(words(text[:middle])), PIECES, prefix="##", specials=SPECIALS)
    return compared(Tokenizer(learned.pieces, BERT), [line for line in text[middle:].split("\n") if line])


def compared(tokenizer: Tokenizer, lines: Lines) -> list[dict[str, Any]]:
    """The rows of a vocabulary on some lines."""
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    batches = [lines[start : start + BATCH] for start in range(0, len(lines), BATCH)]
    megabytes = sum(len(line.encode()) for line in lines) / 1e6
    ways = [*_library(tokenizer), *_transformers(tokenizer), *_ours(tokenizer)]
    rates, digests = [], list[list[bytes]]()
    for _, _, encode, listed in ways:
        encode(["말모이"])  # what is built at first use is no part of the rate
        seconds, found = 0.0, list[bytes]()
        for batch in batches:
            start = time.process_time()
            result = encode(batch)
            seconds += time.process_time() - start
            found.append(hashlib.sha256(orjson.dumps(listed(result))).digest())
        rates.append(megabytes / seconds)
        digests.append(found)
    library = {gives: (rate, found) for (_, gives, _, _), rate, found in zip(ways[:2], rates, digests, strict=False)}
    return [
        {
            "encoder": name,
            "gives": gives,
            "MB": round(megabytes, 1),
            "MB/s of CPU": round(rate, 1),
            "x tokenizers": round(rate / library[gives][0], 2),
            "same": "yes" if found == library[gives][1] else "no",
        }
        for (name, gives, _, _), rate, found in zip(ways, rates, digests, strict=True)
    ]


def encyclopedia(size: int) -> str:
    """The first `size` bytes of the text, without the tags of documents."""
    if not TEXT.is_file():
        raise UserError(f"{TEXT}: not there; the encoders are compared on this text")
    with lzma.open(TEXT) as file:
        return re.sub(r"</?doc\b.*", "", file.read(size).decode(errors="ignore"))


def _library(tokenizer: Tokenizer) -> list[Way]:
    import tokenizers

    library = tokenizers.Tokenizer.from_str(orjson.dumps(tokenizer_json(tokenizer)).decode())

    def ids(lines: Lines) -> Any:
        return library.encode_batch_fast(lines, add_special_tokens=False)

    def places(lines: Lines) -> Any:
        return library.encode_batch(lines, add_special_tokens=False)

    return [
        ("tokenizers, encode_batch_fast", "ids", ids, lambda found: [one.ids for one in found]),
        ("tokenizers, encode_batch", "ids, places", places, lambda found: [(o.ids, o.offsets) for o in found]),
    ]


def _transformers(tokenizer: Tokenizer) -> list[Way]:
    import transformers

    with tempfile.TemporaryDirectory() as folder:
        to_transformers(tokenizer, Path(folder))
        fast = transformers.AutoTokenizer.from_pretrained(folder, model_max_length=10**9)

    def ids(lines: Lines) -> Any:
        return fast(list(lines), add_special_tokens=False, return_attention_mask=False, return_token_type_ids=False)

    return [("transformers, BertTokenizerFast", "ids", ids, lambda found: found["input_ids"])]


def _ours(tokenizer: Tokenizer) -> list[Way]:
    def listed(result: Any) -> Listed:
        ids, _, ends = result
        return [part.tolist() for part in _parts(ids, ends)]

    def one_by_one(lines: Lines) -> Any:
        return [tokenizer.encode_ids(line)[0] for line in lines]

    return [
        ("malmoi, encode_ids_batch", "ids", tokenizer.encode_ids_batch, listed),
        ("malmoi, encode_ids of each line", "ids", one_by_one, lambda found: [ids.tolist() for ids in found]),
        (
            "malmoi, encode_batch",
            "ids, places",
            tokenizer.encode_batch,
            lambda found: [(one.ids.tolist(), list(map(tuple, one.offsets.tolist()))) for one in found],
        ),
    ]


def _parts(ids: Any, ends: Sequence[int]) -> list[Any]:
    return [ids[start:end] for start, end in zip([0, *ends], ends, strict=False)]

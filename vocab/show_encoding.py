"""One text in one vocabulary, a line a piece: `python -m vocab encode`."""

from __future__ import annotations

from vocab.imports import open_vocabulary
from vocab.stages import Encode


def encode(config: Encode) -> None:
    """Print the pieces of a text with their ids, their places and what stands there."""
    tokenizer = open_vocabulary(config.vocabulary)
    encoding = tokenizer.encode(config.text)
    print(f"{'id':>7} {'start':>6} {'end':>6}  piece   text")
    rows = zip(encoding.ids.tolist(), encoding.offsets.tolist(), encoding.word_starts.tolist(), strict=True)
    for id_, (start, end), first in rows:
        shown = config.text[start:end]
        gap = "" if first else "  "  # what goes on with a word stands under it
        print(f"{id_:>7} {start:>6} {end:>6}  {gap}{tokenizer.pieces[id_]}" + f"   {shown!r}" * (shown != ""))
    unknown = int((encoding.ids == tokenizer.unknown).sum())
    print(f"{len(encoding)} pieces, {int(encoding.word_starts.sum())} words, {unknown} unknown")
    print(tokenizer.decode(encoding.ids.tolist()))

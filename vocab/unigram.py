"""The likeliest cut of a word, by the sentencepiece library: unigram models, and any other model that it wrote.

The text comes here composed and cut at white space, as words.py and the scheme have it; a model of ours adds nothing to
that (identity normalisation). Of published models that normalise by themselves only the ids are sentencepiece's own:
their pieces get the places that the library reports. Sampling and n-best cuts are left out.
"""

from __future__ import annotations

from typing import Any

from tools.errors import UserError
from vocab.wordpiece import Cut


class Likeliest:
    """Cuts words by a sentencepiece model."""

    __slots__ = ("_model",)

    def __init__(self, model: bytes, where: str) -> None:
        self._model = processor(model, where)

    def __call__(self, word: str, continues: bool = False) -> Cut:
        """The pieces of a word; to sentencepiece all that it is given is a word, also what continues one."""
        found = self._model.encode_as_offset_mapping(word)
        ends = [end for _, end in found["offsets"]]
        if ends:
            ends[-1] = len(word)
        return list(found["ids"]), ends


def processor(model: bytes, where: str) -> Any:
    """A sentencepiece processor, or an error that says what the bytes are not."""
    try:
        import sentencepiece
    except ImportError:
        raise UserError("unigram vocabularies need sentencepiece: pip install sentencepiece") from None
    processor = sentencepiece.SentencePieceProcessor()
    try:
        processor.load_from_serialized_proto(model)
    except (RuntimeError, ValueError):
        raise UserError(f"{where}: is not a sentencepiece model; give the .model file that its trainer wrote") from None
    return processor


def pieces(model: bytes, where: str) -> tuple[str, ...]:
    """The pieces of a sentencepiece model in the order of their ids."""
    found = processor(model, where)
    return tuple(found.id_to_piece(id_) for id_ in range(found.get_piece_size()))


def scores(model: bytes, where: str) -> list[float] | None:
    """The log-probability of each piece; None if the model is not a plain unigram model that leaves text as it is."""
    from sentencepiece import sentencepiece_model_pb2

    found = sentencepiece_model_pb2.ModelProto()  # type: ignore[attr-defined]  # made when it is imported
    found.ParseFromString(model)
    unigram = found.trainer_spec.model_type == found.trainer_spec.UNIGRAM and not found.trainer_spec.byte_fallback
    if not unigram or found.normalizer_spec.precompiled_charsmap:
        return None
    return [piece.score for piece in found.pieces]

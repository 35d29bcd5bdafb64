"""Any tokenizer.json as it is, by the `tokenizers` library: for published vocabularies that are unlike ours.

What stands between white space is given to the library by itself, after one space, so pieces that reach across words
and the exact width of white space are lost; nothing else is.
"""

from __future__ import annotations

from tools.errors import UserError
from vocab.wordpiece import Cut


class Library:
    """Cuts words as a tokenizer.json says."""

    __slots__ = ("_tokenizer",)

    def __init__(self, content: bytes, where: str) -> None:
        try:
            from tokenizers import Tokenizer
        except ImportError:
            raise UserError(f"{where}: needs the tokenizers library: pip install tokenizers") from None
        try:
            self._tokenizer = Tokenizer.from_str(content.decode())
        except Exception as error:  # the library raises no narrower class
            raise UserError(f"{where}: the tokenizers library cannot read it ({error})") from None
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self._tokenizer.encode_special_tokens = True

    def __call__(self, word: str, continues: bool = False) -> Cut:
        """The pieces of a word; what continues one is given without the space."""
        space = "" if continues else " "
        found = self._tokenizer.encode(space + word, add_special_tokens=False)
        return found.ids, [max(end - len(space), 0) for _, end in found.offsets]

    def decode(self, ids: list[int]) -> str:
        """The text of some ids, as the library writes it."""
        text: str = self._tokenizer.decode(ids, skip_special_tokens=False)
        return text.strip()

    def pieces(self) -> tuple[str, ...]:
        """All pieces in the order of their ids."""
        known = self._tokenizer.get_vocab(with_added_tokens=True)
        names = {id_: piece for piece, id_ in known.items()}
        return tuple(names.get(id_, f"[unused{id_}]") for id_ in range(max(names, default=-1) + 1))

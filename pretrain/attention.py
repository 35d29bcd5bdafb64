"""What goes into a model and what it looks at: the input-embedding table and the attention of a sentence.

The table is the figure of the paper in numbers: what each token is, and how long the vectors are that are summed for
it. Attention is softmax(QK / sqrt d), computed openly by the models' own `attentions` and not by the fused kernel that
training uses, which never holds these numbers. A page shows every head of every layer.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch

from pretrain.architectures import Model
from pretrain.batch import Batch
from pretrain.bert import Bert
from pretrain.folder import load_model
from pretrain.masking import special
from pretrain.options_models import Inspect
from tools.charts import Block, Heat, Heats, Prose, Section, write_page
from tools.columns import aligned
from tools.errors import UserError
from vocab.tokenizer import Tokenizer

MULTIPLE = 8  # rows are padded to one, as in training, to show what padding looks like
LEGIBLE = 48  # tokens in a heat map


@dataclasses.dataclass(frozen=True, slots=True)
class Input:
    """A sentence, or two, as a model takes it in."""

    pieces: tuple[str, ...]
    batch: Batch
    """One row, padded."""

    def __len__(self) -> int:
        return len(self.pieces)


def inspect(config: Inspect) -> None:
    """Print the input-embedding table of a text; with --html draw what the model looks at."""
    model, tokenizer = load_model(config.model)
    model.eval()
    given = taken_in(tokenizer, config.text, config.pair, model.shape.positions)
    print("\n".join(table(model, given)))
    if config.html is None:
        print("\n--html FILE draws the attention of every layer and head")
        return
    if len(given) > LEGIBLE:
        raise UserError(f"text: has {len(given)} tokens, and heat maps are legible up to {LEGIBLE}; give a shorter one")
    config.html.parent.mkdir(parents=True, exist_ok=True)
    draw(config.html, given, attention(model, given))
    print(f"\n{config.html}: {model.shape.layers} layers of {model.shape.heads} heads")


def taken_in(tokenizer: Tokenizer, text: str, pair: str | None, positions: int) -> Input:
    """[CLS] text [SEP], or [CLS] text [SEP] pair [SEP], padded."""
    cls, sep, pad = (special(tokenizer, name) for name in ("[CLS]", "[SEP]", "[PAD]"))
    ids = [cls, *tokenizer.encode(text).ids.tolist(), sep]
    bound = len(ids)
    if pair is not None:
        ids += [*tokenizer.encode(pair).ids.tolist(), sep]
    if len(ids) > positions:
        raise UserError(f"text: is {len(ids)} tokens, but the model has {positions} positions; give a shorter one")
    width = min(-(-len(ids) // MULTIPLE) * MULTIPLE, positions)
    none = torch.zeros(0, dtype=torch.int64)
    batch = Batch(
        tokens=torch.tensor([ids + [pad] * (width - len(ids))]),
        lengths=torch.tensor([len(ids)]),
        bounds=torch.tensor([bound]),
        picks=none,
        labels=none,
        random=torch.tensor([-100]),
        full=len(ids) == width,
    )
    return Input(tuple(tokenizer.pieces[id_] for id_ in ids), batch)


def table(model: Model, given: Input) -> Iterator[str]:
    """The input-embedding table, a line a token, padding included."""
    tokens, bound, length = given.batch.tokens[0], int(given.batch.bounds[0]), len(given)
    yield "norm: 벡터의 길이 length of the vector. mask 0: 아무도 보지 않는 자리 nobody looks there"
    norms = _norms(model, given)
    rows = [["token", "id", "segment", "position", "mask", *norms]]
    for at, (piece, id_) in enumerate(zip(given.pieces, tokens.tolist(), strict=False)):
        segment = str(int(at >= bound))
        rows.append([piece, str(id_), segment, str(at), "1", *(f"{each[at]:.2f}" for each in norms.values())])
    rows += [
        ["[PAD]", str(int(tokens[at])), "", str(at), "0", *("" for _ in norms)] for at in range(length, len(tokens))
    ]
    yield from aligned(rows, numbers=True)


@torch.inference_mode()
def attention(model: Model, given: Input) -> np.ndarray:
    """[layers, heads, tokens, tokens]: how much each token (third) looks at each (fourth), padding left out."""
    found = torch.cat(model.attentions(given.batch))
    return found[:, :, : len(given), : len(given)].float().numpy()


def draw(path: Path, given: Input, shares: np.ndarray) -> None:
    """A page with a section for each layer."""
    pieces = given.pieces
    mean = shares.mean((1, 2))  # what each token is looked at, by all heads and tokens of a layer
    overview: list[Block] = [
        Prose(
            "한 줄은 한 토큰이 다른 토큰을 보는 몫이고 합은 1이다. 짙을수록 많이 본다. [PAD]는 아무도 보지 않는다. "
            "A line of a map is how one token shares its attention among all; it sums to 1. Nobody looks at padding."
        ),
        Heat(
            "층마다 토큰들이 보이는 몫(%) What each layer looks at (%), mean of all heads and tokens",
            [f"층 {number}" for number in range(1, len(shares) + 1)], pieces, (100 * mean).tolist(), form=".0f",
        ),
    ]  # fmt: skip
    layers = [
        Section(
            f"층 {number} Layer {number}",
            [Heats(pieces, {f"머리 head {head}": values.tolist() for head, values in enumerate(heads, 1)})],
        )
        for number, heads in enumerate(shares, 1)
    ]
    write_page(path, " ".join(pieces), [Section("어텐션 Attention", overview), *layers])


@torch.inference_mode()
def _norms(model: Model, given: Input) -> dict[str, list[float]]:
    """The lengths of the vectors that are summed at each place, and of what goes into the first layer."""
    batch, embedding = given.batch, model.embedding
    parts = {"|piece|": embedding.pieces(batch.tokens[0])}
    if isinstance(model, Bert):
        places = torch.arange(batch.tokens.shape[1])
        parts["|position|"] = model.embedding.positions(places)
        parts["|segment|"] = model.embedding.segments((places >= batch.bounds).long())
        parts["|sum|"] = sum(parts.values(), torch.zeros(()))
        parts["|input|"] = model.embedding(batch)[0]
    else:
        parts["|input|"] = model.embedding(batch.tokens[0])
    return {name: vectors.norm(dim=-1).tolist() for name, vectors in parts.items()}

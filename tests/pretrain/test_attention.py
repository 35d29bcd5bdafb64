"""Attention against transformers' own, and the table of what goes in."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import BertConfig, BertForPreTraining, ModernBertConfig, ModernBertForMaskedLM

from pretrain.architectures import build
from pretrain.attention import attention, inspect, table, taken_in
from pretrain.folder import load_model, save_model
from pretrain.options_models import Inspect
from pretrain.shape import shape
from tests.vocab.vocabularies import wordpiece
from tools.errors import UserError
from vocab.folder import save

ONE, OTHER = "경찰청 철창살은 외철창살이고 검찰청 철창살은", "쌍철창살이다."
KINDS = {"bert": (BertConfig, BertForPreTraining), "modern": (ModernBertConfig, ModernBertForMaskedLM)}


@pytest.fixture(params=KINDS)
def theirs(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """A model of transformers with strong opinions, and its folder."""
    make, kind = KINDS[request.param]
    torch.manual_seed(1)
    special = {"pad_token_id": 0, "cls_token_id": 2, "sep_token_id": 3} if request.param == "modern" else {}
    config: Any = make(
        vocab_size=len(wordpiece()), hidden_size=48, num_hidden_layers=4, num_attention_heads=4, intermediate_size=64,
        max_position_embeddings=64, attn_implementation="eager", **special,
        **({"local_attention": 8} if request.param == "modern" else {}),
    )  # fmt: skip
    model: Any = kind(config)
    for parameter in model.parameters():
        parameter.data.mul_(10 if parameter.dim() > 1 else 1)
    model.eval().save_pretrained(tmp_path / "theirs")
    save(wordpiece(), tmp_path / "theirs" / "vocab")
    return model, tmp_path / "theirs"


@pytest.mark.parametrize("pair", [None, OTHER])
def test_attention_is_that_of_transformers(theirs: Any, pair: str | None) -> None:
    model, folder = theirs
    ours, tokenizer = load_model(folder)
    given = taken_in(tokenizer, ONE, pair, ours.shape.positions)
    found = attention(ours.eval(), given)
    length, bound = len(given), int(given.batch.bounds[0])
    segments = {"token_type_ids": (torch.arange(length) >= bound).long()[None]} if ours.shape.pairs else {}
    with torch.inference_mode():
        expected = model(given.batch.tokens[:, :length], output_attentions=True, **segments).attentions
    assert found.shape == (4, 4, length, length)
    assert torch.cat(expected).numpy() == pytest.approx(found, abs=1e-5)
    assert found.std() > 0.05, "the opinions are strong enough to tell layers apart"


def test_nobody_looks_at_padding(theirs: Any) -> None:
    ours, tokenizer = load_model(theirs[1])
    given = taken_in(tokenizer, ONE + " 쌍", None, ours.shape.positions)
    length, width = len(given), given.batch.tokens.shape[1]
    assert width % 8 == 0 and length < width
    with torch.inference_mode():
        whole = torch.cat(ours.eval().attentions(given.batch))
    assert (whole[:, :, :length, length:] == 0).all()
    assert attention(ours, given).sum(-1) == pytest.approx(1.0, abs=1e-5)


def test_the_table_has_a_line_for_each_token() -> None:
    tokenizer = wordpiece()
    model = build(shape("tiny", "bert", len(tokenizer)), 1)
    given = taken_in(tokenizer, ONE, OTHER, 512)
    head, *lines = list(table(model, given))[1:]
    cells = [line.split() for line in lines]
    assert head.split()[:5] == ["token", "id", "segment", "position", "mask"]
    assert [row[0] for row in cells] == [*given.pieces, *["[PAD]"] * (16 - len(given))]
    assert [row[1] for row in cells] == [str(id_) for id_ in given.batch.tokens[0].tolist()]
    end = given.pieces.index("[SEP]") + 1
    assert "".join(row[2] for row in cells[: len(given)]) == "0" * end + "1" * (len(given) - end)
    assert [row[-1] for row in cells[len(given) :]] == ["0"] * (16 - len(given))
    row, embedding = cells[end], model.embedding
    vectors = embedding.pieces.weight[int(row[1])], embedding.positions.weight[end], embedding.segments.weight[1]  # type: ignore[union-attr, index]
    norms = [vector.norm().item() for vector in (*vectors, torch.stack(vectors).sum(0))]
    assert [float(cell) for cell in row[5:9]] == pytest.approx(norms, abs=0.006)


@pytest.mark.parametrize("architecture", ["bert", "modern"])
def test_a_page_draws_every_head(tmp_path: Path, architecture: Any, capsys: pytest.CaptureFixture[str]) -> None:
    tokenizer = wordpiece()
    save_model(build(shape("tiny", architecture, len(tokenizer)), 1), tokenizer, tmp_path / "model")
    inspect(Inspect(tmp_path / "model", ONE, OTHER, html=tmp_path / "pages" / "attention.html"))
    page = (tmp_path / "pages" / "attention.html").read_text()
    assert page.count("<h2>층 ") == 2 and len(re.findall("<image", page)) == 1 + 2 * 2
    assert "외철창살" in capsys.readouterr().out


def test_complaints(tmp_path: Path) -> None:
    tokenizer = wordpiece()
    save_model(build(shape("tiny", "bert", len(tokenizer), positions=60), 1), tokenizer, tmp_path / "model")
    with pytest.raises(UserError, match="402 tokens, but the model has 60 positions"):
        inspect(Inspect(tmp_path / "model", "사전 " * 400))
    with pytest.raises(UserError, match="legible up to 48"):
        inspect(Inspect(tmp_path / "model", "사전 " * 50, html=tmp_path / "page.html"))
